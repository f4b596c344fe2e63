import { callEqual, callFunction, callTest } from './call.ts';
import type { Callee } from './call.ts';
import { Complex } from './complex.ts';
import { goTypeOf, isAssignable, nilFor } from './convert.ts';
import { constant, dotItself, variable, writeSetting } from './code.ts';
import type { Code, Expression, Name, Setter } from './code.ts';
import { closest } from './errors.ts';
import type { ErrorCode, TemplateError } from './errors.ts';
import { Faults, positionOf } from './fault.ts';
import type { Place } from './fault.ts';
import { readFields, readSlowly } from './field.ts';
import type { DecisionPoint } from './decision.ts';
import type { FunctionTable, TemplateFunction } from './function.ts';
import { STEPS_PER_CALL } from './limits.ts';
import { print } from './syntax/node.ts';
import type {
  CommandNode,
  IdentifierNode,
  NumberNode,
  OperandNode,
  PipeNode,
  StringNode,
} from './syntax/node.ts';
import type { Run } from './run.ts';
import { Scope, unset } from './scope.ts';
import { entriesOf, floatValue, intValue, isPlainMap, isTrue } from './types.ts';
import { Encoded, Num, Opaque } from './value.ts';
import type { Value } from './value.ts';

/** A call of a function in a template. */
export interface Call {
  readonly name: string;
  readonly called: TemplateFunction;
  /** In UTF-16 units of the template's text. */
  readonly position: number;
}

/** What compiling finds besides the code. */
export interface Findings {
  readonly calls: Call[];
  /** Errors that occur whenever execution reaches their place. */
  readonly certain: TemplateError[];
}

/** A constant, or dot. */
type SimpleNode = Extract<OperandNode, { kind: 'dot' | 'bool' | 'number' | 'string' }>;

type ConstantNode = Exclude<SimpleNode, { kind: 'dot' }>;

/** What a command gets besides its first word. */
interface Given {
  readonly args: readonly OperandNode[];
  /** Whether a pipeline passes a value to it, as the last argument. */
  readonly piped: boolean;
}

// More errors of one template help nobody, and for each of them a hundred names may be compared.
const MAX_CERTAIN = 20;

const nothing: Given = { args: [], piped: false };

const countOf = ({ args, piped }: Given): number => args.length + (piped ? 1 : 0);

const finalValue: Expression = Object.assign(
  (_run: Run, _dot: Value, _frame: Value[], final?: Value): Value => final,
  { write: (code: Code) => code.final },
);

/**
 * Compiles pipelines to closures, after the `eval` functions of Go's exec.go, in their order of evaluation. `at`
 * follows the node that Go would name in an error at that moment.
 */
export class ExpressionCompiler {
  readonly scope = new Scope();
  readonly faults: Faults;
  /** Where Go would report an error at this moment. */
  at: Place = 0;
  readonly #functions: FunctionTable;
  readonly #findings: Findings;
  /** By position: the calls whose decisions runs shall report. */
  readonly #choices: ReadonlyMap<number, DecisionPoint> | undefined;

  constructor(
    text: string,
    functions: FunctionTable,
    findings: Findings,
    choices: ReadonlyMap<number, DecisionPoint> | undefined,
  ) {
    this.faults = new Faults(text);
    this.#functions = functions;
    this.#findings = findings;
    this.#choices = choices;
  }

  /** Code that fails whenever it runs. */
  failing(code: ErrorCode, message: string, suggest?: () => string | undefined): () => never {
    const place = this.at;
    return this.#failing(() => this.faults.error(code, place, message, { suggestion: suggest?.() }));
  }

  #failing(error: () => TemplateError): () => never {
    if (this.#findings.certain.length < MAX_CERTAIN) this.#findings.certain.push(error());
    return () => {
      throw error();
    };
  }

  /** A pipeline's value; nil interfaces become missing values. Sets its variables. */
  pipeline(node: PipeNode): Expression {
    const value = this.loosePipeline(node);
    if (node.variables.length > 0) return value;
    const evaluate: Expression = (run, dot, frame) => value(run, dot, frame) ?? undefined;
    return Object.assign(evaluate, { write: (code: Code) => writeStrict(code, value) });
  }

  /** Like {@link pipeline}, for places where a nil interface and a missing value mean the same. */
  loosePipeline(node: PipeNode): Expression {
    return this.rangePipeline(node).value;
  }

  /** Like {@link loosePipeline}; also returns the setters of its variables. */
  rangePipeline(node: PipeNode): { value: Expression; setters: readonly Setter[] } {
    this.at = node.position;
    const [first, ...rest] = node.commands.map((command, i) => this.#command(command, i > 0));
    if (!first) throw new RangeError('a pipeline has a command');
    const value = pipe(first, rest);
    const setters = node.variables.map(({ name }) => this.#setter(name, node.assigns));
    return { value: setters.length > 0 ? setting(value, setters) : value, setters };
  }

  #setter(name: string, assigns: boolean): Setter {
    if (!assigns) {
      return setterOf(this.scope.declare(name));
    }
    const find = this.#slotOf(name);
    if (typeof find === 'number') return setterOf(find);
    return (frame, value) => {
      frame[find(frame)] = value;
    };
  }

  /** The slot of a variable. If it depends on the run, a function that finds it in a frame. */
  #slotOf(name: string): number | ((frame: readonly Value[]) => number) {
    const { slots, certain } = this.scope.resolve(name);
    const [slot] = slots;
    if (slot === undefined) return this.#undefinedVariable(name);
    if (slots.length === 1 && certain) return slot;
    const place = this.at;
    return (frame) => {
      const found = slots.find((candidate) => frame[candidate] !== unset);
      if (found !== undefined) return found;
      throw this.faults.error('undefined-variable', place, `variable "${name}" is not set here`);
    };
  }

  #undefinedVariable(name: string): () => never {
    const message = `variable "${name}" is not set here`;
    const isTold = this.#findings.certain.length < MAX_CERTAIN;
    const meant = isTold ? closest(name, this.scope.names()) : undefined;
    return this.failing('undefined-variable', message, () => meant);
  }

  #command(node: CommandNode, piped: boolean): Expression {
    const [first, ...args] = node.words;
    const given: Given = { args, piped };
    switch (first.kind) {
      case 'field':
        return this.#field(first.fields, first.position, given);
      case 'chain':
        return this.#chain(first, given);
      case 'identifier':
        return this.#call(first, node.position, given);
      case 'variable':
        return this.#variable(first, given);
      case 'pipe':
        return countOf(given) > 0 ? this.#notAFunction(first) : this.loosePipeline(first);
      default:
        this.at = first.position;
        if (countOf(given) > 0) return this.#notAFunction(first);
        if (first.kind === 'nil') return this.failing('nil-value', 'nil alone is no command');
        return first.kind === 'string' ? literalText(first) : this.#simple(first);
    }
  }

  #notAFunction(node: OperandNode): Expression {
    return this.failing('not-a-function', `${print(node)} is no function and takes no argument`);
  }

  #simple(node: SimpleNode): Expression {
    switch (node.kind) {
      case 'dot':
        return dotItself;
      case 'bool':
      case 'string':
        return constant(node.value);
      case 'number':
        this.at = node.position;
        return this.#idealConstant(node);
    }
  }

  /** A number whose type follows from its syntax alone. */
  #idealConstant(node: NumberNode): Expression {
    const { text, complex, float, int } = node;
    if (complex) return constant(new Complex(complex.real, complex.imaginary));
    const isHexInt = /^0[xX]./.test(text) && !/[pP]/.test(text);
    if (float !== undefined && !isHexInt && !text.startsWith("'") && /[.eEpP]/.test(text)) {
      return constant(floatValue(float));
    }
    if (int === undefined) return this.failing('number-overflow', `${text} does not fit an int`);
    return constant(integerConstant(int, 'int'));
  }

  #field(names: readonly string[], position: number, given: Given): Expression {
    this.at = position;
    return this.#fields(dotItself, names, given);
  }

  #variable(node: Extract<OperandNode, { kind: 'variable' }>, given: Given): Expression {
    this.at = node.position;
    const base = this.#variableBase(node.name);
    if (node.fields.length > 0) return this.#fields(base, node.fields, given);
    return countOf(given) > 0 ? this.#notAFunction(node) : base;
  }

  #variableBase(name: string): Expression {
    const find = this.#slotOf(name);
    return typeof find === 'function' ? (_run, _dot, frame) => frame[find(frame)] : variable(find);
  }

  #chain(node: Extract<OperandNode, { kind: 'chain' }>, given: Given): Expression {
    const { operand } = node;
    this.at = operand.position;
    const value =
      operand.kind === 'pipe' ? this.pipeline(operand) : this.#call(operand, operand.position, nothing);
    return this.#fields(value, node.fields, given);
  }

  /** Nested fields of a value. If the last one is a method, it gets the arguments. */
  #fields(base: Expression, names: readonly string[], given: Given): Expression {
    const place = this.at;
    if (countOf(given) === 0) return readFields(base, names, this.faults, place);
    const last = names.at(-1) ?? '';
    const receiver = names.length > 1 ? readFields(base, names.slice(0, -1), this.faults, place) : base;
    return this.#method(receiver, last, given, place);
  }

  #method(receiver: Expression, name: string, given: Given, place: Place): Expression {
    // The parameter types are known only once the receiver is.
    const values = this.#arguments(
      given,
      Array.from({ length: countOf(given) }, () => 'any'),
    );
    // If the receiver is missing, the arguments are not evaluated.
    this.at = place;
    return (run, dot, frame, final) => {
      const value = receiver(run, dot, frame);
      if (value === undefined) return undefined;
      const member = value instanceof Opaque ? value.member(name) : undefined;
      if (!member) {
        if (!entriesOf(value)) return readSlowly(value, name, this.faults, place);
        const message = `"${name}" is a field, no method, and takes no argument`;
        throw this.faults.error('not-a-function', place, message);
      }
      const { params } = member;
      if (values.length !== params.length) {
        throw this.faults.wrongCount(`method "${name}"`, params.length, false, values.length, place);
      }
      const args = values.map((argument, i) =>
        this.#methodArgument(argument(run, dot, frame, final), given.args[i], params[i] ?? 'any', place),
      );
      try {
        return member.call(args);
      } catch (error) {
        throw this.faults.ofCall(error, name, place);
      }
    };
  }

  #methodArgument(value: Value, node: OperandNode | undefined, type: string, place: Place): Value {
    if (node?.kind === 'number') {
      if (type === 'float64' && node.float !== undefined) return floatValue(node.float);
      if (/^(?:int(?:8|16|32|64)|time\..*)$/.test(type) && node.int !== undefined) return node.int;
    }
    if (value === null || !isAssignable(value, type))
      throw this.faults.wrongType(value, goTypeOf(type), place);
    return value;
  }

  /** A call of a function. Errors of the function itself are reported at `place`. */
  #call(node: IdentifierNode, place: number, given: Given): Expression {
    this.at = node.position;
    const { name } = node;
    const called = this.#functions.get(name);
    if (!called || 'removed' in called) throw new RangeError(`function "${name}" passed the parser`);
    this.#findings.calls.push({ name, called, position: node.position });
    const count = countOf(given);
    const { params, variadic } = called;
    if (count < params.length || (count > params.length && variadic === undefined)) {
      const error = (): TemplateError =>
        this.faults.wrongCount(
          `function "${name}"`,
          params.length,
          variadic !== undefined,
          count,
          node.position,
        );
      return this.#failing(error);
    }
    const point = this.#choices?.get(node.position);
    if (called.stopsAt !== undefined) return this.#shortCircuit(called.stopsAt, given, point);
    const types = Array.from({ length: count }, (_, i) => params[i] ?? variadic ?? 'any');
    const args = this.#arguments(given, types);
    if (called.spells === true)
      given.args.forEach((node, index) => {
        if (node.kind === 'string') args[index] = literalText(node);
      });
    return this.#callWith(
      { name, called: point ? choosing(called, point) : called, faults: this.faults, place },
      args,
    );
  }

  #callWith(callee: Callee, args: readonly Expression[]): Expression {
    const [first, second, third] = args;
    const { comparesStrings, test } = callee.called;
    if (first && second && !third && comparesStrings !== undefined)
      return callEqual(callee, first, second, comparesStrings);
    if (first && !second && test) return callTest(test, first);
    return callFunction(callee, args);
  }

  /** `and` and `or`: arguments after the deciding one are not evaluated. */
  #shortCircuit(decisive: boolean, { args, piped }: Given, point: DecisionPoint | undefined): Expression {
    const last = { position: positionOf(this.at) };
    const compiled = (arg: OperandNode): { value: Expression; place: Place } => {
      const value = this.#argument(arg, 'reflect');
      return { value, place: this.at };
    };
    const values = args.slice(0, 1).map(compiled);
    const slots = this.scope.conditionally(() => values.push(...args.slice(1).map(compiled)));
    this.at = last;
    const evaluate: Expression = (run, dot, frame, final) => {
      run.charge(STEPS_PER_CALL);
      for (let i = 0; i < slots.length; i++) frame[slots[i] ?? 0] = unset;
      let result: Value;
      let outcome = 0;
      for (const { value, place } of values) {
        result = value(run, dot, frame);
        last.position = typeof place === 'number' ? place : place.position;
        if (isTrue(result) === decisive) break;
        outcome++;
      }
      const latest = values.length + (piped ? 1 : 0) - 1;
      if (point) run.decide(point, Math.min(outcome, latest));
      return piped && outcome === values.length ? final : result;
    };
    // When decisions are reported, generated code calls the closure.
    if (point) return evaluate;
    const write = (code: Code): Name => {
      code.line`run.charge(${STEPS_PER_CALL});`;
      for (const slot of slots) code.line`frame[${slot}] = ${code.constant(unset)};`;
      const result = code.value`undefined`;
      for (const { value, place } of values) {
        code.line`${result} = ${code.expression(value)};`;
        if (typeof place === 'number') code.line`${code.constant(last)}.position = ${place};`;
        else code.line`${code.constant(last)}.position = ${code.constant(place)}.position;`;
        code.line`if (${code.constant(isTrue)}(${result}) !== ${code.constant(decisive)}) {`;
      }
      if (piped) code.line`${result} = ${code.final};`;
      for (const _value of values) code.line`}`;
      return result;
    };
    return Object.assign(evaluate, { write });
  }

  /** All arguments of a call, each with its parameter's type. The pipeline's value is the last one. */
  #arguments({ args, piped }: Given, types: readonly string[]): Expression[] {
    const values = args.map((arg, i) => this.#argument(arg, types[i] ?? 'any'));
    if (piped) values.push(this.#typed(finalValue, types[args.length] ?? 'any'));
    return values;
  }

  #argument(node: OperandNode, type: string): Expression {
    this.at = node.position;
    switch (node.kind) {
      case 'dot':
        return this.#typed(dotItself, type);
      case 'nil': {
        const nil = nilFor(type);
        return nil ? constant(nil.value) : this.failing('nil-value', `expected ${goTypeOf(type)}, found nil`);
      }
      case 'field':
        return this.#typed(this.#field(node.fields, node.position, nothing), type);
      case 'variable':
        return this.#typed(this.#variable(node, nothing), type);
      case 'pipe':
        return this.#typed(type === 'any' ? this.loosePipeline(node) : this.pipeline(node), type);
      case 'identifier':
        return this.#typed(this.#call(node, node.position, nothing), type);
      case 'chain':
        return this.#typed(this.#chain(node, nothing), type);
      default:
        return this.#constantArgument(node, type);
    }
  }

  /** A constant gets the parameter's type if it can. */
  #constantArgument(node: ConstantNode, type: string): Expression {
    switch (type) {
      case 'any':
      case 'reflect':
        return this.#simple(node);
      case 'bool':
      case 'string':
        if (node.kind === type) return constant(node.value);
        break;
      case 'int':
      case 'int64':
      case 'rune':
        if (node.kind === 'number' && node.int !== undefined)
          return constant(integerConstant(node.int, type));
        break;
      case 'uint32':
        if (node.kind === 'number' && node.uint !== undefined) {
          return constant(new Num('uint32', Number(BigInt.asUintN(32, node.uint))));
        }
        break;
      case 'float64':
        if (node.kind === 'number' && node.float !== undefined) return constant(floatValue(node.float));
        break;
    }
    return this.failing('wrong-argument-type', `expected ${goTypeOf(type)}, found ${print(node)}`);
  }

  /** Checks that a value has a parameter's type. */
  #typed(value: Expression, type: string): Expression {
    if (type === 'reflect') return value;
    if (type === 'any') {
      const evaluate: Expression = (run, dot, frame, final) => value(run, dot, frame, final) ?? null;
      const write = (code: Code): Name => code.value`${code.expression(value)} ?? null`;
      return Object.assign(evaluate, { write });
    }
    const check = this.#checkOf(type);
    const evaluate: Expression = (run, dot, frame, final) => check(value(run, dot, frame, final));
    const write = (code: Code): Name => {
      const given = code.expression(value);
      if (type === 'string') {
        return code.value`typeof ${given} === 'string' ? ${given} : ${code.constant(check)}(${given})`;
      }
      if (type === 'map[string]any') {
        return code.value`${code.constant(isPlainMap)}(${given}) ? ${given} : ${code.constant(check)}(${given})`;
      }
      return code.value`${code.constant(check)}(${given})`;
    };
    return Object.assign(evaluate, { write });
  }

  #checkOf(type: string): (value: Value) => Value {
    const place = this.at;
    const { faults } = this;
    const nil = nilFor(type);
    const missing = `expected ${goTypeOf(type)}, but the value is missing`;
    return (value) => {
      if (value === undefined) {
        if (nil) return nil.value;
        throw faults.error('nil-value', place, missing);
      }
      if (value !== null && isAssignable(value, type)) return value;
      throw faults.wrongType(value, goTypeOf(type), place);
    };
  }
}

/** A value that decides something; its outcome is reported. */
export function telling(
  point: DecisionPoint,
  outcomeOf: (value: Value) => number,
  value: Expression,
): Expression {
  const tell = (run: Run, result: Value): Value => {
    run.decide(point, outcomeOf(result));
    return result;
  };
  const evaluate: Expression = (run, dot, frame, final) => tell(run, value(run, dot, frame, final));
  const write = (code: Code): Name => code.value`${code.constant(tell)}(run, ${code.expression(value)})`;
  return Object.assign(evaluate, { write });
}

/** A function that chooses, wrapped so that it reports its outcome first. It is called without its shortcuts. */
function choosing(called: TemplateFunction, point: DecisionPoint): TemplateFunction {
  const { one: _one, two: _two, test: _test, ...rest } = called;
  return {
    ...rest,
    call(args, context) {
      if (called.choice) (context as Run).decide(point, called.choice.outcomeOf(args));
      return called.call(args, context);
    },
  };
}

/** Writes code for a value; a nil interface becomes a missing value. */
function writeStrict(code: Code, value: Expression): Name {
  return code.value`${code.expression(value)} ?? undefined`;
}

function setterOf(slot: number): Setter {
  const set = (frame: Value[], value: Value): void => {
    frame[slot] = value;
  };
  return Object.assign(set, { slot });
}

/** Sets variables to a value; a nil interface becomes a missing value. */
function setting(value: Expression, setters: readonly Setter[]): Expression {
  const evaluate: Expression = (run, dot, frame) => {
    const result = value(run, dot, frame) ?? undefined;
    for (const set of setters) set(frame, result);
    return result;
  };
  const write = (code: Code): Name => {
    const result = writeStrict(code, value);
    for (const set of setters) writeSetting(code, set, result);
    return result;
  };
  return Object.assign(evaluate, { write });
}

/** Stages of a pipeline. Each gets the result of the one before; a nil interface becomes a missing value. */
function pipe(first: Expression, rest: readonly Expression[]): Expression {
  if (rest.length === 0) return first;
  const evaluate: Expression = (run, dot, frame) => {
    let value = first(run, dot, frame);
    for (const stage of rest) value = stage(run, dot, frame, value ?? undefined);
    return value;
  };
  const write = (code: Code): Name =>
    rest.reduce<Name>((value, stage) => {
      const final = code.value`${value} ?? undefined`;
      return code.withFinal(final, () => code.expression(stage));
    }, code.expression(first));
  return Object.assign(evaluate, { write });
}

/** A string in the template itself is structure, like the template's text. */
function literalText(node: StringNode): Expression {
  const { value } = node;
  const encoded = new Encoded(value, value === '' ? [] : [{ kind: 'text', text: value }]);
  const write = (code: Code): Name =>
    code.value`run.structural ? ${code.constant(encoded)} : ${code.constant(value)}`;
  return Object.assign((run: Run) => (run.structural ? encoded : value), { write });
}

function integerConstant(value: number | bigint, type: 'int' | 'int64' | 'rune'): Value {
  if (type === 'int64') return value;
  if (type === 'rune') return new Num('int32', Number(BigInt.asIntN(32, BigInt(value))));
  return typeof value === 'number' ? intValue(value) : new Num('int', value);
}
