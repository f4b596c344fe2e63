import type { Code, Expression, Name } from './code.ts';
import type { Faults, Place } from './fault.ts';
import type { Run } from './run.ts';
import { entriesOf } from './types.ts';
import { Opaque } from './value.ts';
import type { Value, ValueMap } from './value.ts';

/*
 * Reads fields, the most common operation of templates. Plain objects are read directly, everything else by `SlowRead`.
 * Only own properties of a plain object count. Names that every object inherits are read the slow way too, which looks
 * for own properties. If something was added to Object.prototype, `Run.plainConstructor` sends all names that way.
 */

type SlowRead = (value: Value, name: string) => Value;

function read(run: Run, value: Value, name: string, slow: SlowRead): Value {
  return typeof value === 'object' && value !== null && value.constructor === run.plainConstructor
    ? (value as ValueMap)[name]
    : slow(value, name);
}

/** A property of a plain object, by an ordinary name; `undefined` for everything else. */
export function readPlain(run: Run, value: Value, name: string): Value {
  return typeof value === 'object' && value !== null && value.constructor === run.plainConstructor
    ? (value as ValueMap)[name]
    : undefined;
}

/** Whether no object inherits a property of this name. */
export function isOrdinaryName(name: string): boolean {
  return !(name in Object.prototype);
}

/** Reads nested fields from a base. Errors are reported at `place`. */
export function readFields(
  base: Expression,
  names: readonly string[],
  faults: Faults,
  place: Place,
): Expression {
  const slow: SlowRead = (value, name) => readSlowly(value, name, faults, place);
  if (!names.every(isOrdinaryName)) return readEachSlowly(base, names, slow);
  const evaluate: Expression = (run, dot, frame) => {
    let value = base(run, dot, frame);
    for (const name of names) value = read(run, value, name, slow);
    return value;
  };
  const write = (code: Code): Name =>
    names.reduce<Name>((value, name) => writeRead(code, value, name, slow), code.expression(base));
  return Object.assign(evaluate, { write });
}

/** Writes the code of {@link read}. */
function writeRead(code: Code, value: Name, name: string, slow: SlowRead): Name {
  const key = code.constant(name);
  return code.value`${writeIsPlain(code, value)} ? ${value}[${key}] : ${code.constant(slow)}(${value}, ${key})`;
}

/** Writes the code of {@link readPlain}. */
export function writeReadPlain(code: Code, value: Name, name: string): Name {
  return code.value`${writeIsPlain(code, value)} ? ${value}[${code.constant(name)}] : undefined`;
}

function writeIsPlain(code: Code, value: Name): Name {
  return code.value`typeof ${value} === 'object' && ${value} !== null && ${value}.constructor === run.plainConstructor`;
}

function readEachSlowly(base: Expression, names: readonly string[], slow: SlowRead): Expression {
  return (run, dot, frame) => names.reduce<Value>(slow, base(run, dot, frame));
}

/** A field of any value, after `evalField` in Go's exec.go. */
export function readSlowly(value: Value, name: string, faults: Faults, place: Place): Value {
  if (value === undefined) return undefined;
  if (value === null) throw faults.nilField(name, place);
  const entries = entriesOf(value);
  if (entries) return Object.hasOwn(entries, name) ? entries[name] : undefined;
  const member = value instanceof Opaque ? value.member(name) : undefined;
  if (!member) throw faults.noField(value, name, place);
  if (member.params.length > 0)
    throw faults.wrongCount(`method "${name}"`, member.params.length, false, 0, place);
  try {
    return member.call([]);
  } catch (error) {
    throw faults.ofCall(error, name, place);
  }
}
