import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ClusterImportPolicySpec } from '../../src/api/index.ts';
import { allFunctions } from '../../src/sprig/index.ts';
import { compile } from '../../src/template/index.ts';
import { loadSuites } from '../conformance/cases.ts';
import { objectsIn } from './catalogue.ts';

/*
 * Clusterpedia vendors sprig 3.2.2, and this project's functions are those of 3.3.0. Policies that were published for
 * Clusterpedia must render alike under both.
 */

/** Functions whose answer is another one for some argument; test/conformance/oracle/README.md says what differs. */
const differing = new Set([
  ...['camelcase', 'kebabcase', 'snakecase', 'mergeOverwrite', 'mustMergeOverwrite', 'sha512sum'],
  // What compares versions, and what makes an integer of a text.
  ...['semver', 'semverCompare'],
  ...['int', 'int64', 'add', 'add1', 'sub', 'mul', 'div', 'mod', 'max', 'min', 'biggest'],
]);

const FOLDER = join(import.meta.dirname, 'published');
const published = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => basename(file, '.yaml'));

/** The templates of a policy, by field. */
async function templatesOf(name: string): Promise<readonly (readonly [field: string, text: string])[]> {
  const [policy] = await objectsIn(join(FOLDER, `${name}.yaml`));
  const { source, references, nameTemplate, template, creationCondition, deletionCondition } = policy?.[
    'spec'
  ] as ClusterImportPolicySpec;
  const fields = [
    ['selectorTemplate', source.selectorTemplate],
    ...(references ?? []).flatMap((reference, index) => [
      [`references[${String(index)}].namespaceTemplate`, reference.namespaceTemplate],
      [`references[${String(index)}].nameTemplate`, reference.nameTemplate],
    ]),
    ['nameTemplate', nameTemplate],
    ['template', template],
    ['creationCondition', creationCondition],
    ['deletionCondition', deletionCondition],
  ] as const;
  return fields.flatMap(([field, text]) =>
    field === undefined || text === undefined || text === '' ? [] : [[field, text] as const],
  );
}

describe.each(published)('%s, published for Clusterpedia', (name) => {
  it('calls no function that sprig 3.2.2 and 3.3.0 answer differently', async () => {
    const functions = new Map([...allFunctions].filter(([called]) => !differing.has(called)));
    for (const [, text] of await templatesOf(name)) expect(() => compile(text, { functions })).not.toThrow();
  });

  it('has cases for each of its templates, answered by both', async () => {
    const suites = loadSuites(join(import.meta.dirname, '../conformance/published'));
    expect(suites.map(({ file }) => file)).toEqual(['sprig-3.2.2.jsonl', 'sprig-3.3.0.jsonl']);
    for (const { cases } of suites) {
      const printing = new Set(cases.filter(({ out = '' }) => out.trim() !== '').map(({ tmpl }) => tmpl));
      expect((await templatesOf(name)).filter(([, text]) => !printing.has(text))).toEqual([]);
    }
  });
});

it('sprig 3.2.2 and 3.3.0 answer every case of the published policies alike', () => {
  const [older, newer] = loadSuites(join(import.meta.dirname, '../conformance/published'));
  expect(newer?.cases).toEqual(older?.cases);
});
