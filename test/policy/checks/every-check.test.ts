import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checks } from '../../../src/policy/checks/index.ts';

const FOLDER = join(import.meta.dirname, '../../../src/policy/checks');
/** What checks are, what they know, and the list of them. */
const others = ['check.ts', 'facts.ts', 'index.ts'];
const files = readdirSync(FOLDER).filter((file) => !others.includes(file));

it.each(files)('%s has a table of its own', (file) => {
  expect(existsSync(join(import.meta.dirname, file.replace(/\.ts$/, '.test.ts')))).toBe(true);
});

it('each file is one check in the list', async () => {
  const found = await Promise.all(
    files.map(async (file) => {
      const exported = (await import(join(FOLDER, file))) as Readonly<Record<string, unknown>>;
      return checks.filter((check) => Object.values(exported).includes(check)).length;
    }),
  );
  expect(found).toEqual(files.map(() => 1));
  expect(checks).toHaveLength(files.length);
});
