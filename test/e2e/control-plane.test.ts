import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, it } from 'vitest';

const run = promisify(execFile);

it('offers a control plane that kubectl reaches as an administrator', async () => {
  const kubectl = join(inject('assets'), 'kubectl');
  const { stdout } = await run(kubectl, ['--kubeconfig', inject('kubeconfig'), 'auth', 'can-i', '*', '*']);
  expect(stdout.trim()).toBe('yes');
});
