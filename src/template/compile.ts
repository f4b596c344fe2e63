import { withBuiltins } from './builtins.ts';
import { decisionsOf } from './decision.ts';
import type { DecisionPoint, Decisions } from './decision.ts';
import { BREAKING, CONTINUING, GO_ON, writeSetting } from './code.ts';
import type { Action, Body, Code, Expression, Name, Setter, Signal } from './code.ts';
import { closest, LimitError, Lines, TemplateError } from './errors.ts';
import { ExpressionCompiler, telling } from './expression.ts';
import type { Findings } from './expression.ts';
import type { Place } from './fault.ts';
import type { FunctionTable, TemplateFunction } from './function.ts';
import { generate } from './generate.ts';
import { defaultLimits } from './limits.ts';
import type { Limits } from './limits.ts';
import { print } from './syntax/node.ts';
import type { ActionLike, ActionNode, BranchNode, ListNode, TemplateNode } from './syntax/node.ts';
import { parse } from './syntax/parser.ts';
import type { ParsedTemplate } from './syntax/parser.ts';
import { readPathsOf } from './paths.ts';
import type { ReadPath } from './paths.ts';
import { Run } from './run.ts';
import type { RunOptions } from './run.ts';
import { nothing, sequence, writing } from './sequence.ts';
import type { Part } from './sequence.ts';
import { sortTexts } from './text.ts';
import { flowsOf } from './typing/flow.ts';
import type { Flows } from './typing/flow.ts';
import { programOf } from './typing/lower.ts';
import type { Program as LoweredProgram } from './typing/program.ts';
import { templateTypes } from './typing/report.ts';
import type { TemplateTypes } from './typing/report.ts';
import type { Type } from './typing/type.ts';
import { entriesOf, intValue, isInt64, isTrue, itemsOf, kindOf, numericValue, typeOf } from './types.ts';
import { Num } from './value.ts';
import type { Fragment, Value, ValueMap } from './value.ts';

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
   * whatever
   * its origin.
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

/** The input from which bodies are compiled. */
interface Sources {
  readonly text: string;
  readonly parsed: ParsedTemplate;
  readonly functions: FunctionTable;
  readonly findings: Findings;
  readonly limits: Limits;
  /** The decisions that runs shall report. */
  readonly decisions?: Decisions;
}

/** A template's bodies, by the names of the templates: its own name, and those that it defines. */
type Bodies = ReadonlyMap<string, Body>;

function compileBodies(sources: Sources): Bodies {
  const bodies = new Map<string, Body>();
  for (const [name, tree] of sources.parsed.defined) {
    bodies.set(name, new BodyCompiler(sources, bodies).body(tree));
  }
  return bodies;
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

  /** The same program, compiled so that it reports its decisions. */
  #recording(): Program {
    if (this.#recordingProgram) return this.#recordingProgram;
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

function newFrame(body: Body, dot: Value): Value[] {
  const frame = new Array<Value>(body.slots);
  frame[0] = dot;
  return frame;
}

/** Compiles one template's tree, after the `walk` functions of Go's exec.go. */
class BodyCompiler {
  readonly #expressions: ExpressionCompiler;
  readonly #bodies: Bodies;
  readonly #names: readonly string[];
  readonly #limits: Limits;
  /** By position: the blocks whose decisions runs shall report. */
  readonly #blocks: ReadonlyMap<number, DecisionPoint> | undefined;
  /** How many control actions surround the present one. */
  #nesting = 0;

  constructor({ text, parsed, functions, findings, limits, decisions }: Sources, bodies: Bodies) {
    this.#expressions = new ExpressionCompiler(text, functions, findings, decisions?.calls);
    this.#bodies = bodies;
    this.#names = [...parsed.defined.keys()];
    this.#limits = limits;
    this.#blocks = decisions?.blocks;
  }

  body(tree: ListNode): Body {
    const run = this.#list(tree);
    return { run, slots: this.#expressions.scope.slots };
  }

  #list(list: ListNode): Action {
    const parts: Part[] = [];
    let before: string | undefined;
    for (const node of list.nodes) {
      if (node.kind === 'text' && before === undefined) before = node.text;
      else {
        parts.push(this.#part(before, node));
        before = undefined;
      }
    }
    return sequence(parts, before);
  }

  #action(node: ActionLike): Action {
    switch (node.kind) {
      case 'text':
        return writing(node.text);
      case 'action':
        return this.#set(node);
      case 'break':
        return leaving(BREAKING);
      case 'continue':
        return leaving(CONTINUING);
      case 'template':
        return this.#template(node);
      default:
        return this.#expressions.scope.within(() => this.#nested(node));
    }
  }

  #nested(node: BranchNode): Action {
    this.#nesting++;
    const action = node.kind === 'range' ? this.#range(node) : this.#branch(node);
    this.#nesting--;
    return action;
  }

  #part(before: string | undefined, node: ActionLike): Part {
    if (node.kind !== 'action' || node.pipe.variables.length > 0)
      return { before, position: 0, value: undefined, action: this.#action(node) };
    const value = this.#expressions.loosePipeline(node.pipe);
    return { before, position: node.position, value, action: nothing };
  }

  /** Sets a pipeline's variables. They stay until the surrounding action ends. */
  #set(node: ActionNode): Action {
    const { position, pipe } = node;
    const value = this.#expressions.loosePipeline(pipe);
    const action: Action = (run, dot, frame) => {
      run.at = position;
      run.charge(1);
      value(run, dot, frame);
      return GO_ON;
    };
    const write = (code: Code): void => {
      writeStart(code, position);
      code.expression(value);
    };
    return Object.assign(action, { write });
  }

  #branch(node: BranchNode): Action {
    const { position, kind } = node;
    const condition = this.#telling(position, outcomeOfTruth, this.#expressions.loosePipeline(node.pipe));
    const list = this.#expressions.scope.within(() => this.#list(node.list));
    const otherwise = this.#elseList(node);
    const setsDot = kind === 'with';
    const action: Action = (run, dot, frame) => {
      run.at = position;
      run.charge(1);
      const value = condition(run, dot, frame);
      if (isTrue(value)) return list(run, setsDot ? value : dot, frame);
      return otherwise(run, dot, frame);
    };
    const write = (code: Code): void => {
      writeStart(code, position);
      const value = code.expression(condition);
      code.line`if (${code.constant(isTrue)}(${value})) {`;
      code.withDot(setsDot ? value : code.dot, () => {
        code.action(list);
      });
      code.line`} else {`;
      code.action(otherwise);
      code.line`}`;
    };
    return Object.assign(action, { write });
  }

  /** A value that decides which way a block takes. If runs shall report decisions, this one is reported. */
  #telling(position: number, outcomeOf: (value: Value) => number, value: Expression): Expression {
    const point = this.#blocks?.get(position);
    return point ? telling(point, outcomeOf, value) : value;
  }

  #elseList(node: BranchNode): Action {
    const { elseList } = node;
    return elseList ? this.#expressions.scope.within(() => this.#list(elseList)) : nothing;
  }

  #range(node: BranchNode): Action {
    const { position } = node;
    const { value: collection, setters } = this.#expressions.rangePipeline(node.pipe);
    const value = this.#telling(position, outcomeOfItems, collection);
    const valueAt = this.#expressions.at;
    const list = this.#expressions.scope.within(() => this.#list(node.list));
    const otherwise = this.#elseList(node);
    const turn = loopTurn(list, setters);
    const elementsOf = (collection: Value, run: Run): Elements =>
      this.#elements(collection, setters.length, valueAt, run);
    const action: Action = (run, dot, frame) => {
      run.at = position;
      run.charge(1);
      const elements = elementsOf(value(run, dot, frame), run);
      const { length } = elements;
      if (length === 0) {
        // As in Go, a "break" there ends this loop, not the surrounding one.
        const signal = otherwise(run, dot, frame);
        return signal === BREAKING ? GO_ON : signal;
      }
      for (let i = 0; i < length; i++) {
        run.at = position;
        run.charge(1);
        if (turn(run, frame, elements, i) === BREAKING) break;
      }
      return GO_ON;
    };
    const write = (code: Code): void => {
      writeStart(code, position);
      const elements = code.value`${code.constant(elementsOf)}(${code.expression(value)}, run)`;
      const writeTurn = (i: Name): void => {
        writeStart(code, position);
        writeLoopTurn(code, elements, i, list, setters);
      };
      code.loop(code.value`${elements}.length`, writeTurn, () => {
        code.action(otherwise);
      });
    };
    return Object.assign(action, { write });
  }

  #elements(collection: Value, variables: number, position: Place, run: Run): Elements {
    if (collection === undefined || collection === null) return none;
    const items = itemsOf(collection);
    if (items) return new ListElements(items);
    const entries = entriesOf(collection);
    if (entries) return mapElements(entries, run);
    const kind = kindOf(collection);
    if (kind !== 'int' && kind !== 'uint') {
      const message = `range cannot go over a value of type ${typeOf(collection)}`;
      throw this.#expressions.faults.error('not-iterable', position, message);
    }
    if (variables > 1) {
      const message = 'range over an integer sets one variable, not two';
      throw this.#expressions.faults.error('not-iterable', position, message);
    }
    return integerElements(collection);
  }

  #template(node: TemplateNode): Action {
    const { position, name, pipe } = node;
    const expressions = this.#expressions;
    expressions.at = position;
    if (!this.#names.includes(name)) {
      return expressions.failing('unknown-template', `template "${name}" is not defined`, () =>
        closest(name, this.#names),
      );
    }
    const argument: Expression = pipe ? expressions.pipeline(pipe) : () => undefined;
    const { templateDepth } = this.#limits;
    const nesting = this.#nesting + 1;
    return (run, dot, frame) => {
      run.at = position;
      run.charge(1);
      const body = this.#bodies.get(name);
      if (!body) return GO_ON;
      const value = argument(run, dot, frame);
      run.at = position;
      if (++run.depth > templateDepth || (run.nesting += nesting) > MAX_STACKED_NESTING) {
        throw new LimitError(
          'limit-template-depth',
          `templates call one another more than ${String(templateDepth)} deep`,
        );
      }
      body.run(run, value, newFrame(body, value));
      run.depth--;
      run.nesting -= nesting;
      return GO_ON;
    };
  }
}

const outcomeOfTruth = (value: Value): number => (isTrue(value) ? 0 : 1);

/** Whether there is an item. Below zero if the value cannot be iterated. */
function outcomeOfItems(collection: Value): number {
  if (collection === undefined || collection === null) return 1;
  const size = itemsOf(collection) ?? entriesOf(collection);
  if (size) return isTrue(collection) ? 0 : 1;
  const kind = kindOf(collection);
  if (kind !== 'int' && kind !== 'uint') return -1;
  return Number(numericValue(collection)) > 0 ? 0 : 1;
}

/**
 * How many control actions may be under way in all nested template calls together. JavaScript's stack bears this
 * easily.
 */
const MAX_STACKED_NESTING = 1_000;

/** The items of a range, in order. */
interface Elements {
  readonly length: number;
  key(i: number): Value;
  value(i: number): Value;
}

const none: Elements = { length: 0, key: intValue, value: () => undefined };

class ListElements implements Elements {
  readonly length: number;
  private readonly items: readonly Value[];

  constructor(items: readonly Value[]) {
    this.length = items.length;
    this.items = items;
  }

  key(i: number): Value {
    return intValue(i);
  }

  value(i: number): Value {
    return this.items[i];
  }
}

function mapElements(entries: ValueMap, run: Run): Elements {
  const keys = sortTexts(Object.keys(entries), run);
  run.charge(keys.length);
  return { length: keys.length, key: (i) => keys[i], value: (i) => entries[keys[i] ?? ''] };
}

/** From zero up to the integer; each has the integer's type. */
function integerElements(limit: Value): Elements {
  const value =
    limit instanceof Num && limit.kind !== 'int'
      ? (i: number): Value => new Num(limit.kind, i)
      : typeof limit === 'number' && isInt64(limit)
        ? (i: number): Value => i
        : intValue;
  return { length: Math.max(0, Number(numericValue(limit))), key: () => undefined, value };
}

/** Writes code that records the present action and charges its step. */
function writeStart(code: Code, position: number): void {
  code.line`run.at = ${position};`;
  code.line`run.charge(1);`;
}

/** Ends a loop, or one turn of it. */
function leaving(signal: typeof BREAKING | typeof CONTINUING): Action {
  const write = (code: Code): void => {
    code.leave(signal);
  };
  return Object.assign(() => signal, { write });
}

type Turn = (run: Run, frame: Value[], elements: Elements, i: number) => Signal;

/** One turn of a loop. The last variable gets the element, the one before it the key. */
function loopTurn(list: Action, setters: readonly Setter[]): Turn {
  const [first, second] = setters;
  return (run, frame, elements, i) => {
    const element = elements.value(i);
    if (second) first?.(frame, elements.key(i));
    (second ?? first)?.(frame, element);
    return list(run, element, frame);
  };
}

/** Writes the code of {@link loopTurn}. */
function writeLoopTurn(code: Code, elements: Name, i: Name, list: Action, setters: readonly Setter[]): void {
  const element = code.value`${elements}.value(${i})`;
  const [first, second] = setters;
  if (first && second) writeSetting(code, first, code.value`${elements}.key(${i})`);
  const last = second ?? first;
  if (last) writeSetting(code, last, element);
  code.withDot(element, () => {
    code.action(list);
  });
}
