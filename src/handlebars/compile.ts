import {
  decisionsOf,
  defaultLimits,
  flowsOf,
  LimitError,
  Run,
  sprint,
  templateTypes,
  withBuiltins,
} from '../template/extension.ts';
import type { Decisions, Flows, Program, ReadPath } from '../template/extension.ts';
import type {
  CompileOptions,
  DecisionPoint,
  Fragment,
  FunctionCall,
  FunctionTable,
  Limits,
  RunOptions,
  Template,
  TemplateTypes,
  types,
  Value,
} from '../template/index.ts';
import { Encoded, FunctionError, lineAndColumn, Num, TemplateError } from '../template/index.ts';
import type { BlockOptions } from './blocks.ts';
import { branch, each, hasItems, holds, within } from './blocks.ts';
import { callFunction } from './call.ts';
import { lookup } from './lookup.ts';
import { programOf } from './lower.ts';
import { handlebars } from './package.ts';
import type { HandlebarsPackage } from './package.ts';
import { parse } from './parse.ts';
import { readPathsOf } from './read-paths.ts';
import type { CheckedSyntax } from './syntax.ts';
import { checkSyntax, EMIT, offsetOf, placeKey } from './syntax.ts';

/**
 * Compiles a Handlebars template to the same interface as a Go template: the same functions as helpers, the same
 * limits and errors, and fragments, so that values can never change structure. No HTML escaping, no partials or
 * decorators, own properties only.
 *
 * @throws TemplateError of stage `parse`
 */
export function compileHandlebars(text: unknown, options: CompileOptions): Template {
  // Handlebars.compile also accepts a syntax tree, which may contain code. Here only text is a template.
  if (typeof text !== 'string') throw new TypeError('a template must be a string');
  const limits: Limits = Object.freeze({ ...defaultLimits, ...options.limits });
  if (Buffer.byteLength(text) > limits.templateBytes) {
    const message = `the template has more than ${String(limits.templateBytes)} bytes`;
    throw new TemplateError('limit-template-size', 'parse', text, 0, message);
  }
  const functions = withBuiltins(options.functions);
  return new HandlebarsTemplate(text, checkSyntax(text, parse(text), functions), functions, limits);
}

/** Steps for calling a helper, derived from the time it takes. An interpolation is such a call too. */
const STEPS_PER_HELPER = 4;

/** The last argument that the package passes to every helper. */
interface HelperOptions extends BlockOptions {
  readonly loc: { readonly start: { readonly line: number; readonly column: number } };
}

class HandlebarsTemplate implements Template {
  readonly text: string;
  readonly calls: readonly FunctionCall[];
  readonly certainErrors: readonly TemplateError[];
  readonly #functions: FunctionTable;
  readonly #limits: Limits;
  readonly #mark: string;
  readonly #syntax: CheckedSyntax;
  readonly #render: (data: Value) => string;
  /**
   * The run that is under way. Helpers are created once for all runs; rendering is synchronous, so there is one run at
   * a time.
   */
  #current: ActiveRun | undefined;
  #readPaths: readonly ReadPath[] | undefined;
  #flows: Flows | undefined;
  #lowered: Program | undefined;
  #found: Decisions | undefined;

  constructor(text: string, syntax: CheckedSyntax, functions: FunctionTable, limits: Limits) {
    this.text = text;
    this.#syntax = syntax;
    this.#functions = functions;
    this.#limits = limits;
    this.#mark = freeMark(text);
    this.calls = syntax.calls.map(({ name, called, position }) => ({
      name,
      called,
      ...lineAndColumn(text, position),
    }));
    this.certainErrors = syntax.certainErrors;
    const environment = handlebars().create();
    for (const name of Object.keys(environment.helpers)) environment.unregisterHelper(name);
    const used = new Set(syntax.calls.map(({ name }) => name));
    this.#register(environment, functions, used);
    const template = environment.compile(syntax.program, {
      noEscape: true,
      knownHelpersOnly: true,
      knownHelpers: Object.fromEntries(Object.keys(environment.helpers).map((name) => [name, true])),
    });
    this.#render = (data) =>
      template(data, { allowProtoPropertiesByDefault: false, allowProtoMethodsByDefault: false });
  }

  get arityErrors(): readonly TemplateError[] {
    return this.certainErrors.filter(({ code }) => code === 'wrong-argument-count');
  }

  get readPaths(): readonly ReadPath[] {
    this.#readPaths ??= readPathsOf(this.text, this.#syntax.program, this.#functions);
    return this.#readPaths;
  }

  execute(data: Value, options: RunOptions = {}): string {
    return this.#run(data, new Run(this.#limits, false, options), options, []);
  }

  typesFor(data: types.Type): TemplateTypes {
    return templateTypes(this.text, this.program, data);
  }

  get flows(): Flows {
    return (this.#flows ??= flowsOf(this.program));
  }

  get program(): Program {
    return (this.#lowered ??= programOf(this.text, this.#syntax.program, this.#functions));
  }

  get decisions(): readonly DecisionPoint[] {
    return this.#decisions().points;
  }

  #decisions(): Decisions {
    return (this.#found ??= decisionsOf(this.text, this.program));
  }

  executeFragments(data: Value, options: RunOptions = {}): Fragment[] {
    const values: InterpolatedValue[] = [];
    const output = this.#run(data, new Run(this.#limits, true, options), options, values);
    return output.split(this.#mark).flatMap((part, index): Fragment[] => {
      if (index % 2 === 0) return part === '' ? [] : [{ kind: 'text', text: part }];
      const value = values[Number(part)];
      return value === undefined ? [] : [value];
    });
  }

  toString(): string {
    return this.text;
  }

  #run(data: Value, run: Run, { decided }: RunOptions, values: InterpolatedValue[]): string {
    const outer = this.#current;
    this.#current = { run, values, listens: decided !== undefined };
    try {
      const output = this.#render(data);
      if (output.length > this.#limits.outputLength) {
        const message = `the output has more than ${String(this.#limits.outputLength)} characters`;
        throw new LimitError('limit-output-length', message);
      }
      return output;
    } catch (error) {
      throw this.#positioned(error, 0);
    } finally {
      run.settle();
      this.#current = outer;
    }
  }

  #positioned(error: unknown, position: number): unknown {
    if (error instanceof TemplateError) return error;
    if (error instanceof LimitError)
      return new TemplateError(error.code, 'exec', this.text, position, error.message);
    if (error instanceof RangeError) {
      const message = 'the data or the blocks are nested too deeply';
      return new TemplateError('limit-nesting', 'exec', this.text, position, message, { cause: error });
    }
    return error;
  }

  #register(
    environment: ReturnType<HandlebarsPackage['create']>,
    functions: FunctionTable,
    used: ReadonlySet<string>,
  ): void {
    const helper = (
      name: string,
      call: (context: unknown, args: readonly Value[], options: HelperOptions) => unknown,
    ) => {
      const template = this.#guarded.bind(this, name, call);
      environment.registerHelper(name, function (this: unknown, ...all: unknown[]) {
        return template(this, all.slice(0, -1) as Value[], all.at(-1) as HelperOptions);
      });
    };
    helper(EMIT, (_, [value]) => this.#emit(value));
    const decide = (options: HelperOptions, outcome: boolean): void => {
      this.#decide('blocks', options, () => (outcome ? 0 : 1));
    };
    helper('if', (context, [value], options) => {
      decide(options, holds(value));
      return branch(context, value, true, options);
    });
    helper('unless', (context, [value], options) => {
      decide(options, !holds(value));
      return branch(context, value, false, options);
    });
    helper('with', (context, [value], options) => {
      decide(options, holds(value));
      return within(context, value, options);
    });
    helper('each', (context, [value], options) => {
      if (this.#active().listens) decide(options, hasItems(value));
      return each(context, value, options, this.#active().run);
    });
    helper('lookup', (_, [object, key]) => lookup(object, key));
    for (const name of used) {
      const called = functions.get(name);
      if (called === undefined || 'removed' in called) continue;
      const { choice } = called;
      helper(name, (_, args, options) => {
        if (choice) this.#decide('calls', options, () => choice.outcomeOf(args));
        const { run } = this.#active();
        const spelt = run.structural && called.spells === true ? this.#spelt(args, options) : args;
        return callFunction(called, spelt, run);
      });
    }
  }

  /** The arguments of a call. Strings that the template itself contains are structure, like the rest of its text. */
  #spelt(args: readonly Value[], { loc }: HelperOptions): readonly Value[] {
    const literals = this.#syntax.spelt.get(placeKey(loc));
    return args.map((argument, index) => literals?.get(index) ?? argument);
  }

  /** Reports the decision that a helper takes at its place, if anybody listens. */
  #decide(of: 'blocks' | 'calls', { loc }: HelperOptions, outcome: () => number): void {
    const { run, listens } = this.#active();
    if (!listens) return;
    const point = this.#decisions()[of].get(offsetOf(this.text, loc));
    if (point) run.decide(point, outcome());
  }

  #guarded(
    name: string,
    call: (context: unknown, args: readonly Value[], options: HelperOptions) => unknown,
    context: unknown,
    args: readonly Value[],
    options: HelperOptions,
  ): unknown {
    try {
      this.#active().run.charge(STEPS_PER_HELPER);
      return call(context, args, options);
    } catch (error) {
      const position = offsetOf(this.text, options.loc);
      if (!(error instanceof FunctionError)) throw this.#positioned(error, position);
      const message = `function "${name}" failed: ${error.message}`;
      throw new TemplateError(error.code, 'exec', this.text, position, message, { cause: error });
    }
  }

  #active(): ActiveRun {
    if (this.#current === undefined) throw new Error('a helper was called outside a run');
    return this.#current;
  }

  /** A value as text. In a structural run, each string is replaced by a mark. */
  #emit(value: Value): string {
    const { run, values } = this.#active();
    if (value === undefined || value === null) return '';
    const text =
      value instanceof Encoded ? value.text : typeof value === 'string' ? value : sprint([value], run);
    run.chargeText(text.length);
    if (!run.structural || isStructure(value)) return text;
    const mark = (interpolated: InterpolatedValue) => {
      values.push(interpolated);
      return `${this.#mark}${String(values.length - 1)}${this.#mark}`;
    };
    if (!(value instanceof Encoded))
      return text === '' ? '' : mark({ kind: 'value', value: text, exact: false });
    return value.fragments.map((part) => (part.kind === 'text' ? part.text : mark(part))).join('');
  }
}

type InterpolatedValue = Extract<Fragment, { kind: 'value' }>;

interface ActiveRun {
  readonly run: Run;
  /** Whether somebody listens to the run's decisions. */
  readonly listens: boolean;
  /** The strings that the marks in the output stand for. */
  readonly values: InterpolatedValue[];
}

/** Numbers and booleans cannot change the structure of the text around them. */
const isStructure = (value: Value): boolean =>
  typeof value === 'number' ||
  typeof value === 'bigint' ||
  typeof value === 'boolean' ||
  value instanceof Num;

/** A private-use character that the template's text does not contain. Encoders never write one as structure. */
function freeMark(text: string): string {
  for (let code = 0xe000; ; code++) {
    const mark = String.fromCharCode(code);
    if (!text.includes(mark)) return mark;
  }
}
