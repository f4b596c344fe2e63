import type { Value } from '../../template/value.ts';
import { fixed, ofOne, variadic } from '../define.ts';
import type { Chapter } from '../define.ts';
import { isEmpty } from '../kinds.ts';

const givenOr = (fallback: Value, given: Value): Value => (isEmpty(given) ? fallback : given);

/** sprig's chapter "Default Functions", JSON apart. */
export const defaults: Chapter = {
  default: {
    ...variadic(['any'], 'any', ([fallback, given]) => givenOr(fallback, given), { keepsEncoding: true }),
    two: givenOr,
  },
  empty: ofOne('any', isEmpty),
  coalesce: variadic([], 'any', (values) => values.find((value) => !isEmpty(value)) ?? null, {
    keepsEncoding: true,
  }),
  all: variadic([], 'any', (values) => !values.some(isEmpty)),
  any: variadic([], 'any', (values) => values.some((value) => !isEmpty(value))),
  ternary: fixed(
    ['any', 'any', 'bool'],
    ([whenTrue, whenFalse, condition]) => (condition ? whenTrue : whenFalse),
    {
      keepsEncoding: true,
    },
  ),
};
