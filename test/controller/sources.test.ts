import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../../config/index.ts';
import { ControllerMetrics } from '../../controller/metrics.ts';
import { ActivePolicy } from '../../controller/policy/active-policy.ts';
import { Reports } from '../../controller/writes/reports.ts';
import { SourceReconciler } from '../../controller/source/sources.ts';
import { ControllerState } from '../../controller/state.ts';
import { CrdWatch } from '../../controller/watches/crds.ts';
import { OwnObjects } from '../../controller/watches/own-objects.ts';
import type { SourceView } from '../../controller/watches/source-watches.ts';
import { Writer } from '../../controller/writes/writer.ts';
import type { KubeClient } from '../../src/kube/index.ts';
import { EventRecorder, WorkQueue } from '../../src/kube/index.ts';
import { compilePolicy } from '../../src/policy/index.ts';
import type { OwnKind } from '../../src/reconcile/index.ts';
import { FakeClock } from '../kube/fake-clock.ts';
import type { Step } from '../kube/scripted-server.ts';
import { ScriptedServer, json, list, status } from '../kube/scripted-server.ts';
import { SOURCE_KEY, SPEC, lifecycle, negotiated, policyObject } from '../reconcile/objects.ts';

const LIFECYCLE = 'mcp-c1';
const noSources: SourceView = {
  synced: true,
  state: { kind: 'healthy' },
  size: 0,
  get: () => undefined,
  values: () => [],
};
const { signal } = new AbortController();

let server: ScriptedServer;
let clock: FakeClock;
let client: KubeClient;
let queue: WorkQueue<Parameters<SourceReconciler['reconcile']>[0]>;
let state: ControllerState;
let reconciler: SourceReconciler;
/** How the server answers who asks for the sources. */
let sources: Step;

beforeEach(async () => {
  server = await ScriptedServer.start();
  server.always((response, request) => {
    const { method, path } = request;
    if (method === 'DELETE') json({})(response, request);
    else if (path.endsWith('/customresourcedefinitions')) list([], '1')(response, request);
    else sources(response, request);
  });
  clock = new FakeClock();
  client = server.client({ clock, maxRetries: 0 });
  queue = new WorkQueue({ clock });
  const ignore = (): void => undefined;
  const cache = <K extends OwnKind>(kind: K): OwnObjects<K> =>
    new OwnObjects({ client, kind, onChange: ignore, onError: ignore });
  state = new ControllerState({
    caches: {
      policy: cache('policy'),
      lifecycle: cache('lifecycle'),
      pediaCluster: cache('pediaCluster'),
    },
    queues: { policies: new WorkQueue({ clock }), sources: queue, lifecycles: new WorkQueue({ clock }) },
    limits: { count: 10, fraction: 0.5, windowMs: 60_000, settleMs: 1_000 },
    clock,
  });
  const crds = new CrdWatch(client, ignore, ignore);
  const writer = new Writer(client, new ControllerMetrics(), (kind, answer) =>
    state.caches[kind].remember(answer),
  );
  const reports = new Reports(new EventRecorder({ client, component: 'c', instance: 'i' }));
  const log = createLog({ logLevel: 'error', logFormat: 'json' }, 'controller', { write: ignore });
  reconciler = new SourceReconciler({ client, state, crds, writer, reports, log });
});

afterEach(async () => {
  await client.close();
  await server.kill();
});

/** Without a watch, the caches keep an object for half a minute. */
function fillCaches(): void {
  state.caches.policy.remember({ ...policyObject() });
  state.caches.lifecycle.remember({ ...lifecycle() });
}

const deletions = (): number => server.requests.filter(({ method }) => method === 'DELETE').length;

describe('a source that is gone', () => {
  it('is asked for again after a minute where the API server did not serve its kind for a moment', async () => {
    fillCaches();
    const record = state.record('mcp');
    record.members.addLifecycle(LIFECYCLE, SOURCE_KEY);
    record.active = new ActivePolicy('revision', negotiated(), compilePolicy(SPEC), noSources);
    record.active.evaluated = true;
    const source = record.members.source(SOURCE_KEY);

    sources = status(404, 'NotFound', 'the server could not find the requested resource');
    await reconciler.reconcile(source, signal);
    expect(deletions()).toBe(0);

    sources = list([], '2');
    clock.advance(60_000);
    fillCaches();
    expect(queue.length).toBe(1);
    const stopping = new AbortController();
    await queue.run(
      1,
      async (key) => {
        await reconciler.reconcile(key, signal);
        stopping.abort();
      },
      stopping.signal,
    );
    expect(deletions()).toBe(1);
  });
});

describe('a policy that is gone', () => {
  it('is forgotten with the last of its lifecycles', async () => {
    const left = state.record('mcp');
    left.members.addLifecycle(LIFECYCLE, SOURCE_KEY);
    state.forget(left);
    const record = state.record('mcp');
    const source = record.members.source(SOURCE_KEY);
    state.enqueueSource(source);
    await reconciler.reconcile(source, signal);
    expect(state.record('mcp')).toBe(record);

    record.members.deleteLifecycle(LIFECYCLE, SOURCE_KEY);
    state.enqueueSource(source);
    await reconciler.reconcile(source, signal);
    expect(state.record('mcp')).not.toBe(record);
  });
});
