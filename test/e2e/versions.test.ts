import { execFile } from 'node:child_process';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, it } from 'vitest';
import { newestKubernetes, oldestKubernetes } from '../../src/control-plane/versions.ts';
import { page } from '../docs/pages.ts';
import { unless } from '../skips.ts';

const assets = inject('assets');
const kubernetes = inject('kubernetes');

/** The rows of the table that has a column of this name, by column. */
function tableWith(column: string): readonly { readonly [column: string]: string }[] {
  const cells = (row: string) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
  const lines = page('docs/operating.md').text.split('\n');
  const heading = lines.findIndex((line) => cells(line).includes(column));
  const rows = lines.slice(heading + 2);
  const end = rows.findIndex((line) => !line.startsWith('|'));
  const names = cells(lines[heading] ?? '');
  return rows
    .slice(0, end)
    .map((row) => Object.fromEntries(cells(row).map((cell, index) => [names[index] ?? '', cell])));
}

const tested = tableWith('where the binaries come from');

describe('the table of tested versions in docs/operating.md', () => {
  it('has the newest and the oldest', () => {
    expect(tested.map((row) => row['Kubernetes'])).toEqual([newestKubernetes, oldestKubernetes]);
  });

  it(
    'says what these tests run on',
    unless(
      process.env['CI'] === undefined && tested.every((row) => row['Kubernetes'] !== kubernetes)
        ? `the table has what CI runs on, and this is Kubernetes ${kubernetes}: set KUBERNETES_VERSION to one of it`
        : undefined,
    ),
    async () => {
      const { stdout } = await promisify(execFile)(join(assets, 'etcd'), ['--version']);
      const source = /-(modules|debian)$/.exec(basename(assets))?.[1] ?? '';
      expect(tested).toContainEqual({
        Kubernetes: kubernetes,
        etcd: /^etcd Version: (\S+)/.exec(stdout)?.[1],
        'where the binaries come from':
          { modules: 'Go modules', debian: "Debian's packages" }[source] ?? 'what is published for envtest',
      });
    },
  );
});
