import { isMissing, isThere, ofChoice, stoppingAt, test } from '../../template/inverse.ts';
import { readsPlainly, returnsArgument } from '../../template/reads.ts';
import { opposite } from '../../template/narrowings.ts';
import { aBoolean, stopped } from '../../template/results.ts';
import { nil, union, unknown, whereTrue } from '../../template/typing/type.ts';
import type { Value } from '../../template/value.ts';
import type { Choice, Way, Wish } from '../../template/wish.ts';
import { fixed, ofOne, variadic } from '../define.ts';
import type { Chapter, Traits } from '../define.ts';
import { isEmpty } from '../kinds.ts';

const givenOr = (fallback: Value, given: Value): Value => (isEmpty(given) ? fallback : given);

/** For functions that test whether their arguments are empty and return one of them unchanged. */
const returnsOne = {
  reads: returnsArgument,
  cost: 'nothing',
  structure: 'passes',
} as const satisfies Traits;

/** For functions that test whether their arguments are empty. */
const looks = { result: aBoolean, reads: readsPlainly, cost: 'nothing' } as const satisfies Traits;

/** `default`: the fallback is the first argument, the given value the second. */
const fallbackOrGiven: Choice = {
  outcomes: () => ['the fallback', 'the value given'],
  outcomeOf: ([, given]) => (isEmpty(given) ? 0 : 1),
  waysTo: (outcome, count) => (count < 2 ? [] : [[[1, outcome === 0 ? isMissing : isThere]]]),
};

/** `coalesce`: the first argument that is not empty. If all are empty, the last outcome. */
const firstThere: Choice = {
  outcomes: (count) => [
    ...stoppingAt(true, isFilled).outcomes(count).slice(0, -1),
    'the last argument',
    'nothing',
  ],
  outcomeOf(values) {
    const at = values.findIndex(isFilled);
    return at < 0 ? values.length : at;
  },
  waysTo: (outcome, count) => [
    Array.from(
      { length: Math.min(outcome + 1, count) },
      (_, i) => [i, i === outcome ? isThere : isMissing] as const,
    ),
  ],
};

/** `ternary`: its last argument decides. */
const byCondition: Choice = {
  outcomes: () => ['true', 'false'],
  outcomeOf: ([, , condition]) => (condition === true ? 0 : 1),
  waysTo: (outcome) => [[[2, { want: 'truth', holds: outcome === 0 }]]],
};

function isFilled(value: Value): boolean {
  return !isEmpty(value);
}

/** One way for each argument alone. */
const each = (count: number, wish: Wish): readonly Way[] =>
  Array.from({ length: count }, (_, i): Way => [[i, wish]]);

/** One way for all arguments together. */
const together = (count: number, wish: Wish): readonly Way[] => [
  Array.from({ length: count }, (_, i) => [i, wish] as const),
];

/** sprig's chapter "Default Functions", without JSON. */
export const defaults: Chapter = {
  default: {
    ...variadic(['any'], 'any', ([fallback, given]) => givenOr(fallback, given), {
      ...returnsOne,
      result: ([fallback = unknown, given = nil]) => union(whereTrue(given), fallback),
      choice: fallbackOrGiven,
      fallsBack: true,
      inverse: ofChoice(fallbackOrGiven, (outcome) => outcome),
      example: '"none" ""',
    }),
    two: givenOr,
  },
  empty: {
    ...ofOne('any', isEmpty, {
      ...looks,
      narrows: opposite,
      inverse: test((holds) => each(1, holds ? isMissing : isThere)),
      example: '""',
    }),
    test: isEmpty,
  },
  coalesce: variadic([], 'any', (values) => values.find(isFilled) ?? null, {
    ...returnsOne,
    result: (values) => stopped(true)([...values, nil]),
    choice: firstThere,
    inverse: ofChoice(firstThere, (outcome) => outcome),
    example: '"" "b" "c"',
  }),
  all: variadic([], 'any', (values) => values.every(isFilled), {
    ...looks,
    inverse: test((holds, { length }) => (holds ? together(length, isThere) : each(length, isMissing))),
    example: '1 "a"',
  }),
  any: variadic([], 'any', (values) => values.some(isFilled), {
    ...looks,
    inverse: test((holds, { length }) => (holds ? each(length, isThere) : together(length, isMissing))),
    example: '0 1',
  }),
  ternary: fixed(
    ['any', 'any', 'bool'],
    ([whenTrue, whenFalse, condition]) => (condition ? whenTrue : whenFalse),
    {
      ...returnsOne,
      result: ([whenTrue = unknown, whenFalse = unknown, condition]) =>
        union(
          ...(condition?.booleans?.includes(true) === false ? [] : [whenTrue]),
          ...(condition?.booleans?.includes(false) === false ? [] : [whenFalse]),
        ),
      choice: byCondition,
      inverse: ofChoice(byCondition, (outcome) => outcome),
      example: '"yes" "no" true',
    },
  ),
};
