import { execFile } from 'node:child_process';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, it } from 'vitest';
import { NEWEST_KUBERNETES, OLDEST_KUBERNETES } from '../../src/control-plane/versions.ts';
import { page } from '../docs/pages.ts';
import { TESTED_VERSIONS_PAGE, testedVersions } from '../docs/tested-versions.ts';
import { unless } from '../skips.ts';

const ASSETS = inject('assets');
const KUBERNETES = inject('kubernetes');

const tested = testedVersions(page(TESTED_VERSIONS_PAGE).text);

describe('the table of tested versions in docs/operating.md', () => {
  it('has the newest and the oldest', () => {
    expect(tested.map(({ kubernetes: version }) => version)).toEqual([NEWEST_KUBERNETES, OLDEST_KUBERNETES]);
  });

  it(
    'says what these tests run on',
    unless(
      process.env['CI'] === undefined && tested.every(({ kubernetes: version }) => version !== KUBERNETES)
        ? `the table has what CI runs on, and this is Kubernetes ${KUBERNETES}: set KUBERNETES_VERSION to one of it`
        : undefined,
    ),
    async () => {
      const { stdout } = await promisify(execFile)(join(ASSETS, 'etcd'), ['--version']);
      const source = /-(modules|debian)$/.exec(basename(ASSETS))?.[1] ?? '';
      // How many tests pass only the whole run knows: .ci/run compares it.
      expect(tested.find(({ kubernetes: version }) => version === KUBERNETES)).toMatchObject({
        etcd: /^etcd Version: (\S+)/.exec(stdout)?.[1],
        source:
          { modules: 'Go modules', debian: "Debian's packages" }[source] ?? 'what is published for envtest',
      });
    },
  );
});
