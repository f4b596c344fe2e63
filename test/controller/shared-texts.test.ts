import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { SharedCopies } from '../../controller/watches/shared-copies.ts';
import type { Condition, PediaClusterLifecycle } from '../../src/api/index.ts';
import { lifecycle } from '../reconcile/objects.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const CLUSTERS = 20_000;

const ready: Condition = {
  type: 'Ready',
  status: 'True',
  reason: 'UpToDate',
  message: 'the PediaCluster is as the template renders it',
  lastTransitionTime: '2024-01-01T00:00:00Z',
};
/** The longest of what is said of a PediaCluster. */
const reachable: Condition = {
  type: 'Reachable',
  status: 'False',
  reason: 'Unreachable',
  message: 'Clusterpedia does not reach the cluster; the status of the PediaCluster says why',
  lastTransitionTime: '2025-01-01T00:00:00Z',
};

/** Bytes of the heap that so many lifecycles take, read from the API server, for each of them. */
function bytesOfEach(conditions: readonly Condition[]): number {
  const { status, ...rest } = lifecycle();
  const text = JSON.stringify({ ...rest, status: { ...status, conditions } });
  const copies = new SharedCopies();
  const kept: PediaClusterLifecycle[] = [];
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let index = 0; index < CLUSTERS; index++) {
    // Each at another time: no cluster shares its own with another.
    const time = new Date(Date.UTC(2025, 0, 1) + index * 1000).toISOString().replace('.000', '');
    kept.push(copies.share(JSON.parse(text.replace('2025-01-01T00:00:00Z', time)) as PediaClusterLifecycle));
  }
  collectGarbage();
  return (process.memoryUsage().heapUsed - before) / kept.length;
}

it('whether Clusterpedia reaches a cluster takes at most 200 bytes of its lifecycle', () => {
  const without = bytesOfEach([ready]);
  expect(bytesOfEach([ready, reachable]) - without).toBeLessThanOrEqual(200);
});

it('a lifecycle reads as it was sent', () => {
  const sent = lifecycle();
  expect(new SharedCopies().share(structuredClone(sent))).toEqual(sent);
});
