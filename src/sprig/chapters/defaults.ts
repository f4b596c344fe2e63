import type { Value } from '../../template/value.ts';
import { fixed, ofOne, variadic } from '../define.ts';
import type { Chapter } from '../define.ts';
import { isEmpty } from '../kinds.ts';
import { readsPlainly, returnsArgument } from '../../template/reads.ts';

const givenOr = (fallback: Value, given: Value): Value => (isEmpty(given) ? fallback : given);

/** sprig's chapter "Default Functions", JSON apart. */
export const defaults: Chapter = {
  default: {
    ...variadic(['any'], 'any', ([fallback, given]) => givenOr(fallback, given), {
      reads: returnsArgument,
      cost: 'nothing',
      structure: 'passes',
    }),
    two: givenOr,
  },
  empty: {
    ...ofOne('any', isEmpty, { reads: readsPlainly, cost: 'nothing' }),
    test: isEmpty,
  },
  coalesce: variadic([], 'any', (values) => values.find((value) => !isEmpty(value)) ?? null, {
    reads: returnsArgument,
    cost: 'nothing',
    structure: 'passes',
  }),
  all: variadic([], 'any', (values) => !values.some(isEmpty), {
    reads: readsPlainly,
    cost: 'nothing',
  }),
  any: variadic([], 'any', (values) => values.some((value) => !isEmpty(value)), {
    reads: readsPlainly,
    cost: 'nothing',
  }),
  ternary: fixed(
    ['any', 'any', 'bool'],
    ([whenTrue, whenFalse, condition]) => (condition ? whenTrue : whenFalse),
    {
      reads: returnsArgument,
      cost: 'nothing',
      structure: 'passes',
    },
  ),
};
