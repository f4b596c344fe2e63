import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import type { Page } from './pages.ts';
import { page, pages, resolveLink, ROOT } from './pages.ts';

const all = pages();
const byPath = new Map(all.map((one) => [one.path, one]));

function deadLinks({ path, links }: Page): readonly string[] {
  return links.flatMap(({ line, target }) => {
    const to = resolveLink(path, target);
    if (to === undefined) return [];
    const where = `${path}:${String(line)}: ${target}`;
    if (!existsSync(join(ROOT, to.path))) return [`${where}: no such file`];
    if (to.anchor === undefined || byPath.get(to.path)?.anchors.has(to.anchor) === true) return [];
    return [`${where}: no such heading`];
  });
}

describe('links between pages', () => {
  it.each(all)('of $path lead somewhere', (one) => {
    expect(deadLinks(one)).toEqual([]);
  });

  it('lead from the index, or from a page that it leads to, to every page below docs/', () => {
    const reached = new Set<string>();
    const follow = (path: string): void => {
      if (reached.has(path)) return;
      reached.add(path);
      for (const { target } of byPath.get(path)?.links ?? []) {
        const to = resolveLink(path, target);
        if (to !== undefined) follow(to.path);
      }
    };
    follow('docs/README.md');
    expect(
      all.map(({ path }) => path).filter((path) => path.startsWith('docs/') && !reached.has(path)),
    ).toEqual([]);
  });
});

describe('files that the pages name', () => {
  const folders = 'src|webhook|controller|config|kustomize|test|docs|\\.ci';
  const named = (text: string) =>
    [...text.matchAll(new RegExp(`\`((?:${folders})/[\\w./-]*)\``, 'g'))].map(([, path = '']) => path);

  it.each(all.filter(({ path, text }) => path !== 'CHANGELOG.md' && named(text).length > 0))(
    'in $path exist',
    ({ text }) => {
      expect(named(text).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    },
  );
});

it('each line of the table in docs/security.md names the test of what it says', () => {
  const { text } = page('docs/security.md');
  const [, section = ''] = text.split('\n## Who can do what\n');
  const [, , ...rows] = (section.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('|'));
  expect(rows.length).toBeGreaterThan(20);
  expect(rows.filter((row) => !/`test\/[\w./-]+\.test\.ts`[^`|]*\|$/.test(row))).toEqual([]);
});

describe('the paths through the code, in docs/architecture.md', () => {
  const { text } = page('docs/architecture.md');
  const hops = (heading: string) => {
    const section = text.slice(text.indexOf(`\n${heading}\n`) + 1).split('\n## ')[0] ?? '';
    return [...section.matchAll(/^\d\. `([^`]+)`/gm)].map(([, file = '']) => file);
  };
  const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

  /** The files that a file imports, and what those export again that are only lists. */
  const imported = (file: string): readonly string[] =>
    ts.preProcessFile(read(file)).importedFiles.flatMap(({ fileName }) => {
      if (!fileName.startsWith('.')) return [];
      const path = join(dirname(file), fileName);
      return path.endsWith('/index.ts') ? [path, ...imported(path)] : [path];
    });

  /** The folders of files, in the order in which they are entered. */
  const entered = (files: readonly string[]) =>
    files.map((file) => dirname(file)).filter((folder, index, all) => folder !== all[index - 1]);

  it('take four hops from a request to a check, each of which imports the next', () => {
    const files = hops('## From a request to a check');
    expect(files).toHaveLength(4);
    for (const [index, file] of files.slice(1).entries()) {
      expect(imported(files[index] ?? ''), `${files[index] ?? ''} imports ${file}`).toContain(file);
    }
    expect(new Set(entered(files)).size, 'no folder is entered twice').toBe(entered(files).length);
  });

  it('take seven hops from a watch event to a written object, in files that there are', () => {
    const files = hops('## From a watch event to a written object');
    expect(files).toHaveLength(7);
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
    expect(imported('controller/lifecycle/lifecycles.ts')).toEqual(
      expect.arrayContaining(['src/reconcile/lifecycle.ts', 'controller/writes/writer.ts']),
    );
    expect(new Set(entered(files)).size, 'no folder is entered twice').toBe(entered(files).length);
  });
});
