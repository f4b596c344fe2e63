import { describe, expect, it } from 'vitest';
import type { ClusterImportPolicySpec } from '../../src/api/index.ts';
import { FINALIZER, fallbackDefinitions } from '../../src/api/index.ts';
import type { StoredObject } from '../../src/kube/index.ts';
import { runInProcess } from '../controller/running.ts';
import { useMcpWorld } from '../controller/mcp-world.ts';
import {
  CRDS,
  LIFECYCLES,
  MCP_CLUSTERS,
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
  removeCrd,
  scopedPolicy,
} from '../controller/world.ts';

const world = useMcpWorld();

const scoped = (label: string, change?: Partial<ClusterImportPolicySpec>): ClusterImportPolicySpec =>
  scopedPolicy(world, label, change);

const specOf = (object: StoredObject | undefined) =>
  object?.['spec'] as { readonly [field: string]: unknown } | undefined;

async function pediaCluster(name: string): Promise<StoredObject> {
  return eventually(`PediaCluster ${name}`, async () => {
    const found = await find(world.client, PEDIA_CLUSTERS, name);
    if (found === undefined) throw new Error('it does not exist');
    return found;
  });
}

async function eventuallySpec(name: string, expected: { readonly [field: string]: unknown }): Promise<void> {
  await eventually(`PediaCluster ${name} to change`, async () => {
    expect(specOf(await find(world.client, PEDIA_CLUSTERS, name))).toMatchObject(expected);
  });
}

describe('the controller', () => {
  it('imports a cluster, follows its credentials, and lets it go with its source', async () => {
    const { client, controlPlane } = world;
    runInProcess(controllerConfig(controlPlane));
    await client.create(POLICIES, policy('road', scoped('road')));
    await client.create(SECRETS, mcpSecret('alpha'));
    await create(client, MCP_CLUSTERS, mcpCluster('alpha', { labels: { test: 'road' } }));

    const made = await pediaCluster('road-alpha');
    expect(specOf(made)).toMatchObject({
      apiserver: 'https://alpha.example:6443',
      caData: base64('ca of alpha'),
      tokenData: base64('token of alpha'),
      syncResources: [
        { group: '', resources: ['pods'] },
        { group: 'apps', resources: ['*'] },
      ],
    });
    const lifecycle = await eventually('the lifecycle to be ready', async () => {
      const found = await find(client, LIFECYCLES, 'road-alpha');
      expect(conditionsOf(found)).toEqual({
        Created: 'True/Created',
        Updating: 'False/UpToDate',
        Stalled: 'False/UpToDate',
        Ready: 'True/UpToDate',
        Reachable: 'Unknown/NotReported',
      });
      return found;
    });
    expect(lifecycle?.metadata.finalizers).toEqual([FINALIZER]);
    expect(lifecycle?.metadata.ownerReferences).toMatchObject([
      { kind: 'ClusterImportPolicy', name: 'road' },
    ]);
    expect(made.metadata.ownerReferences).toMatchObject([
      { uid: lifecycle?.metadata.uid, name: 'road-alpha' },
    ]);
    await eventually('the policy to be ready', async () => {
      const found = await client.get(POLICIES, 'road');
      expect(conditionsOf(found)).toEqual({
        Validated: 'True/Valid',
        Reconciling: 'False/Settled',
        Stalled: 'False/Settled',
        Ready: 'True/Settled',
      });
      expect(found['status']).toMatchObject({
        sources: 1,
        selected: 1,
        lifecycles: 1,
        pediaClusters: 1,
        failed: 0,
      });
    });

    await merge(client, SECRETS, 'alpha', { data: { token: base64('rotated') } }, 'default');
    await eventuallySpec('road-alpha', { tokenData: base64('rotated') });

    await merge(client, PEDIA_CLUSTERS, 'road-alpha', {
      spec: { tokenData: base64('drift'), kubeconfig: base64('x') },
    });
    await eventuallySpec('road-alpha', { tokenData: base64('rotated') });
    expect(specOf(await find(client, PEDIA_CLUSTERS, 'road-alpha'))).not.toHaveProperty('kubeconfig');

    await client.delete(MCP_CLUSTERS, 'alpha', undefined);
    await isGone(client, PEDIA_CLUSTERS, 'road-alpha');
    await isGone(client, LIFECYCLES, 'road-alpha');
    await client.delete(POLICIES, 'road', undefined);
    await isGone(client, POLICIES, 'road');
  });

  it('waits for the creation condition and for the Secret', async () => {
    const { client, controlPlane } = world;
    runInProcess(controllerConfig(controlPlane));
    await client.create(POLICIES, policy('patient', scoped('patient')));
    await create(client, MCP_CLUSTERS, mcpCluster('late', { labels: { test: 'patient' }, ready: false }));
    const conditions = async () => conditionsOf(await find(client, LIFECYCLES, 'patient-late'));
    await eventually('the creation condition to be reported', async () => {
      expect(await conditions()).toMatchObject({ Created: 'False/CreationConditionNotMet' });
    });
    await merge(client, MCP_CLUSTERS, 'late', { status: mcpCluster('late')['status'] });
    await client
      .patchStatus(
        MCP_CLUSTERS,
        'late',
        undefined,
        { status: mcpCluster('late')['status'] },
        { type: 'merge' },
      )
      .catch(() => undefined);
    await eventually('the missing Secret to be reported', async () => {
      expect(await conditions()).toMatchObject({ Created: 'False/ReferenceNotFound' });
    });
    expect(await find(client, PEDIA_CLUSTERS, 'patient-late')).toBeUndefined();
    await client.create(SECRETS, mcpSecret('late'));
    await pediaCluster('patient-late');
    await client.delete(POLICIES, 'patient', undefined);
    await isGone(client, POLICIES, 'patient');
  });

  it('follows an edit of the policy, and takes everything along when the policy is deleted', async () => {
    const { client, controlPlane } = world;
    runInProcess(controllerConfig(controlPlane));
    await client.create(POLICIES, policy('edited', scoped('edited')));
    for (const name of ['e1', 'e2']) {
      await client.create(SECRETS, mcpSecret(name));
      await create(client, MCP_CLUSTERS, mcpCluster(name, { labels: { test: 'edited' } }));
    }
    await pediaCluster('edited-e1');
    await pediaCluster('edited-e2');
    const template = world.mcp.template.replace(
      '"{{ .source.spec.apiEndpoint }}"',
      '"{{ .source.spec.apiEndpoint }}/v2"',
    );
    await merge(client, POLICIES, 'edited', { spec: { template } });
    await eventuallySpec('edited-e1', { apiserver: 'https://e1.example:6443/v2' });
    await eventuallySpec('edited-e2', { apiserver: 'https://e2.example:6443/v2' });

    await merge(client, POLICIES, 'edited', {
      spec: { nameTemplate: 'renamed-{{ .source.metadata.name }}' },
    });
    await pediaCluster('renamed-e1');
    await pediaCluster('renamed-e2');
    await isGone(client, PEDIA_CLUSTERS, 'edited-e1');
    await isGone(client, LIFECYCLES, 'edited-e2');

    await client.delete(POLICIES, 'edited', undefined);
    await isGone(client, POLICIES, 'edited');
    expect(await names(client, PEDIA_CLUSTERS)).not.toContain('renamed-e1');
    expect(await names(client, LIFECYCLES)).not.toContain('renamed-e2');
  });

  it('starts when the platform is installed after the policy, and deletes nothing when it goes', async () => {
    const { client, controlPlane } = world;
    runInProcess(controllerConfig(controlPlane));
    const [definition] = await policyFile('mcp/testdata/crds.yaml');
    const late = JSON.parse(
      JSON.stringify(definition).replaceAll('cluster.mcp.io', 'late.mcp.io'),
    ) as typeof definition;
    if (late === undefined) throw new Error('the MCP platform has no CRD');
    const spec = {
      ...world.mcp,
      source: { ...world.mcp.source, group: 'late.mcp.io' },
      nameTemplate: 'late-{{ .source.metadata.name }}',
    };
    await client.create(POLICIES, policy('early', spec));
    await eventually('the missing kind to be reported', async () => {
      expect(conditionsOf(await client.get(POLICIES, 'early'))).toMatchObject({
        Validated: 'True/Valid',
        Reconciling: 'False/SourceKindNotFound',
        Ready: 'False/SourceKindNotFound',
      });
    });
    await client.create(SECRETS, mcpSecret('beta'));
    await installCrd(client, late);
    const clusters = { ...MCP_CLUSTERS, group: 'late.mcp.io' };
    await create(client, clusters, { ...mcpCluster('beta'), apiVersion: 'late.mcp.io/v1alpha1' });
    const made = await pediaCluster('late-beta');

    await removeCrd(client, 'clusters.late.mcp.io');
    await eventually('the loss to be reported', async () => {
      expect(conditionsOf(await client.get(POLICIES, 'early'))).toMatchObject({
        Ready: 'False/SourceKindNotFound',
      });
    });
    expect((await find(client, PEDIA_CLUSTERS, 'late-beta'))?.metadata.uid).toBe(made.metadata.uid);
    expect(await find(client, CRDS, 'clusters.late.mcp.io')).toBeUndefined();
    await client.delete(POLICIES, 'early', undefined);
    await isGone(client, POLICIES, 'early');
    expect(await find(client, PEDIA_CLUSTERS, 'late-beta')).toBeUndefined();
  });
});

describe('without Clusterpedia', () => {
  it('policies wait for it, and can be deleted though it has gone for good', async () => {
    const { client, controlPlane } = world;
    const config = controllerConfig(controlPlane);
    const before = runInProcess(config);
    await client.create(POLICIES, policy('alone', scoped('alone')));
    await client.create(SECRETS, mcpSecret('gamma'));
    await create(client, MCP_CLUSTERS, mcpCluster('gamma', { labels: { test: 'alone' } }));
    await pediaCluster('alone-gamma');
    const removed = `${PEDIA_CLUSTERS.resource}.${PEDIA_CLUSTERS.group}`;
    await removeCrd(client, removed);
    const missing = {
      Ready: 'False/PediaClusterKindNotFound',
      Reconciling: 'False/PediaClusterKindNotFound',
    };
    const saysSo = (): Promise<void> =>
      eventually('the policy to say what is missing', async () => {
        expect(conditionsOf(await client.get(POLICIES, 'alone'))).toMatchObject(missing);
      });
    await saysSo();

    for (const definition of fallbackDefinitions) await installCrd(client, { ...definition });
    await pediaCluster('alone-gamma');
    await eventually('the policy to be ready again', async () => {
      expect(conditionsOf(await client.get(POLICIES, 'alone'))).toMatchObject({ Ready: 'True/Settled' });
    });

    await before.stop();
    await removeCrd(client, removed);
    runInProcess(config);
    await saysSo();
    await client.delete(POLICIES, 'alone', undefined);
    await isGone(client, POLICIES, 'alone');
    expect(await names(client, LIFECYCLES)).toEqual([]);
  });
});
