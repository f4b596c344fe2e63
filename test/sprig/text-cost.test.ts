import { Session } from 'node:inspector/promises';
import { afterAll, describe, expect, it } from 'vitest';

/*
 * What a function does with a text is counted by V8 itself, as blocks of JavaScript that are executed: the bodies of
 * functions, loops and branches. Such a count is the same on every machine. What V8 does in one go (copy, compare, search)
 * executes none, so a pass over the text is added to it. Modules have to be loaded after the counting has begun.
 */

const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
const { allFunctions } = await import('../../src/sprig/index.ts');
const { compile } = await import('../../src/template/index.ts');
const { argumentFor, callableFunctions } = await import('./callable.ts');

afterAll(async () => {
  await session.post('Profiler.stopPreciseCoverage');
  session.disconnect();
});

/** Blocks that one step may pay for. A step stands for 250 ns. */
const BLOCKS_PER_STEP = 32;

/** Units of a text that one step may pay for where V8 passes over it in one go. */
const UNITS_PER_STEP = 16;

/** Steps that a block, or a unit that is passed over, may cost. */
const STEPS_PER_WORK = 2;

/** Steps, and blocks, of the call and the template around it. */
const FIXED = 2_000;

/** The scripts whose blocks count: this project's, and the packages that it calls for texts. */
const counts = ({ url }: { readonly url: string }): boolean =>
  /\/src\/(template|sprig)\/|\/node_modules\/(re2js|yaml)\//.test(url);

/** The blocks that were executed since this was last asked. */
async function blocksSince(): Promise<number> {
  const { result } = await session.post('Profiler.takePreciseCoverage');
  return result
    .filter(counts)
    .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges))
    .reduce((sum, { count }) => sum + count, 0);
}

const LARGE = 100_000_000;

/** What a template executes, and what it is charged. */
async function costOf(call: string, big: string): Promise<{ blocks: number; steps: number }> {
  const pool = { left: LARGE };
  const template = compile(`{{ $x := ${call} }}`, {
    functions: allFunctions,
    limits: { steps: LARGE, valueLength: 1e9, outputLength: 1e9, listLength: 1e7 },
  });
  await blocksSince();
  try {
    template.execute({ big }, { now: () => 0, random: () => 0.5, pool });
  } catch {
    // What fails has cost something as well.
  }
  return { blocks: await blocksSince(), steps: LARGE - pool.left };
}

/** Longer patterns are refused before anything is done with them. */
const PATTERN_LENGTH = 4_000;

const texts: readonly (readonly [string, (length: number) => string])[] = [
  ['of a mebibyte', (length) => 'x'.repeat(length)],
  // Beginnings of words, upper case, and characters that are not ASCII.
  ['of words', (length) => 'aB é-'.repeat(length / 40)],
];

const LENGTH = 1_048_576;

/** With this length, the product with the highest rate exceeds 32 bits by little. */
const WRAPPING_LENGTH = 699_051;

/** A call for each place that a text may stand in. */
const calls = callableFunctions().flatMap(([name, { params, variadic }]) => {
  const types = variadic === undefined ? params : [...params, variadic];
  return types.flatMap((type, at) => {
    if (!['string', 'any', 'reflect'].includes(type)) return [];
    const args = types.map((other, index) => (index === at ? '.big' : argumentFor(other)));
    const isPattern = /regex(?!QuoteMeta)/i.test(name) && at === 0;
    return [
      {
        call: [name, ...args].join(' '),
        takesText: type === 'string',
        length: isPattern ? PATTERN_LENGTH : LENGTH,
      },
    ];
  });
});

describe.each(texts)(
  'what a function is charged for a text %s pays for its work, and for little more',
  (_, make) => {
    it.each(calls)('$call', async ({ call, takesText, length }) => {
      const text = make(length);
      const { blocks, steps } = await costOf(call, text);
      expect(blocks, `${String(steps)} steps`).toBeLessThanOrEqual(FIXED + steps * BLOCKS_PER_STEP);
      if (takesText) expect(steps).toBeGreaterThanOrEqual(text.length / UNITS_PER_STEP);
      expect(steps, `${String(blocks)} blocks`).toBeLessThanOrEqual(
        FIXED + (blocks + text.length) * STEPS_PER_WORK,
      );
    });
  },
);

it.each(['snakecase', 'kebabcase'])(
  '%s is charged for the length of a text, however long it is',
  async (name) => {
    const [shorter, longer] = [
      await costOf(`${name} .big`, 'x'.repeat(WRAPPING_LENGTH - 1_000)),
      await costOf(`${name} .big`, 'x'.repeat(WRAPPING_LENGTH)),
    ];
    expect(longer.steps).toBeGreaterThan(shorter.steps);
  },
);
