import type { ErrorCode } from '../errors.ts';
import type { NumberNode } from './node.ts';
import { unquoteCharacter } from '../quote.ts';
import { parseFloat64, parseInt64, parseUint64 } from '../strconv.ts';

/** Why a number constant is invalid. */
export interface BadNumber {
  readonly code: ErrorCode;
  readonly message: string;
}

/** The form of most constants, which a single test recognizes. */
const shortInteger = /^(?:0|[1-9][0-9]{0,14})$/;

/** The value of a number constant in every Go type that can hold it, after `newNumber` in Go's parse/node.go. */
export function parseNumber(
  text: string,
  type: 'character' | 'complex' | 'number',
  position: number,
): NumberNode | BadNumber {
  const node = { kind: 'number', position, text } as const;
  if (type === 'number' && shortInteger.test(text)) {
    const int = Number(text);
    return { ...node, int, uint: BigInt(int), float: int };
  }
  if (type === 'character') {
    const point = unquoteCharacter(text);
    if (point === undefined) {
      const content = text.slice(1, -1);
      const hint = content.includes('"') ? '' : `; a text stands in double quotes: "${content}"`;
      return { code: 'bad-string', message: `${text} is not a character constant${hint}` };
    }
    return { ...node, int: point, uint: BigInt(point), float: point };
  }
  if (type === 'complex' || text.endsWith('i')) {
    const complex = parseComplex(text);
    if (complex) return { ...node, complex, ...(complex.imaginary === 0 ? typesOfFloat(complex.real) : {}) };
    if (type === 'complex') return { code: 'bad-number', message: `"${text}" is not a number` };
  }
  const real = parseReal(text);
  return 'code' in real ? real : { ...node, ...real };
}

type RealTypes = Pick<NumberNode, 'int' | 'uint' | 'float'>;

function parseReal(text: string): RealTypes | BadNumber {
  const uint = parseUint64(text, 0);
  const int = parseInt64(text, 0);
  if (int !== undefined) {
    const both = { int, float: Number(int) };
    return uint !== undefined || int === 0 ? { ...both, uint: uint ?? 0n } : both;
  }
  if (uint !== undefined) return { uint, float: Number(uint) };
  const float = parseFloat64(text);
  if (float === undefined) return { code: 'bad-number', message: `"${text}" is not a number` };
  // It is written like an integer, so it is one that is too large.
  if (!/[.eEpP]/.test(text)) return { code: 'bad-number', message: `integer ${text} does not fit 64 bits` };
  return typesOfFloat(float);
}

function typesOfFloat(float: number): RealTypes {
  if (!Number.isInteger(float)) return { float };
  const exact = BigInt(float);
  const fitsInt = exact >= -(2n ** 63n) && exact < 2n ** 63n;
  const fitsUint = exact >= 0n && exact < 2n ** 64n;
  return {
    float,
    ...(fitsInt ? { int: Number.isSafeInteger(float) ? float + 0 : exact } : {}),
    ...(fitsUint ? { uint: exact } : {}),
  };
}

/** `1i`, `1+2i`, `-1.5e3-0x1p4i`. */
function parseComplex(text: string): NumberNode['complex'] {
  // The sign between the parts follows a digit or a point. The sign of an exponent follows a letter.
  const split = /[0-9a-fA-F_.](?<![eE]|[pP])[-+]/.exec(text);
  const middle = split ? split.index + 1 : 0;
  const real = middle === 0 ? 0 : parseFloat64(text.slice(0, middle));
  const imaginary = parseFloat64(text.slice(middle, -1));
  return real === undefined || imaginary === undefined ? undefined : { real, imaginary };
}
