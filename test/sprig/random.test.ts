import { describe, expect, it } from 'vitest';
import { allFunctions } from '../../src/sprig/index.ts';
import { compile } from '../../src/template/index.ts';
import { errorOf, now, randomFrom, render } from './render.ts';

function withSeed(template: string, seed: number): string {
  return compile(template, { functions: allFunctions }).execute({}, { now, random: randomFrom(seed) });
}

describe('Random functions', () => {
  it.each([
    ['randAlphaNum', '{{ randAlphaNum 50 }}', /^[0-9A-Za-z]{50}$/],
    ['randAlpha', '{{ randAlpha 50 }}', /^[A-Za-z]{50}$/],
    ['randNumeric', '{{ randNumeric 50 }}', /^[0-9]{50}$/],
    ['randAscii', '{{ randAscii 50 }}', /^[ -~]{50}$/],
    ['randBytes', '{{ randBytes 12 }}', /^[A-Za-z0-9+/]{16}$/],
    ['randInt', '{{ randInt 5 8 }}', /^[5-7]$/],
    ['uuidv4', '{{ uuidv4 }}', /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/],
  ])('%s has its form, whatever is drawn', (_name, template, form) => {
    for (let seed = 1; seed <= 20; seed++) expect(withSeed(template, seed)).toMatch(form);
  });

  it('all draw from the injected source: one seed, one output', () => {
    const all =
      '{{ randAlphaNum 9 }}{{ randBytes 9 }}{{ randInt 0 99999 }}{{ uuidv4 }}{{ shuffle "abcdefgh" }}';
    expect(withSeed(all, 7)).toBe(withSeed(all, 7));
    expect(withSeed(all, 7)).not.toBe(withSeed(all, 8));
  });

  it('shuffle keeps the characters', () => {
    expect([...withSeed('{{ shuffle "aé☃😀b" }}', 3)].sort()).toEqual([...'aé☃😀b'].sort());
  });

  it('a negative length is none', () => {
    expect(render('[{{ randAlpha -1 }}]')).toBe('[]');
  });

  it.each([
    ['randBytes of a negative number', '{{ randBytes -1 }}', 'function-failed'],
    ['randInt of an empty range', '{{ randInt 5 5 }}', 'function-failed'],
    ['too long a text', '{{ randAlphaNum 100000000 }}', 'limit-value-length'],
  ])('%s fails', (_sentence, template, code) => {
    expect(errorOf(template).code).toBe(code);
  });
});
