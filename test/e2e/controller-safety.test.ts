/** What attacks, accidents and haste must not do to PediaClusters. */
import { describe, expect, it } from 'vitest';
import type { ClusterImportPolicySpec } from '../../src/api/index.ts';
import {
  ADOPT_BY_ANNOTATION,
  DELETION_PROTECTION_ANNOTATION,
  MADE_BY_ANNOTATION,
  policyDefinitions,
} from '../../src/api/index.ts';
import type { StoredObject } from '../../src/kube/index.ts';
import {
  addClusters,
  eventsAbout,
  lifecycleIs,
  pediaClusterIs,
  policyIs,
  removePolicy,
} from '../controller/expecting.ts';
import type { RunningController } from '../controller/running.ts';
import { runInProcess } from '../controller/running.ts';
import { useMcpWorld } from '../controller/mcp-world.ts';
import {
  LIFECYCLES,
  MCP_CLUSTERS,
  NAMESPACES,
  PEDIA_CLUSTERS,
  POLICIES,
  SECRETS,
  base64,
  controllerConfig,
  create,
  eventually,
  find,
  installCrd,
  isGone,
  mcpCluster,
  mcpSecret,
  merge,
  policy,
  removeCrd,
  scopedPolicy,
} from '../controller/world.ts';

const world = useMcpWorld();

const scoped = (label: string, change?: Partial<ClusterImportPolicySpec>): ClusterImportPolicySpec =>
  scopedPolicy(world, label, change);

const run = (overrides?: { readonly [field: string]: unknown }): RunningController =>
  runInProcess(controllerConfig(world.controlPlane, overrides));

/** Uids of the PediaClusters whose names begin so, by name. */
async function uidsOf(prefix: string): Promise<{ readonly [name: string]: string }> {
  const { items } = await world.client.list(PEDIA_CLUSTERS);
  return Object.fromEntries(
    items
      .filter(({ metadata }) => metadata.name.startsWith(prefix))
      .map(({ metadata }) => [metadata.name, metadata.uid]),
  );
}

const ownersOf = ({ metadata }: StoredObject): readonly string[] =>
  (metadata.ownerReferences ?? []).map(({ kind, uid }) => `${kind} ${uid}`);

/** Waits until each PediaCluster is owned by the lifecycle of its name, which is another one than before. */
async function areOwnedAnew(
  uids: { readonly [name: string]: string },
  before: readonly string[],
): Promise<void> {
  await eventually(
    'the PediaClusters to be owned again',
    async () => {
      for (const [name, uid] of Object.entries(uids)) {
        const [cluster, lifecycle] = await Promise.all([
          world.client.get(PEDIA_CLUSTERS, name),
          world.client.get(LIFECYCLES, name),
        ]);
        expect(before).not.toContain(lifecycle.metadata.uid);
        expect(cluster.metadata.uid).toBe(uid);
        expect(ownersOf(cluster)).toEqual([`PediaClusterLifecycle ${lifecycle.metadata.uid}`]);
        expect(cluster.metadata.annotations ?? {}).not.toHaveProperty([MADE_BY_ANNOTATION]);
        expect(cluster.metadata.annotations ?? {}).not.toHaveProperty([ADOPT_BY_ANNOTATION]);
      }
    },
    { timeoutMs: 60_000 },
  );
}

const lifecycleUids = async (): Promise<readonly string[]> =>
  (await world.client.list(LIFECYCLES)).items.map(({ metadata }) => metadata.uid);

/** Imports three clusters. */
async function imported(label: string, change?: Partial<ClusterImportPolicySpec>): Promise<void> {
  await world.client.create(POLICIES, policy(label, scoped(label, change)));
  await addClusters(world.client, label, `${label}1`, `${label}2`, `${label}3`);
  await policyIs(world.client, label, { Ready: 'True/Settled' }, { pediaClusters: 3 });
}

const [policies, lifecycles] = policyDefinitions;
if (policies === undefined || lifecycles === undefined) throw new Error('there are two definitions');

describe('deletion has one door', () => {
  it('lifecycles that are deleted by hand do not take their PediaClusters along', async () => {
    run();
    await imported('hand');
    const [uids, before] = [await uidsOf('hand-'), await lifecycleUids()];
    for (const name of Object.keys(uids)) await world.client.delete(LIFECYCLES, name, undefined);
    await areOwnedAnew(uids, before);
    await removePolicy(world.client, 'hand');
    expect(await uidsOf('hand-')).toEqual({});
  });

  it('nor are those that were deleted with their definition', async () => {
    run();
    await imported('def');
    const [uids, before] = [await uidsOf('def-'), await lifecycleUids()];
    await removeCrd(world.client, lifecycles.metadata.name);
    expect(await uidsOf('def-')).toEqual(uids);
    await installCrd(world.client, { ...lifecycles });
    await areOwnedAnew(uids, before);
    await removePolicy(world.client, 'def');
    expect(await uidsOf('def-')).toEqual({});
  });

  it.each([
    ['guarded', 'true'],
    ['plain', 'false'],
  ])(
    'nor those of a policy that goes with its definition (deletion-protection of %s: %s)',
    async (label, value) => {
      run();
      await imported(label);
      await merge(world.client, POLICIES, label, {
        metadata: { annotations: { [DELETION_PROTECTION_ANNOTATION]: value } },
      });
      const [uids, before] = [await uidsOf(`${label}-`), await lifecycleUids()];
      await removeCrd(world.client, policies.metadata.name);
      await eventually('the lifecycles to be gone', async () => {
        expect(await lifecycleUids()).toEqual([]);
      });
      expect(await uidsOf(`${label}-`)).toEqual(uids);
      for (const name of Object.keys(uids)) {
        const { metadata } = await world.client.get(PEDIA_CLUSTERS, name);
        expect(metadata.ownerReferences ?? []).toEqual([]);
        expect(metadata.annotations).toMatchObject({ [MADE_BY_ANNOTATION]: label });
      }
      await installCrd(world.client, { ...policies });
      await world.client.create(POLICIES, policy(label, scoped(label)));
      await areOwnedAnew(uids, before);
      await removePolicy(world.client, label);
      expect(await uidsOf(`${label}-`)).toEqual({});
    },
  );

  it('what does go, goes through the breaker, though somebody deletes the lifecycles by hand', async () => {
    run({ breaker: { settleSeconds: 0, count: 1, fraction: 0.1 } });
    await imported('mass');
    const uids = await uidsOf('mass-');
    await merge(world.client, POLICIES, 'mass', {
      spec: { source: { selectorTemplate: '{{ eq .source.metadata.name "none" }}' } },
    });
    await policyIs(world.client, 'mass', { Ready: 'False/DeletionHeld' }, { heldDeletions: 3 });
    for (const name of Object.keys(uids)) await world.client.delete(LIFECYCLES, name, undefined);
    await policyIs(world.client, 'mass', { Ready: 'False/DeletionHeld' }, { heldDeletions: 3 });
    expect(await uidsOf('mass-')).toEqual(uids);
    await merge(world.client, POLICIES, 'mass', {
      metadata: { annotations: { 'policy.clusterpedia.io/allow-deletions': '3' } },
    });
    for (const name of Object.keys(uids)) await isGone(world.client, PEDIA_CLUSTERS, name);
    await policyIs(world.client, 'mass', { Ready: 'True/Settled' }, { heldDeletions: 0 });
    await removePolicy(world.client, 'mass');
  });
});

describe('a PediaCluster that an admin made', () => {
  it('is left alone and reported, until it may be adopted; then it is kept up to date and never deleted', async () => {
    const { client } = world;
    run();
    const made = {
      apiVersion: 'cluster.clusterpedia.io/v1alpha2',
      kind: 'PediaCluster',
      metadata: { name: 'admin-a1' },
      spec: { apiserver: 'https://production', tokenData: base64('the real token'), syncResources: [] },
    };
    await client.create(PEDIA_CLUSTERS, made);
    await client.create(POLICIES, policy('admin', scoped('admin')));
    await addClusters(client, 'admin', 'a1');
    await lifecycleIs(client, 'admin-a1', { Created: 'False/NotAdopted', Ready: 'False/NotAdopted' });
    await policyIs(client, 'admin', { Ready: 'False/Failed' }, { failed: 1, pediaClusters: 0 });
    expect((await client.get(PEDIA_CLUSTERS, 'admin-a1'))['spec']).toEqual(made.spec);
    const lifecycle = await client.get(LIFECYCLES, 'admin-a1');
    await eventually('an event', async () => {
      expect(await eventsAbout(client, lifecycle)).toEqual([expect.stringMatching(/^NotAdopted: /)]);
    });
    await merge(client, PEDIA_CLUSTERS, 'admin-a1', {
      metadata: { annotations: { [ADOPT_BY_ANNOTATION]: 'admin' } },
    });
    await pediaClusterIs(client, 'admin-a1', { apiserver: 'https://a1.example:6443' });
    await lifecycleIs(client, 'admin-a1', { Created: 'True/Existing', Ready: 'True/UpToDate' });
    await removePolicy(client, 'admin');
    expect(ownersOf(await client.get(PEDIA_CLUSTERS, 'admin-a1'))).toEqual([]);
    await client.delete(PEDIA_CLUSTERS, 'admin-a1', undefined);
  });

  it('is kept up to date under adoption: Always, as by Clusterpedia', async () => {
    const { client } = world;
    run();
    await client.create(PEDIA_CLUSTERS, {
      apiVersion: 'cluster.clusterpedia.io/v1alpha2',
      kind: 'PediaCluster',
      metadata: { name: 'always-b1' },
      spec: { apiserver: 'https://elsewhere', syncResources: [] },
    });
    await client.create(POLICIES, policy('always', scoped('always', { adoption: 'Always' })));
    await addClusters(client, 'always', 'b1');
    await pediaClusterIs(client, 'always-b1', { apiserver: 'https://b1.example:6443' });
    await removePolicy(client, 'always');
    await client.delete(PEDIA_CLUSTERS, 'always-b1', undefined);
  });

  it('was let go under Orphan, and is adopted by the policy of that name', async () => {
    const { client } = world;
    run();
    await client.create(POLICIES, policy('orphan', scoped('orphan', { deletionPolicy: 'Orphan' })));
    await addClusters(client, 'orphan', 'c1');
    const { metadata } = await pediaClusterIs(client, 'orphan-c1');
    await removePolicy(client, 'orphan');
    expect((await client.get(PEDIA_CLUSTERS, 'orphan-c1')).metadata).toMatchObject({
      uid: metadata.uid,
      annotations: { [ADOPT_BY_ANNOTATION]: 'orphan' },
    });
    await client.create(POLICIES, policy('orphan', scoped('orphan', { deletionPolicy: 'Orphan' })));
    await lifecycleIs(client, 'orphan-c1', { Created: 'True/Existing' });
    await removePolicy(client, 'orphan');
    await client.delete(PEDIA_CLUSTERS, 'orphan-c1', undefined);
  });
});

describe('a credential', () => {
  it('that vanishes from its Secret stays in the PediaCluster, and is followed when it is back', async () => {
    const { client } = world;
    run();
    await client.create(POLICIES, policy('keep', scoped('keep')));
    await addClusters(client, 'keep', 'd1');
    const before = await pediaClusterIs(client, 'keep-d1', { tokenData: base64('token of d1') });
    for (const key of ['token', 'ca']) {
      await merge(client, SECRETS, 'd1', { data: { [key]: null } }, 'default');
      await lifecycleIs(client, 'keep-d1', { Created: 'True/Created', Ready: 'False/CredentialMissing' });
      expect((await client.get(PEDIA_CLUSTERS, 'keep-d1'))['spec']).toEqual(before['spec']);
      await merge(client, SECRETS, 'd1', { data: { [key]: base64(`another ${key}`) } }, 'default');
      await lifecycleIs(client, 'keep-d1', { Ready: 'True/UpToDate' });
      await merge(client, SECRETS, 'd1', { data: mcpSecret('d1')['data'] }, 'default');
      await pediaClusterIs(client, 'keep-d1', before['spec'] as { readonly [field: string]: unknown });
    }
    await merge(client, POLICIES, 'keep', {
      spec: { template: world.mcp.template.replaceAll('.data.token', '.data.tokn') },
    });
    await lifecycleIs(client, 'keep-d1', { Ready: 'False/CredentialMissing' });
    expect((await client.get(PEDIA_CLUSTERS, 'keep-d1'))['spec']).toEqual(before['spec']);
    await removePolicy(client, 'keep');
  });

  it("that has Clusterpedia run a tenant's program is not written, and says so without the program", async () => {
    const { client } = world;
    run();
    const kubeconfig = (user: object): string =>
      base64(
        JSON.stringify({
          apiVersion: 'v1',
          kind: 'Config',
          'current-context': 'c',
          contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
          clusters: [{ name: 'c', cluster: { server: 'https://e1' } }],
          users: [{ name: 'u', user }],
        }),
      );
    const template = `spec:
  kubeconfig: "{{ .references.auth.data.token }}"
  syncResources: []
`;
    const [reference] = world.mcp.references ?? [];
    if (reference === undefined) throw new Error("the seed's policy has a reference");
    const references = [{ ...reference, key: 'auth' }];
    await client.create(POLICIES, policy('alone', scoped('alone', { template, references })));
    const exec = { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'evil-program' } };
    await client.create(SECRETS, { ...mcpSecret('e1'), data: { token: kubeconfig(exec) } });
    await create(client, MCP_CLUSTERS, mcpCluster('e1', { labels: { test: 'alone' } }));
    await lifecycleIs(client, 'alone-e1', { Created: 'False/CredentialNotSelfContained' });
    const lifecycle = await client.get(LIFECYCLES, 'alone-e1');
    expect(JSON.stringify(lifecycle)).not.toContain('evil-program');
    await eventually('an event', async () => {
      const [event] = await eventsAbout(client, lifecycle);
      expect(event).toMatch(/^CredentialNotSelfContained: /);
      expect(event).not.toContain('evil-program');
    });
    expect(await find(client, PEDIA_CLUSTERS, 'alone-e1')).toBeUndefined();
    const good = kubeconfig({ token: 'inline' });
    await merge(client, SECRETS, 'e1', { data: { token: good } }, 'default');
    await pediaClusterIs(client, 'alone-e1', { kubeconfig: good });
    for (const user of [exec, { tokenFile: '/var/run/secrets/kubernetes.io/serviceaccount/token' }]) {
      await merge(client, SECRETS, 'e1', { data: { token: kubeconfig(user) } }, 'default');
      await lifecycleIs(client, 'alone-e1', { Ready: 'False/CredentialNotSelfContained' });
      await pediaClusterIs(client, 'alone-e1', { kubeconfig: good });
      await merge(client, SECRETS, 'e1', { data: { token: good } }, 'default');
      await lifecycleIs(client, 'alone-e1', { Ready: 'True/UpToDate' });
    }
    await removePolicy(client, 'alone');
  });

  it('may run a program that an admin has allowed', async () => {
    const { client } = world;
    run({ allowedExecCommands: ['aws-iam-authenticator'] });
    const kubeconfig = base64(
      JSON.stringify({
        'current-context': 'c',
        contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
        clusters: [{ name: 'c', cluster: { server: 'https://f1' } }],
        users: [{ name: 'u', user: { exec: { apiVersion: 'v1', command: 'aws-iam-authenticator' } } }],
      }),
    );
    const template = `spec:\n  kubeconfig: ${kubeconfig}\n  syncResources: []\n`;
    await client.create(POLICIES, policy('allowed', scoped('allowed', { template, references: [] })));
    await addClusters(client, 'allowed', 'f1');
    await pediaClusterIs(client, 'allowed-f1', { kubeconfig });
    await removePolicy(client, 'allowed');
  });
});

describe('a lifecycle that somebody writes by hand', () => {
  it('is rendered with whatever it refers to: whoever may write lifecycles has what the controller may read', async () => {
    const { client } = world;
    run();
    await imported('by-hand');
    await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'others' } });
    const token = base64('of-others');
    await client.create(SECRETS, {
      ...mcpSecret('victim'),
      metadata: { name: 'victim', namespace: 'others' },
      data: { token },
    });
    const { apiVersion, kind, spec } = await client.get(LIFECYCLES, 'by-hand-by-hand1');
    const [reference] = world.mcp.references ?? [];
    if (reference === undefined) throw new Error("the seed's policy has a reference");
    const { versions: _, allowedNamespaces: __, ...read } = reference;
    await client.create(LIFECYCLES, {
      apiVersion,
      kind: kind ?? '',
      metadata: { name: 'written-by-hand' },
      spec: {
        ...(spec as object),
        references: [{ ...read, version: 'v1', namespaceTemplate: 'others', nameTemplate: 'victim' }],
      },
    });
    await pediaClusterIs(client, 'written-by-hand', { tokenData: token });
    await client.delete(LIFECYCLES, 'written-by-hand', undefined);
    await isGone(client, LIFECYCLES, 'written-by-hand');
    await removePolicy(client, 'by-hand');
  });
});

describe('a name', () => {
  it('stays with the source that has it, whichever of the two is older', async () => {
    const { client } = world;
    run();
    await client.create(
      POLICIES,
      policy('same', scoped('same', { nameTemplate: 'same-{{ .source.metadata.labels.as }}' })),
    );
    await client.create(SECRETS, mcpSecret('g1'));
    await client.create(SECRETS, mcpSecret('g2'));
    const older = await create(
      client,
      MCP_CLUSTERS,
      mcpCluster('g1', { labels: { test: 'same', as: 'other' } }),
    );
    await create(client, MCP_CLUSTERS, mcpCluster('g2', { labels: { test: 'same', as: 'name' } }));
    const before = await pediaClusterIs(client, 'same-name', { apiserver: 'https://g2.example:6443' });
    await pediaClusterIs(client, 'same-other', { apiserver: 'https://g1.example:6443' });
    await merge(client, MCP_CLUSTERS, older.metadata.name, { metadata: { labels: { as: 'name' } } });
    await policyIs(client, 'same', { Ready: 'False/Failed' }, { failed: 1 });
    const after = await pediaClusterIs(client, 'same-name', { apiserver: 'https://g2.example:6443' });
    expect(after.metadata.uid).toBe(before.metadata.uid);
    await client.delete(MCP_CLUSTERS, 'g2', undefined);
    await pediaClusterIs(client, 'same-name', { apiserver: 'https://g1.example:6443' });
    await removePolicy(client, 'same');
  });
});

describe('a source that is being deleted', () => {
  it('is not imported anew, and keeps what it has until it is gone', async () => {
    const { client } = world;
    run();
    await client.create(POLICIES, policy('going', scoped('going')));
    for (const name of ['h1', 'h2']) await client.create(SECRETS, mcpSecret(name));
    const held = (name: string, ready: boolean) => {
      const cluster = mcpCluster(name, { labels: { test: 'going' }, ready });
      return { ...cluster, metadata: { ...cluster.metadata, name, finalizers: ['example.com/held'] } };
    };
    await create(client, MCP_CLUSTERS, held('h1', true));
    await create(client, MCP_CLUSTERS, held('h2', false));
    const { metadata } = await pediaClusterIs(client, 'going-h1');
    await lifecycleIs(client, 'going-h2', { Created: 'False/CreationConditionNotMet' });
    for (const name of ['h1', 'h2']) await client.delete(MCP_CLUSTERS, name, undefined);
    const status = { conditions: [{ type: 'Ready', status: 'True' }] };
    await client.patchStatus(MCP_CLUSTERS, 'h2', undefined, { status }, { type: 'merge' });
    await lifecycleIs(client, 'going-h2', { Created: 'False/SourceDeleting' });
    expect((await client.get(PEDIA_CLUSTERS, 'going-h1')).metadata.uid).toBe(metadata.uid);
    await merge(client, MCP_CLUSTERS, 'h1', { metadata: { finalizers: null } });
    await isGone(client, PEDIA_CLUSTERS, 'going-h1');
    await merge(client, MCP_CLUSTERS, 'h2', { metadata: { finalizers: null } });
    await isGone(client, LIFECYCLES, 'going-h2');
    await removePolicy(client, 'going');
  });
});
