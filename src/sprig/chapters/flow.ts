import { failure, fixed, ofString } from '../define.ts';
import type { Chapter } from '../define.ts';

/** sprig's chapter "Flow Control Functions", and its greeting. */
export const flow: Chapter = {
  fail: ofString((message) => {
    throw failure(message);
  }),
  hello: fixed([], () => 'Hello!'),
};
