/**
 * `npm run -s bench -- reconcile [--clusters N] [--secrets N] [--rotations N] [--idle-seconds N] [--concurrency N]`
 *
 * On a real API server: a bare client makes the writes that N clusters need; then the controller imports them, follows
 * rotations, sits through a storm of heartbeats and an idle minute, and is started again. One JSON line on standard
 * output; progress on standard error.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { ClusterImportPolicySpec } from '../../src/api/index.ts';
import { Kubectl } from '../../src/cli/control-plane/kubectl.ts';
import { freePort } from '../../src/cli/control-plane/ports.ts';
import type { ManagedProcess } from '../../src/cli/control-plane/processes.ts';
import type { KubeClient, ResourceType } from '../../src/kube/index.ts';
import type { World } from '../controller/world.ts';
import {
  LIFECYCLES,
  PEDIA_CLUSTERS,
  POLICIES,
  conditionsOf,
  eventually,
  installCrd,
  policy,
  policyFile,
  startWorld,
} from '../controller/world.ts';
import {
  beat,
  createFleet,
  createUnrelatedSecrets,
  clusterName,
  inParallel,
  kubeconfig,
  rotate,
} from './fleet.ts';

interface Options {
  readonly clusters: number;
  readonly secrets: number;
  readonly rotations: number;
  readonly beats: number;
  readonly idleSeconds: number;
  readonly concurrency: number;
}

const PRODUCT = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const BARE_CLIENT = fileURLToPath(new URL('./bare-client.ts', import.meta.url));
const IMPORT_TIMEOUT_MS = 600_000;
/** `getconf CLK_TCK`: on every Linux platform that Node runs on. */
const TICKS_PER_SECOND = 100;

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

/** Runs the benchmark. */
export default async function reconcileBench(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  const [manifest] = await policyFile('cluster-api/policy.yaml');
  const spec = (manifest as { spec?: ClusterImportPolicySpec } | undefined)?.spec;
  const [definition] = await policyFile('cluster-api/testdata/crds.yaml');
  if (spec === undefined || definition === undefined)
    throw new Error('kustomize/policies/cluster-api is incomplete');
  const world = await startWorld({ log: say });
  try {
    await installCrd(world.client, definition);
    say(`creating ${String(options.clusters)} clusters and ${String(options.secrets)} unrelated Secrets`);
    await createFleet(world.client, options.clusters);
    await createUnrelatedSecrets(world.client, options.secrets);
    process.stdout.write(`${JSON.stringify(await measure(world, spec, options))}\n`);
  } finally {
    await world.stop();
  }
}

function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      clusters: { type: 'string', default: '1000' },
      secrets: { type: 'string', default: '0' },
      rotations: { type: 'string', default: '200' },
      beats: { type: 'string', default: '2000' },
      'idle-seconds': { type: 'string', default: '60' },
      concurrency: { type: 'string', default: '8' },
    },
  });
  return {
    clusters: Number(values.clusters),
    secrets: Number(values.secrets),
    rotations: Number(values.rotations),
    beats: Number(values.beats),
    idleSeconds: Number(values['idle-seconds']),
    concurrency: Number(values.concurrency),
  };
}

async function measure(world: World, spec: ClusterImportPolicySpec, options: Options): Promise<object> {
  const { client } = world;
  say('bare client');
  const bareSeconds = await runBareClient(world, spec, options);
  await removeBareObjects(client, options.clusters);

  say('import');
  await client.create(POLICIES, policy('cluster-api', spec));
  const before = await writesSoFar(world);
  const started = performance.now();
  let controller = await startController(world, options);
  await imported(client, options.clusters);
  const seconds = (performance.now() - started) / 1000;
  const importWrites = difference(await writesSoFar(world), before);
  const cpuSeconds = await cpuOf(controller.process.pid);

  say('rotations');
  const cpuBeforeRotations = await cpuOf(controller.process.pid);
  const rotation = await measureRotations(client, options);
  const cpuPerRotation = (await cpuOf(controller.process.pid)) - cpuBeforeRotations;

  say('storm');
  const beforeStorm = await writesSoFar(world);
  const cpuBeforeStorm = await cpuOf(controller.process.pid);
  await inParallel(options.beats, 16, (index) => beat(client, index % options.clusters, index));
  await settled(controller.probes);
  const stormWrites = total(difference(await writesSoFar(world), beforeStorm));
  const cpuPerBeat = (await cpuOf(controller.process.pid)) - cpuBeforeStorm;

  say(`idle for ${String(options.idleSeconds)} s`);
  const beforeIdle = await writesSoFar(world);
  await new Promise((resolve) => setTimeout(resolve, options.idleSeconds * 1000));
  const idleWrites = total(difference(await writesSoFar(world), beforeIdle));
  const peakRssMb = await peakRssOf(controller.process.pid);

  say('restart');
  const beforeRestart = await writesSoFar(world);
  await controller.process.stop();
  const restarted = performance.now();
  controller = await startController(world, options);
  await settled(controller.probes, options.clusters);
  const restartSeconds = (performance.now() - restarted) / 1000;
  const restartWrites = total(difference(await writesSoFar(world), beforeRestart));
  const restartPeakRssMb = await peakRssOf(controller.process.pid);
  await controller.process.stop();
  return {
    bench: 'reconcile',
    clusters: options.clusters,
    unrelatedSecrets: options.secrets,
    concurrency: options.concurrency,
    seconds: round(seconds),
    bareSeconds: round(bareSeconds),
    ratio: round(seconds / bareSeconds),
    writes: importWrites,
    writesPerCluster: Object.fromEntries(
      Object.entries(importWrites).map(([kind, count]) => [kind, round(count / options.clusters, 3)]),
    ),
    rotationP50Ms: rotation.p50,
    rotationP99Ms: rotation.p99,
    cpuMsPerRotation: round((cpuPerRotation * 1000) / options.rotations),
    stormWrites,
    cpuMsPerHeartbeat: round((cpuPerBeat * 1000) / options.beats),
    idleWrites,
    restartSeconds: round(restartSeconds),
    restartWrites,
    cpuSeconds: round(cpuSeconds),
    peakRssMb: round(peakRssMb, 1),
    restartPeakRssMb: round(restartPeakRssMb, 1),
  };
}

async function runBareClient(
  { controlPlane }: World,
  spec: ClusterImportPolicySpec,
  options: Options,
): Promise<number> {
  const started = performance.now();
  const child = await controlPlane.processes.spawn('bare-client', process.execPath, [
    BARE_CLIENT,
    controlPlane.kubeconfigPath,
    String(options.clusters),
    String(options.concurrency),
    spec.template,
  ]);
  const { code } = await child.exited;
  if (code !== 0) throw new Error(`the bare client failed: ${child.output()}`);
  return (performance.now() - started) / 1000;
}

/** The controller must not find them: they are no policy's. */
async function removeBareObjects(client: KubeClient, clusters: number): Promise<void> {
  await inParallel(clusters, 16, async (index) => {
    await client.delete(PEDIA_CLUSTERS, `bare-${String(index)}`, undefined);
    await client.delete(LIFECYCLES, `bare-${String(index)}`, undefined);
  });
}

interface Running {
  readonly process: ManagedProcess;
  /** Address of the probes' server. */
  readonly probes: string;
}

async function startController({ controlPlane }: World, { concurrency }: Options): Promise<Running> {
  const port = await freePort();
  const file = join(controlPlane.processes.dir, 'controller.json');
  await writeFile(
    file,
    JSON.stringify({
      kubeconfig: controlPlane.kubeconfigPath,
      logLevel: 'warn',
      controller: { concurrency, probes: { address: '127.0.0.1', port }, leaderElection: { enabled: false } },
    }),
  );
  const child = await controlPlane.processes.spawn('controller', process.execPath, [
    PRODUCT,
    'controller',
    `--config=${file}`,
  ]);
  return { process: child, probes: `http://127.0.0.1:${String(port)}` };
}

/** Waits until the policy says that all is imported, and checks that it is. */
async function imported(client: KubeClient, clusters: number): Promise<void> {
  await eventually(
    'all clusters to be imported',
    async () => {
      const found = await client.get(POLICIES, 'cluster-api');
      const { pediaClusters } = (found['status'] ?? {}) as { pediaClusters?: number };
      if (pediaClusters !== clusters || conditionsOf(found)['Ready'] !== 'True/Settled') {
        throw new Error(`${String(pediaClusters ?? 0)} of ${String(clusters)} are`);
      }
    },
    { timeoutMs: IMPORT_TIMEOUT_MS, intervalMs: 50 },
  );
  let ready = 0;
  for await (const lifecycle of client.listAll(LIFECYCLES)) {
    if (conditionsOf(lifecycle)['Ready'] === 'True/UpToDate') ready++;
  }
  let present = 0;
  for await (const { metadata } of client.listAll(PEDIA_CLUSTERS, { metadataOnly: true }))
    if (metadata.name) present++;
  if (ready !== clusters || present !== clusters) {
    throw new Error(
      `the policy is ready, but ${String(ready)} lifecycles and ${String(present)} PediaClusters are`,
    );
  }
}

/** Waits until the controller has looked at everything and has nothing left to do. */
async function settled(probes: string, reconciliations = 1): Promise<void> {
  let before = -1;
  await eventually(
    'the controller to settle',
    async () => {
      const samples = parseMetrics(await (await fetch(`${probes}/metrics`)).text());
      const sum = (name: string, filter = ''): number =>
        samples
          .filter((sample) => sample.name === name && sample.labels.includes(filter))
          .reduce((all, { value }) => all + value, 0);
      const depth = sum('workqueue_depth') + sum('controller_runtime_active_workers');
      const done = sum('controller_runtime_reconcile_total', 'controller="lifecycle"');
      const quiet = depth === 0 && done >= reconciliations && done === before;
      before = done;
      if (!quiet)
        throw new Error(`${String(depth)} keys are left, ${String(done)} lifecycles were reconciled`);
    },
    { timeoutMs: IMPORT_TIMEOUT_MS, intervalMs: 100 },
  );
}

/** From the API server's acknowledgement of a new Secret to the news of the PediaCluster that carries it. */
async function measureRotations(
  client: KubeClient,
  { clusters, rotations }: Options,
): Promise<{ p50: number; p99: number }> {
  const arrivals = new Map<string, () => void>();
  const { metadata } = await client.list(PEDIA_CLUSTERS, { limit: 1, metadataOnly: true });
  const stream = await client.watch(PEDIA_CLUSTERS, {
    resourceVersion: metadata.resourceVersion,
    timeoutSeconds: 600,
  });
  const following = (async () => {
    for await (const events of stream) {
      for (const event of events) {
        if (event.type === 'BOOKMARK') continue;
        const value = (event.object['spec'] as { kubeconfig?: string }).kubeconfig ?? '';
        arrivals.get(value)?.();
      }
    }
  })();
  const latencies: number[] = [];
  for (let turn = 0; turn < rotations; turn++) {
    const index = (turn * 7919) % clusters;
    const arrived = new Promise<void>((resolve) => arrivals.set(kubeconfig(index, turn + 1), resolve));
    const asked = performance.now();
    await rotate(client, index, turn + 1);
    const acknowledged = performance.now();
    await arrived;
    latencies.push(performance.now() - acknowledged);
    if (turn === 0)
      say(`first rotation of ${clusterName(index)}: ${round(performance.now() - asked).toString()} ms`);
  }
  await stream.close();
  await following.catch(() => undefined);
  latencies.sort((one, other) => one - other);
  const at = (share: number): number =>
    round(latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0);
  return { p50: at(0.5), p99: at(0.99) };
}

type Counts = { readonly [kind: string]: number };

const WRITE_VERBS = new Set(['POST', 'PUT', 'PATCH', 'APPLY', 'DELETE']);
/** What a write costs is counted by the API server itself, for what the controller may write. */
const COUNTED: readonly (readonly [Pick<ResourceType, 'group' | 'resource'>, string])[] = [
  [LIFECYCLES, ''],
  [LIFECYCLES, 'status'],
  [PEDIA_CLUSTERS, ''],
  [PEDIA_CLUSTERS, 'status'],
  [POLICIES, ''],
  [POLICIES, 'status'],
  [{ group: 'events.k8s.io', resource: 'events' }, ''],
];

async function writesSoFar({ controlPlane }: World): Promise<Counts> {
  const { assets, kubeconfigPath, processes } = controlPlane;
  const kubectl = new Kubectl(assets, kubeconfigPath, processes.dir);
  const samples = parseMetrics(await kubectl.run(['get', '--raw', '/metrics']));
  const counts: { [kind: string]: number } = {};
  for (const [{ group, resource }, subresource] of COUNTED) {
    const kind = subresource === '' ? resource : `${resource}/${subresource}`;
    counts[kind] = samples
      .filter(({ name }) => name === 'apiserver_request_total')
      .filter(({ labels }) => WRITE_VERBS.has(labelOf(labels, 'verb')))
      .filter(({ labels }) => labelOf(labels, 'group') === group && labelOf(labels, 'resource') === resource)
      .filter(({ labels }) => labelOf(labels, 'subresource') === subresource)
      .reduce((sum, { value }) => sum + value, 0);
  }
  return counts;
}

const difference = (after: Counts, before: Counts): Counts =>
  Object.fromEntries(
    Object.entries(after)
      .map(([kind, count]): [string, number] => [kind, count - (before[kind] ?? 0)])
      .filter(([, count]) => count !== 0),
  );

const total = (counts: Counts): number => Object.values(counts).reduce((sum, count) => sum + count, 0);

interface Sample {
  readonly name: string;
  readonly labels: string;
  readonly value: number;
}

/** Prometheus' text format, as far as it is needed. */
function parseMetrics(text: string): readonly Sample[] {
  return text.split('\n').flatMap((line): Sample[] => {
    const match = /^([a-zA-Z_:]+)(?:\{(.*)\})? ([^ ]+)$/.exec(line);
    return match === null ? [] : [{ name: match[1] ?? '', labels: match[2] ?? '', value: Number(match[3]) }];
  });
}

const labelOf = (labels: string, name: string): string =>
  new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? '';

/** User and system time of a process, in seconds. */
async function cpuOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

async function peakRssOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
}
