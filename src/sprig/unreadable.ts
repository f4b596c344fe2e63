import { FunctionError } from '../template/function.ts';
import type { CallContext } from '../template/function.ts';
import { constantText } from '../template/results.ts';
import { TrialContext } from '../template/typing/call-type.ts';
import type { Refusal } from '../template/typing/type.ts';

/**
 * Why a function cannot read a text that stands in the template itself, if it reports that in its result only.
 *
 * @param strict reads the text too, but fails for one that cannot be read
 */
export const unreadable =
  (strict: (text: string, context: CallContext) => unknown): Refusal =>
  ([type]) => {
    const text = constantText(type);
    if (text === undefined) return undefined;
    try {
      strict(text, new TrialContext());
      return undefined;
    } catch (error) {
      return error instanceof FunctionError ? `the text cannot be read: ${error.message}` : undefined;
    }
  };
