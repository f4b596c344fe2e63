import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Answer } from './yaml-oracle/compare.ts';
import { saidBy } from './yaml-oracle/compare.ts';

const ANSWERS = readFileSync(join(import.meta.dirname, 'yaml-oracle', 'answers.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Answer);

describe('random texts that Go accepts as YAML', () => {
  it('mean the same here, or are refused', () => {
    const different = ANSWERS.map(({ text, go }) => ({ text, go, said: saidBy(text) })).filter(
      ({ go, said }) => said !== undefined && JSON.stringify(sorted(said)) !== JSON.stringify(sorted(go)),
    );
    expect(different).toEqual([]);
  });

  it('are accepted, most of them', () => {
    const accepted = ANSWERS.filter(({ text }) => saidBy(text) !== undefined);
    expect(accepted.length / ANSWERS.length).toBeGreaterThan(0.6);
  });
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, entry]): [string, unknown] => [key, sorted(entry)]);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
