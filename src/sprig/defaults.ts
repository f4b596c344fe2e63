import { fixed, variadic } from './define.ts';
import type { Chapter } from './define.ts';
import { isEmpty } from './kinds.ts';

/** sprig's chapter "Default Functions", JSON apart. */
export const defaults: Chapter = {
  default: variadic(['any'], 'any', ([fallback, given]) => (isEmpty(given) ? fallback : given), {
    keepsEncoding: true,
  }),
  empty: fixed(['any'], ([value]) => isEmpty(value)),
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
