import { LimitError, TemplateError } from './errors.ts';
import type { ErrorCode, TemplateErrorOptions } from './errors.ts';
import { FunctionError } from './function.ts';
import { typeOf } from './types.ts';
import type { Value } from './value.ts';

/**
 * Where Go would report an error: a position. After `and` and `or` it is the argument that a run evaluated last; the
 * run records it here.
 */
export type Place = number | { position: number };

/** Offset in the text. After `and` and `or` it is the offset of the latest run. */
export function positionOf(place: Place): number {
  return typeof place === 'number' ? place : place.position;
}

/** Creates the errors that occur in runs of one template. */
export class Faults {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  error(code: ErrorCode, place: Place, message: string, options?: TemplateErrorOptions): TemplateError {
    return new TemplateError(code, 'exec', this.#text, positionOf(place), message, options);
  }

  nilField(name: string, place: Place): TemplateError {
    return this.error('nil-value', place, `field "${name}" is read from nil`);
  }

  noField(value: Value, name: string, place: Place): TemplateError {
    return this.error(
      'no-field',
      place,
      `field "${name}" is read from a value of type ${typeOf(value)}, which has none`,
    );
  }

  /** `params` fixed parameters, and more if `variadic`. */
  wrongCount(what: string, params: number, variadic: boolean, given: number, place: Place): TemplateError {
    const expected = `${variadic ? 'at least ' : ''}${String(params)} ${params === 1 ? 'argument' : 'arguments'}`;
    return this.error('wrong-argument-count', place, `${what} takes ${expected}, got ${String(given)}`);
  }

  wrongType(value: Value, expected: string, place: Place): TemplateError {
    const found = value === null ? 'nil' : `a value of type ${typeOf(value)}`;
    return this.error('wrong-argument-type', place, `expected ${expected}, found ${found}`);
  }

  /** Adds the position to an error that a function threw. Errors of this engine are returned as they are. */
  ofCall(error: unknown, name: string, place: Place): unknown {
    if (error instanceof LimitError) return this.error(error.code, place, `"${name}": ${error.message}`);
    if (error instanceof FunctionError) {
      return this.error(error.code, place, `"${name}" failed: ${error.message}`, { cause: error });
    }
    // The stack overflowed. Within the limits no other RangeError is possible.
    if (error instanceof RangeError) {
      const message = `"${name}": its arguments are nested too deeply, or contain themselves`;
      return this.error('limit-nesting', place, message, { cause: error });
    }
    return error;
  }
}
