import { describe, expect, test } from 'vitest';
import type { ClusterImportPolicySpec, KubeObject } from '../../src/api/index.ts';
import { KubeError } from '../../src/kube/index.ts';
import type { ResourceFacts } from '../../src/policy/index.ts';
import type { AdmissionRequest } from '../../webhook/admission.ts';
import type { FactsOptions } from '../../webhook/facts.ts';
import { gatherFacts } from '../../webhook/facts.ts';
import type { ClusterContent, Trouble } from './memory-cluster.ts';
import { away, MemoryCluster, silent } from './memory-cluster.ts';
import { admissionRequest, brokenSpec, policy, taskOf, validSpec } from './requests.ts';

const clusters: ResourceFacts = {
  group: 'cluster.x-k8s.io',
  resource: 'clusters',
  known: true,
  version: 'v1beta1',
  served: ['v1beta1'],
  kind: 'Cluster',
  namespaced: true,
};
const secrets: ResourceFacts = {
  group: '',
  resource: 'secrets',
  known: true,
  version: 'v1',
  served: ['v1'],
  kind: 'Secret',
  namespaced: true,
};
const cluster = (name: string, namespace = 'default', labels = {}): KubeObject => ({
  apiVersion: 'cluster.x-k8s.io/v1beta1',
  kind: 'Cluster',
  metadata: { name, namespace, labels },
});
const secret = (name: string, namespace = 'default'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace },
});

interface Case {
  readonly spec?: Partial<ClusterImportPolicySpec>;
  readonly content?: ClusterContent;
  readonly trouble?: Partial<Record<'resource' | 'list' | 'get' | 'mayAccess', Trouble>>;
  readonly options?: Partial<FactsOptions>;
  readonly request?: Partial<AdmissionRequest>;
  readonly milliseconds?: number;
  /** Whether the API server has sent the request. @default true */
  readonly known?: boolean;
}

async function gather({
  spec,
  content,
  trouble,
  options,
  request,
  milliseconds = 10_000,
  known = true,
}: Case) {
  const memory = new MemoryCluster({ resources: [clusters, secrets], ...content }, trouble);
  const gathered = await gatherFacts(
    admissionRequest({ object: policy({ ...validSpec, ...spec }), ...request }),
    taskOf(milliseconds, known),
    memory,
    { rights: 'Enforce', maximumLiveSources: 20, liveSourcesTimeoutMs: 5000, ...options },
  );
  const live = gathered.facts.liveSources;
  return {
    ...gathered,
    asked: memory.asked,
    skipped: live && 'skipped' in live ? live.skipped : undefined,
    items: live && 'items' in live ? live.items : [],
    truncated: live && 'items' in live ? live.truncated : undefined,
  };
}

describe('resources', () => {
  test('are looked up for the source and for every reference', async () => {
    const { facts, gaps } = await gather({});
    expect(facts.source).toEqual(clusters);
    expect(facts.references).toEqual(new Map([['kubeconfig', secrets]]));
    expect(gaps).toEqual([]);
  });

  test('that are not served are facts, not gaps', async () => {
    const { facts, gaps } = await gather({ content: { resources: [] } });
    expect(facts.source?.known).toBe(false);
    expect(gaps).toEqual([]);
  });

  test('that could not be asked about are unknown, and said to be', async () => {
    const { facts, gaps } = await gather({ trouble: { resource: away } });
    expect(facts.source).toEqual({
      group: 'cluster.x-k8s.io',
      resource: 'clusters',
      known: undefined,
      served: [],
    });
    expect(gaps).toEqual([
      'spec.source: not checked against the cluster: the API server cannot be reached',
      'spec.references[0]: not checked against the cluster: the API server cannot be reached',
    ]);
  });

  test('that the API server refuses to tell of are unknown', async () => {
    const refusing: Trouble = () =>
      Promise.reject(new KubeError({ status: 503, reason: 'ServiceUnavailable', message: 'hunter2' }));
    const { gaps } = await gather({ trouble: { resource: refusing } });
    expect(gaps[0]).toBe(
      'spec.source: not checked against the cluster: the API server answered 503 ServiceUnavailable',
    );
  });

  test('are no gap where the fault is ours', async () => {
    const fault: Trouble = () => Promise.reject(new TypeError('x is not a function'));
    await expect(gather({ trouble: { resource: fault } })).rejects.toThrow('x is not a function');
  });

  test('that are not answered for in time are unknown', async () => {
    const { gaps } = await gather({ trouble: { resource: silent }, milliseconds: 1000 });
    expect(gaps[0]).toBe(
      'spec.source: not checked against the cluster: the API server did not answer in time',
    );
  });
});

describe('nothing is asked', () => {
  test.each<[string, Partial<AdmissionRequest>]>([
    ['about an object that does not match its schema', { object: policy({ source: 1 }) }],
    ['about an object without spec', { object: { metadata: {} } }],
  ])('%s', async (_case, request) => {
    const { facts, gaps, asked } = await gather({ request });
    expect(asked).toEqual([]);
    expect(gaps).toEqual([]);
    const { draft, ...others } = facts;
    expect(draft?.kind).toBe('malformed');
    expect(others).toEqual({ operation: 'CREATE', object: request.object });
  });
});

/** A cluster in which nobody may do this. */
const denied = (verb: string) => ({
  mayAccess: (_user: unknown, attributes: { verb: string }) => attributes.verb !== verb,
});

describe('the rights of the requester', () => {
  test('are asked for everything that the policy makes the controller read', async () => {
    const { facts, asked } = await gather({});
    expect(facts.rights).toEqual({
      mode: 'Enforce',
      user: 'ada',
      listSource: true,
      getReferences: new Map([['kubeconfig', true]]),
    });
    expect(asked.filter((question) => question.startsWith('mayAccess'))).toEqual([
      'mayAccess list clusters.cluster.x-k8s.io *',
      'mayAccess get secrets. *',
    ]);
  });

  test('are asked about first, and each once', async () => {
    const [reference] = validSpec.references;
    const references = Array.from({ length: 64 }, (_, index) => ({
      ...reference,
      key: `key${String(index)}`,
    }));
    const { asked } = await gather({ spec: { references } });
    expect(asked.slice(0, 2)).toEqual([
      'mayAccess list clusters.cluster.x-k8s.io *',
      'mayAccess get secrets. *',
    ]);
    expect(asked.filter((question) => question.startsWith('mayAccess'))).toHaveLength(2);
  });

  test('in single namespaces are asked about as far as the questions for one policy go', async () => {
    const references = Array.from({ length: 8 }, (_, reference) => ({
      ...validSpec.references[0],
      key: `key${String(reference)}`,
      allowedNamespaces: Array.from(
        { length: 20 },
        (_namespace, index) => `n${String(reference)}-${String(index)}`,
      ),
    }));
    const { facts, asked } = await gather({
      spec: { references },
      content: { mayAccess: (_user, { verb, namespace }) => verb === 'list' || namespace !== undefined },
    });
    expect([...(facts.rights?.getReferences.values() ?? [])]).toEqual([
      ...Array<boolean>(6).fill(true),
      false,
      false,
    ]);
    expect(asked.filter((question) => question.startsWith('mayAccess'))).toHaveLength(2 + 6 * 20);
  });

  test('are those of the user in the request', async () => {
    const seen: unknown[] = [];
    const userInfo = { username: 'eve', uid: '1', groups: ['a'], extra: { 'example.com/scope': ['b'] } };
    await gather({
      request: { userInfo },
      content: {
        mayAccess: (user) => {
          seen.push(user);
          return true;
        },
      },
    });
    expect(seen).toEqual([userInfo, userInfo]);
  });

  test('in all namespaces are not needed where the policy limits itself to some', async () => {
    const { facts, asked } = await gather({
      spec: {
        source: { ...validSpec.source, namespaces: ['a', 'b'] },
        references: [{ ...validSpec.references[0], allowedNamespaces: ['c'] }],
      },
      content: { mayAccess: (_user, { namespace }) => namespace !== undefined },
    });
    expect(facts.rights).toMatchObject({ listSource: true, getReferences: new Map([['kubeconfig', true]]) });
    expect(asked).toContain('mayAccess get secrets. c');
  });

  test('in some namespaces are no rights to what is in none', async () => {
    const { facts } = await gather({
      spec: {
        source: { ...validSpec.source, namespaces: ['a'] },
        references: [{ ...validSpec.references[0], allowedNamespaces: ['a'] }],
      },
      content: {
        resources: [
          { ...clusters, namespaced: false },
          { ...secrets, namespaced: false },
        ],
        mayAccess: (_user, { namespace }) => namespace === 'a',
      },
    });
    expect(facts.rights).toMatchObject({
      listSource: false,
      getReferences: new Map([['kubeconfig', false]]),
    });
  });

  test('are missing where one of the namespaces is not allowed', async () => {
    const { facts } = await gather({
      spec: { source: { ...validSpec.source, namespaces: ['a', 'b'] } },
      content: { mayAccess: (_user, { namespace, verb }) => verb === 'get' || namespace === 'a' },
    });
    expect(facts.rights?.listSource).toBe(false);
  });

  test('are not asked one by one for very many namespaces', async () => {
    const namespaces = Array.from({ length: 1000 }, (_, index) => `n${String(index)}`);
    const { facts, asked } = await gather({
      spec: { source: { ...validSpec.source, namespaces } },
      content: { mayAccess: (_user, { namespace, verb }) => verb === 'get' || namespace !== undefined },
    });
    expect(facts.rights?.listSource).toBe(false);
    expect(asked.filter((question) => question.startsWith('mayAccess list'))).toHaveLength(1);
  });

  test('that cannot be found out are unknown', async () => {
    const { facts } = await gather({ trouble: { mayAccess: away } });
    expect(facts.rights).toMatchObject({
      listSource: undefined,
      getReferences: new Map([['kubeconfig', undefined]]),
    });
  });

  test('are not asked for where they are off', async () => {
    const { facts, asked } = await gather({ options: { rights: 'Off' } });
    expect(facts.rights).toBeUndefined();
    expect(asked.filter((question) => question.startsWith('mayAccess'))).toEqual([]);
  });

  test.each([
    ['list', 'Enforce'],
    ['get', 'Enforce'],
    ['get', 'Warn'],
  ] as const)('without which (%s, %s) nothing is read on their behalf', async (verb, rights) => {
    const { skipped, asked } = await gather({
      options: { rights },
      content: { ...denied(verb), objects: [cluster('a'), secret('a-kubeconfig')] },
    });
    expect(skipped).toBe('you may not read them');
    expect(asked.filter((question) => /^(list|get) /.test(question))).toEqual([]);
  });

  test('that are unknown count as missing for what is read on their behalf', async () => {
    const { asked } = await gather({ trouble: { mayAccess: away }, content: { objects: [cluster('a')] } });
    expect(asked.filter((question) => question.startsWith('list'))).toEqual([]);
  });
});

describe('live sources', () => {
  test('come with the references that exist', async () => {
    const { items, truncated } = await gather({
      content: {
        objects: [cluster('a'), secret('a-kubeconfig'), cluster('b', 'prod'), secret('b-kubeconfig')],
      },
    });
    expect(items).toEqual([
      { source: cluster('a'), references: { kubeconfig: secret('a-kubeconfig') } },
      { source: cluster('b', 'prod'), references: {} },
    ]);
    expect(truncated).toBe(false);
  });

  test('are those that the selector keeps', async () => {
    const { items, asked } = await gather({
      spec: { source: { ...validSpec.source, selectorTemplate: '{{ eq .source.metadata.name "b" }}' } },
      content: { objects: [cluster('a'), cluster('b'), secret('b-kubeconfig')] },
    });
    expect(items.map(({ source }) => source.metadata.name)).toEqual(['b']);
    expect(asked.filter((question) => question.startsWith('get'))).toEqual([
      'get Secret default/b-kubeconfig',
    ]);
  });

  test('are kept where the selector fails, so that the failure is found', async () => {
    const { items } = await gather({
      spec: { source: { ...validSpec.source, selectorTemplate: '{{ fail "no" }}' } },
      content: { objects: [cluster('a')] },
    });
    expect(items).toHaveLength(1);
  });

  test('are filtered by the API server as the policy says', async () => {
    const { asked } = await gather({
      spec: {
        source: {
          ...validSpec.source,
          labelSelector: 'a=b',
          fieldSelector: 'metadata.name=x',
          namespaces: ['n', 'm'],
        },
      },
    });
    expect(asked.filter((question) => question.startsWith('list'))).toEqual([
      'list Cluster {"namespace":"n","labelSelector":"a=b","fieldSelector":"metadata.name=x"}',
      'list Cluster {"namespace":"m","labelSelector":"a=b","fieldSelector":"metadata.name=x"}',
    ]);
  });

  const many = (count: number): KubeObject[] =>
    Array.from({ length: count }, (_, index) => cluster(`c${String(index)}`));

  test.each([
    [20, 20, false],
    [21, 20, true],
    [1000, 20, true],
  ])('of %d are %d at most, and it is known whether there are more', async (count, taken, more) => {
    const { items, truncated } = await gather({ content: { objects: many(count) } });
    expect([items.length, truncated]).toEqual([taken, more]);
  });

  test('that the selector hardly ever keeps are not looked for without end', async () => {
    const { items, truncated, asked } = await gather({
      spec: { source: { ...validSpec.source, selectorTemplate: 'false' } },
      content: { objects: many(1000) },
    });
    expect([items.length, truncated]).toEqual([0, true]);
    expect(asked.filter((question) => question.startsWith('list'))).toHaveLength(4);
  });

  test.each<[string, Case]>([
    ['that are turned off', { options: { maximumLiveSources: 0 } }],
    ['of a resource that does not exist', { content: { resources: [secrets], objects: [cluster('a')] } }],
    ['of a policy that does not compile', { spec: brokenSpec, content: { objects: [cluster('a')] } }],
  ])('%s are not looked at, and nothing is said of it', async (_case, given) => {
    const { facts, asked } = await gather(given);
    expect(facts.liveSources).toBeUndefined();
    expect(asked.filter((question) => question.startsWith('list'))).toEqual([]);
  });

  test('that cannot be listed are skipped, and it is said why', async () => {
    const { skipped } = await gather({ trouble: { list: away } });
    expect(skipped).toBe('the API server cannot be reached');
  });

  test('that are not listed in time are skipped', async () => {
    const { skipped } = await gather({ trouble: { list: silent }, options: { liveSourcesTimeoutMs: 20 } });
    expect(skipped).toBe('the API server did not answer in time');
  });

  test('whose references cannot be read prove nothing, and are left out', async () => {
    const { skipped } = await gather({ trouble: { get: away }, content: { objects: [cluster('a')] } });
    expect(skipped).toBe('the API server cannot be reached');
  });

  test('stay in their order, whichever is answered for first', async () => {
    let waiting: (() => void)[] = [];
    // The first five are asked about at once, and answered last first.
    const backwards: Trouble = () =>
      new Promise((resolve) => {
        waiting.unshift(resolve);
        if (waiting.length < 5) return;
        for (const answer of waiting) answer();
        waiting = [];
      });
    const { items } = await gather({ trouble: { get: backwards }, content: { objects: many(5) } });
    expect(items.map(({ source }) => source.metadata.name)).toEqual(['c0', 'c1', 'c2', 'c3', 'c4']);
  });

  test('are used as far as they were read in time', async () => {
    let answered = 0;
    const slow: Trouble = (signal) => (answered++ < 3 ? Promise.resolve() : silent(signal));
    const { items, truncated } = await gather({
      trouble: { get: slow },
      content: { objects: many(10) },
      options: { liveSourcesTimeoutMs: 100 },
    });
    expect([items.length, truncated]).toEqual([3, true]);
  });
});

describe('lifecycles', () => {
  const lifecycle = {
    name: 'a',
    policyName: 'p',
    policyUid: '1',
    source: { group: '', resource: 'x', name: 'y' },
  };

  test('are known as far as they have been read', async () => {
    const { facts } = await gather({ content: { lifecycles: [lifecycle] } });
    expect(facts.lifecycles).toEqual([lifecycle]);
  });

  test.each(['list', 'get'] as const)(
    'are not told of to those who may not %s, since the names that are taken tell of clusters',
    async (verb) => {
      const { facts, gaps } = await gather({ content: { ...denied(verb), lifecycles: [lifecycle] } });
      expect(facts.lifecycles).toBeUndefined();
      expect(gaps).toEqual([]);
    },
  );

  test('that have not been read yet are said not to be', async () => {
    const { facts, gaps } = await gather({ content: { lifecycles: undefined } });
    expect(facts.lifecycles).toBeUndefined();
    expect(gaps).toEqual(['whether other policies hold the names was not checked: still reading them']);
  });
});
