/**
 * `npm run -s bench -- reconcile [--clusters N] [--secrets N] [--rotations N] [--idle-seconds N] [--concurrency N]
 * [--rounds N]`
 *
 * On a real API server: the controller imports one cluster, to see what it writes; then it and a bare client that makes
 * the same writes take turns with all N. Each turn has an API server that has just been started: with every object that was
 * made and removed its heap grows, to gigabytes, and a turn would take as long as there are collections of that in it.
 * `ratio` is the median of the imports' ratios to the mean of the bare client's turns before and after, for others use the
 * machine as well; `cpuRatio` is that of the processor time of client, API server and etcd together, which is what an
 * import takes longer for where the processors are full. A last controller follows rotations, sits through a storm of
 * heartbeats and an idle minute, and is started again. One JSON line on standard output; progress on standard error.
 *
 * With `--rounds 0`, as is taken for more than 1,000 clusters where nothing is said, the bare client has no turn: all is
 * imported once, the controller started again, and `import` and `restart` tell what memory that took.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { ClusterImportPolicySpec } from '../../src/api/index.ts';
import { Kubectl } from '../../src/control-plane/kubectl.ts';
import { kubernetesVersion } from '../../src/control-plane/versions.ts';
import type { KubeClient, ResourceType } from '../../src/kube/index.ts';
import type { World } from '../controller/world.ts';
import {
  LIFECYCLES,
  PEDIA_CLUSTERS,
  POLICIES,
  eventually,
  installCrd,
  policy,
  policyFile,
  startWorld,
} from '../controller/world.ts';
import type { Memory, Running } from './controller-process.ts';
import {
  assertImported,
  buildProduct,
  cpuOf,
  cpuOfChildren,
  imported,
  measureRotations,
  memoryOf,
  parseMetrics,
  peakRssOf,
  round,
  say,
  settled,
  startController,
} from './controller-process.ts';
import type { Writes } from './bare-client.ts';
import { CLUSTERS, beat, clusterName, createFleet, createUnrelatedSecrets, inParallel } from './fleet.ts';

interface Options {
  readonly clusters: number;
  readonly secrets: number;
  readonly rotations: number;
  readonly beats: number;
  readonly idleSeconds: number;
  readonly rounds: number;
  readonly concurrency: number;
}

/** Importing more in turns with the bare client takes longer than anybody waits. */
const MOST_BESIDE_BARE_CLIENT = 1_000;

const POLICY = 'cluster-api';
/** As the policy's `nameTemplate` has it. */
const importedName = (index: number): string => `default-${clusterName(index)}`;

const BARE_CLIENT = fileURLToPath(new URL('./bare-client.ts', import.meta.url));

/** Runs the benchmark. */
export default async function reconcileBench(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  const [manifest] = await policyFile('cluster-api/policy.yaml');
  const spec = (manifest as { spec?: ClusterImportPolicySpec } | undefined)?.spec;
  const [definition] = await policyFile('cluster-api/testdata/crds.yaml');
  if (spec === undefined || definition === undefined)
    throw new Error('kustomize/policies/cluster-api is incomplete');
  await buildProduct();
  const world = await startWorld({ log: say });
  try {
    await installCrd(world.client, definition);
    const { writes, memory } = await rehearse(world, spec, options);
    say(`creating ${String(options.clusters)} clusters and ${String(options.secrets)} unrelated Secrets`);
    await createFleet(world.client, options.clusters, 1);
    await createUnrelatedSecrets(world.client, options.secrets);
    const kubernetes = await kubernetesVersion(world.controlPlane.assets);
    const measured =
      options.rounds === 0
        ? await measureMemory(world, spec, memory, options)
        : await measure(world, spec, writes, options);
    process.stdout.write(`${JSON.stringify({ kubernetes, ...measured })}\n`);
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
      rounds: { type: 'string' },
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
    rounds: Number(values.rounds ?? (Number(values.clusters) > MOST_BESIDE_BARE_CLIENT ? 0 : 7)),
    concurrency: Number(values.concurrency),
  };
}

/** Imports one cluster, to see what the controller writes for it, and needs. Leaves the cluster, and nothing else. */
async function rehearse(
  world: World,
  spec: ClusterImportPolicySpec,
  options: Options,
): Promise<{ readonly writes: Writes; readonly memory: Memory }> {
  const { client } = world;
  say('rehearsal with one cluster');
  await createFleet(client, 1);
  const { controller } = await runImport(world, spec, { ...options, clusters: 1 });
  const writes = {
    lifecycle: await client.get(LIFECYCLES, importedName(0)),
    pediaCluster: await client.get(PEDIA_CLUSTERS, importedName(0)),
  };
  const memory = await memoryOf(controller);
  await undoImport(client, controller, 1);
  return { writes, memory };
}

/** Ends a controller and removes all that it has made, the policy included. */
async function undoImport(client: KubeClient, controller: Running, clusters: number): Promise<void> {
  await controller.process.stop();
  await remove(client, POLICIES, POLICY);
  await removeImported(client, clusters);
}

/** Starts the API server anew, and waits until it serves all that is asked for and has nothing to do. */
async function startAnew({ client, controlPlane }: World): Promise<void> {
  await controlPlane.restartApiServer();
  await eventually('all kinds to be served', async () => {
    for (const type of [POLICIES, LIFECYCLES, PEDIA_CLUSTERS, CLUSTERS])
      await client.list(type, { limit: 1 });
  });
  let before = -Infinity;
  await eventually(
    'the control plane to come to rest',
    async () => {
      const now = await cpuOfChildren();
      const used = now - before;
      before = now;
      if (used > 0.05) throw new Error(`it used a processor for ${used.toFixed(2)} s within a second`);
    },
    { timeoutMs: 60_000, intervalMs: 1_000 },
  );
}

/** What making all clusters took. */
interface Cost {
  readonly seconds: number;
  /** Of the processors, by the client, the API server and etcd. */
  readonly allCpuSeconds: number;
}

interface Import extends Cost {
  readonly controller: Running;
  readonly cpuSeconds: number;
  readonly writes: Counts;
}

/** Has a new controller import all clusters. It goes on running. */
async function runImport(
  world: World,
  spec: ClusterImportPolicySpec,
  options: Pick<Options, 'clusters' | 'concurrency'>,
): Promise<Import> {
  const { client } = world;
  await client.create(POLICIES, policy(POLICY, spec));
  const before = await writesSoFar(world);
  const { result: controller, ...cost } = await costOf(async () => {
    const running = await startController(world, options.concurrency);
    await imported(client, options.clusters);
    return running;
  });
  const writes = difference(await writesSoFar(world), before);
  const cpuSeconds = await cpuOf(controller.process.pid);
  await assertImported(client, options.clusters);
  return { controller, ...cost, cpuSeconds, writes };
}

async function costOf<T>(work: () => Promise<T>): Promise<Cost & { readonly result: T }> {
  const cpuBefore = await cpuOfChildren();
  const started = performance.now();
  const result = await work();
  const seconds = (performance.now() - started) / 1000;
  return { result, seconds, allCpuSeconds: (await cpuOfChildren()) - cpuBefore };
}

/** An import, and what the bare client took right before and right after it, in the mean. */
interface Round {
  readonly imported: Cost;
  readonly bare: Cost;
}

async function runRounds(
  world: World,
  spec: ClusterImportPolicySpec,
  writes: Writes,
  options: Options,
): Promise<readonly Round[]> {
  const measureImport = async (): Promise<Cost> => {
    await startAnew(world);
    const imported = await runImport(world, spec, options);
    await undoImport(world.client, imported.controller, options.clusters);
    return imported;
  };
  const measureBare = async (): Promise<Cost> => {
    await startAnew(world);
    const cost = await costOf(() => runBareClient(world, writes, options));
    await removeImported(world.client, options.clusters);
    return cost;
  };
  say('warm-up');
  await measureImport();
  const rounds: Round[] = [];
  let before = await measureBare();
  while (rounds.length < options.rounds) {
    const imported = await measureImport();
    const after = await measureBare();
    const bare = meanOf(before, after);
    say(`import ${inWords(imported)}, bare client ${inWords(bare)}`);
    rounds.push({ imported, bare });
    before = after;
  }
  return rounds;
}

const meanOf = (one: Cost, other: Cost): Cost => ({
  seconds: (one.seconds + other.seconds) / 2,
  allCpuSeconds: (one.allCpuSeconds + other.allCpuSeconds) / 2,
});

const inWords = ({ seconds, allCpuSeconds }: Cost): string =>
  `${seconds.toFixed(2)} s (${allCpuSeconds.toFixed(2)} s of the processors)`;

/** @param ofOne what the controller needs for one cluster */
async function measureMemory(
  world: World,
  spec: ClusterImportPolicySpec,
  ofOne: Memory,
  { clusters, secrets, concurrency, idleSeconds }: Options,
): Promise<object> {
  const rest = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, idleSeconds * 1000));
  const inKilobytes = ({ heap }: Memory): number => round(((heap - ofOne.heap) * 1024) / (clusters - 1), 1);
  await startAnew(world);
  say('import');
  const { controller, seconds, cpuSeconds } = await runImport(world, spec, { clusters, concurrency });
  await settled(controller.probes);
  await rest();
  const afterImport = await memoryOf(controller);
  await controller.process.stop();
  say('restart');
  const restarted = performance.now();
  const again = await startController(world, concurrency);
  await settled(again.probes, clusters);
  const restartSeconds = (performance.now() - restarted) / 1000;
  await rest();
  const afterRestart = await memoryOf(again);
  await again.process.stop();
  return {
    bench: 'reconcile',
    clusters,
    unrelatedSecrets: secrets,
    concurrency,
    one: ofOne,
    import: {
      seconds: round(seconds),
      cpuSeconds: round(cpuSeconds),
      ...afterImport,
      heapKbPerCluster: inKilobytes(afterImport),
    },
    restart: { seconds: round(restartSeconds), ...afterRestart, heapKbPerCluster: inKilobytes(afterRestart) },
  };
}

async function measure(
  world: World,
  spec: ClusterImportPolicySpec,
  writes: Writes,
  options: Options,
): Promise<object> {
  const { client } = world;
  const rounds = await runRounds(world, spec, writes, options);
  const ratios = (cost: keyof Cost): number[] =>
    rounds.map(({ bare, imported }) => round(imported[cost] / bare[cost]));
  await startAnew(world);
  const last = await runImport(world, spec, options);
  let { controller } = last;

  say('rotations');
  const cpuBeforeRotations = await cpuOf(controller.process.pid);
  const rotation = await measureRotations(client, options.clusters, options.rotations);
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
  controller = await startController(world, options.concurrency);
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
    seconds: round(Math.min(...rounds.map(({ imported }) => imported.seconds))),
    bareSeconds: round(Math.min(...rounds.map(({ bare }) => bare.seconds))),
    ratio: median(ratios('seconds')),
    ratios: ratios('seconds'),
    cpuRatio: median(ratios('allCpuSeconds')),
    cpuRatios: ratios('allCpuSeconds'),
    writes: last.writes,
    writesPerCluster: Object.fromEntries(
      Object.entries(last.writes).map(([kind, count]) => [kind, round(count / options.clusters, 3)]),
    ),
    rotationP50Ms: rotation.p50,
    rotationP99Ms: rotation.p99,
    cpuMsPerRotation: round((cpuPerRotation * 1000) / options.rotations),
    stormWrites,
    cpuMsPerHeartbeat: round((cpuPerBeat * 1000) / options.beats),
    idleWrites,
    restartSeconds: round(restartSeconds),
    restartWrites,
    cpuSeconds: round(last.cpuSeconds),
    peakRssMb: round(peakRssMb, 1),
    restartPeakRssMb: round(restartPeakRssMb, 1),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = NaN, high = NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return round((low + high) / 2);
}

async function runBareClient({ controlPlane }: World, writes: Writes, options: Options): Promise<void> {
  const { processes, kubeconfigPath } = controlPlane;
  const file = join(processes.dir, 'writes.json');
  await writeFile(file, JSON.stringify(writes));
  const child = await processes.spawn('bare-client', process.execPath, [
    BARE_CLIENT,
    kubeconfigPath,
    String(options.clusters),
    String(options.concurrency),
    file,
  ]);
  const { code } = await child.exited;
  if (code !== 0) throw new Error(`the bare client failed: ${child.output()}`);
}

/** The controller must not find them: they are to be made anew. */
async function removeImported(client: KubeClient, clusters: number): Promise<void> {
  await inParallel(clusters, 16, async (index) => {
    await remove(client, PEDIA_CLUSTERS, importedName(index));
    await remove(client, LIFECYCLES, importedName(index));
  });
}

/** Removes an object whose controller does not run. */
async function remove(client: KubeClient, type: ResourceType, name: string): Promise<void> {
  await client.patch(type, name, undefined, { metadata: { finalizers: null } }, { type: 'merge' });
  await client.delete(type, name, undefined);
}

type Counts = { readonly [kind: string]: number };

const writeVerbs = new Set(['POST', 'PUT', 'PATCH', 'APPLY', 'DELETE']);
/** What a write costs is counted by the API server itself, for what the controller may write. */
const counted: readonly (readonly [Pick<ResourceType, 'group' | 'resource'>, string])[] = [
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
  for (const [{ group, resource }, subresource] of counted) {
    const kind = subresource === '' ? resource : `${resource}/${subresource}`;
    counts[kind] = samples
      .filter(({ name }) => name === 'apiserver_request_total')
      .filter(({ labels }) => writeVerbs.has(labelOf(labels, 'verb')))
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

const labelOf = (labels: string, name: string): string =>
  new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? '';
