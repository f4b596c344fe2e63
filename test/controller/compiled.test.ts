import { beforeEach, describe, expect, it } from 'vitest';
import { CompiledLifecycles } from '../../controller/lifecycle/compiled.ts';
import type { PediaClusterLifecycleSpec } from '../../src/api/index.ts';
import { TEMPLATE, lifecycle } from '../reconcile/objects.ts';

/** The spec of a lifecycle after so many edits of its policy's template. */
const specAfter = (edits: number): PediaClusterLifecycleSpec =>
  lifecycle(undefined, {}, { template: `${TEMPLATE}# edit ${String(edits)}\n` }).spec;

let compiled: CompiledLifecycles;

beforeEach(() => {
  compiled = new CompiledLifecycles();
});

describe('a compiled form', () => {
  it('is shared by lifecycles that agree in their templates, whatever else they say', () => {
    const form = compiled.compile('one', specAfter(0));
    expect(compiled.compile('other', { ...specAfter(0), updatePolicy: 'All' })).toBe(form);
    expect(compiled.compile('one', specAfter(0))).toBe(form);
  });

  it('is kept while one lifecycle has these templates', () => {
    const form = compiled.compile('one', specAfter(0));
    compiled.compile('other', specAfter(0));
    compiled.compile('one', specAfter(1));
    expect(compiled.compile('one', specAfter(0))).toBe(form);
  });

  it.each<[string, () => void]>([
    ['the last lifecycle has others', () => void compiled.compile('one', specAfter(1))],
    ['the last lifecycle is gone', () => compiled.forget('one')],
    [
      'the last lifecycle has some that do not compile',
      () => {
        const problem = compiled.compile('one', { ...specAfter(0), template: '{{ nothing' });
        expect(problem).toMatchObject({ failed: true });
      },
    ],
  ])('is forgotten when %s', (_, happen) => {
    const form = compiled.compile('one', specAfter(0));
    happen();
    expect(compiled.compile('one', specAfter(0))).not.toBe(form);
  });

  it('is made each time, past a thousand', () => {
    for (let index = 0; index < 1_000; index++)
      compiled.compile(`lifecycle-${String(index)}`, specAfter(index));
    const form = compiled.compile('last', specAfter(1_000));
    expect(compiled.compile('last', specAfter(1_000))).not.toBe(form);
    compiled.forget('lifecycle-0');
    const kept = compiled.compile('last', specAfter(1_000));
    expect(compiled.compile('last', specAfter(1_000))).toBe(kept);
  }, 60_000);
});
