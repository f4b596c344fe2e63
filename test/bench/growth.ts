/**
 * `npm run -s bench -- growth [--from N] [--to N] [--events N] [--concurrency N]`
 *
 * What one event costs the controller, in CPU time, with few clusters and with many: a rotation, which ends in a write,
 * and a heartbeat on fields that no template reads. On a real API server; one JSON line on standard output.
 */
import { parseArgs } from 'node:util';
import type { ClusterImportPolicySpec } from '../../src/api/index.ts';
import type { KubeClient } from '../../src/kube/index.ts';
import { POLICIES, installCrd, policy, policyFile, startWorld } from '../controller/world.ts';
import type { Running } from './controller-process.ts';
import {
  assertImported,
  buildProduct,
  cpuOf,
  imported,
  measureRotations,
  round,
  say,
  settled,
  startController,
} from './controller-process.ts';
import { beat, createFleet, inParallel } from './fleet.ts';

/** Events before those that are measured, for the code to be compiled. */
const WARM_UP = 300;

/** CPU milliseconds of one event. */
interface Cost {
  readonly rotation: number;
  readonly heartbeat: number;
}

/** Runs the benchmark. */
export default async function growthBench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      from: { type: 'string', default: '500' },
      to: { type: 'string', default: '5000' },
      events: { type: 'string', default: '1000' },
      concurrency: { type: 'string', default: '8' },
    },
  });
  const [from, to, events] = [Number(values.from), Number(values.to), Number(values.events)];
  const [manifest] = await policyFile('cluster-api/policy.yaml');
  const [definition] = await policyFile('cluster-api/testdata/crds.yaml');
  if (manifest === undefined || definition === undefined)
    throw new Error('kustomize/policies/cluster-api is incomplete');
  await buildProduct();
  const world = await startWorld({ log: say });
  try {
    const { client } = world;
    await installCrd(client, definition);
    await client.create(POLICIES, policy('cluster-api', manifest['spec'] as ClusterImportPolicySpec));
    const controller = await startController(world, Number(values.concurrency));
    const few = await costAt(client, controller, 0, from, events);
    const many = await costAt(client, controller, from, to, events);
    await controller.process.stop();
    const line = {
      bench: 'growth',
      events,
      clusters: [from, to],
      cpuMsPerRotation: [few.rotation, many.rotation],
      cpuMsPerHeartbeat: [few.heartbeat, many.heartbeat],
      rotationRatio: round(many.rotation / few.rotation),
      heartbeatRatio: round(many.heartbeat / few.heartbeat),
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  } finally {
    await world.stop();
  }
}

/** Brings the fleet to a size, waits until all is imported, and measures. */
async function costAt(
  client: KubeClient,
  { process: { pid }, probes }: Running,
  before: number,
  clusters: number,
  events: number,
): Promise<Cost> {
  say(`growing from ${String(before)} to ${String(clusters)} clusters`);
  await createFleet(client, clusters, before);
  await imported(client, clusters);
  await assertImported(client, clusters);
  await settled(probes);
  const generation = before * 1_000_000;
  await measureRotations(client, clusters, WARM_UP, generation);
  await heartbeats(client, probes, clusters, WARM_UP, generation);
  say('measuring');
  const started = await cpuOf(pid);
  await measureRotations(client, clusters, events, generation + WARM_UP);
  await settled(probes);
  const rotated = await cpuOf(pid);
  await heartbeats(client, probes, clusters, events, generation + WARM_UP);
  const beaten = await cpuOf(pid);
  return {
    rotation: round(((rotated - started) * 1000) / events),
    heartbeat: round(((beaten - rotated) * 1000) / events),
  };
}

async function heartbeats(
  client: KubeClient,
  probes: string,
  clusters: number,
  count: number,
  first: number,
): Promise<void> {
  await inParallel(count, 16, (index) => beat(client, index % clusters, first + index));
  await settled(probes);
}
