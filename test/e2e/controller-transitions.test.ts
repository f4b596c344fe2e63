import { beforeAll, describe, expect, it } from 'vitest';
import type { ClusterImportPolicySpec } from '../../src/api/index.ts';
import { ALLOW_DELETIONS_ANNOTATION } from '../../src/api/index.ts';
import type { KubeClient, KubeManifest } from '../../src/kube/index.ts';
import {
  addClusters,
  eventsAbout,
  isQuiet,
  lifecycleIs,
  pediaClusterIs,
  policyIs,
  removePolicy,
} from '../controller/expecting.ts';
import type { Mortal } from '../controller/mortal.ts';
import { startMortal } from '../controller/mortal.ts';
import { runInProcess } from '../controller/running.ts';
import { useMcpWorld } from '../controller/mcp-world.ts';
import {
  LIFECYCLES,
  MCP_CLUSTERS,
  PEDIA_CLUSTERS,
  POLICIES,
  SECRETS,
  base64,
  controllerConfig,
  create,
  eventually,
  installCrd,
  isGone,
  mcpCluster,
  mcpSecret,
  merge,
  policy,
  policyFile,
  removeCrd,
  scopedPolicy,
} from '../controller/world.ts';

let client: KubeClient;

const world = useMcpWorld();
beforeAll(() => {
  client = world.client;
});

/** A breaker that holds more than two deletions, and more than half. */
const breakerLimits = { breaker: { count: 2, settleSeconds: 0 } };

const scoped = (label: string, change?: Partial<ClusterImportPolicySpec>): ClusterImportPolicySpec =>
  scopedPolicy(world, label, change);

const allow = (name: string, count: string | null): Promise<unknown> =>
  merge(client, POLICIES, name, { metadata: { annotations: { [ALLOW_DELETIONS_ANNOTATION]: count } } });

async function allowanceIsWithdrawn(name: string): Promise<void> {
  await eventually('the allowance to be withdrawn', async () => {
    const { annotations = {} } = (await client.get(POLICIES, name)).metadata;
    expect(annotations).not.toHaveProperty(ALLOW_DELETIONS_ANNOTATION);
  });
}

/** A policy with three PediaClusters, all of whose deletions are held: its selector leaves them out. */
async function held(label: string): Promise<readonly string[]> {
  const names = ['1', '2', '3'].map((number) => `${label}-${number}`);
  await client.create(
    POLICIES,
    policy(label, scoped(label, { nameTemplate: '{{ .source.metadata.name }}' })),
  );
  await addClusters(client, label, ...names);
  await policyIs(client, label, { Ready: 'True/Settled' }, { pediaClusters: 3 });
  await merge(client, POLICIES, label, { spec: { source: { selectorTemplate: 'false' } } });
  await policyIs(client, label, { Ready: 'False/DeletionHeld' }, { heldDeletions: 3 });
  return names;
}

async function withMortal(
  settings: { readonly [field: string]: unknown },
  body: (controller: Mortal) => Promise<void>,
): Promise<void> {
  const controller = await startMortal(world.controlPlane, settings);
  try {
    await body(controller);
  } finally {
    await controller.end();
  }
}

describe('held deletions that are allowed', () => {
  it('are made though somebody edits the policy while the allowance is being withdrawn', async () => {
    await withMortal(breakerLimits, async ({ gateway }) => {
      const names = await held('contended');
      let edited: Promise<unknown> | undefined;
      gateway.hold = (write) => {
        if (edited !== undefined || !/^PATCH .*clusterimportpolicies\/contended$/.test(write))
          return undefined;
        edited = merge(client, POLICIES, 'contended', { metadata: { labels: { edited: 'meanwhile' } } });
        return edited.then(() => undefined);
      };
      await allow('contended', '3');
      for (const name of names) await isGone(client, PEDIA_CLUSTERS, name);
      expect(edited).toBeDefined();
      await allowanceIsWithdrawn('contended');
      await removePolicy(client, 'contended');
    });
  });

  it('while no controller runs are made by the next one, which withdraws the allowance', async () => {
    const first = runInProcess(controllerConfig(world.controlPlane, breakerLimits));
    const names = await held('absent');
    await first.stop();
    await allow('absent', '3');
    runInProcess(controllerConfig(world.controlPlane, breakerLimits));
    for (const name of names) await isGone(client, PEDIA_CLUSTERS, name);
    await allowanceIsWithdrawn('absent');
    await removePolicy(client, 'absent');
  });

  it('are not the ones that are held some other time: an allowance goes with what it was meant for', async () => {
    runInProcess(controllerConfig(world.controlPlane, breakerLimits));
    const names = await held('undone');
    await allow('undone', '2');
    await merge(client, POLICIES, 'undone', { spec: { source: { selectorTemplate: 'true' } } });
    await policyIs(client, 'undone', { Ready: 'True/Settled' }, { heldDeletions: 0 });
    await allowanceIsWithdrawn('undone');
    for (const name of names) await pediaClusterIs(client, name);
    await removePolicy(client, 'undone');
  });
});

describe('held deletions', () => {
  it('count a PediaCluster once, though it is to go for two reasons', async () => {
    const controller = runInProcess(controllerConfig(world.controlPlane, breakerLimits));
    const deletionCondition = '{{ eq .source.spec.apiEndpoint "https://retired" }}';
    await client.create(POLICIES, policy('twice', scoped('twice', { deletionCondition })));
    const names = ['twice-1', 'twice-2', 'twice-3'];
    await addClusters(client, 'twice', ...names);
    await policyIs(client, 'twice', { Ready: 'True/Settled' }, { pediaClusters: 3 });
    await merge(client, POLICIES, 'twice', { spec: { deletionCondition: 'true' } });
    await policyIs(client, 'twice', { Ready: 'False/DeletionHeld' }, { heldDeletions: 3 });
    for (const name of names) await client.delete(MCP_CLUSTERS, name, undefined);
    await policyIs(client, 'twice', { Ready: 'False/DeletionHeld' }, { sources: 0, heldDeletions: 3 });
    await isQuiet(controller);
    await policyIs(client, 'twice', {}, { heldDeletions: 3 });
    expect(await controller.sum('clusterpedia_import_held_deletions')).toBe(3);

    // The sources return; the condition holds as before.
    for (const name of names)
      await create(client, MCP_CLUSTERS, mcpCluster(name, { labels: { test: 'twice' } }));
    await policyIs(client, 'twice', { Ready: 'False/DeletionHeld' }, { sources: 3, heldDeletions: 3 });
    await allow('twice', '3');
    for (const name of names) await isGone(client, PEDIA_CLUSTERS, `twice-${name}`);
    await removePolicy(client, 'twice');
  });

  it('are told of anew for a policy that was deleted and created again at once', async () => {
    const controller = runInProcess(controllerConfig(world.controlPlane, breakerLimits));
    await held('again');
    const spec = (await client.get(POLICIES, 'again'))['spec'] as ClusterImportPolicySpec;
    await client.delete(POLICIES, 'again', undefined);
    await merge(client, POLICIES, 'again', { metadata: { finalizers: null } }).catch(() => undefined);
    await isGone(client, POLICIES, 'again');
    await client.create(
      POLICIES,
      policy('again', { ...spec, source: { ...spec.source, selectorTemplate: 'true' } }),
    );
    await policyIs(client, 'again', { Ready: 'True/Settled' }, { pediaClusters: 3 });
    await merge(client, POLICIES, 'again', { spec: { source: { selectorTemplate: 'false' } } });
    const found = await policyIs(client, 'again', { Ready: 'False/DeletionHeld' }, { heldDeletions: 3 });
    await eventually('an event about it', async () => {
      expect(await eventsAbout(client, found)).toEqual([expect.stringMatching(/^DeletionHeld: 3 deletions/)]);
    });
    await removePolicy(client, 'again');
    await eventually('nothing to be held any more', async () => {
      expect(await controller.sum('clusterpedia_import_held_deletions')).toBe(0);
    });
  });
});

describe('a source whose name fails to render since the policy was edited', () => {
  it('keeps its PediaCluster, which goes on following its Secret', async () => {
    runInProcess(controllerConfig(world.controlPlane));
    await client.create(POLICIES, policy('behind', scoped('behind')));
    await addClusters(client, 'behind', 'y1', 'y2');
    await policyIs(client, 'behind', { Ready: 'True/Settled' }, { pediaClusters: 2 });
    const nameTemplate =
      'behind-{{ if eq .source.metadata.name "y1" }}{{ fail "no" }}{{ end }}{{ .source.metadata.name }}';
    const template = world.mcp.template.replace('.apiEndpoint }}"', '.apiEndpoint }}/edited"');
    await merge(client, POLICIES, 'behind', { spec: { nameTemplate, template } });
    await policyIs(client, 'behind', { Ready: 'False/Failed' }, { failed: 1 });
    await pediaClusterIs(client, 'behind-y2', { apiserver: 'https://y2.example:6443/edited' });
    await merge(client, SECRETS, 'y1', { data: { token: base64('rotated') } }, 'default');
    await pediaClusterIs(client, 'behind-y1', {
      apiserver: 'https://y1.example:6443',
      tokenData: base64('rotated'),
    });
    await removePolicy(client, 'behind');
  });
});

describe('a name whose claimant the policy does not see any more', () => {
  it('is free for others, though the claimant has never had it', async () => {
    runInProcess(controllerConfig(world.controlPlane));
    const nameTemplate = 'claimed';
    const source = { group: 'cluster.mcp.io', version: 'v1alpha1', resource: 'clusters', name: 'somebody' };
    await client.create(LIFECYCLES, {
      apiVersion: 'policy.clusterpedia.io/v1alpha1',
      kind: 'PediaClusterLifecycle',
      metadata: { name: 'claimed' },
      spec: { source, template: world.mcp.template, creationCondition: 'false', suspend: true },
    });
    await addClusters(client, 'claim-old', 'z-old');
    await addClusters(client, 'claim-young', 'z-young');
    await client.create(POLICIES, policy('claim-old', scoped('claim-old', { nameTemplate })));
    await policyIs(client, 'claim-old', { Ready: 'False/Failed' });
    await client.create(POLICIES, policy('claim-young', scoped('claim-young', { nameTemplate })));
    const problemOf = async (name: string) => JSON.stringify((await client.get(POLICIES, name))['status']);
    await eventually('the younger to be told of the older', async () => {
      expect(await problemOf('claim-young')).toContain('is held by z-old');
    });
    await merge(client, POLICIES, 'claim-old', { spec: { source: { labelSelector: 'test=nobody' } } });
    await eventually('the younger to be told of the lifecycle', async () => {
      expect(await problemOf('claim-young')).toContain('exists already');
    });
    await client.delete(LIFECYCLES, 'claimed', undefined);
    await pediaClusterIs(client, 'claimed', { apiserver: 'https://z-young.example:6443' });
    await removePolicy(client, 'claim-old');
    await removePolicy(client, 'claim-young');
  });
});

describe('a write that is forbidden', () => {
  it.each([
    ['lifecycle', /^POST .*pediaclusterlifecycles$/],
    ['PediaCluster', /^POST .*pediaclusters$/],
  ])('of a %s is reported, and tried again until it is allowed', async (kind, matching) => {
    const label = `forbidden-${kind.toLowerCase()}`;
    await withMortal({}, async ({ gateway }) => {
      gateway.refuse = (write) => (matching.test(write) ? { code: 403, reason: 'Forbidden' } : undefined);
      await client.create(POLICIES, policy(label, scoped(label)));
      await addClusters(client, label, label);
      const refused = await policyIs(client, label, { Ready: 'False/Failed' }, { failed: 1 });
      expect(JSON.stringify(refused['status'])).toContain('POST of the object is not allowed');
      gateway.refuse = () => undefined;
      await pediaClusterIs(client, `${label}-${label}`);
      await policyIs(client, label, { Ready: 'True/Settled' }, { failed: 0, pediaClusters: 1 });
      await removePolicy(client, label);
    });
  });
});

describe('a lifecycle that is deleted', () => {
  it('takes along a PediaCluster that the controller has not heard of', async () => {
    await withMortal({}, async ({ gateway }) => {
      await client.create(POLICIES, policy('unheard', scoped('unheard')));
      await policyIs(client, 'unheard', { Ready: 'True/Settled' });
      gateway.isDeaf = (path) => path.endsWith('/pediaclusters');
      gateway.loseAnswer = (write) => write.startsWith('POST') && write.endsWith('/pediaclusters');
      await addClusters(client, 'unheard', 'v1');
      await pediaClusterIs(client, 'unheard-v1');
      await client.delete(MCP_CLUSTERS, 'v1', undefined);
      await isGone(client, PEDIA_CLUSTERS, 'unheard-v1');
      gateway.isDeaf = () => false;
      gateway.interrupt();
      gateway.restore();
      await isGone(client, LIFECYCLES, 'unheard-v1');
      await removePolicy(client, 'unheard');
    });
  });

  it('waits quietly for a PediaCluster that somebody keeps, with its policy', async () => {
    const controller = runInProcess(controllerConfig(world.controlPlane));
    await client.create(POLICIES, policy('kept', scoped('kept')));
    await addClusters(client, 'kept', 'w1');
    await pediaClusterIs(client, 'kept-w1');
    await merge(client, PEDIA_CLUSTERS, 'kept-w1', { metadata: { finalizers: ['test.io/kept'] } });
    await client.delete(POLICIES, 'kept', undefined);
    await policyIs(client, 'kept', { Reconciling: 'True/Deleting', Ready: 'False/Deleting' });
    await eventually('the PediaCluster to be deleted', async () => {
      expect((await client.get(PEDIA_CLUSTERS, 'kept-w1')).metadata.deletionTimestamp).toBeDefined();
    });
    await isQuiet(controller);
    await merge(client, PEDIA_CLUSTERS, 'kept-w1', { metadata: { finalizers: null } });
    await isGone(client, POLICIES, 'kept');
  });

  it('and suspended stays without a policy, quietly, until it is resumed', async () => {
    const controller = runInProcess(controllerConfig(world.controlPlane));
    await client.create(POLICIES, policy('left', scoped('left')));
    await addClusters(client, 'left', 'x1');
    await pediaClusterIs(client, 'left-x1');
    await merge(client, LIFECYCLES, 'left-x1', { spec: { suspend: true } });
    await client.delete(POLICIES, 'left', undefined);
    await policyIs(client, 'left', { Ready: 'False/Deleting' });
    await merge(client, POLICIES, 'left', { metadata: { finalizers: null } });
    await isGone(client, POLICIES, 'left');
    await isQuiet(controller);
    await pediaClusterIs(client, 'left-x1');
    await merge(client, LIFECYCLES, 'left-x1', { spec: { suspend: false } });
    await isGone(client, LIFECYCLES, 'left-x1');
    await isGone(client, PEDIA_CLUSTERS, 'left-x1');
  });
});

describe('a status that somebody else has written', () => {
  it.each([
    ['policy', POLICIES, 'wiped-policy'],
    ['lifecycle', LIFECYCLES, 'wiped-lifecycle-u1'],
  ])('is put back, of a %s', async (kind, type, name) => {
    const controller = runInProcess(controllerConfig(world.controlPlane));
    const label = `wiped-${kind}`;
    await client.create(POLICIES, policy(label, scoped(label, { nameTemplate: `${label}-u1` })));
    await addClusters(client, label, label);
    await lifecycleIs(client, `${label}-u1`, { Created: 'True/Created', Ready: 'True/UpToDate' });
    await isQuiet(controller);
    const before = (await client.get(type, name))['status'];
    await client.patchStatus(type, name, undefined, { status: null }, { type: 'merge' });
    await eventually('the status to be put back', async () => {
      expect(withoutTimes((await client.get(type, name))['status'])).toEqual(withoutTimes(before));
    });
    await removePolicy(client, label);
  });
});

const withoutTimes = (status: unknown): unknown =>
  JSON.parse(
    JSON.stringify(status ?? {}, (key, value: unknown) => (key === 'lastTransitionTime' ? '' : value)),
  );

describe('a source kind that is deleted and installed again at once', () => {
  it('leaves the PediaClusters to the objects that come back', async () => {
    runInProcess(controllerConfig(world.controlPlane));
    const [definition] = await policyFile('mcp/testdata/crds.yaml');
    const reinstalled = JSON.parse(
      JSON.stringify(definition).replaceAll('cluster.mcp.io', 'again.mcp.io'),
    ) as KubeManifest;
    await installCrd(client, reinstalled);
    const clusters = { ...MCP_CLUSTERS, group: 'again.mcp.io' };
    const cluster = { ...mcpCluster('t1'), apiVersion: 'again.mcp.io/v1alpha1' };
    const source = { ...world.mcp.source, group: 'again.mcp.io' };
    await client.create(POLICIES, policy('reinstalled', scoped('reinstalled', { source })));
    await client.create(POLICIES, policy('pacer', scoped('pacer')));
    await client.create(SECRETS, mcpSecret('t1'));
    await create(client, clusters, cluster);
    const made = await pediaClusterIs(client, 'reinstalled-t1');
    await removeCrd(client, 'clusters.again.mcp.io');
    await installCrd(client, reinstalled);
    await policyIs(client, 'reinstalled', {}, { sources: 0 });
    // News of another policy, from its source to its PediaCluster, shows that the controller has had its time.
    await addClusters(client, 'pacer', 't2');
    await pediaClusterIs(client, 'pacer-t2');
    await create(client, clusters, cluster);
    await policyIs(client, 'reinstalled', { Ready: 'True/Settled' }, { sources: 1, pediaClusters: 1 });
    expect((await pediaClusterIs(client, 'reinstalled-t1')).metadata.uid).toBe(made.metadata.uid);
    await removePolicy(client, 'reinstalled');
    await removePolicy(client, 'pacer');
  });
});
