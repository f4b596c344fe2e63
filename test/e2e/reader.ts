/** Somebody with a cluster and a checkout, who does what the pages say, command after command. */
import { cp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { KubeClient } from '../../src/kube/index.ts';
import { Cluster } from '../control-plane/cluster.ts';
import type { Kubectl } from '../control-plane/index.ts';
import type { Block } from '../docs/pages.ts';
import { holdsCommands, ROOT } from '../docs/pages.ts';
import { runByOtherTests } from '../docs/runs.ts';
import { prints, stepsOf, Terminal } from '../docs/terminal.ts';

const isBeyondReach = (command: string) =>
  runByOtherTests.some(({ commands, beyondReach }) => beyondReach === true && commands.test(command));

export class Reader {
  readonly kubectl: Kubectl;
  readonly client: KubeClient;
  readonly #cluster: Cluster;
  readonly #terminal: Terminal;

  private constructor(cluster: Cluster, terminal: Terminal) {
    this.kubectl = cluster.kubectl;
    this.client = cluster.client;
    this.#cluster = cluster;
    this.#terminal = terminal;
  }

  /** With an empty cluster of one's own. */
  static async start(): Promise<Reader> {
    const cluster = await Cluster.start();
    const { assets, kubeconfigPath } = cluster.controlPlane;
    const terminal = await Terminal.open({
      programs: { kubectl: `'${join(assets, 'kubectl')}' "$@"` },
      env: { KUBECONFIG: kubeconfigPath },
    });
    const servesPolicyV1 = (await cluster.kubectl.run(['api-versions'])).split('\n').includes('policy/v1');
    await checkout(terminal.folder, servesPolicyV1);
    return new Reader(cluster, terminal);
  }

  async stop(): Promise<void> {
    await this.#cluster.stop();
    await this.#terminal.close();
  }

  /** What the webhook and the controller wrote last, for the report of a failure. */
  logs(): string {
    return this.#cluster.logs();
  }

  /** Writes the file of a block, or runs its commands and compares what they print. */
  async follow(block: Block): Promise<void> {
    if (!holdsCommands(block)) {
      await this.#terminal.follow(block);
      return;
    }
    for (const { command, output } of stepsOf(block)) {
      if (isBeyondReach(command)) continue;
      const { printed, code } = await this.#terminal.run(command);
      if (output === undefined) expect(code, `${command}\n${printed}`).toBe(0);
      else if (!prints(printed, output)) expect(`$ ${command}\n${printed}`).toBe(`$ ${command}\n${output}`);
    }
  }
}

/** A checkout that a reader may write into. */
async function checkout(folder: string, servesPolicyV1: boolean): Promise<void> {
  const copied = ['docs', 'kustomize'];
  for (const name of await readdir(ROOT)) {
    if (copied.includes(name)) await cp(join(ROOT, name), join(folder, name), { recursive: true });
    else if (name !== '.git') await symlink(join(ROOT, name), join(folder, name));
  }
  if (servesPolicyV1) return;
  // Before 1.21, PodDisruptionBudgets are served as policy/v1beta1 only; kustomize has a component for that.
  const install = join(folder, 'kustomize/install');
  for (const name of await readdir(install)) {
    const text = await readFile(join(install, name), 'utf8');
    await writeFile(join(install, name), text.replaceAll(/^apiVersion: policy\/v1$/gm, '$&beta1'));
  }
}
