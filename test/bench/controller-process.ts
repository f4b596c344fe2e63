/** The controller as a process of its own, under measurement. */
import { execFile } from 'node:child_process';
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { freePort } from '../../src/control-plane/ports.ts';
import type { ManagedProcess } from '../../src/control-plane/processes.ts';
import type { KubeClient, StoredObject } from '../../src/kube/index.ts';
import type { World } from '../controller/world.ts';
import { LIFECYCLES, PEDIA_CLUSTERS, POLICIES, conditionsOf, eventually } from '../controller/world.ts';
import { kubeconfig, rotate } from './fleet.ts';

const PRODUCT = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const BUILD = fileURLToPath(new URL('../../.ci/build.ts', import.meta.url));
const DEPLOYMENT = fileURLToPath(new URL('../../kustomize/base/controller/deployment.yaml', import.meta.url));
/**
 * Loaded into the controller before its own code: on SIGUSR2 it collects all garbage and writes what is left of the heap, in
 * bytes, to the file that HEAP_PROBE names. It is JavaScript, since compiling TypeScript takes 12 MiB of memory.
 */
const HEAP_PROBE = `data:text/javascript,${encodeURIComponent(`
  import { writeFileSync } from 'node:fs';
  process.on('SIGUSR2', () => {
    gc();
    writeFileSync(process.env['HEAP_PROBE'], String(process.memoryUsage().heapUsed));
  });
`)}`;
const IMPORT_TIMEOUT_MS = 600_000;
/** `getconf CLK_TCK`: on every Linux platform that Node runs on. */
const TICKS_PER_SECOND = 100;

export const say = (text: string): void => void process.stderr.write(`${text}\n`);
export const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

export interface Running {
  readonly process: ManagedProcess;
  /** Address of the probes' server. */
  readonly probes: string;
  /** The file that the heap's size is written to. */
  readonly heapFile: string;
}

/** The environment of the deployed controller, as far as Node.js and the C library read it. */
async function deployedEnvironment(): Promise<Readonly<Record<string, string>>> {
  const deployment = parse(await readFile(DEPLOYMENT, 'utf8')) as {
    spec: { template: { spec: { containers: { env: { name: string; value?: string }[] }[] } } };
  };
  const [container] = deployment.spec.template.spec.containers;
  return Object.fromEntries(
    (container?.env ?? []).flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])),
  );
}

/** The heap of the deployed controller, as arguments, for a process that is not given the deployment's environment. */
export async function deployedHeap(): Promise<readonly string[]> {
  const { NODE_OPTIONS = '' } = await deployedEnvironment();
  return NODE_OPTIONS.split(' ').filter((option) => option !== '');
}

/** Compiles the product: what is measured is what is shipped. */
export async function buildProduct(): Promise<void> {
  await promisify(execFile)(process.execPath, [BUILD]);
}

/** @param concurrency of the controller */
export async function startController({ controlPlane }: World, concurrency: number): Promise<Running> {
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
  const heapFile = join(controlPlane.processes.dir, 'heap');
  const child = await controlPlane.processes.spawn(
    'controller',
    process.execPath,
    ['--expose-gc', '--import', HEAP_PROBE, PRODUCT, 'controller', `--config=${file}`],
    // As in the image, where there is no folder for compiled code.
    { env: { ...(await deployedEnvironment()), NODE_DISABLE_COMPILE_CACHE: '1', HEAP_PROBE: heapFile } },
  );
  return { process: child, probes: `http://127.0.0.1:${String(port)}`, heapFile };
}

/**
 * Waits until the policy says that all is imported: its status is written after all others. By a watch, for asking again
 * and again would take from the processors that are measured.
 */
export async function imported(client: KubeClient, clusters: number): Promise<void> {
  const { metadata } = await client.list(POLICIES, { limit: 1 });
  const stream = await client.watch(POLICIES, {
    resourceVersion: metadata.resourceVersion,
    timeoutSeconds: IMPORT_TIMEOUT_MS / 1000,
  });
  try {
    if (saysImported(await client.get(POLICIES, 'cluster-api'), clusters)) return;
    for await (const events of stream) {
      if (events.some((event) => event.type !== 'BOOKMARK' && saysImported(event.object, clusters))) return;
    }
  } finally {
    await stream.close();
  }
  throw new Error('not all clusters were imported in time');
}

function saysImported(policy: StoredObject, clusters: number): boolean {
  const { pediaClusters } = (policy['status'] ?? {}) as { pediaClusters?: number };
  return pediaClusters === clusters && conditionsOf(policy)['Ready'] === 'True/Settled';
}

/** Checks that what the policy says is so. */
export async function assertImported(client: KubeClient, clusters: number): Promise<void> {
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
export async function settled(probes: string, reconciliations = 1): Promise<void> {
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

/**
 * From the API server's acknowledgement of a new Secret to the news of the PediaCluster that carries it, one after the
 * other; milliseconds.
 *
 * @param generation of the credentials that are there
 */
export async function measureRotations(
  client: KubeClient,
  clusters: number,
  rotations: number,
  generation = 0,
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
    const arrived = new Promise<void>((resolve) =>
      arrivals.set(kubeconfig(index, generation + turn + 1), resolve),
    );
    await rotate(client, index, generation + turn + 1);
    const acknowledged = performance.now();
    await arrived;
    latencies.push(performance.now() - acknowledged);
  }
  await stream.close();
  await following.catch(() => undefined);
  latencies.sort((one, other) => one - other);
  const at = (share: number): number =>
    round(latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0);
  return { p50: at(0.5), p99: at(0.99) };
}

export interface Sample {
  readonly name: string;
  readonly labels: string;
  readonly value: number;
}

/** Prometheus' text format, as far as it is needed. */
export function parseMetrics(text: string): readonly Sample[] {
  return text.split('\n').flatMap((line): Sample[] => {
    const match = /^([a-zA-Z_:]+)(?:\{(.*)\})? ([^ ]+)$/.exec(line);
    return match === null ? [] : [{ name: match[1] ?? '', labels: match[2] ?? '', value: Number(match[3]) }];
  });
}

/**
 * Fields of `/proc/PID/stat`, from the third on: the parent's id in 1, the process's user and system time in ticks in 11 and
 * 12, those of its children that have ended in 13 and 14 (proc(5)).
 */
async function statOf(pid: number): Promise<readonly string[]> {
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** User time in the field, and system time in the one after it. */
const secondsIn = (fields: readonly string[], user: 11 | 13): number =>
  (Number(fields[user]) + Number(fields[user + 1])) / TICKS_PER_SECOND;

/** User and system time of a process, in seconds. */
export async function cpuOf(pid: number): Promise<number> {
  return secondsIn(await statOf(pid), 11);
}

/**
 * User and system time of the processes that this one has started, in seconds: those that run (API server, etcd, controller)
 * and those that have ended.
 */
export async function cpuOfChildren(): Promise<number> {
  let seconds = secondsIn(await statOf(process.pid), 13);
  for (const name of await readdir('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    // It may have ended since.
    const fields = await statOf(pid).catch((): readonly string[] => []);
    if (Number(fields[1]) === process.pid) seconds += secondsIn(fields, 11);
  }
  return seconds;
}

/** Most resident memory that a process has had, in MiB. */
export const peakRssOf = (pid: number): Promise<number> => statusOf(pid, 'VmHWM');

/** Memory of a process, in MiB, by the field of `/proc/PID/status` (proc(5)). */
async function statusOf(pid: number, field: 'VmHWM' | 'VmRSS' | 'RssFile'): Promise<number> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0) / 1024;
}

/** Memory of a controller, in MiB. */
export interface Memory {
  readonly peakRss: number;
  readonly restRss: number;
  /** Of that, pages of Node.js' own program and libraries, which the kernel can drop and which processes share. */
  readonly restRssOfFiles: number;
  /** What the heap holds that is in use. */
  readonly heap: number;
}

/** Measures a controller that is at rest. Collects its garbage, after all else was read. */
export async function memoryOf({ process: controller, heapFile }: Running): Promise<Memory> {
  const [peakRss, restRss, restRssOfFiles] = await Promise.all([
    statusOf(controller.pid, 'VmHWM'),
    statusOf(controller.pid, 'VmRSS'),
    statusOf(controller.pid, 'RssFile'),
  ]);
  await rm(heapFile, { force: true });
  controller.kill('SIGUSR2');
  const heap = await eventually('the controller to tell the size of its heap', async () => {
    const text = await readFile(heapFile, 'utf8');
    if (text === '') throw new Error('it is being written');
    return Number(text) / 2 ** 20;
  });
  return {
    peakRss: round(peakRss, 1),
    restRss: round(restRss, 1),
    restRssOfFiles: round(restRssOfFiles, 1),
    heap,
  };
}
