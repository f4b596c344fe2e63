import { constantText } from './results.ts';
import { describeType, without } from './typing/type.ts';
import type { KindName, Refusal, Type } from './typing/type.ts';

/*
 * What Go's verbs print, by the kinds of values. For any other value they print a note such as `%!d(string=a)`.
 */

/** The kinds for which a verb is judged, and the verb to be used instead. Of other kinds too much is possible. */
const verbs = {
  strings: { takes: 'vsxXqT', use: '%s' },
  integers: { takes: 'vbcdoOqxXUT', use: '%d' },
  float: { takes: 'vbeEfFgGxXT', use: '%v' },
  booleans: { takes: 'vtT', use: '%t' },
} as const satisfies Partial<Record<KindName, { readonly takes: string; readonly use: string }>>;

type JudgedKind = keyof typeof verbs;

const judged = Object.keys(verbs) as readonly JudgedKind[];

const all = new Set(Object.values(verbs).flatMap(({ takes }) => [...takes]));

/** Why a format does not fit the types of the values: `%d` of a text, a verb without a value. */
export const misprinted: Refusal = ([format, ...args]) => {
  const text = constantText(format);
  if (text === undefined) return undefined;
  const used = Array.from(text.matchAll(/%[-+# 0]*[*\d]*(?:\.[*\d]*)?(\[?.|$)/gsu), ([whole, verb = '']) => ({
    whole,
    verb,
  })).filter(({ verb }) => verb !== '%');
  // A width from an argument, and an argument by its number, are rare: they are not judged.
  if (used.some(({ whole, verb }) => whole.includes('*') || verb.startsWith('['))) return undefined;
  const wrong = used.flatMap(({ whole, verb }, index) => misprintOf(whole, verb, args[index]) ?? []);
  if (wrong[0] !== undefined) return wrong[0];
  if (used.length === args.length) return undefined;
  return `the format has ${counted(used.length, 'verb')}, but there ${args.length === 1 ? 'is' : 'are'} ${counted(args.length, 'value')}`;
};

const counted = (count: number, noun: string): string => `${String(count)} ${noun}${count === 1 ? '' : 's'}`;

function misprintOf(whole: string, verb: string, type: Type | undefined): string | undefined {
  if (verb === '') return 'the format ends with "%"; write "%%" for a percent sign';
  if (!all.has(verb)) return `there is no verb ${whole}; write "%%" for a percent sign`;
  if (type === undefined || type.unknown === true) return undefined;
  const present = without(type, 'absent', 'null');
  const kinds = Object.keys(present);
  const [first] = judged.filter((kind) => kinds.includes(kind));
  const isJudged = kinds.every((kind) => judged.some((other) => other === kind));
  if (first === undefined || !isJudged) return undefined;
  if (judged.some((kind) => kinds.includes(kind) && verbs[kind].takes.includes(verb))) return undefined;
  return `${whole} cannot print ${describeType(present)}; use ${kinds.length === 1 ? verbs[first].use : '%v'}`;
}
