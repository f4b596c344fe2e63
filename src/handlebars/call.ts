import type { Run } from '../template/extension.ts';
import { goTypeOf, isAssignable, nilFor, stepsPerCall } from '../template/extension.ts';
import type { TemplateFunction, Value } from '../template/index.ts';
import { Encoded, FunctionError, Num } from '../template/index.ts';

/**
 * Calls a function of the Go templates with values of this language. Handlebars has only one kind of number, so a whole
 * number is converted to whichever of Go's types the function wants. Nothing else is converted.
 * @throws {FunctionError} if an argument has the wrong type, the number of arguments is wrong, or the function fails
 * @throws {LimitError}
 */
export function callFunction(called: TemplateFunction, args: readonly Value[], run: Run): Value {
  run.charge(stepsPerCall + args.length);
  const problem = arityProblem(called, args.length);
  if (problem !== undefined) throw new FunctionError(problem);
  const converted = args.map((argument, index) => {
    const type = called.params[index] ?? called.variadic ?? 'any';
    if (typeof argument === 'string') run.chargeText(argument.length);
    return convert(argument, type, called.structure === 'passes');
  });
  const result = called.call(converted, run);
  if (typeof result === 'string') run.chargeText(result.length);
  return result;
}

/** Why a function cannot take this many arguments; `undefined` if it can. */
export function arityProblem({ params, variadic }: TemplateFunction, count: number): string | undefined {
  if (variadic === undefined ? count === params.length : count >= params.length) return undefined;
  const wanted = `${variadic === undefined ? '' : 'at least '}${String(params.length)}`;
  return `wrong number of arguments: want ${wanted}, got ${String(count)}`;
}

function convert(argument: Value, type: TemplateFunction['params'][number], keepsEncoding: boolean): Value {
  if (argument instanceof Encoded) return keepsEncoding ? argument : convert(argument.text, type, false);
  if (argument === undefined || argument === null) {
    const nil = nilFor(type);
    if (nil === undefined)
      throw new FunctionError(`a ${goTypeOf(type)} is expected, but the value is missing`);
    return nil.value;
  }
  if (typeof argument === 'number' && Number.isSafeInteger(argument)) {
    if (type === 'int' || type === 'uint32' || type === 'float64') return new Num(type, argument);
    if (type === 'rune') return new Num('int32', argument);
  }
  if (isAssignable(argument, type)) return argument;
  throw new FunctionError(`a ${goTypeOf(type)} is expected`);
}
