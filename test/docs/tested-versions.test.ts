import { describe, expect, it } from 'vitest';
import { page } from './pages.ts';
import type { TestReport } from './tested-versions.ts';
import {
  TESTED_VERSIONS_PAGE,
  endToEndCounts,
  objectionTo,
  testedVersions,
  withTestedVersions,
} from './tested-versions.ts';

const PAGE = `They pass on:

| Kubernetes | etcd   | where the binaries come from | tests passed |
| ---------- | ------ | ---------------------------- | ------------ |
| 1.37.2     | 3.7.0  | Go modules                   | 434          |
| 1.20.2     | 3.4.23 | Debian's packages            | 433          |

## The next chapter
`;

const [newest, oldest] = testedVersions(PAGE);

describe('the table of tested versions', () => {
  it('is read row by row', () => {
    expect([newest, oldest]).toEqual([
      { kubernetes: '1.37.2', etcd: '3.7.0', source: 'Go modules', passed: 434 },
      { kubernetes: '1.20.2', etcd: '3.4.23', source: "Debian's packages", passed: 433 },
    ]);
  });

  it('must say a number of tests', () => {
    expect(() => testedVersions(PAGE.replace('433', 'all'))).toThrow('1.20.2: "all" is no number of tests');
  });

  it('must be on the page', () => {
    expect(() => testedVersions('# Operating\n')).toThrow(
      'there is no table with the columns Kubernetes, etcd',
    );
  });

  it('is written in its place, aligned', () => {
    const versions = testedVersions(PAGE).map((version) => ({ ...version, passed: 1001 }));
    expect(withTestedVersions(PAGE, versions)).toBe(PAGE.replaceAll(/43[34] {10}/g, '1001         '));
    expect(withTestedVersions(PAGE, testedVersions(PAGE))).toBe(PAGE);
  });

  it('is written as prettier has it', () => {
    const { text } = page(TESTED_VERSIONS_PAGE);
    expect(withTestedVersions(text, testedVersions(text))).toBe(text);
  });
});

describe('the end-to-end tests of a report', () => {
  const results = (name: string, ...statuses: string[]): TestReport['testResults'][number] => ({
    name,
    assertionResults: statuses.map((status) => ({ status })),
  });

  it('are those of the two folders that need an API server', () => {
    const testResults = [
      results('/home/me/project/test/e2e/webhook.test.ts', 'passed', 'passed', 'skipped'),
      results('/home/me/project/test/kube/server/client.test.ts', 'passed', 'failed', 'todo'),
      results('/home/me/project/test/kube/queue.test.ts', 'passed', 'skipped', 'failed'),
    ];
    expect(endToEndCounts({ testResults })).toEqual({ passed: 3, failed: 1, skipped: 2 });
  });
});

describe('a row of the table', () => {
  const version = { kubernetes: '1.20.2', etcd: '3.4.23', source: "Debian's packages", passed: 100 };

  it.each([
    ['is true of a run in which as many pass', { passed: 100, skipped: 3 }, undefined],
    ['stays while tests are added, up to a tenth', { passed: 110, skipped: 0 }, undefined],
    ['stays where some cannot run on this machine', { passed: 80, skipped: 20 }, undefined],
    [
      'must be written anew when more than a tenth was added',
      { passed: 111, skipped: 0 },
      'on Kubernetes 1.20.2 the table says that 100 end-to-end tests pass, but 111 passed and 0 were skipped: write the table anew',
    ],
    [
      'is wrong when there are fewer tests',
      { passed: 97, skipped: 2 },
      'on Kubernetes 1.20.2 the table says that 100 end-to-end tests pass, but 97 passed and 2 were skipped',
    ],
  ])('%s', (_, counts, objection) => {
    expect(objectionTo(version, { failed: 0, ...counts })).toBe(objection);
  });
});
