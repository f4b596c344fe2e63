import { always, aString } from '../../template/results.ts';
import { never } from '../../template/typing/type.ts';
import { failure, fixed, ofString } from '../define.ts';
import type { Chapter } from '../define.ts';

/** sprig's chapter "Flow Control Functions", and its greeting. */
export const flow: Chapter = {
  fail: ofString(
    (message) => {
      throw failure(message);
    },
    { result: always(never), cost: 'nothing', refusesSource: true },
  ),
  hello: fixed([], () => 'Hello!', { result: aString, cost: 'nothing', example: '' }),
};
