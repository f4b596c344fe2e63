import { hasPart } from '../../template/inverse.ts';
import { aBoolean, aString, constantText, strings } from '../../template/results.ts';
import { TrialContext } from '../../template/typing/call-type.ts';
import type { Refusal } from '../../template/typing/type.ts';
import { undone } from '../../template/inverse.ts';
import type { Inverse } from '../../template/wish.ts';
import { nilStrings } from '../../template/types.ts';
import type { CallContext, TemplateFunction } from '../../template/function.ts';
import { FunctionError } from '../../template/function.ts';
import { rejoin } from '../../template/text.ts';
import { TypedList } from '../../template/value.ts';
import type { Value } from '../../template/value.ts';
import { chargeText, fixed, ofString } from '../define.ts';
import type { Chapter, Traits } from '../define.ts';

import { intArgument } from '../number.ts';
import { Pattern, quoteMeta } from '../go/pattern.ts';
import type { Match } from '../go/pattern.ts';

type Search = (pattern: Pattern, text: string, args: readonly Value[], context: CallContext) => Value;

function matched(text: string, match: Match): string {
  const [start, end] = match[0] ?? [0, 0];
  return text.slice(start, end);
}

function find(pattern: Pattern, text: string, context: CallContext): string {
  const match = pattern.find(text, 0, context);
  return match ? matched(text, match) : '';
}

function findAll(pattern: Pattern, text: string, limit: number, context: CallContext): TypedList {
  const found = pattern.findAll(text, limit, context).map((match) => matched(text, match));
  return found.length === 0 ? nilStrings : new TypedList('string', found);
}

/** Go's `Regexp.Split`. */
function split(
  pattern: Pattern,
  source: string,
  text: string,
  limit: number,
  context: CallContext,
): TypedList {
  if (limit === 0) return nilStrings;
  if (source !== '' && text === '') return new TypedList('string', ['']);
  const parts: string[] = [];
  let begin = 0;
  let end = 0;
  for (const match of pattern.findAll(text, limit, context)) {
    if (limit > 0 && parts.length >= limit - 1) break;
    const [matchStart, matchEnd] = match[0] ?? [0, 0];
    end = matchStart;
    if (matchEnd !== 0) parts.push(text.slice(begin, end));
    begin = matchEnd;
  }
  if (end !== text.length) parts.push(text.slice(begin));
  return new TypedList('string', parts);
}

/** Go's `Regexp.ReplaceAllString`, with the result of `replacement` for each match. */
function replaceAll(
  pattern: Pattern,
  text: string,
  replacement: (match: Match) => string,
  context: CallContext,
): string {
  const parts: string[] = [];
  let length = 0;
  const push = (part: string): void => {
    length += part.length;
    context.checkLength(length);
    chargeText(context, part.length);
    parts.push(part);
  };
  let lastEnd = 0;
  for (let at = 0; at <= text.length;) {
    const match = pattern.find(text, at, context);
    if (!match) break;
    const [start, end] = match[0] ?? [at, at];
    push(text.slice(lastEnd, start));
    // An empty match right after another match is not replaced.
    if (end > lastEnd || start === 0) push(replacement(match));
    lastEnd = end;
    const width = (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
    at = at + width > end ? at + width : end;
  }
  push(text.slice(lastEnd));
  return rejoin(parts.join(''));
}

const reference = /\$(?:\$|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})?/gu;

/** Expands `$1`, `$name`, `${name}` and `$$` as Go's `Regexp.Expand` does: a name is as long as possible. */
function expand(
  template: string,
  text: string,
  match: Match,
  names: Readonly<Record<string, number>>,
): string {
  return template.replace(reference, (_whole: string, bare?: string, braced?: string) => {
    const name = bare ?? braced;
    if (name === undefined) return '$';
    const group = groupNumber(name) ?? names[name];
    const [start, end] = (group === undefined ? undefined : match[group]) ?? [-1, -1];
    return start < 0 ? '' : text.slice(start, end);
  });
}

/** The number in a reference. With leading zeros it is a name. */
function groupNumber(name: string): number | undefined {
  return /^(?:0|[1-9][0-9]{0,8})$/.test(name) ? Number(name) : undefined;
}

/** A pattern in the template that is no regular expression: a function that tells no errors never finds it. */
const isNoPattern: Refusal = ([pattern]) => {
  const text = constantText(pattern);
  if (text === undefined) return undefined;
  try {
    Pattern.compile(text, new TrialContext());
    return undefined;
  } catch (error) {
    return error instanceof FunctionError ? `never finds anything: ${error.message}` : undefined;
  }
};

function onPattern(params: readonly ('string' | 'int')[], search: Search, traits: Traits): TemplateFunction {
  return fixed(
    ['string', 'string', ...params],
    ([source, text, ...args], context) =>
      search(Pattern.compile(source as string, context), text as string, args, context),
    traits,
  );
}

/** The text itself is the simplest text in which it is found. */
const findsMatch: Inverse = (wish, args) => {
  const [pattern] = args;
  if (wish.want !== 'truth' || typeof pattern?.value !== 'string') return undone(1)(wish, args);
  return [[[1, { want: 'text', part: 'pattern', text: pattern.value, holds: wish.holds }]]];
};

const match = onPattern([], (pattern, text, _args, context) => pattern.test(text, context), {
  result: aBoolean,
  searches: 'pattern',
  inverse: hasPart('pattern'),
  example: '"^v[0-9]+" "v1"',
});

const byName = {
  regexFind: onPattern([], (pattern, text, _args, context) => find(pattern, text, context), {
    result: aString,
    inverse: findsMatch,
    example: '"[0-9]+" "a12b3"',
  }),
  regexFindAll: onPattern(
    ['int'],
    (pattern, text, [limit], context) => findAll(pattern, text, intArgument(limit), context),
    { result: strings, example: '"[0-9]+" "a12b3" -1' },
  ),
  regexReplaceAll: onPattern(
    ['string'],
    (pattern, text, [template], context) =>
      replaceAll(
        pattern,
        text,
        (found) => expand(template as string, text, found, pattern.groupNames),
        context,
      ),
    { result: aString, inverse: undone(1), example: '"a(x*)b" "-axxb-" "${1}"' },
  ),
  regexReplaceAllLiteral: onPattern(
    ['string'],
    (pattern, text, [literal], context) => replaceAll(pattern, text, () => literal as string, context),
    { result: aString, inverse: undone(1), example: '"a" "banana" "$1"' },
  ),
  regexSplit: fixed(
    ['string', 'string', 'int'],
    ([source, text, limit], context) =>
      split(
        Pattern.compile(source as string, context),
        source as string,
        text as string,
        intArgument(limit),
        context,
      ),
    { result: strings, example: '"[,;]" "a,b;c" -1' },
  ),
};

/** sprig's chapter "Regular Expressions". */
export const regex: Chapter = {
  ...byName,
  // An invalid pattern matches nothing.
  regexMatch: fixed(
    ['string', 'string'],
    (args, context) => {
      try {
        return match.call(args, context);
      } catch (error) {
        if (error instanceof FunctionError) return false;
        throw error;
      }
    },
    {
      result: aBoolean,
      searches: 'pattern',
      pointless: isNoPattern,
      inverse: hasPart('pattern'),
      example: '"^v[0-9]+" "v1"',
    },
  ),
  mustRegexMatch: match,
  mustRegexFind: byName.regexFind,
  mustRegexFindAll: byName.regexFindAll,
  mustRegexReplaceAll: byName.regexReplaceAll,
  mustRegexReplaceAllLiteral: byName.regexReplaceAllLiteral,
  mustRegexSplit: byName.regexSplit,
  regexQuoteMeta: ofString(
    (text, context) => {
      context.checkLength(text.length * 2);
      chargeText(context, text.length * 4);
      return quoteMeta(text);
    },
    { result: aString, example: '"a.b"' },
  ),
};
