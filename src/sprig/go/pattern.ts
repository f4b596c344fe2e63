import type { RE2JS } from 're2js';
import { LimitError } from '../../template/errors.ts';
import type { CallContext } from '../../template/function.ts';
import { failure } from '../define.ts';
import { re2 } from './re2.ts';

/*
 * Go's package regexp over re2js, which matches in linear time. That is not enough against a hostile pattern: its
 * program can be large, and finding all matches can scan the text again for each match. So compiling, and every
 * character that the engine looks at, are charged to the run.
 */

/** Largest compiled program, by {@link estimateSize}. A policy's patterns have a few dozen instructions. */
const MAX_PROGRAM = 4096;

/** One step pays for this many looks at characters. */
const LOOKS_PER_STEP = 4;

/**
 * Approximate memory for one pattern's automaton. Beyond it, states are dropped and created again. With re2js's own
 * limit of 8 MiB, the cached patterns could use a gigabyte.
 */
const AUTOMATON_BYTES = 256 * 1024;

/** Looks are charged this many at a time. */
const BATCH = 512;

/**
 * Steps for compiling, in addition to those for the pattern's size. They are charged even if the pattern was compiled
 * before.
 */
const STEPS_PER_PATTERN = 100;

/** Steps for compiling each instruction. */
const STEPS_PER_INSTRUCTION = 15;

/** Steps for a search, in addition to those for its looks. */
const STEPS_PER_SEARCH = 20;

/** Counts the engine's looks, and charges them to the run that searches. */
class Meter {
  #context: CallContext | undefined;
  #left = BATCH;
  #weight = 1;

  /** From now on `context` pays. */
  start(context: CallContext): void {
    this.#context = context;
    this.#weight = 1;
    this.#left = BATCH;
  }

  /** From now on in this search, a character costs as much as `weight` looks. */
  weigh(weight: number): void {
    this.#weight = weight;
  }

  look(): void {
    this.#left -= this.#weight;
    if (this.#left <= 0) this.#charge();
  }

  finish(): void {
    this.#charge();
    this.#context = undefined;
  }

  #charge(): void {
    this.#context?.charge((BATCH - this.#left) / LOOKS_PER_STEP);
    this.#left = BATCH;
  }
}

const meter = new Meter();

/** The part of re2js's engine that is hooked: its input returns a character and its width at a position. */
interface EngineInput {
  step: (position: number) => number;
}

interface Engine {
  executeEngine: (input: EngineInput, ...rest: unknown[]) => unknown;
  /** Runs all threads side by side. The engine uses it when a pattern's automaton has too many states. */
  doExecuteNFA: (...args: unknown[]) => unknown;
  numberOfInstructions: () => unknown;
}

// A character is packed with its width in the lowest three bits. Invalid bytes match as U+FFFD, as in Go.
const WIDTH_BITS = 3;
const INVALID_BYTE = (0xfffd << WIDTH_BITS) | 1;

function hookMeter(engine: Engine): void {
  const execute = engine.executeEngine.bind(engine);
  engine.executeEngine = (input, ...rest) => {
    const step = input.step.bind(input);
    input.step = (position) => {
      meter.look();
      const packed = step(position);
      const point = packed >> WIDTH_BITS;
      return point >= 0xdc80 && point <= 0xdcff ? INVALID_BYTE : packed;
    };
    return execute(input, ...rest);
  };
  const executeThreads = engine.doExecuteNFA.bind(engine);
  const threads = Number(engine.numberOfInstructions());
  engine.doExecuteNFA = (...args) => {
    meter.weigh(1 + threads / 2);
    return executeThreads(...args);
  };
}

/** The position of a match in UTF-16 units, `[start, end]` by group; -1 for a group that did not take part. */
export type Match = readonly (readonly [number, number])[];

/** A compiled pattern with the methods of Go's `regexp.Regexp` that sprig uses. */
export class Pattern {
  readonly #compiled: RE2JS;

  private constructor(compiled: RE2JS) {
    this.#compiled = compiled;
  }

  /** Compiles Go's syntax. @throws FunctionError if a pattern is invalid or too large */
  static compile(source: string, context: CallContext): Pattern {
    const size = source.length > 2 * MAX_PROGRAM ? source.length : estimateSize(source);
    context.charge(STEPS_PER_PATTERN + size * STEPS_PER_INSTRUCTION);
    if (size > MAX_PROGRAM)
      throw new LimitError(
        'limit-steps',
        `the regular expression is too large: at most ${String(MAX_PROGRAM)} instructions`,
      );
    return cached(source);
  }

  static parse(source: string): Pattern {
    if (!source.isWellFormed()) throw new PatternError('error parsing regexp: invalid UTF-8');
    const { RE2JS, RE2JSException, RE2JSSyntaxException } = re2();
    try {
      const compiled = RE2JS.compile(source);
      const engine = compiled.re2();
      hookMeter(engine);
      const { dfa } = engine;
      dfa.maxMem = dfa.stateBudget = dfa.memBudget = AUTOMATON_BYTES;
      return new Pattern(compiled);
    } catch (error) {
      // The message does not contain the pattern, because it may be data.
      if (error instanceof RE2JSSyntaxException)
        throw new PatternError(`error parsing regexp: ${error.getDescription()}`);
      if (error instanceof RE2JSException) throw new PatternError('error parsing regexp');
      throw error;
    }
  }

  /** Names of the groups, with their numbers. */
  get groupNames(): Readonly<Record<string, number>> {
    return this.#compiled.namedGroups();
  }

  /** Whether the pattern matches anywhere. */
  test(text: string, context: CallContext): boolean {
    return this.#metered(context, () => this.#compiled.test(text));
  }

  /** The leftmost match at or after `start`. */
  find(text: string, start: number, context: CallContext): Match | undefined {
    return this.#metered(context, () => {
      const matcher = this.#compiled.matcher(text);
      if (!matcher.find(start)) return undefined;
      return Array.from(
        { length: matcher.groupCount() + 1 },
        (_, i) => [matcher.start(i), matcher.end(i)] as const,
      );
    });
  }

  /** At most `limit` matches; all if it is negative. Empty matches next to others follow Go's rule (`allMatches`). */
  findAll(text: string, limit: number, context: CallContext): Match[] {
    const matches: Match[] = [];
    let previousEnd = -1;
    for (let at = 0; at <= text.length && (limit < 0 || matches.length < limit);) {
      const match = this.find(text, at, context);
      if (!match) break;
      const [start, end] = match[0] ?? [at, at];
      if (end !== at || start !== previousEnd) matches.push(match);
      context.checkCount(matches.length);
      at = end === at ? at + widthAt(text, at) : end;
      previousEnd = end;
    }
    return matches;
  }

  #metered<T>(context: CallContext, search: () => T): T {
    context.charge(STEPS_PER_SEARCH);
    meter.start(context);
    const result = search();
    meter.finish();
    return result;
  }
}

/** A pattern that Go's compiler refuses. */
export class PatternError extends Error {}

function widthAt(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

/** Go's `regexp.QuoteMeta`. */
export function quoteMeta(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}

const CACHE_SIZE = 128;
const cache = new Map<string, Pattern | PatternError>();

// Patterns usually are constants of templates. Compiling is charged even if the pattern is cached.
function cached(source: string): Pattern {
  let pattern = cache.get(source);
  if (pattern === undefined) {
    pattern = parseOrError(source);
    const oldest = cache.keys().next();
    if (cache.size >= CACHE_SIZE && !oldest.done) cache.delete(oldest.value);
    cache.set(source, pattern);
  }
  if (pattern instanceof PatternError) throw failure(pattern.message);
  return pattern;
}

function parseOrError(source: string): Pattern | PatternError {
  try {
    return Pattern.parse(source);
  } catch (error) {
    if (error instanceof PatternError) return error;
    throw error;
  }
}

// Instructions, or work of merging ranges, that one element may cause.
const elementSizes: readonly (readonly [RegExp, number])[] = [
  [/\\[pP](?:\{[^}]*\}|.)/sy, 16],
  [/\[\^?\]?(?:\[:\^?\w+:\]|\\[pP](?:\{[^}]*\}|.)|\\.|[^\]\\])*\]?/sy, 8],
  [/\\Q(?:[^\\]|\\(?!E))*(?:\\E)?/sy, 1],
  [/\\./sy, 1],
  [/[*+?|^$]/y, 1],
];

/**
 * Estimates how many instructions a pattern compiles to, from its elements and counted repetitions: `(ab{10}){20}` has
 * about two hundred. The estimate is cheap, and never far too low.
 */
function estimateSize(source: string): number {
  const groups: number[] = [0];
  let last = 0;
  const add = (size: number): void => {
    groups[groups.length - 1] = (groups.at(-1) ?? 0) + size;
    last = size;
  };
  for (let at = 0; at < source.length;) {
    const repeat = repetitionAt(source, at);
    if (repeat) {
      add(last * (repeat.times - 1));
      last *= repeat.times;
      at = repeat.end;
    } else if (source.charAt(at) === '(') {
      groups.push(2);
      at++;
    } else if (source.charAt(at) === ')' && groups.length > 1) {
      add(groups.pop() ?? 0);
      at++;
    } else {
      const element = elementAt(source, at);
      add(element.size);
      at = element.end;
    }
    if (!((groups.at(-1) ?? 0) < 1e9)) return 1e9;
  }
  return Math.ceil(groups.reduce((sum, size) => sum + size, 0));
}

const repetition = /\{(\d{1,9})(?:,(\d{0,9}))?\}/y;

function repetitionAt(source: string, at: number): { times: number; end: number } | undefined {
  if (source.charAt(at) !== '{') return undefined;
  repetition.lastIndex = at;
  const match = repetition.exec(source);
  return match
    ? { times: Math.max(1, Number(match[1]), Number(match[2] ?? 0)), end: repetition.lastIndex }
    : undefined;
}

function elementAt(source: string, at: number): { size: number; end: number } {
  for (const [element, size] of elementSizes) {
    element.lastIndex = at;
    if (element.test(source))
      return { size: Math.max(size, (element.lastIndex - at) / 2), end: element.lastIndex };
  }
  return { size: 1, end: at + 1 };
}
