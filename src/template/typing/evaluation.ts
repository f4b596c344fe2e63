import { narrowedArguments, typeOfCall } from './call-type.ts';
import type { ArgumentType, CallFault } from './call-type.ts';
import { textOf } from './program.ts';
import type { Call, Expression, Fields, Language, Program, Truth } from './program.ts';
import { constantText } from '../results.ts';
import { fieldOf, newPlace } from './state.ts';
import type { State, Typed } from './state.ts';
import {
  absent,
  anyItem,
  describeType,
  isNever,
  never,
  truthOf,
  underKey,
  union,
  unknown,
  without,
} from './type.ts';
import type { Type } from './type.ts';

/** A fault that the types of a template show. */
export interface TypeFault {
  /**
   * `fails`: it fails for every possible value. `pointless`: it has no sensible result for any. `never-met`: a
   * comparison that is never true. `no-field`: the result of a function never has the field.
   */
  readonly kind: 'fails' | 'pointless' | 'never-met' | 'no-field';
  /** In UTF-16 units of the template's text. */
  readonly position: number;
  readonly message: string;
  /** What was probably meant, or what would correct it. */
  readonly hint?: string;
  /** The constant, or the field, of which one was probably meant. */
  readonly candidates?: { readonly given: string; readonly values: readonly string[] };
}

/** Receives results while expressions are checked. */
export interface Listener {
  /** Whether faults are wanted. Where they are not, nothing looks for them: most evaluations only ask for a type. */
  readonly wantsFaults: () => boolean;
  fault(fault: TypeFault): void;
  /** Gets the type of an expression at its place, once for each way that leads there. */
  seen(expression: Expression, type: Type): void;
  /** Counts an expression. Throws if there have been too many. */
  step(): void;
}

/** Finds the types of expressions, and what conditions imply. */
export class Evaluation {
  readonly #program: Pick<Program, 'language' | 'mutates'>;
  readonly #language: Language;
  readonly #listener: Listener;
  #silent: Evaluation | undefined;

  /** @param program the program of the expressions */
  constructor(program: Pick<Program, 'language' | 'mutates'>, listener: Listener) {
    this.#program = program;
    this.#language = program.language;
    this.#listener = listener;
  }

  /** The type of an expression. Sets the variables that it assigns. */
  evaluate(expression: Expression, state: State): Typed {
    this.#listener.step();
    const typed = this.#evaluate(expression, state);
    this.#listener.seen(expression, typed.type);
    return typed;
  }

  #evaluate(expression: Expression, state: State): Typed {
    switch (expression.kind) {
      case 'constant':
        return { type: expression.type };
      case 'variable':
        return state.get(expression.id);
      case 'fields':
        return this.#fields(expression, state);
      case 'assignment': {
        const value = this.evaluate(expression.value, state);
        const isConstant = expression.value.kind === 'constant';
        const set = isConstant ? { ...value, place: { ...newPlace(value.type), isConstant } } : value;
        for (const id of expression.ids) state.set(id, set);
        return value;
      }
      case 'call':
        return { type: this.#call(expression, state) };
    }
  }

  #fields(expression: Fields, state: State): Typed {
    const base = this.evaluate(expression.base, state);
    let { type, place } = base;
    let before: Type | undefined;
    for (const [depth, name] of expression.names.entries()) {
      this.#listener.step();
      const present = without(type, 'absent', 'null');
      if (present.unknown !== true && !isNever(present) && !('maps' in present) && !('named' in present)) {
        // In the other language, lists and texts have a length.
        if (!this.#language.strictFields && name === 'length') return { type: unknown };
        if (this.#listener.wantsFaults()) this.#fieldOfNone(expression, depth, present, before);
        return { type: unknown };
      }
      if (present.maps?.isRecord === true && this.#listener.wantsFaults())
        this.#checkField(expression, depth, [...present.maps.fields.keys()]);
      before = type;
      place = place === undefined ? undefined : { ...place, path: [...place.path, name] };
      type = place === undefined ? fieldOf(type, name) : state.typeAt(place);
    }
    return place === undefined ? { type } : { type, place };
  }

  /** Reports a field that the result of a function does not have. */
  #checkField(expression: Fields, depth: number, known: readonly string[]): void {
    const name = expression.names[depth] ?? '';
    if (known.includes(name)) return;
    this.#listener.fault({
      kind: 'no-field',
      position: expression.position,
      message: `${textOf({ ...expression, names: expression.names.slice(0, depth + 1) })} is never there: it has ${known.join(', ')}`,
      candidates: { given: name, values: known },
    });
  }

  /** @param parent the type of the map that contains the value, if any */
  #fieldOfNone(expression: Fields, depth: number, type: Type, parent: Type | undefined): void {
    const upTo = (count: number) =>
      textOf(count === 0 ? expression.base : { ...expression, names: expression.names.slice(0, count) });
    const name = expression.names[depth] ?? '';
    const hint = this.#hintForField(expression, depth, type, parent, upTo);
    this.#listener.fault({
      kind: 'fails',
      position: expression.position,
      message: `field "${name}" is read from ${upTo(depth)}, which is ${describeType(type)} and has no fields`,
      ...(hint === undefined ? {} : { hint }),
    });
  }

  #hintForField(
    { base, names }: Fields,
    depth: number,
    type: Type,
    parent: Type | undefined,
    upTo: (count: number) => string,
  ): string | undefined {
    if (type.lists !== undefined)
      return `go over the items with "${this.#language.loop}", or pick one with "index"`;
    // The dot is something else in a loop or `with`.
    const [first = ''] = names;
    if (depth === 0 && base.kind === 'variable' && (first === 'source' || first === 'references'))
      return `here the dot is another value, so write ${this.#language.root}.${first}`;
    const own = names[depth - 1];
    if (own === undefined || parent?.maps === undefined || parent.maps.fields.has(own)) return undefined;
    return `for a key with a point write index ${upTo(depth - 1)} "${names.slice(depth - 1).join('.')}"`;
  }

  #call(call: Call, state: State): Type {
    if (call.called.stopsAt !== undefined) return this.#shortCircuit(call, call.called.stopsAt, state);
    const args = call.args.map((argument) => this.#argument(argument, state));
    const { type, fault } = typeOfCall(call.called, args, this.#language);
    if (fault === undefined) {
      // What comes of a call without sense would be told once more.
      if (!this.#makesSense(call, args)) return unknown;
      if (this.#listener.wantsFaults()) this.#checkCall(call, args, type, state);
    } else if (this.#listener.wantsFaults()) {
      this.#report(call, args, fault);
    }
    // If maps may be changed, their content is not known.
    if (this.#program.mutates && type.maps !== undefined) return unknown;
    return flattened(call, args, type);
  }

  #argument(argument: Expression, state: State): ArgumentType {
    return { type: this.evaluate(argument, state).type, isConstant: argument.kind === 'constant' };
  }

  /** Arguments after the deciding one are not evaluated. So each argument knows the outcome of those before it. */
  #shortCircuit({ args, eager }: Call, stopsAt: boolean, state: State): Type {
    const lazy = args.length - eager;
    const known = args.slice(lazy).map((argument) => this.evaluate(argument, state).type);
    let type: Type = never;
    let at = state;
    for (const [index, argument] of args.entries()) {
      const value = known[index - lazy] ?? this.evaluate(argument, at).type;
      if (index === args.length - 1) return union(type, value);
      type = union(type, truthOf(value, stopsAt));
      if (isNever(truthOf(value, !stopsAt))) return type;
      at = at.clone();
      this.narrow(argument, !stopsAt, at, truthOf);
    }
    return type;
  }

  #report(call: Call, args: readonly ArgumentType[], { argument, reason, hint }: CallFault): void {
    const given = argument === undefined ? undefined : call.args[argument];
    const type = argument === undefined ? undefined : args[argument]?.type;
    const message =
      given === undefined || type === undefined
        ? `${textOf(call)}: ${reason}`
        : `"${call.name}" ${reason}, but ${textOf(given)} is ${describeType(without(type, 'absent', 'null'))}`;
    this.#listener.fault({
      kind: 'fails',
      position: given?.position ?? call.position,
      message,
      ...(hint === undefined ? {} : { hint }),
    });
  }

  #checkCall(call: Call, args: readonly ArgumentType[], result: Type, state: State): void {
    this.#checkConstants(call, args, state);
    this.#checkSearch(call, args, result, state);
    this.#checkKeys(call, args);
    this.#checkFallback(call);
  }

  /** Whether a call has a sensible result for some arguments of these types; if not, that is reported. */
  #makesSense(call: Call, args: readonly ArgumentType[]): boolean {
    const reason = call.called.pointless?.(args.map(({ type }) => type));
    if (reason === undefined) return true;
    this.#listener.fault({
      kind: 'pointless',
      position: call.position,
      message: `${textOf(call)}: ${reason}`,
    });
    return false;
  }

  /** Reports a constant that none of the compared strings can be. */
  #checkConstants({ called, args: given }: Call, args: readonly ArgumentType[], state: State): void {
    const { comparesStrings } = called;
    const [first] = given;
    if (comparesStrings === undefined || first === undefined) return;
    for (const [index, other] of given.entries()) {
      if (index === 0) continue;
      // A constant in a variable is compared with what stands there itself, in one direction only.
      const isFirst = first.kind === 'constant' || (other.kind !== 'constant' && isConstant(first, state));
      const [constant, compared, comparedAt] = isFirst ? [first, other, index] : [other, first, 0];
      const text = constantIn(constant, state);
      // Two constants in variables are settings of the template's author.
      if (text === undefined || (constant.kind !== 'constant' && isConstant(compared, state))) continue;
      // Testing for "not empty" is fine even if the answer is known.
      if (text === '' && !comparesStrings) continue;
      const type = without(args[comparedAt]?.type ?? unknown, 'absent', 'null');
      this.#checkConstant(constant, text, compared, type);
    }
  }

  #checkConstant(
    { position }: Pick<Expression, 'position'>,
    given: string,
    compared: Expression,
    type: Type,
  ): void {
    const mismatch = mismatchOf(given, type);
    if (mismatch === undefined) return;
    const { reason, hint, values = [] } = mismatch;
    this.#listener.fault({
      kind: 'never-met',
      position,
      message: `${textOf(compared)} is never ${JSON.stringify(given)}: it ${reason}`,
      ...(hint === undefined ? {} : { hint }),
      candidates: { given, values },
    });
  }

  /** Reports a search that never finds anything. */
  #checkSearch(call: Call, args: readonly ArgumentType[], result: Type, state: State): void {
    const { searches } = call.called;
    const [wanted, place] = call.args;
    const [given, within] = args.map(({ type }) => without(type, 'absent', 'null'));
    if (searches === undefined || !wanted || !place || !given || !within) return;
    const text = constantIn(wanted, state);
    // Two constants in variables are settings of the template's author.
    if (text !== undefined && wanted.kind !== 'constant' && isConstant(place, state)) return;
    if (searches === 'item') {
      // Each text that stands in the template is one that was meant to be found.
      if (text !== undefined) {
        const of = anyItem(within);
        if (of.strings !== undefined && isOnlyStrings(of)) this.#checkItem(wanted, text, place, of);
      } else if (place.kind === 'call' && isOnlyStrings(given)) {
        for (const each of place.args) {
          const item = constantIn(each, state);
          if (item !== undefined) this.#checkConstant(each, item, wanted, given);
        }
      }
      return;
    }
    if (searches === 'end' && place.kind === 'constant' && wanted.kind !== 'constant')
      this.#listener.fault({
        kind: 'never-met',
        position: call.position,
        message: `${textOf(call)} looks for ${textOf(wanted)} in ${textOf(place)}; the text to look in stands last`,
      });
    if (text === undefined || place.kind === 'constant') return;
    const isNeverTrue = result.booleans?.includes(true) === false;
    const mismatch = searches === 'pattern' ? undefined : partMismatchOf(text, within);
    if (!isNeverTrue && mismatch === undefined) return;
    const reason = mismatch?.reason ?? `is ${describeType(within)}`;
    this.#listener.fault({
      kind: 'never-met',
      position: wanted.position,
      message: `${textOf(call)} is never true: ${textOf(place)} ${reason}`,
      ...(mismatch?.hint === undefined ? {} : { hint: mismatch.hint }),
    });
  }

  /** Reports a key that the schema leaves no place for. */
  #checkKeys({ called, args, position }: Call, [container, ...keys]: readonly ArgumentType[]): void {
    const [read] = args;
    if (called.looksUp !== true || read === undefined || container === undefined) return;
    let at = without(container.type, 'absent', 'null');
    for (const [index, key] of keys.entries()) {
      const name = constantText(key.type);
      const { maps } = at;
      if (maps === undefined || name === undefined) {
        at = without(anyItem(at), 'absent', 'null');
        if (isNever(at)) return;
        continue;
      }
      const isClosed = maps.isRecord !== true && maps.fields.size > 0 && maps.others() === absent;
      if (isClosed && !maps.fields.has(name) && Object.keys(at).length === 1) {
        const of = index === 0 ? textOf(read) : `what is read of ${textOf(read)}`;
        this.#listener.fault({
          kind: 'never-met',
          position: args[index + 1]?.position ?? position,
          message: `${of} never has ${JSON.stringify(name)}`,
          candidates: { given: name, values: [...maps.fields.keys()] },
        });
        return;
      }
      at = without(underKey(at, name), 'absent', 'null');
    }
  }

  /** Reports a constant in the place of the value, before which nothing can fall back. */
  #checkFallback(call: Call): void {
    const [fallback] = call.args;
    const given = call.args.at(-1);
    if (call.called.fallsBack !== true || given?.kind !== 'constant' || fallback?.kind === 'constant') return;
    if (fallback === undefined || !isNever(truthOf(given.type, false))) return;
    this.#listener.fault({
      kind: 'never-met',
      position: given.position,
      message: `${textOf(call)} is always ${given.text}: the default stands first, the value last`,
    });
  }

  /** Reports an item that a list never has. */
  #checkItem({ position }: Expression, item: string, list: Expression, of: Type): void {
    const mismatch = mismatchOf(item, of);
    if (mismatch === undefined) return;
    this.#listener.fault({
      kind: 'never-met',
      position,
      message: `${textOf(list)} never has ${JSON.stringify(item)}: an item ${mismatch.reason}`,
      candidates: { given: item, values: mismatch.values ?? [] },
    });
  }

  /** Records in a state what follows if an expression is true, or false. */
  narrow(expression: Expression, outcome: boolean, state: State, truth: Truth = this.#language.truth): void {
    // The result of a call has no place.
    if (expression.kind === 'call') {
      this.#narrowCall(expression, outcome, state);
      return;
    }
    const known = this.#quietly(expression, state);
    if (known.place !== undefined) state.narrow(known.place, truth(known.type, outcome));
    if (expression.kind === 'assignment') {
      this.narrow(expression.value, outcome, state, truth);
      for (const id of expression.ids) {
        const { place, type } = state.get(id);
        if (place !== undefined) state.narrow(place, truth(type, outcome));
      }
    }
  }

  #narrowCall(call: Call, outcome: boolean, state: State): void {
    const { called } = call;
    if (called.stopsAt !== undefined) {
      this.#narrowShortCircuit(call, called.stopsAt, outcome, state);
      return;
    }
    const typed = call.args.map((argument) => this.#quietly(argument, state));
    if (!typed.some(({ place }) => place !== undefined)) return;
    const args = typed.map(({ type }, i) => ({ type, isConstant: call.args[i]?.kind === 'constant' }));
    const narrowed = narrowedArguments(called, args, outcome, this.#language);
    for (const [index, { place, type }] of typed.entries()) {
      const next = narrowed[index];
      if (place !== undefined && next !== undefined && next !== type) state.narrow(place, next);
    }
  }

  /**
   * If an `and` holds, that says something about all its arguments. If it does not, it says something only if one
   * argument is in doubt.
   */
  #narrowShortCircuit({ args }: Call, stopsAt: boolean, outcome: boolean, state: State): void {
    if (outcome !== stopsAt) {
      for (const argument of args) this.narrow(argument, outcome, state, truthOf);
      return;
    }
    const open = args.filter((argument) => !isNever(truthOf(this.#quietly(argument, state).type, stopsAt)));
    const [only] = open;
    if (open.length === 1 && only !== undefined) this.narrow(only, outcome, state, truthOf);
  }

  /** The type of an expression, without reporting anything and without setting variables. */
  #quietly(expression: Expression, state: State): Typed {
    this.#silent ??= new Evaluation(this.#program, {
      wantsFaults: () => false,
      fault: ignore,
      seen: ignore,
      step: () => {
        this.#listener.step();
      },
    });
    return this.#silent.#evaluate(expression, state.clone());
  }
}

/** Whether an expression is a constant, or a variable that holds one on every way that leads there. */
function isConstant(expression: Expression, state: State): boolean {
  if (expression.kind === 'constant') return true;
  return expression.kind === 'variable' && state.get(expression.id).place?.isConstant === true;
}

/** The text of such a constant; `undefined` if the expression is none, or of another kind. */
function constantIn(expression: Expression, state: State): string | undefined {
  if (!isConstant(expression, state)) return undefined;
  const { strings } =
    expression.kind === 'variable'
      ? (state.get(expression.id).place?.rootType ?? unknown)
      : expression.kind === 'constant'
        ? expression.type
        : unknown;
  return strings?.values?.[0];
}

/** Why a text is none of those of a type. */
interface Mismatch {
  /** The end of a sentence about the strings of the type. */
  readonly reason: string;
  readonly hint?: string;
  /** Of which one was probably meant. */
  readonly values?: readonly string[];
}

/** Why a text is none of the strings of a type; `undefined` if it may be one. */
function mismatchOf(given: string, type: Type): Mismatch | undefined {
  const { values, format } = type.strings ?? {};
  if (values !== undefined)
    return values.includes(given) ? undefined : { reason: `is ${describeType(type)}`, values };
  if (type.strings === undefined || !isOnlyStrings(type)) return undefined;
  if (format === 'byte' && !isBase64(given)) return inBase64;
  if (type.strings.forms?.includes('trimmed') === true && given !== given.trim())
    return { reason: 'begins and ends without white space', values: [given.trim()] };
  return caseMismatchOf(given, type);
}

/** Why a text is in none of the strings of a type, whatever is around it; `undefined` if it may be. */
function partMismatchOf(part: string, type: Type): Mismatch | undefined {
  if (type.strings === undefined || type.strings.values !== undefined || !isOnlyStrings(type))
    return undefined;
  if (type.strings.format === 'byte' && !/^[A-Za-z0-9+/=\s]*$/.test(part)) return inBase64;
  return caseMismatchOf(part, type);
}

const inBase64: Mismatch = { reason: 'is base64', hint: 'decode it with "b64dec"' };

function caseMismatchOf(text: string, { strings }: Type): Mismatch | undefined {
  const [lower, upper] = [text.toLowerCase(), text.toUpperCase()];
  if (strings?.forms?.includes('lower') === true && text !== lower)
    return { reason: 'has no upper-case letters', values: [lower] };
  if (strings?.forms?.includes('upper') === true && text !== upper)
    return { reason: 'has no lower-case letters', values: [upper] };
  return undefined;
}

const isOnlyStrings = (type: Type): boolean => Object.keys(type).every((kind) => kind === 'strings');

const isBase64 = (text: string): boolean =>
  /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text);

/** The type of a result. Records if a function has turned an encoding into plain text. */
function flattened({ name, called }: Call, args: readonly ArgumentType[], type: Type): Type {
  const { strings } = type;
  if (strings === undefined || strings.encodes !== undefined || (called.structure ?? 'drops') !== 'drops')
    return type;
  const isEncoded = args.some(
    ({ type: { strings: given } }) => given?.encodes !== undefined && given.encodes.as !== 'quote',
  );
  return isEncoded ? { ...type, strings: { ...strings, flattenedBy: name } } : type;
}

const ignore = (): void => undefined;
