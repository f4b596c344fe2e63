import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Answer } from './yaml-oracle/compare.ts';
import { isReadDifferently, saidBy } from './yaml-oracle/compare.ts';

const ANSWERS = readFileSync(join(import.meta.dirname, 'yaml-oracle', 'answers.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Answer);

describe('random texts that Go accepts as YAML', () => {
  it('mean the same here, or are refused', () => {
    const different = ANSWERS.filter(isReadDifferently).map((answer) => ({
      ...answer,
      said: saidBy(answer.text),
    }));
    expect(different).toEqual([]);
  });

  it('are accepted, most of them', () => {
    const accepted = ANSWERS.filter(({ text }) => saidBy(text) !== undefined);
    expect(accepted.length / ANSWERS.length).toBeGreaterThan(0.6);
  });
});
