import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Block } from './pages.ts';
import { actionable, holdsCommands, page, pages, ROOT } from './pages.ts';
import { KARMADA_PAGE, MIGRATION_PAGE, offlinePages, runByOtherTests, serverPages } from './runs.ts';
import { prints, stepsOf, Terminal } from './terminal.ts';

const label = ({ page: path, line }: Block) => `${path}:${String(line)}`;

describe.each(offlinePages)('%s', (path) => {
  let terminal: Terminal;
  beforeAll(async () => {
    terminal = await Terminal.open();
  });
  afterAll(() => terminal?.close());

  // In their order: later blocks build on the files of earlier ones.
  it.each(actionable(page(path)))('%s', { timeout: 120_000 }, async (_, block) => {
    await terminal.follow(block);
  });
});

describe('every command of every page', () => {
  const run = new Set<string>([...offlinePages, ...serverPages, MIGRATION_PAGE, KARMADA_PAGE]);
  const others = pages()
    .filter(({ path }) => !run.has(path))
    .flatMap(({ blocks }) => blocks.filter(holdsCommands))
    .flatMap((block) => stepsOf(block).map(({ command }) => ({ where: label(block), command })));

  it.each(others)('$where: $command', ({ command }) => {
    expect(runByOtherTests.filter(({ commands }) => commands.test(command))).not.toEqual([]);
  });
});

describe('a test that is said to run commands', () => {
  it.each(runByOtherTests)('is there: $file, $title', ({ file, title }) => {
    expect(existsSync(join(ROOT, file))).toBe(true);
    expect(readFileSync(join(ROOT, file), 'utf8')).toContain(title);
  });
});

describe('comparing what is printed with what is shown', () => {
  it.each([
    ['the same', 'a b\nc\n', 'a b\nc\n', true],
    ['another word', 'a b\n', 'a c\n', false],
    ['a line more', 'a\nb\n', 'a\n', false],
    ['other widths and ages', 'NAME    AGE\nx       5s\n', 'NAME   AGE\nx   10m3s\n', true],
    ['lines left out', 'a\nb\nc\nd\n', 'a\n…\nd\n', true],
    ['lines left out, but another end', 'a\nb\nc\n', 'a\n…\nd\n', false],
    ['a name made anew', 'pod/x-6f7 ok\n', 'pod/<a name> ok\n', true],
  ])('%s', (_, printed, shown, expected) => {
    expect(prints(printed, shown)).toBe(expected);
  });
});
