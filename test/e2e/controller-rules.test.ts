import { describe, expect, it } from 'vitest';
import type { ClusterImportPolicySpec } from '../../src/api/index.ts';
import { ADOPT_BY_ANNOTATION, ALLOW_DELETIONS_ANNOTATION, POLICY_LABEL } from '../../src/api/index.ts';
import type { KubeManifest, StoredObject } from '../../src/kube/index.ts';
import { runInProcess } from '../controller/running.ts';
import { useMcpWorld } from '../controller/mcp-world.ts';
import {
  CRDS,
  EVENTS,
  LIFECYCLES,
  MCP_CLUSTERS,
  NAMESPACES,
  PEDIA_CLUSTERS,
  POLICIES,
  SECRETS,
  base64,
  conditionsOf,
  controllerConfig,
  create,
  eventually,
  find,
  installCrd,
  isGone,
  mcpCluster,
  mcpSecret,
  merge,
  names,
  policy,
  policyFile,
  scopedPolicy,
} from '../controller/world.ts';

const world = useMcpWorld();

const scoped = (label: string, change?: Partial<ClusterImportPolicySpec>): ClusterImportPolicySpec =>
  scopedPolicy(world, label, change);

async function addCluster(
  label: string,
  name: string,
  options: { readonly ready?: boolean } = {},
): Promise<void> {
  await world.client.create(SECRETS, mcpSecret(name));
  await create(world.client, MCP_CLUSTERS, mcpCluster(name, { labels: { test: label }, ...options }));
}

const pediaCluster = (name: string) => find(world.client, PEDIA_CLUSTERS, name);
const specOf = async (name: string) => (await pediaCluster(name))?.['spec'];

async function exists(name: string): Promise<StoredObject> {
  return eventually(`PediaCluster ${name}`, async () => {
    const found = await pediaCluster(name);
    if (found === undefined) throw new Error('it does not exist');
    return found;
  });
}

async function policyIs(name: string, expected: { readonly [type: string]: string }): Promise<StoredObject> {
  return eventually(`policy ${name} to be ${JSON.stringify(expected)}`, async () => {
    const found = await world.client.get(POLICIES, name);
    expect(conditionsOf(found)).toMatchObject(expected);
    return found;
  });
}

async function lifecycleIs(name: string, expected: { readonly [type: string]: string }): Promise<void> {
  await eventually(`lifecycle ${name} to be ${JSON.stringify(expected)}`, async () => {
    expect(conditionsOf(await find(world.client, LIFECYCLES, name))).toMatchObject(expected);
  });
}

async function eventsAbout(name: string): Promise<readonly string[]> {
  const { items } = await world.client.list(EVENTS);
  return items
    .filter((event) => (event['regarding'] as { name?: string } | undefined)?.name === name)
    .map((event) => `${String(event['reason'])}: ${String(event['note'])}`);
}

async function removePolicy(name: string): Promise<void> {
  await world.client.delete(POLICIES, name, undefined);
  await isGone(world.client, POLICIES, name);
}

describe('updates', () => {
  it('under Credentials leave labels and sync fields to others; under All they follow the template', async () => {
    const { client, controlPlane } = world;
    runInProcess(controllerConfig(controlPlane));
    const template = `metadata: { labels: { tier: gold } }\n${world.mcp.template}`;
    const ours = { [POLICY_LABEL]: 'updates' };
    await client.create(POLICIES, policy('updates', scoped('updates', { template })));
    await addCluster('updates', 'u1');
    await exists('updates-u1');
    await merge(client, PEDIA_CLUSTERS, 'updates-u1', {
      metadata: { labels: { tier: 'iron', mine: 'yes' } },
      spec: { syncResources: [], tokenData: base64('drift') },
    });
    await eventually('the token to be put back', async () => {
      expect(await specOf('updates-u1')).toMatchObject({
        tokenData: base64('token of u1'),
        syncResources: [],
      });
    });
    expect((await pediaCluster('updates-u1'))?.metadata.labels).toEqual({
      ...ours,
      tier: 'iron',
      mine: 'yes',
    });

    await merge(client, POLICIES, 'updates', { spec: { updatePolicy: 'All' } });
    await eventually('labels and sync fields to follow', async () => {
      const found = await pediaCluster('updates-u1');
      expect(found?.metadata.labels).toEqual({ ...ours, tier: 'gold', mine: 'yes' });
      expect((found?.['spec'] as { syncResources: unknown[] }).syncResources).toHaveLength(2);
    });
    await merge(client, POLICIES, 'updates', { spec: { template: world.mcp.template } });
    await eventually('the label to be removed', async () => {
      expect((await pediaCluster('updates-u1'))?.metadata.labels).toEqual({ ...ours, mine: 'yes' });
    });
    await removePolicy('updates');
  });

  it('remove a credential that the template no longer renders', async () => {
    const { client, controlPlane } = world;
    runInProcess(controllerConfig(controlPlane));
    const { template } = world.mcp;
    const more = template.replace(/^( *)caData:(.*)\n/m, '$&$1certData:$2\n$1keyData:$2\n');
    await client.create(POLICIES, policy('fields', scoped('fields', { template: more })));
    await addCluster('fields', 'f1');
    expect((await exists('fields-f1'))['spec']).toHaveProperty('certData');
    await merge(client, POLICIES, 'fields', { spec: { template } });
    await eventually('certificate and key to go', async () => {
      expect(Object.keys((await specOf('fields-f1')) ?? {}).sort()).toEqual([
        'apiserver',
        'caData',
        'syncResources',
        'tokenData',
      ]);
    });
    await removePolicy('fields');
  });
});

describe('deletions', () => {
  it('are not made under Orphan, neither for a source nor for the policy', async () => {
    const { client, controlPlane } = world;
    runInProcess(controllerConfig(controlPlane));
    await client.create(POLICIES, policy('orphans', scoped('orphans', { deletionPolicy: 'Orphan' })));
    await addCluster('orphans', 'o1');
    await addCluster('orphans', 'o2');
    await exists('orphans-o1');
    await exists('orphans-o2');
    await client.delete(MCP_CLUSTERS, 'o1', undefined);
    await isGone(client, LIFECYCLES, 'orphans-o1');
    await removePolicy('orphans');
    for (const name of ['orphans-o1', 'orphans-o2']) {
      expect((await exists(name)).metadata.ownerReferences ?? []).toEqual([]);
      await client.delete(PEDIA_CLUSTERS, name, undefined);
    }
  });

  it('follow the deletionPolicy that the policy has when it is deleted, though lifecycles were never told', async () => {
    const { client, controlPlane } = world;
    const first = runInProcess(controllerConfig(controlPlane));
    await client.create(POLICIES, policy('hasty', scoped('hasty')));
    await addCluster('hasty', 'h1');
    await exists('hasty-h1');
    await first.stop();
    await merge(client, POLICIES, 'hasty', { spec: { deletionPolicy: 'Orphan' } });
    await client.delete(POLICIES, 'hasty', undefined);
    runInProcess(controllerConfig(controlPlane));
    await isGone(client, POLICIES, 'hasty');
    await client.delete(PEDIA_CLUSTERS, (await exists('hasty-h1')).metadata.name, undefined);
  });

  it('happen where deletionCondition holds, and are undone where it no longer does', async () => {
    const { client, controlPlane } = world;
    runInProcess(controllerConfig(controlPlane));
    const deletionCondition = '{{ eq .source.spec.apiEndpoint "https://retired" }}';
    await client.create(POLICIES, policy('retire', scoped('retire', { deletionCondition })));
    await addCluster('retire', 'r1');
    await exists('retire-r1');
    await merge(client, MCP_CLUSTERS, 'r1', { spec: { apiEndpoint: 'https://retired' } });
    await isGone(client, PEDIA_CLUSTERS, 'retire-r1');
    await lifecycleIs('retire-r1', { Created: 'False/DeletionConditionMet' });
    await merge(client, MCP_CLUSTERS, 'r1', { spec: { apiEndpoint: 'https://back' } });
    await exists('retire-r1');
    await removePolicy('retire');
  });

  it('are not made for a source whose template begins to fail', async () => {
    const { client, controlPlane } = world;
    runInProcess(controllerConfig(controlPlane));
    const nameTemplate =
      'fragile-{{ .source.metadata.name }}{{ if eq .source.spec.apiEndpoint "bad" }} {{ end }}x';
    await client.create(POLICIES, policy('fragile', scoped('fragile', { nameTemplate })));
    await addCluster('fragile', 'g1');
    await addCluster('fragile', 'g2');
    const made = await exists('fragile-g1x');
    await exists('fragile-g2x');
    await merge(client, MCP_CLUSTERS, 'g1', { spec: { apiEndpoint: 'bad' } });
    const { status } = (await policyIs('fragile', { Ready: 'False/Failed' })) as StoredObject & {
      status?: object;
    };
    expect(status).toMatchObject({ failed: 1, pediaClusters: 2 });
    expect((await exists('fragile-g1x')).metadata.uid).toBe(made.metadata.uid);
    await merge(client, SECRETS, 'g2', { data: { token: base64('still followed') } }, 'default');
    await eventually('the other source to be followed', async () => {
      expect(await specOf('fragile-g2x')).toMatchObject({ tokenData: base64('still followed') });
    });
    await removePolicy('fragile');
  });
});

describe('the deletion breaker', () => {
  it('holds a mass deletion until the policy allows just that', async () => {
    const { client, controlPlane } = world;
    runInProcess(controllerConfig(controlPlane, { breaker: { count: 3, settleSeconds: 1 } }));
    await client.create(POLICIES, policy('many', scoped('many')));
    const clusters = ['m1', 'm2', 'm3', 'm4', 'm5', 'm6'];
    for (const name of clusters) await addCluster('many', name);
    await policyIs('many', { Ready: 'True/Settled' });
    await eventually('all to be imported', async () => {
      expect((await client.get(POLICIES, 'many'))['status']).toMatchObject({ pediaClusters: 6 });
    });
    await merge(client, POLICIES, 'many', { spec: { source: { selectorTemplate: 'false' } } });
    const held = await policyIs('many', { Ready: 'False/DeletionHeld', Reconciling: 'False/DeletionHeld' });
    expect(held['status']).toMatchObject({ heldDeletions: 6, pediaClusters: 6 });
    await eventually('an event about it', async () => {
      expect(await eventsAbout('many')).toEqual([
        expect.stringMatching(/^DeletionHeld: 6 deletions are held/),
      ]);
    });
    for (const name of clusters) expect(await pediaCluster(`many-${name}`)).toBeDefined();

    // What is held is followed all the same.
    await merge(client, SECRETS, 'm1', { data: { token: base64('held, not forgotten') } }, 'default');
    await eventually('a held PediaCluster to follow its Secret', async () => {
      expect(await specOf('many-m1')).toMatchObject({ tokenData: base64('held, not forgotten') });
    });

    await merge(client, POLICIES, 'many', {
      metadata: { annotations: { [ALLOW_DELETIONS_ANNOTATION]: '6' } },
    });
    for (const name of clusters) await isGone(client, PEDIA_CLUSTERS, `many-${name}`);
    await eventually('the allowance to be withdrawn', async () => {
      const found = await client.get(POLICIES, 'many');
      expect(found.metadata.annotations ?? {}).not.toHaveProperty(ALLOW_DELETIONS_ANNOTATION);
      expect(found['status']).toMatchObject({ heldDeletions: 0, lifecycles: 0 });
    });
    await removePolicy('many');
  });

  it('holds what a restarted controller finds, and forgets it when the sources return', async () => {
    const { client, controlPlane } = world;
    const config = controllerConfig(controlPlane, { breaker: { count: 2, settleSeconds: 1 } });
    const first = runInProcess(config);
    await client.create(POLICIES, policy('returns', scoped('returns')));
    const clusters = ['b1', 'b2', 'b3', 'b4'];
    for (const name of clusters) await addCluster('returns', name);
    for (const name of clusters) await exists(`returns-${name}`);
    await first.stop();
    for (const name of clusters) await client.delete(MCP_CLUSTERS, name, undefined);
    runInProcess(config);
    await policyIs('returns', { Ready: 'False/DeletionHeld' });
    for (const name of clusters) {
      await create(client, MCP_CLUSTERS, mcpCluster(name, { labels: { test: 'returns' } }));
    }
    await policyIs('returns', { Ready: 'True/Settled' });
    for (const name of clusters) expect(await pediaCluster(`returns-${name}`)).toBeDefined();
    // The policy's own deletion is what its owner wants.
    await removePolicy('returns');
    for (const name of clusters) expect(await pediaCluster(`returns-${name}`)).toBeUndefined();
  });
});

describe('a suspended policy', () => {
  it('touches nothing until it is resumed', async () => {
    const { client, controlPlane } = world;
    runInProcess(controllerConfig(controlPlane));
    await client.create(POLICIES, policy('paused', scoped('paused')));
    await addCluster('paused', 'p1');
    await exists('paused-p1');
    await merge(client, POLICIES, 'paused', { spec: { suspend: true } });
    await policyIs('paused', { Ready: 'True/Suspended', Reconciling: 'False/Suspended' });
    await merge(client, SECRETS, 'p1', { data: { token: base64('later') } }, 'default');
    await addCluster('paused', 'p2');
    await client.delete(POLICIES, 'paused', undefined);
    // A key of a policy that acts shows that the news of the others has come through.
    await client.create(POLICIES, policy('pacer', scoped('pacer')));
    await addCluster('pacer', 'p3');
    await exists('pacer-p3');
    expect(await specOf('paused-p1')).toMatchObject({ tokenData: base64('token of p1') });
    expect(await find(client, LIFECYCLES, 'paused-p2')).toBeUndefined();
    await merge(client, POLICIES, 'paused', { spec: { suspend: false } });
    await isGone(client, POLICIES, 'paused');
    expect(await pediaCluster('paused-p1')).toBeUndefined();
    await removePolicy('pacer');
  });
});

describe('ownership', () => {
  it('is not taken of a PediaCluster that existed before and may be adopted: it is updated and never deleted', async () => {
    const { client, controlPlane } = world;
    runInProcess(controllerConfig(controlPlane));
    const existing = {
      apiVersion: 'cluster.clusterpedia.io/v1alpha2',
      kind: 'PediaCluster',
      metadata: { name: 'owned-w1', annotations: { [ADOPT_BY_ANNOTATION]: 'owned' } },
      spec: { apiserver: 'https://elsewhere', syncResources: [] },
    };
    await client.create(PEDIA_CLUSTERS, existing);
    await client.create(POLICIES, policy('owned', scoped('owned')));
    await addCluster('owned', 'w1');
    await eventually('it to be updated', async () => {
      expect(await specOf('owned-w1')).toMatchObject({
        apiserver: 'https://w1.example:6443',
        syncResources: [],
      });
    });
    await lifecycleIs('owned-w1', { Created: 'True/Existing', Ready: 'True/UpToDate' });
    await removePolicy('owned');
    const left = await exists('owned-w1');
    expect(left.metadata.ownerReferences ?? []).toEqual([]);
    await client.delete(PEDIA_CLUSTERS, 'owned-w1', undefined);
  });

  it('of another lifecycle is a conflict that both are told of', async () => {
    const { client, controlPlane } = world;
    runInProcess(controllerConfig(controlPlane));
    await client.create(POLICIES, policy('first', scoped('first')));
    await addCluster('first', 'x1');
    await exists('first-x1');
    const owner = await client.get(LIFECYCLES, 'first-x1');
    const { apiVersion, kind } = owner;
    const taken = {
      apiVersion: 'cluster.clusterpedia.io/v1alpha2',
      kind: 'PediaCluster',
      metadata: {
        name: 'first-x2',
        ownerReferences: [{ apiVersion, kind, name: 'first-x1', uid: owner.metadata.uid }],
      },
      spec: { apiserver: 'https://elsewhere', syncResources: [] },
    };
    await client.create(PEDIA_CLUSTERS, taken);
    await addCluster('first', 'x2');
    await lifecycleIs('first-x2', { Created: 'False/Conflict', Ready: 'False/Conflict' });
    for (const name of ['first-x1', 'first-x2']) {
      await eventually(`an event about ${name}`, async () => {
        expect(await eventsAbout(name)).toEqual([expect.stringMatching(/^Conflict: .*first-x2.*first-x1/)]);
      });
    }
    expect(await specOf('first-x2')).toMatchObject({ apiserver: 'https://elsewhere' });
    await removePolicy('first');
    await client.delete(PEDIA_CLUSTERS, 'first-x2', undefined);
  });
});

describe('a name that several sources render', () => {
  it('is kept by the oldest; the others are reported by name, and come next when it goes', async () => {
    const { client, controlPlane } = world;
    runInProcess(controllerConfig(controlPlane));
    await addCluster('names', 'n-old');
    // Creation times have whole seconds.
    const { creationTimestamp } = (await client.get(MCP_CLUSTERS, 'n-old')).metadata;
    await eventually('the next second', () => {
      if (Date.now() < Date.parse(creationTimestamp) + 1000) throw new Error('it is the same one');
    });
    await addCluster('names', 'n-young');
    await client.create(POLICIES, policy('names', scoped('names', { nameTemplate: 'names-shared' })));
    const old = await exists('names-shared');
    expect(old['spec']).toMatchObject({ apiserver: 'https://n-old.example:6443' });
    const found = await policyIs('names', { Ready: 'False/Failed' });
    expect(JSON.stringify(found['status'])).toContain(
      'n-young: the name \\"names-shared\\" is held by n-old',
    );
    await eventually('both to be told', async () => {
      expect(await eventsAbout('names')).toEqual([expect.stringMatching(/^NameCollision: n-young/)]);
      expect(await eventsAbout('names-shared')).toEqual([expect.stringMatching(/^NameCollision: n-young/)]);
    });
    await client.delete(MCP_CLUSTERS, 'n-old', undefined);
    await eventually('the younger to come next', async () => {
      const next = await exists('names-shared');
      expect(next.metadata.uid).not.toBe(old.metadata.uid);
      expect(next['spec']).toMatchObject({ apiserver: 'https://n-young.example:6443' });
    });
    await policyIs('names', { Ready: 'True/Settled' });
    await removePolicy('names');
  });

  it('stays with the one that has it, also where both were made in the same second, after a restart too', async () => {
    const { client, controlPlane } = world;
    // The order by name favours the one that enters the policy's scope later.
    const [first, second] = ['t-b', 't-a'];
    await eventually('two sources of one second', async () => {
      await Promise.all([first, second].map((name) => addCluster('nothing', name)));
      const made = await Promise.all([first, second].map((name) => client.get(MCP_CLUSTERS, name)));
      if (new Set(made.map(({ metadata }) => metadata.creationTimestamp)).size === 1) return;
      for (const name of [first, second]) {
        await client.delete(MCP_CLUSTERS, name, undefined);
        await client.delete(SECRETS, name, 'default');
      }
      throw new Error('a second began between them');
    });
    const controller = runInProcess(controllerConfig(controlPlane));
    await client.create(POLICIES, policy('twins', scoped('twins', { nameTemplate: 'twins-shared' })));
    await merge(client, MCP_CLUSTERS, first, { metadata: { labels: { test: 'twins' } } });
    const imported = await exists('twins-shared');
    await merge(client, MCP_CLUSTERS, second, { metadata: { labels: { test: 'twins' } } });
    await policyIs('twins', { Ready: 'False/Failed' });
    const holder = (await exists('twins-shared')).metadata.uid;
    expect(holder).toBe(imported.metadata.uid);
    await eventually('the one that came later to be told, and nobody else', async () => {
      expect(await eventsAbout('twins')).toEqual([
        expect.stringMatching(/^NameCollision: t-a: the name "twins-shared" is held by t-b/),
      ]);
    });
    await controller.stop();
    runInProcess(controllerConfig(controlPlane));
    await policyIs('twins', { Ready: 'False/Failed' });
    expect((await exists('twins-shared')).metadata.uid).toBe(holder);
    await removePolicy('twins');
  });
});

describe('references', () => {
  it('outside allowedNamespaces are refused without being read', async () => {
    const { client, controlPlane } = world;
    runInProcess(controllerConfig(controlPlane));
    const [reference] = world.mcp.references ?? [];
    if (reference === undefined) throw new Error("the seed's policy has a reference");
    const references = [{ ...reference, allowedNamespaces: ['platform'] }];
    await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'platform' } });
    await client.create(POLICIES, policy('limited', scoped('limited', { references })));
    await addCluster('limited', 'l1');
    await lifecycleIs('limited-l1', { Created: 'False/NamespaceNotAllowed' });
    expect(await pediaCluster('limited-l1')).toBeUndefined();

    await client.create(SECRETS, mcpSecret('l1', 'token of the platform', 'platform'));
    await merge(client, MCP_CLUSTERS, 'l1', { spec: { authSecretRef: { namespace: 'platform' } } });
    await eventually('the allowed Secret to be used', async () => {
      expect(await specOf('limited-l1')).toMatchObject({ tokenData: base64('token of the platform') });
    });
    await merge(client, SECRETS, 'l1', { data: { token: base64('rotated') } }, 'platform');
    await eventually('it to be followed', async () => {
      expect(await specOf('limited-l1')).toMatchObject({ tokenData: base64('rotated') });
    });
    await removePolicy('limited');
  });

  it('that disappear leave the PediaCluster as it is', async () => {
    const { client, controlPlane } = world;
    runInProcess(controllerConfig(controlPlane));
    await client.create(POLICIES, policy('lost', scoped('lost')));
    await addCluster('lost', 'k1');
    const made = await exists('lost-k1');
    await lifecycleIs('lost-k1', { Ready: 'True/UpToDate' });
    await client.delete(SECRETS, 'k1', 'default');
    await lifecycleIs('lost-k1', { Created: 'True/Created', Ready: 'False/ReferenceNotFound' });
    expect(await specOf('lost-k1')).toEqual(made['spec']);
    await client.create(SECRETS, mcpSecret('k1', 'found again'));
    await eventually('the new Secret to be used', async () => {
      expect(await specOf('lost-k1')).toMatchObject({ tokenData: base64('found again') });
    });
    await removePolicy('lost');
  });
});

describe('several policies on one kind', () => {
  it('each import what they select', async () => {
    const { client, controlPlane } = world;
    runInProcess(controllerConfig(controlPlane));
    const source = { ...world.mcp.source, labelSelector: 'test=several' };
    const select = (name: string) => ({
      ...source,
      selectorTemplate: `{{ eq .source.metadata.name "${name}" }}`,
    });
    await client.create(POLICIES, policy('several-1', scoped('several', { source: select('s1') })));
    await client.create(POLICIES, policy('several-2', scoped('several', { source: select('s2') })));
    await addCluster('several', 's1');
    await addCluster('several', 's2');
    await exists('several-s1');
    await exists('several-s2');
    // The second policy begins to read a field that the shared watch has not kept so far.
    const template = world.mcp.template.replace(
      'spec:',
      'spec:\n  shardingName: "{{ .source.metadata.labels.shard }}"',
    );
    await merge(client, MCP_CLUSTERS, 's2', { metadata: { labels: { shard: 'blue' } } });
    await merge(client, POLICIES, 'several-2', { spec: { template, updatePolicy: 'All' } });
    await eventually('the field to be read', async () => {
      expect(await specOf('several-s2')).toMatchObject({ shardingName: 'blue' });
    });
    expect(await specOf('several-s1')).not.toHaveProperty('shardingName');
    await removePolicy('several-1');
    expect(await pediaCluster('several-s1')).toBeUndefined();
    expect(await pediaCluster('several-s2')).toBeDefined();
    await removePolicy('several-2');
  });

  it('lose a source whose label leaves the filter of the API server', async () => {
    const { client, controlPlane } = world;
    runInProcess(controllerConfig(controlPlane));
    await client.create(POLICIES, policy('filter', scoped('filter')));
    await addCluster('filter', 't1');
    await exists('filter-t1');
    await merge(client, MCP_CLUSTERS, 't1', { metadata: { labels: { test: 'elsewhere' } } });
    await isGone(client, PEDIA_CLUSTERS, 'filter-t1');
    await removePolicy('filter');
  });
});

describe('the version of a kind', () => {
  it('is followed when the CRD moves on', async () => {
    const { client, controlPlane } = world;
    runInProcess(controllerConfig(controlPlane));
    const [definition] = await policyFile('mcp/testdata/crds.yaml');
    const moving = JSON.parse(JSON.stringify(definition).replaceAll('cluster.mcp.io', 'moving.mcp.io')) as {
      metadata: { name: string };
      spec: { versions: { name: string; served: boolean; storage: boolean }[] };
    };
    await installCrd(client, {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      ...moving,
    });
    const source = { ...world.mcp.source, group: 'moving.mcp.io' };
    await client.create(POLICIES, policy('moving', scoped('moving', { source })));
    const clusters = { ...MCP_CLUSTERS, group: 'moving.mcp.io' };
    await client.create(SECRETS, mcpSecret('v1'));
    await create(client, clusters, { ...mcpCluster('v1'), apiVersion: 'moving.mcp.io/v1alpha1' });
    const made = await exists('moving-v1');
    const [version] = moving.spec.versions;
    if (version === undefined) throw new Error('the CRD has a version');
    const versions = [
      { ...version, storage: false },
      { ...version, name: 'v1', storage: true },
    ];
    await merge(client, CRDS, moving.metadata.name, { spec: { versions } });
    await eventually('the lifecycle to follow', async () => {
      const found = await find(client, LIFECYCLES, 'moving-v1');
      expect(found?.['spec']).toMatchObject({ source: { version: 'v1' } });
    });
    await eventually('the policy to say so', async () => {
      expect((await client.get(POLICIES, 'moving'))['status']).toMatchObject({ version: 'v1' });
    });
    expect((await exists('moving-v1')).metadata.uid).toBe(made.metadata.uid);
    await removePolicy('moving');
  });
});

describe('a policy that the API server keeps though it does not compile', () => {
  it('says so, and what it made before goes on being followed', async () => {
    const { client, controlPlane } = world;
    runInProcess(controllerConfig(controlPlane));
    await client.create(POLICIES, policy('broken', scoped('broken')));
    await addCluster('broken', 'q1');
    await exists('broken-q1');
    await lifecycleIs('broken-q1', { Ready: 'True/UpToDate' });
    await merge(client, POLICIES, 'broken', { spec: { template: '{{ nosuchfunction }}' } });
    await policyIs('broken', { Validated: 'False/InvalidTemplate', Ready: 'False/InvalidTemplate' });
    await merge(client, SECRETS, 'q1', { data: { token: base64('rotated') } }, 'default');
    await eventually('the PediaCluster to follow its Secret', async () => {
      expect(await specOf('broken-q1')).toMatchObject({ tokenData: base64('rotated') });
    });
    await removePolicy('broken');
    expect(await names(client, PEDIA_CLUSTERS)).toEqual([]);
    expect(await names(client, LIFECYCLES)).toEqual([]);
  });
});

describe('a policy whose CRD changes', () => {
  const PLACES = { ...MCP_CLUSTERS, group: 'places.mcp.io' };
  const CRD = 'clusters.places.mcp.io';

  /** The platform's CRD in a group of its own, with the region of a cluster in its spec or without. */
  async function definition(field: string | undefined): Promise<KubeManifest> {
    const [crd] = await policyFile('mcp/testdata/crds.yaml');
    const text = JSON.stringify(crd)
      .replaceAll('cluster.mcp.io', 'places.mcp.io')
      .replace(
        '"apiEndpoint":{"type":"string"}',
        `"apiEndpoint":{"type":"string"}${field === undefined ? '' : `,"${field}":{"type":"string"}`}`,
      );
    return JSON.parse(text) as KubeManifest;
  }

  async function changeTo(field: string | undefined): Promise<void> {
    await merge(world.client, CRDS, CRD, { spec: (await definition(field))['spec'] });
  }

  const clusters = async () =>
    (await world.client.list(PEDIA_CLUSTERS)).items.map(({ metadata: { name, uid } }) => ({ name, uid }));

  it('stays as it was imported until the CRD fits again, and the controller starts meanwhile', async () => {
    const { client, controlPlane } = world;
    const controller = runInProcess(controllerConfig(controlPlane));
    await installCrd(client, await definition('region'));
    const spec = scoped('places', {
      source: { group: PLACES.group, resource: PLACES.resource },
      // Without the region, this is another name: the PediaCluster of the old one would go.
      nameTemplate: '{{ with .source.spec.region }}{{ . }}-{{ end }}{{ .source.metadata.name }}',
    });
    await client.create(POLICIES, policy('places', spec));
    await client.create(SECRETS, mcpSecret('here'));
    const cluster = mcpCluster('here');
    await create(client, PLACES, {
      ...cluster,
      apiVersion: 'places.mcp.io/v1alpha1',
      spec: { ...(cluster['spec'] as object), region: 'north' },
    });
    await exists('north-here');
    await policyIs('places', { Validated: 'True/Valid', Ready: 'True/Settled' });
    const imported = await clusters();

    await changeTo(undefined);
    const refused = await policyIs('places', {
      Validated: 'False/SchemaChanged',
      Ready: 'False/SchemaChanged',
      Stalled: 'True/SchemaChanged',
    });
    const message =
      'spec.nameTemplate 1:9: .source.spec.region is not a field of Cluster places.mcp.io/v1alpha1';
    expect(JSON.stringify(refused['status'])).toContain(message);
    await eventually('the event', async () => {
      expect(await eventsAbout('places')).toEqual([`SchemaChanged: ${message}`]);
    });
    await merge(client, SECRETS, 'here', { data: { token: base64('rotated') } }, 'default');
    await eventually('the PediaCluster to follow its Secret', async () => {
      expect(await specOf('north-here')).toMatchObject({ tokenData: base64('rotated') });
    });
    expect(await clusters()).toEqual(imported);

    await controller.stop();
    const before = (await client.get(POLICIES, 'places')).metadata.resourceVersion;
    const next = runInProcess(controllerConfig(controlPlane));
    await merge(client, SECRETS, 'here', { data: { token: base64('again') } }, 'default');
    await eventually('the PediaCluster to follow its Secret', async () => {
      expect(await specOf('north-here')).toMatchObject({ tokenData: base64('again') });
    });
    expect((await client.get(POLICIES, 'places')).metadata.resourceVersion).toBe(before);

    await changeTo('region');
    await policyIs('places', { Validated: 'True/Valid', Ready: 'True/Settled' });
    expect(await clusters()).toEqual(imported);
    await next.stop();

    await changeTo(undefined);
    runInProcess(controllerConfig(controlPlane));
    await policyIs('places', { Validated: 'False/SchemaChanged' });
    await merge(client, POLICIES, 'places', { spec: { nameTemplate: 'north-{{ .source.metadata.name }}' } });
    await policyIs('places', { Validated: 'True/Valid', Ready: 'True/Settled' });
    expect(await clusters()).toEqual(imported);
    await removePolicy('places');
  });
});
