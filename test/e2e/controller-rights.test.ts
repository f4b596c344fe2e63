/** A controller with the rights of the manifests, which are given and taken away while it runs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { loadClient } from '../../src/kube/index.ts';
import type { KubeManifest, ResourceType } from '../../src/kube/index.ts';
import {
  addClusters,
  isQuiet,
  lifecycleIs,
  pediaClusterIs,
  policyIs,
  removePolicy,
} from '../controller/expecting.ts';
import { runInProcess } from '../controller/running.ts';
import { useMcpWorld } from '../controller/mcp-world.ts';
import {
  MCP_CLUSTERS,
  POLICIES,
  SECRETS,
  conditionsOf,
  controllerConfig,
  create,
  eventually,
  mcpCluster,
  mcpSecret,
  policy,
  scopedPolicy,
} from '../controller/world.ts';
import type { Rule } from '../kustomize/manifests.ts';
import { KUSTOMIZE } from '../kustomize/manifests.ts';

const rbac = (resource: string, kind: string): ResourceType => ({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  resource,
  kind,
  namespaced: false,
});
const roles = rbac('clusterroles', 'ClusterRole');
const bindings = rbac('clusterrolebindings', 'ClusterRoleBinding');
const ACCOUNT = 'system:serviceaccount:clusterpedia-import-system:clusterpedia-import-controller';

/** What the controller runs with. */
let kubeconfig: string;

const world = useMcpWorld();
beforeAll(async () => {
  kubeconfig = await world.controlPlane.writeKubeconfig({ name: ACCOUNT });
  const text = readFileSync(join(KUSTOMIZE, 'base/controller/rbac.yaml'), 'utf8');
  for (const document of parseAllDocuments(text)) {
    const manifest = document.toJS() as KubeManifest & { readonly kind: string };
    if (manifest.kind === 'ClusterRole') await world.client.create(roles, manifest);
    if (manifest.kind === 'ClusterRoleBinding') await world.client.create(bindings, manifest);
  }
});

/** Lets the controller read a resource, or no longer. */
const grant = (group: string, resource: string): Promise<void> =>
  grantTo(ACCOUNT, `read-${resource}`, [
    { apiGroups: [group], resources: [resource], verbs: ['get', 'list', 'watch'] },
  ]);

/** Binds a user to a new role. */
async function grantTo(user: string, role: string, rules: readonly Rule[]): Promise<void> {
  const metadata = { name: role };
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  await world.client.create(roles, { apiVersion, kind: 'ClusterRole', metadata, rules });
  await world.client.create(bindings, {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: metadata.name },
    subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: user }],
  });
}
const revoke = (resource: string) => world.client.delete(roles, `read-${resource}`, undefined);

const run = () => runInProcess({ ...controllerConfig(world.controlPlane), kubeconfig });

it('says right after a restart that sources may not be listed any more, and rests until they may', async () => {
  const { client } = world;
  await grant('cluster.mcp.io', 'clusters');
  await grant('', 'secrets');
  const first = run();
  await client.create(POLICIES, policy('rights', scopedPolicy(world, 'rights')));
  await addClusters(client, 'rights', 'r1');
  await policyIs(client, 'rights', { Ready: 'True/Settled' }, { pediaClusters: 1 });
  await first.stop();

  await revoke('clusters');
  const second = run();
  // Ready stood for a minute.
  await eventually(
    'the policy to say so',
    async () => {
      expect(conditionsOf(await client.get(POLICIES, 'rights'))).toMatchObject({
        Ready: 'False/SourcesForbidden',
        Reconciling: 'False/SourcesForbidden',
        Stalled: 'True/SourcesForbidden',
      });
    },
    { timeoutMs: 30_000 },
  );
  // It queued the policy forty times a second.
  await isQuiet(second);
  await pediaClusterIs(client, 'rights-r1');

  await grantAgain();
  await policyIs(client, 'rights', { Ready: 'True/Settled', Stalled: 'False/Settled' }, { pediaClusters: 1 });
  await removePolicy(client, 'rights');

  async function grantAgain(): Promise<void> {
    await client.delete(bindings, 'read-clusters', undefined);
    await grant('cluster.mcp.io', 'clusters');
  }
});

it('no longer says that a Secret may not be read once it may, though there is no such Secret yet', async () => {
  const { client } = world;
  await revoke('secrets');
  await client.delete(bindings, 'read-secrets', undefined);
  run();
  await client.create(POLICIES, policy('granted', scopedPolicy(world, 'granted')));
  await create(client, MCP_CLUSTERS, mcpCluster('g1', { labels: { test: 'granted' } }));
  await lifecycleIs(client, 'granted-g1', {
    Ready: 'False/ReferenceForbidden',
    Stalled: 'True/ReferenceForbidden',
  });

  await grant('', 'secrets');

  await lifecycleIs(client, 'granted-g1', {
    Ready: 'False/ReferenceNotFound',
    Stalled: 'False/ReferenceNotFound',
  });
  await client.create(SECRETS, mcpSecret('g1'));
  await pediaClusterIs(client, 'granted-g1');
  await removePolicy(client, 'granted');
});

it('does not get rights from the author of a role who lacks them: the API server refuses such a role', async () => {
  const author = 'author-of-roles';
  const rules = [
    { apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterroles'], verbs: ['create'] },
    { apiGroups: [''], resources: ['configmaps'], verbs: ['get'] },
  ];
  await grantTo(author, 'authors-of-roles', rules);
  const asAuthor = await loadClient({
    kubeconfig: await world.controlPlane.writeKubeconfig({ name: author }),
  });
  const adding = (resource: string) =>
    asAuthor.create(roles, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: {
        name: `add-${resource}`,
        labels: { 'rbac.clusterpedia.io/aggregate-to-import-controller-secrets': 'true' },
      },
      rules: [{ apiGroups: [''], resources: [resource], verbs: ['get'] }],
    });
  await expect(adding('secrets')).rejects.toThrow('attempting to grant RBAC permissions not currently held');
  await expect(adding('configmaps')).resolves.toBeDefined();
  await asAuthor.close();
});
