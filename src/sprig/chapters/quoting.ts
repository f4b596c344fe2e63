import { printedText, quotedText } from '../../template/results.ts';
import { sprint } from '../../template/printf.ts';
import { quote } from '../../template/quote.ts';
import type { CallContext } from '../../template/function.ts';
import type { Value } from '../../template/value.ts';
import { textOf } from './conversion.ts';
import { variadic } from '../define.ts';
import type { Chapter } from '../define.ts';
import { EncodingSink } from '../fragments.ts';

/** Each argument that is not nil, in quotes and separated by spaces. */
function quoteAll(values: readonly Value[], quoted: (text: string) => string, context: CallContext): Value {
  const sink = new EncodingSink(context);
  let first = true;
  for (const value of values) {
    if (value === null || value === undefined) continue;
    if (!first) sink.structure(' ');
    first = false;
    const text = textOf(value, context);
    sink.string(text, quoted(text));
  }
  return sink.result();
}

/** The functions of sprig's chapter "String Functions" that quote or join values of any type. */
export const quoting: Chapter = {
  quote: variadic(
    [],
    'any',
    (values, context) => quoteAll(values, (text) => quote(text, false, context), context),
    { result: quotedText, structure: 'encodes', example: '"a" 1' },
  ),
  // This is not really an encoding: quotes in the text stay as they are.
  squote: variadic([], 'any', (values, context) => quoteAll(values, (text) => `'${text}'`, context), {
    result: quotedText,
    structure: 'encodes',
    example: '"a" 1',
  }),
  cat: variadic(
    [],
    'any',
    (values, context) => {
      const texts = values
        .filter((value) => value !== null && value !== undefined)
        .map((value) => sprint([value], context));
      context.checkLength(texts.reduce((length, text) => length + text.length + 1, 0));
      return texts.join(' ');
    },
    { result: printedText, example: '"a" "b" 3' },
  ),
};
