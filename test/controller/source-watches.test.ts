import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SourceView } from '../../controller/watches/source-watches.ts';
import { SourceWatches } from '../../controller/watches/source-watches.ts';
import type { KubeClient } from '../../src/kube/index.ts';
import { compilePolicy } from '../../src/policy/index.ts';
import type { Step } from '../kube/scripted-server.ts';
import { ScriptedServer, ServerWatch, list, status, until } from '../kube/scripted-server.ts';
import { THINGS, thing } from '../kube/things.ts';
import { SPEC } from '../reconcile/objects.ts';

let server: ScriptedServer;
let client: KubeClient;
let watches: SourceWatches;
/** Open watches of the server, and its lists that wait for their answer. */
let opened: ServerWatch[];
let lists: ((items: readonly unknown[]) => void)[];
/** What was told: `source first a/x`, `state first`. */
let told: string[];

beforeEach(async () => {
  [opened, lists, told] = [[], [], []];
  server = await ScriptedServer.start();
  server.always(answer);
  client = server.client();
  watches = new SourceWatches(
    {
      client,
      onSource: (policies, { metadata }) =>
        told.push(...[...policies].map((p) => `source ${p} ${metadata.name}`)),
      onState: (policies) => told.push(...[...policies].map((p) => `state ${p}`)),
      onError: () => undefined,
    },
    new AbortController().signal,
  );
});

afterEach(async () => {
  await watches.stop();
  await client.close();
  await until(() => expect(server.sockets.size).toBe(0));
  await server.kill();
});

/** A server without streaming lists. */
const answer: Step = (response, request) => {
  if (request.query['sendInitialEvents'] === 'true') status(400, 'BadRequest', 'no')(response, request);
  else if (request.query['watch'] === 'true') opened.push(new ServerWatch(response, request));
  else lists.push((items) => list(items, '10')(response, request));
};

/** Watches the Things for a policy that reads their names and one more field. */
function acquire(policy: string, field: string, labelSelector?: string): SourceView {
  const nameTemplate = `{{ .source.metadata.name }}{{ .source.spec.${field} }}`;
  const { readPaths } = compilePolicy({ ...SPEC, nameTemplate, template: 'spec: {}', references: [] });
  const scope = { type: THINGS, namespaces: [], labelSelector, fieldSelector: undefined };
  return watches.acquire(policy, scope, readPaths.source);
}

/** Answers the list that is asked for next. */
async function answerList(...items: readonly unknown[]): Promise<void> {
  const give = await until(() => {
    const next = lists.shift();
    if (next === undefined) throw new Error('no list is asked for');
    return next;
  });
  give(items);
}

const specOf = (view: SourceView, name: string): unknown => view.get('a', name)?.object['spec'];

describe('policies with the same filters', () => {
  it('share one watch', async () => {
    const first = acquire('first', 'color');
    const second = acquire('second', 'color');
    await answerList(thing('x', '1'));
    await until(() => expect([first.synced, second.synced]).toEqual([true, true]));
    await until(() => expect(opened).toHaveLength(1));
    opened[0]?.send('ADDED', thing('y', '11'));
    await until(() => expect(told).toContain('source second y'));
    expect(told).toContain('source first y');
    expect(opened).toHaveLength(1);
  });

  it('are still in sync while another one waits for fields that were not kept so far', async () => {
    const first = acquire('first', 'color');
    await answerList(thing('x', '1'));
    await until(() => expect(first.synced).toBe(true));

    const second = acquire('second', 'size');
    expect(second.synced).toBe(false);
    expect(first.synced).toBe(true);
    expect(specOf(first, 'x')).toEqual({ color: 'red' });

    const sized = thing('x', '1');
    await answerList({ ...sized, spec: { color: 'red', size: 3 } });
    await until(() => expect(second.synced).toBe(true));
    expect(specOf(second, 'x')).toEqual({ color: 'red', size: 3 });
    expect(told.at(-1)).toBe('state second');
  });

  it('need not list again for a field that is kept already, nor where there is no object', async () => {
    const first = acquire('first', 'color');
    await answerList(thing('x', '1'));
    await until(() => expect(first.synced).toBe(true));
    expect(acquire('second', 'color').synced).toBe(true);

    const empty = acquire('third', 'color', 'none=of-them');
    await answerList();
    await until(() => expect(empty.synced).toBe(true));
    expect(acquire('fourth', 'size', 'none=of-them').synced).toBe(true);
  });
});

it('policies with other filters have a watch of their own, which ends with them', async () => {
  acquire('first', 'color');
  acquire('second', 'color', 'tier=gold');
  await answerList();
  await answerList();
  await until(() => expect(opened).toHaveLength(2));
  expect(opened.map(({ query }) => query['labelSelector']).sort()).toEqual(['tier=gold', undefined]);
  watches.release('second');
  await until(() => expect(opened.filter(({ closed }) => closed)).toHaveLength(1));
});
