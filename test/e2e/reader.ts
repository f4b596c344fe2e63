/** Somebody with a cluster and a checkout, who does what the pages say, command after command. */
import { cp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject } from 'vitest';
import type { KubeClient } from '../../src/kube/index.ts';
import { loadClient } from '../../src/kube/index.ts';
import { Kubectl, startControlPlane } from '../control-plane/index.ts';
import type { ControlPlane } from '../control-plane/index.ts';
import { StandIns } from '../control-plane/stand-ins.ts';
import type { Block } from '../docs/pages.ts';
import { holdsCommands, ROOT } from '../docs/pages.ts';
import { runByOtherTests } from '../docs/runs.ts';
import { prints, stepsOf, Terminal } from '../docs/terminal.ts';

const isBeyondReach = (command: string) =>
  runByOtherTests.some(({ commands, beyondReach }) => beyondReach === true && commands.test(command));
const changesTheCluster = /^kubectl .*\b(?:apply|scale|delete)\b/;
const appliesAgain = /\bapply\b.*kustomize\/(?:install|overlays)/;

export class Reader {
  readonly kubectl: Kubectl;
  readonly client: KubeClient;
  readonly #controlPlane: ControlPlane;
  readonly #standIns: StandIns;
  readonly #terminal: Terminal;

  private constructor(controlPlane: ControlPlane, kubectl: Kubectl, client: KubeClient, terminal: Terminal) {
    this.kubectl = kubectl;
    this.client = client;
    this.#controlPlane = controlPlane;
    this.#terminal = terminal;
    this.#standIns = new StandIns(controlPlane, kubectl, client);
  }

  /** With an empty cluster of one's own. */
  static async start(): Promise<Reader> {
    const controlPlane = await startControlPlane({ assets: inject('assets') });
    const { assets, kubeconfigPath, processes } = controlPlane;
    const kubectl = new Kubectl(assets, kubeconfigPath, join(processes.dir, 'kubectl'));
    const terminal = await Terminal.open({
      programs: { kubectl: `'${join(assets, 'kubectl')}' "$@"` },
      env: { KUBECONFIG: kubeconfigPath },
    });
    const servesPolicyV1 = (await kubectl.run(['api-versions'])).split('\n').includes('policy/v1');
    await checkout(terminal.folder, servesPolicyV1);
    const client = await loadClient({ kubeconfig: kubeconfigPath });
    return new Reader(controlPlane, kubectl, client, terminal);
  }

  async stop(): Promise<void> {
    await this.#standIns.stop();
    await this.client.close();
    await this.#terminal.close();
    await this.#controlPlane.stop();
  }

  /** What the webhook and the controller wrote last, for the report of a failure. */
  logs(): string {
    return this.#standIns.logs();
  }

  /** Writes the file of a block, or runs its commands and compares what they print. */
  async follow(block: Block): Promise<void> {
    if (!holdsCommands(block)) {
      await this.#terminal.follow(block);
      return;
    }
    for (const { command, output } of stepsOf(block)) {
      if (isBeyondReach(command)) continue;
      if (appliesAgain.test(command)) await this.#standIns.disconnectWebhooks();
      const { printed, code } = await this.#terminal.run(command);
      if (output === undefined) expect(code, `${command}\n${printed}`).toBe(0);
      else if (!prints(printed, output)) expect(`$ ${command}\n${printed}`).toBe(`$ ${command}\n${output}`);
      if (changesTheCluster.test(command)) await this.#standIns.caughtUp();
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
