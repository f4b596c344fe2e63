import type { Value } from './value.ts';
import type { Choice, Comparison, Inverse, InverseArgument, Way, Wish } from './wish.ts';

/*
 * Inverses that many functions share. They may wish something of a constant; the code that follows a way checks that.
 */

export const isThere: Wish = { want: 'truth', holds: true };
export const isMissing: Wish = { want: 'truth', holds: false };

/** What a wish wants of the truth of a value; `undefined` if it wants something else. */
export function truthWished(wish: Wish): boolean | undefined {
  if (wish.want === 'truth') return wish.holds;
  if (wish.want === 'equal' && typeof wish.to === 'boolean') return wish.to === wish.holds;
  return undefined;
}

/** The inverse of a test: what its arguments should be for it to hold, and not to hold. */
export function test(waysTo: (holds: boolean, args: readonly InverseArgument[]) => readonly Way[]): Inverse {
  return (wish, args) => {
    const holds = truthWished(wish);
    return holds === undefined ? [] : waysTo(holds, args);
  };
}

/** The inverse of a function whose result `by` turns back into one of its arguments. */
export function undone(
  argument: number,
  by: (value: Value, args: readonly InverseArgument[]) => Value = (value) => value,
): Inverse {
  return (wish, args) => [[[argument, { want: 'made', of: wish, by: (value) => by(value, args) }]]];
}

const mirrored: Readonly<Record<Comparison, Comparison>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

const contrary: Readonly<Record<Comparison, Comparison>> = { '<': '>=', '<=': '>', '>': '<=', '>=': '<' };

/** The inverse of `lt` and similar functions. */
export function ordering(is: Comparison): Inverse {
  return test((holds, [a, b]) => {
    const wanted = holds ? is : contrary[is];
    return [
      ...(b?.value === undefined || b.value === null || a?.constant === true
        ? []
        : [[[0, { want: 'order', than: b.value, is: wanted }]] satisfies Way]),
      ...(a?.value === undefined || a.value === null || b?.constant === true
        ? []
        : [[[1, { want: 'order', than: a.value, is: mirrored[wanted] }]] satisfies Way]),
    ];
  });
}

/** The inverse of `eq` (with `equal`), and of `ne`. */
export function equality(equal: boolean): Inverse {
  return test((wanted, args) => {
    const holds = wanted === equal;
    const [first, ...others] = args;
    if (first === undefined) return [];
    // To differ from several values, it must equal none of them. To equal one of them is enough.
    const towards = others.flatMap(({ value }): Way[] =>
      value === undefined || first.constant ? [] : [[[0, { want: 'equal', to: value, holds }]]],
    );
    const back = others.flatMap(({ constant }, i): Way[] =>
      constant || first.value === undefined ? [] : [[[i + 1, { want: 'equal', to: first.value, holds }]]],
    );
    return [...towards, ...back];
  });
}

/** The inverse of `hasPrefix` and similar functions: the part is the first argument, the text the second. */
export function hasPart(part: 'start' | 'end' | 'middle' | 'pattern'): Inverse {
  return test((holds, [given, text]) => {
    if (typeof given?.value !== 'string') return [];
    const inText: Way = [[1, { want: 'text', part, text: given.value, holds }]];
    if (given.constant || part === 'pattern') return [inText];
    return [inText, [[0, { want: 'equal', to: holds ? text?.value : given.value, holds }]]];
  });
}

/** A wish for a container, so that nested keys hold what is wished. */
export function under(keys: readonly Value[], wish: Wish): Wish {
  return keys.reduceRight<Wish>((value, key) => {
    if (typeof key === 'string') return { want: 'key', key, holds: true, value };
    const at = Number(typeof key === 'object' && key !== null && 'value' in key ? key.value : key);
    return { want: 'item', ...(Number.isSafeInteger(at) ? { at } : {}), value };
  }, wish);
}

/** A wish for a container without the last of nested keys. */
export function without(keys: readonly Value[]): Wish | undefined {
  const last = keys.at(-1);
  if (typeof last !== 'string') return undefined;
  return under(keys.slice(0, -1), { want: 'key', key: last, holds: false });
}

/** Whether a missing value meets a wish. */
export function isMetByNothing(wish: Wish): boolean {
  if (wish.want === 'made') return isMetByNothing(wish.of);
  return 'holds' in wish && !wish.holds;
}

/** The inverse of `index` and `get`: what the first argument holds under the keys that follow. */
export const underKeys: Inverse = (wish, args) => {
  const keys = args.slice(1).map(({ value }) => value);
  const lacking = isMetByNothing(wish) ? without(keys) : undefined;
  return [[[0, under(keys, wish)]], ...(lacking ? [[[0, lacking]] satisfies Way] : [])];
};

/**
 * The inverse of a function that returns one of its arguments: the wish for that argument, and the values that lead to
 * it.
 */
export function ofChoice(choice: Choice, returned: (outcome: number) => number | undefined): Inverse {
  return (wish, args) =>
    choice.outcomes(args.length).flatMap((_, outcome) => {
      const argument = returned(outcome);
      if (argument === undefined) return [];
      return choice.waysTo(outcome, args.length).map((way): Way => [...way, [argument, wish]]);
    });
}

/** The choice of `and` and `or`: the first argument with this truth, otherwise the last one. */
export function stoppingAt(stopsAt: boolean, truth: (value: Value) => boolean): Choice {
  const word = stopsAt ? 'holds' : 'does not hold';
  return {
    outcomes: (count) =>
      Array.from({ length: count }, (_, i) =>
        i === count - 1 ? 'the last argument' : `argument ${String(i + 1)} ${word}`,
      ),
    outcomeOf(args) {
      const at = args.findIndex((value) => truth(value) === stopsAt);
      return at < 0 ? args.length - 1 : at;
    },
    waysTo: (outcome, count) => [
      Array.from(
        { length: Math.min(outcome + 1, count) },
        (_, i) => [i, { want: 'truth', holds: (i === outcome) === stopsAt }] as const,
      ).slice(0, outcome === count - 1 ? -1 : undefined),
    ],
  };
}
