/**
 * `npm run -s bench -- soak [--minutes N] [--clusters N] [--rate N] [--replaced N] [--edit-seconds N] [--sample-seconds N]
 * [--snapshots FOLDER]`
 *
 * Webhook and controller as processes on a real API server, with the rights and the heap that the manifests give them, while
 * things happen all the time: Secrets are renewed, sources report their health, sources come under names that were never
 * there before and others go, policies are drafted, refused and edited. It tells how memory and open files of both went, by
 * what is left after garbage is collected. One JSON line on standard output; a line for each sample on standard error.
 * Snapshots of both heaps, after the warm-up and at the end, tell what has grown. Fails as soon as one of the two ends.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { ClusterImportPolicySpec } from '../../src/api/index.ts';
import { clusterApi, installPlatform } from '../../src/cli/demo/platforms.ts';
import { installDefinitions, startController, startWebhook } from '../../src/cli/demo/product.ts';
import { Kubectl } from '../../src/control-plane/kubectl.ts';
import type { ManagedProcess } from '../../src/control-plane/processes.ts';
import { describeExit } from '../../src/control-plane/processes.ts';
import { startControlPlane } from '../../src/control-plane/start.ts';
import { kubernetesVersion } from '../../src/control-plane/versions.ts';
import type { StoredObject } from '../../src/kube/index.ts';
import { KubeClient, isInvalid, parseKubeConfig } from '../../src/kube/index.ts';
import {
  LIFECYCLES,
  PEDIA_CLUSTERS,
  POLICIES,
  SECRETS,
  conditionsOf,
  eventually,
  policy,
  policyFile,
} from '../controller/world.ts';
import { deployedHeap, round, say } from './controller-process.ts';
import { CLUSTERS, beat, clusterName, createFleet, rotate } from './fleet.ts';
import type { Held } from './inspector.ts';
import { INSPECTED, Inspector } from './inspector.ts';

interface Options {
  readonly minutes: number;
  readonly clusters: number;
  /** Changes per second. */
  readonly rate: number;
  /** Of ten changes, how many replace a cluster. */
  readonly replaced: number;
  /** Seconds between two edits of the policy. */
  readonly editSeconds: number;
  readonly sampleSeconds: number;
  /** Folder for snapshots of the heaps. */
  readonly snapshots: string | undefined;
}

const POLICY = 'cluster-api';
const NAMESPACE = 'default';
/** Code is compiled and caches fill in the first fifth, which the trend leaves out. */
const WARM_UP = 0.2;
/** Of what a process has said before it ended. */
const LAST_LINES = 20;

/** Runs the benchmark. */
export default async function soakBench(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  const controlPlane = await startControlPlane({ log: say });
  const client = KubeClient.fromKubeConfig(parseKubeConfig(controlPlane.kubeconfig));
  try {
    const kubectl = new Kubectl(controlPlane.assets, controlPlane.kubeconfigPath, controlPlane.processes.dir);
    await installDefinitions(kubectl);
    await installPlatform(kubectl, clusterApi);
    const nodeFlags = [...(await deployedHeap()), INSPECTED];
    const processes = {
      webhook: await startWebhook(controlPlane, kubectl, { nodeFlags }),
      controller: await startController(controlPlane, { nodeFlags }),
    };
    const line = await untilOneEnds(Object.values(processes), (signal) =>
      soak(options, client, processes, signal),
    );
    const kubernetes = await kubernetesVersion(controlPlane.assets);
    process.stdout.write(`${JSON.stringify({ kubernetes, ...line })}\n`);
  } finally {
    await client.close();
    await controlPlane.stop();
  }
}

/** @throws Error as soon as one of the processes ends, with what it said last; the work is to end by the signal then */
async function untilOneEnds<T>(
  processes: readonly ManagedProcess[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  const ended = processes.map(async (child): Promise<never> => {
    const exit = await child.exited;
    const said = child.output().trimEnd().split('\n').slice(-LAST_LINES).join('\n');
    throw new Error(`the ${child.name} has ended with ${describeExit(exit)}:\n${said}`);
  });
  try {
    return await Promise.race([work(ending.signal), ...ended]);
  } catch (error) {
    ending.abort(error);
    throw error;
  }
}

/** The changes and the samples; returns what has come of them. */
async function soak(
  options: Options,
  client: KubeClient,
  processes: { readonly webhook: ManagedProcess; readonly controller: ManagedProcess },
  signal: AbortSignal,
): Promise<object> {
  const inspectors = {
    webhook: await Inspector.of(processes.webhook),
    controller: await Inspector.of(processes.controller),
  };
  const churn = await Churn.begin(client, options, signal);
  say(`${String(options.clusters)} clusters are imported`);
  const samples: Sample[] = [];
  const take = async (minute: number): Promise<void> => {
    const [webhook, controller] = [await inspectors.webhook.held(), await inspectors.controller.held()];
    samples.push({ minute, webhook, controller });
    say(`minute ${minute.toFixed(1)}: webhook ${inWords(webhook)}; controller ${inWords(controller)}`);
  };
  const snapshot = async (when: 'first' | 'last'): Promise<void> => {
    if (options.snapshots === undefined) return;
    for (const [name, inspector] of Object.entries(inspectors))
      await inspector.snapshot(join(options.snapshots, `${name}-${when}.heapsnapshot`));
  };
  await runAtRate(options, churn, { take, onWarm: () => snapshot('first') }, signal);
  await churn.isSettled();
  await snapshot('last');
  for (const inspector of Object.values(inspectors)) inspector.close();
  return {
    clusters: options.clusters,
    minutes: round(samples.at(-1)?.minute ?? 0, 1),
    changes: churn.counts,
    failures: processes.controller.output().match(/reconciliation failed/g)?.length ?? 0,
    webhook: trendOf(samples.map(({ minute, webhook }) => ({ minute, ...webhook }))),
    controller: trendOf(samples.map(({ minute, controller }) => ({ minute, ...controller }))),
  };
}

function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '60' },
      clusters: { type: 'string', default: '100' },
      rate: { type: 'string', default: '5' },
      replaced: { type: 'string', default: '1' },
      // Every lifecycle is written when its policy is edited.
      'edit-seconds': { type: 'string', default: '60' },
      'sample-seconds': { type: 'string', default: '60' },
      snapshots: { type: 'string' },
    },
  });
  return {
    minutes: Number(values.minutes),
    clusters: Number(values.clusters),
    rate: Number(values.rate),
    replaced: Number(values.replaced),
    editSeconds: Number(values['edit-seconds']),
    sampleSeconds: Number(values['sample-seconds']),
    snapshots: values.snapshots,
  };
}

/** Makes changes at the rate, and takes a sample at the beginning, in between, and at the end. */
async function runAtRate(
  { minutes, rate, editSeconds, sampleSeconds }: Options,
  churn: Churn,
  { take, onWarm }: { take: (minute: number) => Promise<void>; onWarm: () => Promise<void> },
  signal: AbortSignal,
): Promise<void> {
  const started = performance.now();
  const passed = (): number => performance.now() - started;
  const end = minutes * 60_000;
  let nextSample = 0;
  let nextEdit = editSeconds * 1000;
  let isWarm = false;
  for (let change = 0; passed() < end; change++) {
    if (passed() >= nextSample) {
      await take(passed() / 60_000);
      nextSample += sampleSeconds * 1000;
    }
    if (!isWarm && passed() >= end * WARM_UP) {
      isWarm = true;
      await onWarm();
    }
    if (passed() >= nextEdit) {
      await churn.editPolicy();
      nextEdit += editSeconds * 1000;
    }
    await churn.change(change);
    await sleep(Math.max(0, ((change + 1) * 1000) / rate - passed()), undefined, { signal });
  }
  await take(passed() / 60_000);
}

interface Sample {
  readonly minute: number;
  readonly webhook: Held;
  readonly controller: Held;
}

const inWords = ({ rssMib, heapMib, files }: Held): string =>
  `${rssMib.toFixed(1)} MiB resident, ${heapMib.toFixed(2)} MiB of heap, ${String(files)} files`;

/** How numbers went: `[after the warm-up, at the end]`, the most, and the slope of the line that fits best, an hour. */
function trendOf(samples: readonly (Held & { readonly minute: number })[]): object {
  const settled = samples.slice(Math.floor(samples.length * WARM_UP));
  const of = (field: keyof Held): object => {
    const points = settled.map((sample) => [sample.minute, sample[field]] as const);
    return {
      first: round(points[0]?.[1] ?? 0),
      last: round(points.at(-1)?.[1] ?? 0),
      most: round(Math.max(...points.map(([, value]) => value))),
      perHour: round(slopeOf(points) * 60),
    };
  };
  return { rssMib: of('rssMib'), heapMib: of('heapMib'), files: of('files') };
}

/** Least squares. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  const mean = (of: 0 | 1): number => points.reduce((sum, point) => sum + point[of], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const up = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  const along = points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
  return along === 0 ? 0 : up / along;
}

/** What happens to the clusters and policies. Clusters come with ever higher numbers; the lowest go. */
class Churn {
  readonly counts = { renewed: 0, heartbeats: 0, replaced: 0, drafted: 0, refused: 0, edited: 0 };
  readonly #client: KubeClient;
  readonly #spec: ClusterImportPolicySpec;
  readonly #replaced: number;
  readonly #signal: AbortSignal;
  #first = 0;
  #next: number;

  private constructor(
    client: KubeClient,
    spec: ClusterImportPolicySpec,
    { clusters, replaced }: Options,
    signal: AbortSignal,
  ) {
    this.#client = client;
    this.#spec = spec;
    this.#replaced = replaced;
    this.#signal = signal;
    this.#next = clusters;
  }

  /** Has the clusters imported. */
  static async begin(client: KubeClient, options: Options, signal: AbortSignal): Promise<Churn> {
    const [manifest] = await policyFile('cluster-api/policy.yaml');
    if (manifest === undefined) throw new Error('kustomize/policies/cluster-api is incomplete');
    const spec = manifest['spec'] as ClusterImportPolicySpec;
    await createFleet(client, options.clusters);
    await client.create(POLICIES, policy(POLICY, spec));
    const churn = new Churn(client, spec, options, signal);
    await churn.isSettled();
    return churn;
  }

  /** Of ten changes some replace a cluster, one is a policy that is not kept; the others renew a Secret, or are heartbeats. */
  async change(number: number): Promise<void> {
    const kind = number % 10;
    const index = this.#first + ((number * 7919) % (this.#next - this.#first));
    if (kind < this.#replaced) await this.#replace();
    else if (kind === 9) await (number % 20 === 9 ? this.#draft(number) : this.#refused(number));
    else if (kind % 2 === 0) {
      await rotate(this.#client, index, number + 1);
      this.counts.renewed++;
    } else {
      await beat(this.#client, index, number);
      this.counts.heartbeats++;
    }
  }

  /** Changes the text of the policy's template: that is copied into every lifecycle. */
  async editPolicy(): Promise<void> {
    const template = `${this.#spec.template}# edit ${String(++this.counts.edited)}\n`;
    await this.#client.patch(POLICIES, POLICY, undefined, { spec: { template } }, { type: 'merge' });
  }

  /** Waits until there is a PediaCluster for each cluster, and for nothing else. */
  async isSettled(): Promise<void> {
    const expected = Array.from(
      { length: this.#next - this.#first },
      (_, offset) => `${NAMESPACE}-${clusterName(this.#first + offset)}`,
    );
    const namesOf = (items: readonly StoredObject[]): string =>
      items
        .map(({ metadata }) => metadata.name)
        .sort()
        .join();
    await eventually(
      'all clusters to be imported',
      async () => {
        const found = await this.#client.get(POLICIES, POLICY);
        const { Ready: ready } = conditionsOf(found);
        if (ready !== 'True/Settled') throw new Error(`the policy is ${String(ready)}`);
        for (const type of [LIFECYCLES, PEDIA_CLUSTERS]) {
          const { items } = await this.#client.list(type, { metadataOnly: true });
          if (namesOf(items) !== expected.join()) throw new Error(`${String(items.length)} ${type.resource}`);
        }
      },
      { timeoutMs: 300_000, intervalMs: 500, signal: this.#signal },
    );
  }

  async #replace(): Promise<void> {
    const gone = clusterName(this.#first++);
    await this.#client.delete(CLUSTERS, gone, NAMESPACE);
    await this.#client.delete(SECRETS, `${gone}-kubeconfig`, NAMESPACE);
    await createFleet(this.#client, this.#next + 1, this.#next);
    this.#next++;
    this.counts.replaced++;
  }

  /** The webhook sees another text each time. */
  async #draft(number: number): Promise<void> {
    const template = `${this.#spec.template}# draft ${String(number)}\n`;
    const name = `draft-${String(number)}`;
    const spec = { ...this.#spec, nameTemplate: `${name}-{{ .source.metadata.name }}`, template };
    await this.#client.create(POLICIES, policy(name, spec), { dryRun: true });
    this.counts.drafted++;
  }

  async #refused(number: number): Promise<void> {
    const template = `spec:\n  apiserver: "{{ .source.metadata.name | b64decc${String(number)} }}"\n`;
    const broken = policy(`broken-${String(number)}`, { ...this.#spec, template });
    const isRefused = await this.#client.create(POLICIES, broken).then(() => false, isInvalid);
    if (!isRefused) throw new Error('a policy with a misspelt function was admitted');
    this.counts.refused++;
  }
}
