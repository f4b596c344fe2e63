/** Somebody with a cluster and a checkout, who does what the pages say, command after command. */
import { appendFile, cp, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject } from 'vitest';
import type { KubeClient } from '../../src/kube/index.ts';
import { Cluster, inCluster } from '../control-plane/cluster.ts';
import type { Kubectl } from '../control-plane/index.ts';
import type { Block } from '../docs/pages.ts';
import { holdsCommands, page, ROOT } from '../docs/pages.ts';
import { runByOtherTests } from '../docs/runs.ts';
import { prints, stepsOf, Terminal } from '../docs/terminal.ts';
import { findBuilder } from '../kustomize/build.ts';
import { unless } from '../skips.ts';

/** The reader's kubectl, which knows components: the one of this Kubernetes, or a later one. */
const builder = await findBuilder(inject('assets'));
const KUBECTL = builder?.[1] === 'kustomize' ? builder[0] : undefined;

/** Options of tests that need a {@link Reader}. */
export const asReader =
  inCluster.skip === true || KUBECTL !== undefined
    ? inCluster
    : unless(
        'kubectl of this Kubernetes knows no components, and there is no later one in the PATH: put one there',
      );

/** The overlay that the quick start makes, and all pages use. */
const OVERLAY = 'clusters/import/kustomization.yaml';

/** What the reader's registry has: the image of the name that the pages push. */
const images = /^registry\.example\.com\/clusterpedia-import:\d/;

const isBeyondReach = (command: string) =>
  runByOtherTests.some(({ commands, beyondReach }) => beyondReach === true && commands.test(command));

export class Reader {
  readonly kubectl: Kubectl;
  readonly client: KubeClient;
  readonly #cluster: Cluster;
  readonly #terminal: Terminal;
  readonly #servesPolicyV1: boolean;

  private constructor(cluster: Cluster, terminal: Terminal, servesPolicyV1: boolean) {
    this.kubectl = cluster.kubectl;
    this.client = cluster.client;
    this.#cluster = cluster;
    this.#terminal = terminal;
    this.#servesPolicyV1 = servesPolicyV1;
  }

  /** With an empty cluster of one's own, and the overlay of the quick start. */
  static async start(): Promise<Reader> {
    const cluster = await Cluster.start(images);
    const { kubeconfigPath } = cluster.controlPlane;
    const terminal = await Terminal.open({
      // Its name may be one that the PATH of the tests leads to; here it would lead to itself.
      programs: { kubectl: `PATH='${process.env['PATH'] ?? ''}'\nexec '${KUBECTL ?? ''}' "$@"` },
      env: { KUBECONFIG: kubeconfigPath },
    });
    const servesPolicyV1 = (await cluster.kubectl.run(['api-versions'])).split('\n').includes('policy/v1');
    await checkout(terminal.folder);
    const reader = new Reader(cluster, terminal, servesPolicyV1);
    const overlay = page('docs/quick-start.md').blocks.find(({ file }) => file === OVERLAY);
    if (overlay === undefined) throw new Error(`the quick start has no ${OVERLAY}`);
    await reader.follow(overlay);
    return reader;
  }

  async stop(): Promise<void> {
    await this.#cluster.stop();
    await this.#terminal.close();
  }

  /** Gives the reader a file that the page takes for granted. */
  async bring(name: string, text: string): Promise<void> {
    await writeFile(join(this.#terminal.folder, name), text);
  }

  /** See {@link Cluster.endpointsOf}. */
  endpointsOf(service: string): readonly number[] {
    return this.#cluster.endpointsOf(service);
  }

  /** What the webhook and the controller wrote last, for the report of a failure. */
  logs(): string {
    return this.#cluster.logs();
  }

  /** Writes the file of a block, or runs its commands and compares what they print. */
  async follow(block: Block): Promise<void> {
    if (!holdsCommands(block)) {
      await this.#terminal.follow(block);
      if (block.file === OVERLAY && !this.#servesPolicyV1)
        await appendFile(join(this.#terminal.folder, OVERLAY), FOR_1_20);
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

/** What the quick start tells readers of Kubernetes 1.20 to add: before 1.21, PodDisruptionBudgets are policy/v1beta1 only. */
const FOR_1_20 = 'components:\n  - ../../kustomize/components/kubernetes-1.20\n';

/** A checkout that a reader may write into. */
export async function checkout(folder: string): Promise<void> {
  const copied = ['docs', 'kustomize'];
  for (const name of await readdir(ROOT)) {
    if (copied.includes(name)) await cp(join(ROOT, name), join(folder, name), { recursive: true });
    else if (name !== '.git' && name !== 'clusters') await symlink(join(ROOT, name), join(folder, name));
  }
}
