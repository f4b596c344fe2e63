import { compileBodies, newFrame } from './bodies.ts';
import type { Bodies } from './bodies.ts';
import { withBuiltins } from './builtins.ts';
import type { Body } from './code.ts';
import { decisionsOf } from './decision.ts';
import type { DecisionPoint, Decisions } from './decision.ts';
import { LimitError, Lines, TemplateError } from './errors.ts';
import type { Findings } from './expression.ts';
import type { FunctionTable, TemplateFunction } from './function.ts';
import { generate } from './generate.ts';
import { defaultLimits } from './limits.ts';
import type { Limits } from './limits.ts';
import { print } from './syntax/node.ts';
import { parse } from './syntax/parser.ts';
import type { ParsedTemplate } from './syntax/parser.ts';
import { readPathsOf } from './paths.ts';
import type { ReadPath } from './paths.ts';
import { Run } from './run.ts';
import type { RunOptions } from './run.ts';
import { flowsOf } from './typing/flow.ts';
import type { Flows } from './typing/flow.ts';
import { programOf } from './typing/lower.ts';
import type { Program as LoweredProgram } from './typing/program.ts';
import { templateTypes } from './typing/report.ts';
import type { TemplateTypes } from './typing/report.ts';
import type { Type } from './typing/type.ts';
import { entriesOf, itemsOf, kindOf } from './types.ts';
import type { Fragment, Value } from './value.ts';

/** The options of compiling. */
export interface CompileOptions {
  /** The functions that templates may call besides Go's builtins. They override builtins of the same name. */
  readonly functions: FunctionTable;
  /** Name of the template, by which it can call itself. @default "" */
  readonly name?: string;
  /** @default {@link defaultLimits}, for each limit */
  readonly limits?: Partial<Limits>;
  /**
   * After this many runs the template becomes JavaScript code of its own. That takes time once, and renders the same
   * faster;
   * `Infinity` means never. If the process does not allow code to be generated, the template stays as it is.
   *
   * @default 200
   */
  readonly hotAfter?: number;
}

/** A call of a function, anywhere in a template. */
export interface FunctionCall {
  readonly name: string;
  readonly called: TemplateFunction;
  readonly line: number;
  readonly column: number;
}

/** A compiled template. Immutable: any number of runs may use it, including nested ones. */
export interface Template {
  readonly text: string;
  /** Every call of a function, builtins included, in the order of the text. */
  readonly calls: readonly FunctionCall[];
  /** Errors that occur whenever execution reaches their place. Go reports them only at run time. */
  readonly certainErrors: readonly TemplateError[];
  /** The {@link certainErrors} that are calls with too few or too many arguments. */
  readonly arityErrors: readonly TemplateError[];
  /** What it may read of its data, in the order of the text. Computed on first use. */
  readonly readPaths: readonly ReadPath[];
  /** The places where it takes one of several ways, in the order of the text. Computed on first use. */
  readonly decisions: readonly DecisionPoint[];
  /** The template in a form that both languages share, for the type checker and for directed samples. */
  readonly program: LoweredProgram;
  /** What the type checker finds for data of a type. */
  typesFor(data: Type): TemplateTypes;
  /** What the values are made of that it prints. Computed on first use. */
  readonly flows: Flows;
  /**
   * The output for `data`, which is never changed. A missing value prints nothing, and neither does `<no value>`,
   * whatever its origin.
   *
   * @throws TemplateError of stage `exec`
   */
  execute(data: Value, options?: RunOptions): string;
  /**
   * The same output in pieces: text and encoded structure are separate from the strings that came from data.
   *
   * @throws TemplateError of stage `exec`
   */
  executeFragments(data: Value, options?: RunOptions): Fragment[];
  /** The syntax tree as text, normalised. */
  toString(): string;
}

/**
 * Compiles a template, once for any number of runs.
 *
 * @throws TemplateError of stage `parse`: bad syntax, an unknown or removed function, a text beyond the limits
 */
export function compile(text: string, options: CompileOptions): Template {
  const limits: Limits = Object.freeze({ ...defaultLimits, ...options.limits });
  const { name = '' } = options;
  const functions = withBuiltins(options.functions);
  const parsed = parse(text, name, functions, limits);
  const findings: Findings = { calls: [], certain: [] };
  const program = compileBodies({ text, parsed, functions, findings, limits });
  return new CompiledTemplate(text, parsed, program, findings, { ...options, functions }, limits);
}

/** A template's bodies, which run as closures until they become generated code. */
class Program {
  readonly #bodies: Bodies;
  readonly #main: Body | undefined;
  /** How many runs are left until the code is generated. */
  #runsLeft: number;

  constructor(bodies: Bodies, name: string, hotAfter: number) {
    this.#bodies = bodies;
    this.#main = bodies.get(name);
    this.#runsLeft = hotAfter;
  }

  /** The body to run next. */
  next(): Body | undefined {
    if (this.#main && this.#runsLeft-- === 0) {
      for (const body of this.#bodies.values()) body.run = generate(body.run) ?? body.run;
    }
    return this.#main;
  }
}

/** A template that is rendered for a few objects only, as at admission, is faster without generated code. */
const DEFAULT_HOT_AFTER = 200;

const noOptions: RunOptions = Object.freeze({});

class CompiledTemplate implements Template {
  readonly text: string;
  readonly calls: readonly FunctionCall[];
  readonly certainErrors: readonly TemplateError[];
  readonly #parsed: ParsedTemplate;
  readonly #program: Program;
  readonly #name: string;
  readonly #hotAfter: number;
  readonly #functions: FunctionTable;
  readonly #limits: Limits;
  /** Whether a function of the template changes maps in place. Then each run needs its own copy of the data. */
  readonly #mutates: boolean;
  #readPaths: readonly ReadPath[] | undefined;
  #flows: Flows | undefined;
  #lowered: LoweredProgram | undefined;
  #found: Decisions | undefined;
  #recordingProgram: Program | undefined;

  constructor(
    text: string,
    parsed: ParsedTemplate,
    bodies: Bodies,
    findings: Findings,
    { functions, name = '', hotAfter = DEFAULT_HOT_AFTER }: CompileOptions,
    limits: Limits,
  ) {
    this.text = text;
    this.#parsed = parsed;
    this.#program = new Program(bodies, name, hotAfter);
    this.#name = name;
    this.#hotAfter = hotAfter;
    this.#functions = functions;
    this.#limits = limits;
    const lines = new Lines(text);
    this.calls = findings.calls
      .toSorted((a, b) => a.position - b.position)
      .map(({ name, called, position }) => ({ name, called, ...lines.at(position) }));
    this.certainErrors = findings.certain;
    this.#mutates = findings.calls.some(({ called }) => called.mutates === true);
  }

  get readPaths(): readonly ReadPath[] {
    const { root, defined } = this.#parsed;
    this.#readPaths ??= readPathsOf(this.text, root, defined, this.#functions);
    return this.#readPaths;
  }

  typesFor(data: Type): TemplateTypes {
    return templateTypes(this.text, this.program, data);
  }

  get flows(): Flows {
    return (this.#flows ??= flowsOf(this.program));
  }

  get program(): LoweredProgram {
    return (this.#lowered ??= programOf(this.#parsed, this.#functions));
  }

  get decisions(): readonly DecisionPoint[] {
    return this.#decisions().points;
  }

  get arityErrors(): readonly TemplateError[] {
    return this.certainErrors.filter(({ code }) => code === 'wrong-argument-count');
  }

  execute(data: Value, options: RunOptions = noOptions): string {
    return this.#run(data, new Run(this.#limits, false, options), options).output();
  }

  executeFragments(data: Value, options: RunOptions = noOptions): Fragment[] {
    return this.#run(data, new Run(this.#limits, true, options), options).fragments();
  }

  #run(data: Value, run: Run, { decided }: RunOptions): Run {
    const body = (decided === undefined ? this.#program : this.#recording()).next();
    if (!body) return run;
    try {
      const root = this.#mutates ? ownCopy(data, run) : data;
      body.run(run, root, newFrame(body, root));
    } catch (error) {
      throw this.#positioned(error, run);
    } finally {
      run.settle();
    }
    return run;
  }

  /** The same program, compiled so that it reports its decisions, if it has any. */
  #recording(): Program {
    if (this.#recordingProgram) return this.#recordingProgram;
    if (this.decisions.length === 0) return (this.#recordingProgram = this.#program);
    const bodies = compileBodies({
      text: this.text,
      parsed: this.#parsed,
      functions: this.#functions,
      findings: { calls: [], certain: [] },
      limits: this.#limits,
      decisions: this.#decisions(),
    });
    return (this.#recordingProgram = new Program(bodies, this.#name, this.#hotAfter));
  }

  #decisions(): Decisions {
    return (this.#found ??= decisionsOf(this.text, this.program));
  }

  #positioned(error: unknown, run: Run): unknown {
    if (error instanceof LimitError)
      return new TemplateError(error.code, 'exec', this.text, run.at, error.message);
    if (!(error instanceof RangeError)) return error;
    return new TemplateError(
      'limit-nesting',
      'exec',
      this.text,
      run.at,
      'the data or the calls are nested too deeply',
      {
        cause: error,
      },
    );
  }

  toString(): string {
    return print(this.#parsed.root);
  }
}

/** A deep copy that functions may change. Values other than maps and lists are shared. */
function ownCopy(value: Value, run: Run): Value {
  const items = Array.isArray(value) ? itemsOf(value) : undefined;
  if (items) {
    run.charge(items.length);
    return items.map((item) => ownCopy(item, run));
  }
  const entries = typeof value === 'object' && kindOf(value) === 'map' ? entriesOf(value) : undefined;
  if (!entries) return value;
  const keys = Object.keys(entries);
  run.charge(keys.length);
  return Object.fromEntries(keys.map((key) => [key, ownCopy(entries[key], run)]));
}
