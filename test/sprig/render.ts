import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allFunctions } from '../../src/sprig/index.ts';
import { compile, decodeJson, TemplateError } from '../../src/template/index.ts';
import type { Fragment, Value } from '../../src/template/index.ts';

const FIXTURES = join(import.meta.dirname, '..', 'conformance', 'fixtures', 'data.json');

/** The conformance fixtures' first data, frozen through and through. */
export const fixtureData: Value = freeze((decodeJson(readFileSync(FIXTURES, 'utf8')) as { d0: Value }).d0);

function freeze<T extends Value>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  }
  return value;
}

/** A clock that stands still at 2024-02-29T12:34:56.789Z. */
export const now = (): number => Date.UTC(2024, 1, 29, 12, 34, 56, 789);

/** Numbers that look random and are always the same. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

export function render(template: string, data: Value = fixtureData): string {
  return compile(template, { functions: allFunctions }).execute(data, { now, random: randomFrom(1) });
}

export function fragments(template: string, data: Value = fixtureData): Fragment[] {
  return compile(template, { functions: allFunctions }).executeFragments(data, {
    now,
    random: randomFrom(1),
  });
}

/** The error that rendering ends in. */
export function errorOf(template: string, data: Value = fixtureData): TemplateError {
  try {
    render(template, data);
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
  throw new Error(`${template} must fail`);
}
