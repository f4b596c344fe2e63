/** What end-to-end tests need besides the sources: the shared control plane, the product's processes, leftovers. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject, onTestFinished } from 'vitest';
import { Kubectl } from '../../src/control-plane/kubectl.ts';
import { createProcessGroup } from '../../src/control-plane/processes.ts';
import type { ManagedProcess, ProcessGroup } from '../../src/control-plane/processes.ts';

export { Kubectl, KubectlError } from '../../src/control-plane/kubectl.ts';
export type { ApiObject } from '../../src/control-plane/kubectl.ts';
export { freePort } from '../../src/control-plane/ports.ts';
export type { Exit, ManagedProcess, ProcessGroup } from '../../src/control-plane/processes.ts';
export { throwIfEnded } from '../../src/control-plane/readiness.ts';
export { startControlPlane } from '../../src/control-plane/start.ts';
export type { ControlPlane } from '../../src/control-plane/start.ts';
export { eventually } from '../../src/control-plane/wait.ts';

/** The command line's main module. */
export const MAIN_MODULE = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** kubectl for the shared control plane, or for the given kubeconfig, until the test (or the file's hook) is over. */
export async function startKubectl(kubeconfig: string = inject('kubeconfig')): Promise<Kubectl> {
  return new Kubectl(inject('assets'), kubeconfig, await temporaryFolder());
}

/** A folder that is removed when the test is over. */
export async function temporaryFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'clusterpedia-import-test-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** A group whose processes are killed when the test is over. */
export async function startProcesses(): Promise<ProcessGroup> {
  const group = await createProcessGroup();
  onTestFinished(() => group.stop());
  return group;
}

/**
 * Starts `clusterpedia-import SUBCOMMAND --config FILE` as a process of its own.
 *
 * @param config the configuration: what the file holds
 */
export async function startProduct(
  processes: ProcessGroup,
  subcommand: 'webhook' | 'controller',
  config: object,
): Promise<ManagedProcess> {
  const file = join(processes.dir, `${subcommand}.yaml`);
  await writeFile(file, JSON.stringify(config));
  return processes.spawn(subcommand, process.execPath, [MAIN_MODULE, subcommand, `--config=${file}`]);
}

/** Whether a process runs. One that has ended but that its parent hasn't taken note of (a zombie) doesn't. */
export async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // Only Linux has this file; elsewhere init takes note of orphans at once.
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => '');
  return !stat.includes(') Z ');
}
