import { isShortCircuit } from './builtins.ts';
import { Complex } from './complex.ts';
import { goTypeOf, isAssignable, nilFor } from './convert.ts';
import { closest, LimitError, TemplateError } from './errors.ts';
import type { ErrorCode, TemplateErrorOptions } from './errors.ts';
import { FunctionError } from './function.ts';
import type { FunctionTable, TemplateFunction } from './function.ts';
import { stepsPerCall } from './limits.ts';
import type { CommandNode, IdentifierNode, NumberNode, OperandNode, PipeNode, StringNode } from './node.ts';
import { print } from './node.ts';
import type { Run } from './run.ts';
import { Scope, unset } from './scope.ts';
import { entriesOf, floatValue, intValue, isTrue, typeOf } from './types.ts';
import { Encoded, Num, Opaque } from './value.ts';
import type { Value } from './value.ts';

/** Evaluates something. `final` is the value that a pipeline passes on, for a command that is not its first. */
export type Expression = (run: Run, dot: Value, frame: Value[], final?: Value) => Value;

/** A call of a function that a template may make. */
export interface Call {
  readonly name: string;
  /** In UTF-16 units of the template's text. */
  readonly position: number;
}

/**
 * Where Go would report an error: a position or, after `and` and `or`, whichever argument a run evaluated last, which
 * it notes here.
 */
export type Place = number | { position: number };

/** What compiling finds out beside the code. */
export interface Findings {
  readonly calls: Call[];
  /** Errors that a run meets for certain where it comes by. */
  readonly certain: TemplateError[];
}

/**
 * Compiles pipelines to closures, after the `eval` functions of Go's exec.go, in the order in which they evaluate.
 * `#at` follows the node that Go would name in an error raised at that moment.
 */
export class ExpressionCompiler {
  readonly scope = new Scope();
  readonly #text: string;
  readonly #functions: FunctionTable;
  readonly #builtins: FunctionTable;
  readonly #findings: Findings;
  #at: Place = 0;

  constructor(text: string, functions: FunctionTable, builtins: FunctionTable, findings: Findings) {
    this.#text = text;
    this.#functions = functions;
    this.#builtins = builtins;
    this.#findings = findings;
  }

  /** Where Go would report an error now. */
  get at(): Place {
    return this.#at;
  }

  set at(position: Place) {
    this.#at = position;
  }

  error(code: ErrorCode, place: Place, message: string, options?: TemplateErrorOptions): TemplateError {
    const position = typeof place === 'number' ? place : place.position;
    return new TemplateError(code, 'exec', this.#text, position, message, options);
  }

  /** Code that fails whenever it runs. */
  failing(code: ErrorCode, message: string, suggestion?: string): () => never {
    const position = this.#at;
    this.#findings.certain.push(this.error(code, position, message, { suggestion }));
    return () => {
      throw this.error(code, position, message, { suggestion });
    };
  }

  /** A pipeline's value, nil interfaces taken as missing; sets its variables. */
  pipeline(node: PipeNode): Expression {
    return this.rangePipeline(node).value;
  }

  /** As {@link pipeline}, with what sets each of its variables again. */
  rangePipeline(node: PipeNode): { value: Expression; setters: readonly Setter[] } {
    this.#at = node.position;
    const [first, ...rest] = node.commands.map((command, i) => this.#command(command, i > 0));
    if (!first) throw new RangeError('a pipeline has a command');
    const value = rest.reduce<Expression>(
      (before, stage) => (run, dot, frame) => stage(run, dot, frame, before(run, dot, frame) ?? undefined),
      first,
    );
    const setters = node.variables.map(({ name }) => this.#setter(name, node.assigns));
    if (setters.length === 0)
      return { value: (run, dot, frame) => value(run, dot, frame) ?? undefined, setters };
    const setting: Expression = (run, dot, frame) => {
      const result = value(run, dot, frame) ?? undefined;
      for (const set of setters) set(frame, result);
      return result;
    };
    return { value: setting, setters };
  }

  #setter(name: string, assigns: boolean): Setter {
    const slots = assigns ? this.scope.resolve(name) : [this.scope.declare(name)];
    const [slot] = slots;
    if (slot === undefined) {
      return this.failing('undefined-variable', `variable "${name}" is not set here`);
    }
    if (slots.length === 1) return (frame, value) => void (frame[slot] = value);
    return (frame, value) => {
      frame[slots.find((candidate) => frame[candidate] !== unset) ?? slot] = value;
    };
  }

  #command(node: CommandNode, piped: boolean): Expression {
    const [first, ...args] = node.words;
    switch (first.kind) {
      case 'field':
        this.#at = first.position;
        return this.#fields((_run, dot) => dot, first.fields, args, piped);
      case 'chain':
        return this.#chain(first, args, piped);
      case 'identifier':
        return this.#call(first, node.position, args, piped);
      case 'variable':
        return this.#variable(first, args, piped);
      case 'pipe':
        return args.length > 0 || piped ? this.#notAFunction(first) : this.pipeline(first);
      default:
        this.#at = first.position;
        return args.length > 0 || piped ? this.#notAFunction(first) : this.#constantCommand(first);
    }
  }

  #notAFunction(node: OperandNode): Expression {
    return this.failing('not-a-function', `${print(node)} is no function and takes no argument`);
  }

  #constantCommand(
    node: Exclude<OperandNode, { kind: 'field' | 'chain' | 'identifier' | 'variable' | 'pipe' }>,
  ): Expression {
    if (node.kind === 'nil') return this.failing('nil-value', 'nil alone is no command');
    if (node.kind === 'string') return literalText(node);
    return this.#literal(node);
  }

  #literal(
    node: Exclude<OperandNode, { kind: 'field' | 'chain' | 'identifier' | 'variable' | 'pipe' | 'nil' }>,
  ): Expression {
    switch (node.kind) {
      case 'dot':
        return (_run, dot) => dot;
      case 'bool':
      case 'string':
        return constant(node.value);
      case 'number':
        this.#at = node.position;
        return this.#idealConstant(node);
    }
  }

  /** A number whose type its syntax alone decides. */
  #idealConstant(node: NumberNode): Expression {
    const { text, complex, float, int } = node;
    if (complex) return constant(new Complex(complex.real, complex.imaginary));
    const isHexInt = /^0[xX]/.test(text) && !/[pP]/.test(text) && text.length > 2;
    if (float !== undefined && !isHexInt && !text.startsWith("'") && /[.eEpP]/.test(text)) {
      return constant(floatValue(float));
    }
    if (int === undefined) return this.failing('number-overflow', `${text} does not fit an int`);
    return constant(typeof int === 'number' ? intValue(int) : new Num('int', int));
  }

  #variable(
    node: Extract<OperandNode, { kind: 'variable' }>,
    args: readonly OperandNode[],
    piped: boolean,
  ): Expression {
    this.#at = node.position;
    const value = this.#variableValue(node.name);
    if (node.fields.length > 0) return this.#fields(value, node.fields, args, piped);
    return args.length > 0 || piped ? this.#notAFunction(node) : value;
  }

  #variableValue(name: string): Expression {
    const slots = this.scope.resolve(name);
    const [slot, ...others] = slots;
    if (slot === undefined) {
      const message = `variable "${name}" is not set here`;
      return this.failing('undefined-variable', message, closest(name, this.scope.names()));
    }
    if (others.length === 0) return (_run, _dot, frame) => frame[slot];
    const position = this.#at;
    return (_run, _dot, frame) => {
      const found = slots.find((candidate) => frame[candidate] !== unset);
      if (found !== undefined) return frame[found];
      throw this.error('undefined-variable', position, `variable "${name}" is not set here`);
    };
  }

  #chain(
    node: Extract<OperandNode, { kind: 'chain' }>,
    args: readonly OperandNode[],
    piped: boolean,
  ): Expression {
    this.#at = node.position;
    const { operand } = node;
    this.#at = operand.position;
    const value =
      operand.kind === 'pipe' ? this.pipeline(operand) : this.#call(operand, operand.position, [], false);
    return this.#fields(value, node.fields, args, piped);
  }

  /** Fields of a value, one of the other; the last, where it is a method, takes the arguments. */
  #fields(
    base: Expression,
    fields: readonly string[],
    args: readonly OperandNode[],
    piped: boolean,
  ): Expression {
    const position = this.#at;
    if (args.length === 0 && !piped) return this.#plainFields(base, fields, position);
    const receiver = fields.length > 1 ? this.#plainFields(base, fields.slice(0, -1), position) : base;
    return this.#method(receiver, fields.at(-1) ?? '', args, piped, position);
  }

  #plainFields(base: Expression, fields: readonly string[], position: Place): Expression {
    const [first = '', second, third, ...more] = fields;
    const read = (value: Value, name: string): Value => this.#slowField(value, name, position);
    if (second === undefined) {
      return (run, dot, frame) => field(base(run, dot, frame), first, read);
    }
    if (third === undefined) {
      return (run, dot, frame) => field(field(base(run, dot, frame), first, read), second, read);
    }
    return (run, dot, frame) => {
      let value = field(field(field(base(run, dot, frame), first, read), second, read), third, read);
      for (const name of more) value = field(value, name, read);
      return value;
    };
  }

  #slowField(value: Value, name: string, position: Place): Value {
    if (value === undefined) return undefined;
    if (value === null) throw this.error('nil-value', position, `field "${name}" is read from nil`);
    const entries = entriesOf(value);
    if (entries) return Object.hasOwn(entries, name) ? entries[name] : undefined;
    const member = value instanceof Opaque ? value.member(name) : undefined;
    if (!member) throw this.#noField(value, name, position);
    if (member.params.length > 0) {
      throw this.error(
        'wrong-argument-count',
        position,
        arity(`method "${name}"`, member.params, undefined, 0),
      );
    }
    return this.#guarded(() => member.call([]), name, position);
  }

  #noField(value: Value, name: string, position: Place): TemplateError {
    return this.error(
      'no-field',
      position,
      `field "${name}" is read from a value of type ${typeOf(value)}, which has none`,
    );
  }

  #method(
    receiver: Expression,
    name: string,
    args: readonly OperandNode[],
    piped: boolean,
    position: Place,
  ): Expression {
    // The types of its parameters are known only when the receiver is.
    const types = args.map(() => 'any');
    const argumentsOf = this.#arguments(args, types, piped ? 'any' : undefined);
    return (run, dot, frame, final) => {
      const value = receiver(run, dot, frame);
      if (value === undefined) return undefined;
      const member = value instanceof Opaque ? value.member(name) : undefined;
      if (!member) {
        if (!entriesOf(value)) return this.#slowField(value, name, position);
        throw this.error(
          'not-a-function',
          position,
          `"${name}" is a field, no method, and takes no argument`,
        );
      }
      const given = args.length + (piped ? 1 : 0);
      if (given !== member.params.length) {
        throw this.error(
          'wrong-argument-count',
          position,
          arity(`method "${name}"`, member.params, undefined, given),
        );
      }
      const values = argumentsOf(run, dot, frame, final).map((given, i) =>
        this.#methodArgument(given, args[i], member.params[i] ?? 'any', position),
      );
      return this.#guarded(() => member.call(values), name, position);
    };
  }

  #methodArgument(value: Value, node: OperandNode | undefined, type: string, position: Place): Value {
    if (node?.kind === 'number') {
      if (/^int(?:8|16|32|64)?$|^time\.(?:Duration|Month|Weekday)$/.test(type) && node.int !== undefined)
        return node.int;
      if (type === 'float64' && node.float !== undefined) return floatValue(node.float);
    }
    if (value === null || !isAssignable(value, type)) throw this.#wrongType(value, type, position);
    return value;
  }

  /** A call of a function; errors of the function itself are reported at `callPosition`. */
  #call(
    node: IdentifierNode,
    callPosition: number,
    args: readonly OperandNode[],
    piped: boolean,
  ): Expression {
    this.#at = node.position;
    const { name } = node;
    this.#findings.calls.push({ name, position: node.position });
    const own = this.#functions.get(name);
    const known = own ?? this.#builtins.get(name);
    if (!known || 'removed' in known) throw new RangeError(`function "${name}" passed the parser`);
    const given = args.length + (piped ? 1 : 0);
    const { params, variadic } = known;
    if (given < params.length || (given > params.length && variadic === undefined)) {
      return this.failing('wrong-argument-count', arity(`function "${name}"`, params, variadic, given));
    }
    if (!own && isShortCircuit(name)) return this.#shortCircuit(name, args, piped);
    const types = Array.from({ length: given }, (_, i) => params[i] ?? variadic ?? 'any');
    const finalType = piped ? types[given - 1] : undefined;
    const values = this.#arguments(args, types, finalType);
    return (run, dot, frame, final) =>
      this.#invoke(run, known, values(run, dot, frame, final), name, callPosition);
  }

  #invoke(run: Run, called: TemplateFunction, args: Value[], name: string, position: Place): Value {
    try {
      run.charge(stepsPerCall);
      for (let i = 0; i < args.length; i++) {
        const arg = args[i];
        if (typeof arg === 'string') run.chargeText(arg.length);
        else if (run.structural && arg instanceof Encoded) {
          run.chargeText(arg.text.length);
          if (called.keepsEncoding !== true) args[i] = arg.text;
        }
      }
      const result = called.call(args, run);
      if (typeof result === 'string') run.chargeText(result.length);
      else if (result instanceof Encoded) run.chargeText(result.text.length);
      return result;
    } catch (error) {
      throw this.#callError(error, name, position);
    }
  }

  #guarded(call: () => Value, name: string, position: Place): Value {
    try {
      return call();
    } catch (error) {
      throw this.#callError(error, name, position);
    }
  }

  #callError(error: unknown, name: string, position: Place): unknown {
    if (error instanceof TemplateError) return error;
    if (error instanceof LimitError) return this.error(error.code, position, `"${name}": ${error.message}`);
    if (error instanceof RangeError) {
      return this.error(
        'limit-nesting',
        position,
        `"${name}": its arguments are nested too deeply or contain themselves`,
      );
    }
    if (!(error instanceof FunctionError)) return error;
    return this.error('function-failed', position, `"${name}" failed: ${error.message}`, { cause: error });
  }

  /** `and` and `or`: arguments after the deciding one are not evaluated. */
  #shortCircuit(name: 'and' | 'or', args: readonly OperandNode[], piped: boolean): Expression {
    const decisive = name === 'or';
    const [first, ...others] = args;
    const last = { position: typeof this.#at === 'number' ? this.#at : this.#at.position };
    const compiled = (arg: OperandNode): { value: Expression; place: Place } => {
      const value = this.#argument(arg, 'reflect');
      return { value, place: this.#at };
    };
    const values = first ? [compiled(first)] : [];
    const slots = this.scope.conditionally(() => values.push(...others.map(compiled)));
    this.#at = last;
    return (run, dot, frame, final) => {
      run.charge(stepsPerCall);
      for (const slot of slots) frame[slot] = unset;
      let result: Value;
      for (const { value, place } of values) {
        result = value(run, dot, frame);
        last.position = typeof place === 'number' ? place : place.position;
        if (isTrue(result) === decisive) return result;
      }
      return piped ? final : result;
    };
  }

  /** All arguments of a call, each of its parameter's type, with the pipeline's value as the last. */
  #arguments(
    args: readonly OperandNode[],
    types: readonly string[],
    finalType: string | undefined,
  ): (run: Run, dot: Value, frame: Value[], final?: Value) => Value[] {
    const values = args.map((arg, i) => this.#argument(arg, types[i] ?? 'any'));
    if (finalType !== undefined) values.push(this.#typed((_run, _dot, _frame, final) => final, finalType));
    const [first, second, third] = values;
    if (!first) return () => [];
    if (!second) return (run, dot, frame, final) => [first(run, dot, frame, final)];
    if (!third)
      return (run, dot, frame, final) => [first(run, dot, frame, final), second(run, dot, frame, final)];
    return (run, dot, frame, final) => values.map((value) => value(run, dot, frame, final));
  }

  #argument(node: OperandNode, type: string): Expression {
    this.#at = node.position;
    switch (node.kind) {
      case 'dot':
        return this.#typed((_run, dot) => dot, type);
      case 'nil': {
        const nil = nilFor(type);
        return nil ? constant(nil.value) : this.failing('nil-value', `nil is no ${goTypeOf(type)}`);
      }
      case 'field':
        return this.#typed(
          this.#fields((_run, dot) => dot, node.fields, [], false),
          type,
        );
      case 'variable':
        return this.#typed(this.#variable(node, [], false), type);
      case 'pipe':
        return this.#typed(this.pipeline(node), type);
      case 'identifier':
        return this.#typed(this.#call(node, node.position, [], false), type);
      case 'chain':
        return this.#typed(this.#chain(node, [], false), type);
      default:
        return this.#constantArgument(node, type);
    }
  }

  /** A constant takes the parameter's type where it can. */
  #constantArgument(
    node: Extract<OperandNode, { kind: 'bool' | 'number' | 'string' }>,
    type: string,
  ): Expression {
    switch (type) {
      case 'any':
      case 'reflect':
        return this.#literal(node);
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
        if (node.kind === 'number' && node.uint !== undefined)
          return constant(new Num('uint32', Number(BigInt.asUintN(32, node.uint))));
        break;
      case 'float64':
        if (node.kind === 'number' && node.float !== undefined) return constant(floatValue(node.float));
        break;
    }
    return this.failing('wrong-argument-type', `expected ${goTypeOf(type)}, found ${print(node)}`);
  }

  /** Checks that a value is of a parameter's type. */
  #typed(value: Expression, type: string): Expression {
    const position = this.#at;
    if (type === 'reflect') return value;
    if (type === 'any') {
      return (run, dot, frame, final) => {
        const result = value(run, dot, frame, final);
        return result === undefined ? null : result;
      };
    }
    const nil = nilFor(type);
    return (run, dot, frame, final) => {
      const result = value(run, dot, frame, final);
      if (result === undefined) {
        if (nil) return nil.value;
        throw this.error('nil-value', position, `expected ${goTypeOf(type)}, but the value is missing`);
      }
      if (result !== null && isAssignable(result, type)) return result;
      throw this.#wrongType(result, type, position);
    };
  }

  #wrongType(value: Value, type: string, position: Place): TemplateError {
    const found = value === null ? 'nil' : `a value of type ${typeOf(value)}`;
    return this.error('wrong-argument-type', position, `expected ${goTypeOf(type)}, found ${found}`);
  }
}

/** Sets one variable of a frame. */
export type Setter = (frame: Value[], value: Value) => void;

function field(value: Value, name: string, slow: (value: Value, name: string) => Value): Value {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) {
    return slow(value, name);
  }
  return Object.hasOwn(value, name) ? (value as { readonly [key: string]: Value })[name] : undefined;
}

const constant =
  (value: Value): Expression =>
  () =>
    value;

/** A string that stands in the template itself is structure, like the template's text. */
function literalText(node: StringNode): Expression {
  const { value } = node;
  const encoded = new Encoded(value, value === '' ? [] : [{ kind: 'text', text: value }]);
  return (run) => (run.structural ? encoded : value);
}

function integerConstant(value: number | bigint, type: 'int' | 'int64' | 'rune'): Value {
  if (type === 'int64') return value;
  if (type === 'rune') return new Num('int32', Number(BigInt.asIntN(32, BigInt(value))));
  return typeof value === 'number' ? intValue(value) : new Num('int', value);
}

function arity(what: string, params: readonly string[], variadic: string | undefined, given: number): string {
  const least = variadic === undefined ? '' : 'at least ';
  return `${what} takes ${least}${params.length} ${params.length === 1 ? 'argument' : 'arguments'}, got ${given}`;
}
