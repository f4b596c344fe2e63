import { describe, expect, it } from 'vitest';
import { allFunctions } from '../../src/sprig/index.ts';
import { isTrue } from '../../src/template/types.ts';
import { compile } from '../../src/template/index.ts';
import type { TemplateFunction, Value } from '../../src/template/index.ts';
import { argumentFor, callableFunctions } from './callable.ts';

/*
 * What a function does is counted by the container that it is given: each key or item that it looks at. A step is to pay for
 * 250 ns, in which V8 lists a key of a large map, or reads a few keys or items. For texts see `text-cost.test.ts`.
 */

/** Looks at keys and items that one step may pay for. */
const LOOKS_PER_STEP = 8;

/** Steps that may be charged beyond what was looked at: calls of the example around it, and what is printed. */
const FIXED_STEPS = 200;

/** Steps that a look may cost: a key is sorted and copied, an item compared in depth or written. */
const STEPS_PER_LOOK = 40;

const MAP_KEYS = 50_000;
const LIST_ITEMS = 65_000;

interface Counted {
  readonly value: Value;
  looks: number;
}

/** A map or list that counts how often it is looked at. Listing its keys is a look at each. */
function counted(target: object): Counted {
  const size = Array.isArray(target) ? target.length : Object.keys(target).length;
  const counter: { value: Value; looks: number } = { value: undefined, looks: 0 };
  counter.value = new Proxy(target, {
    get(of, key) {
      if (typeof key === 'string' && key !== 'constructor' && key !== 'length') counter.looks++;
      return Reflect.get(of, key) as unknown;
    },
    has(of, key) {
      counter.looks++;
      return Reflect.has(of, key);
    },
    getOwnPropertyDescriptor(of, key) {
      return Reflect.getOwnPropertyDescriptor(of, key);
    },
    ownKeys(of) {
      counter.looks += size;
      return Reflect.ownKeys(of);
    },
  }) as Value;
  return counter;
}

const large = {
  map: () =>
    counted(Object.fromEntries(Array.from({ length: MAP_KEYS }, (_, i) => [`key${String(i)}`, i % 7]))),
  list: () => counted(Array.from({ length: LIST_ITEMS }, (_, i) => i % 7)),
};

/** Parameters that take such a container. */
const takers: Readonly<Record<keyof typeof large, readonly string[]>> = {
  map: ['any', 'reflect', 'map[string]any'],
  list: ['any', 'reflect', '[]any'],
};

/** What a template looks at, and what it is charged. */
function costOf(text: string, of: Counted, known = true): { looks: number; steps: number } {
  const pool = { left: 100_000_000 };
  const template = compile(text, {
    functions: allFunctions,
    limits: { steps: pool.left, valueLength: 1e9, outputLength: 1e9, listLength: 1e6 },
  });
  // Whether it has keys is found out once for each map, however often that is asked: see below.
  if (known) isTrue(of.value);
  of.looks = 0;
  try {
    template.execute({ big: of.value }, { now: () => 0, random: () => 0.5, pool });
  } catch {
    // What fails has cost something as well.
  }
  return { looks: of.looks, steps: 100_000_000 - pool.left };
}

/** A call for each place that the container may stand in. */
function callsOf(name: string, { params, variadic }: TemplateFunction, kind: keyof typeof large): string[] {
  const types = variadic === undefined ? params : [...params, variadic];
  return types.flatMap((type, at) =>
    takers[kind].includes(type)
      ? [`${name} ${types.map((other, i) => (i === at ? '.big' : argumentFor(other))).join(' ')}`]
      : [],
  );
}

describe('what a function is charged pays for what it looks at', () => {
  describe.each(['map', 'list'] as const)('of a large %s', (kind) => {
    it.each(
      callableFunctions().flatMap(([name, called]) =>
        callsOf(name, called, kind).map((call) => [call] as const),
      ),
    )('%s', (call) => {
      const { looks, steps } = costOf(`{{ $x := ${call} }}`, large[kind]());
      expect(looks, `${String(steps)} steps`).toBeLessThanOrEqual(steps * LOOKS_PER_STEP);
      expect(steps, `${String(looks)} looks`).toBeLessThanOrEqual(FIXED_STEPS + looks * STEPS_PER_LOOK);
    });
  });
});

describe('whether a map has keys is found out once', () => {
  it.each([
    'if .big',
    'with .big',
    'if not .big',
    'if and .big 1',
    'if or .big 1',
    'if default 1 .big',
    'if empty .big',
    'if coalesce .big',
    'if any .big',
    'if all .big',
    'if ternary 1 2 (not .big)',
  ])('a thousand times {{ %s }}', (condition) => {
    const map = large.map();
    const { looks, steps } = costOf(
      `{{ range until 1000 }}{{ ${condition.replace('.big', '$.big')} }}{{ end }}{{ end }}`,
      map,
      false,
    );
    // Once the keys are listed; after that one of them is looked for.
    expect(looks).toBeLessThanOrEqual(MAP_KEYS + 4_000);
    expect(steps).toBeLessThan(60_000);
  });

  it('whatever is deleted: who takes away the key that is known pays', () => {
    const size = 2_000;
    const text = `{{ $d := dict }}{{ range $i := until ${String(size)} }}{{ $_ := set $d (print $i) $i }}{{ end }}{{ range $i := until ${String(size)} }}{{ if $d }}{{ $_ := unset $d (print $i) }}{{ end }}{{ end }}{{ if $d }}never{{ else }}empty{{ end }}`;
    const pool = { left: 100_000_000 };
    const template = compile(text, { functions: allFunctions, limits: { steps: pool.left } });
    expect(template.execute({}, { pool })).toBe('empty');
    expect(100_000_000 - pool.left).toBeGreaterThan((size * size) / 2);
  });
});
