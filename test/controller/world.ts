/** A control plane of its own with the product's CRDs, and what tests of the controller do in it. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import type { Config } from '../../config/index.ts';
import { parseConfig } from '../../config/index.ts';
import type { ClusterImportPolicySpec, Condition } from '../../src/api/index.ts';
import {
  CLUSTER_IMPORT_POLICY,
  PEDIA_CLUSTER,
  PEDIA_CLUSTER_LIFECYCLE,
  POLICY_GROUP,
  fallbackDefinitions,
  policyDefinitions,
} from '../../src/api/index.ts';
import type { ControlPlane, ControlPlaneOptions } from '../../src/control-plane/start.ts';
import { startControlPlane } from '../../src/control-plane/start.ts';
import { eventually } from '../../src/control-plane/wait.ts';
import type { KubeManifest, StoredObject, ResourceType } from '../../src/kube/index.ts';
import {
  CUSTOM_RESOURCE_DEFINITION,
  KubeClient,
  SECRET,
  isNotFound,
  parseKubeConfig,
} from '../../src/kube/index.ts';

export { eventually };

const core = (resource: string, kind: string, namespaced: boolean): ResourceType => ({
  group: '',
  version: 'v1',
  resource,
  kind,
  namespaced,
});

export const POLICIES: ResourceType = CLUSTER_IMPORT_POLICY;
export const LIFECYCLES: ResourceType = PEDIA_CLUSTER_LIFECYCLE;
export const PEDIA_CLUSTERS: ResourceType = PEDIA_CLUSTER;
export const SECRETS: ResourceType = SECRET;
export const NAMESPACES = core('namespaces', 'Namespace', false);
export const EVENTS: ResourceType = {
  group: 'events.k8s.io',
  version: 'v1',
  resource: 'events',
  kind: 'Event',
  namespaced: true,
};
export const CRDS: ResourceType = CUSTOM_RESOURCE_DEFINITION;

/** The seed's multi-cloud platform: a cluster-scoped Cluster and a Secret with its credentials. */
export const MCP_CLUSTERS: ResourceType = {
  group: 'cluster.mcp.io',
  version: 'v1alpha1',
  resource: 'clusters',
  kind: 'Cluster',
  namespaced: false,
};

/** A control plane, and a client for it with every right. */
export interface World {
  readonly controlPlane: ControlPlane;
  readonly client: KubeClient;
  stop(): Promise<void>;
}

/** Starts a control plane with the CRDs of the product. */
export async function startWorld(options: ControlPlaneOptions = {}): Promise<World> {
  const controlPlane = await startControlPlane(options);
  const client = KubeClient.fromKubeConfig(parseKubeConfig(controlPlane.kubeconfig), { maxConnections: 64 });
  for (const definition of [...policyDefinitions, ...fallbackDefinitions])
    await installCrd(client, { ...definition });
  return {
    controlPlane,
    client,
    async stop() {
      await client.close();
      await controlPlane.stop();
    },
  };
}

/** A world in which the seed's platform is installed. */
export interface McpWorld extends World {
  /** The spec of the seed's policy. */
  readonly mcp: ClusterImportPolicySpec;
}

export async function startMcpWorld(options: ControlPlaneOptions = {}): Promise<McpWorld> {
  const world = await startWorld(options);
  for (const definition of await policyFile('mcp/testdata/crds.yaml')) {
    await installCrd(world.client, definition);
  }
  const [manifest] = await policyFile('mcp/policy.yaml');
  if (manifest === undefined) throw new Error('the MCP platform has no policy');
  return { ...world, mcp: manifest['spec'] as ClusterImportPolicySpec };
}

type ServedDefinition = StoredObject & {
  readonly status?: { readonly conditions?: readonly Condition[] };
  readonly spec: {
    readonly group: string;
    readonly names: { readonly plural: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
  };
};

/** Creates a CRD and waits until its kind is served. */
export async function installCrd(client: KubeClient, definition: KubeManifest): Promise<void> {
  await client.create(CRDS, definition);
  const name = definition.metadata?.name ?? '';
  await eventually(`${name} to be served`, async () => {
    const { status, spec } = await client.get<ServedDefinition>(CRDS, name);
    if (!status?.conditions?.some(({ type, status: value }) => type === 'Established' && value === 'True')) {
      throw new Error('it is not established');
    }
    for (const version of spec.versions.filter(({ served }) => served)) {
      await client.list(
        {
          group: spec.group,
          version: version.name,
          resource: spec.names.plural,
          kind: '',
          namespaced: false,
        },
        { limit: 1 },
      );
    }
  });
}

/** Deletes a CRD and waits until it is gone. */
export async function removeCrd(client: KubeClient, name: string): Promise<void> {
  await client.delete(CRDS, name, undefined);
  await isGone(client, CRDS, name);
}

/** The documents of a file of a policy folder, e.g. `mcp/testdata/crds.yaml`. */
export async function policyFile(path: string): Promise<readonly KubeManifest[]> {
  const url = new URL(`../../kustomize/policies/${path}`, import.meta.url);
  const text = await readFile(fileURLToPath(url), 'utf8');
  return parseAllDocuments(text).map((document) => document.toJS() as KubeManifest);
}

/** The configuration of a controller for tests: one leader, a free port, deletions judged without delay. */
export function controllerConfig(
  controlPlane: ControlPlane,
  overrides: { readonly [field: string]: unknown } = {},
): Config {
  return parseConfig(
    JSON.stringify({
      kubeconfig: controlPlane.kubeconfigPath,
      logLevel: 'debug',
      controller: {
        probes: { address: '127.0.0.1', port: 0 },
        leaderElection: { enabled: false },
        breaker: { settleSeconds: 0 },
        ...overrides,
      },
    }),
  );
}

/** A policy of the name and spec. */
export function policy(name: string, spec: ClusterImportPolicySpec): KubeManifest {
  return { apiVersion: `${POLICY_GROUP}/v1alpha1`, kind: 'ClusterImportPolicy', metadata: { name }, spec };
}

/** The spec of the seed's policy, for clusters with the label `test`, under names of its own. */
export const scopedPolicy = (
  { mcp }: McpWorld,
  label: string,
  change: Partial<ClusterImportPolicySpec> = {},
): ClusterImportPolicySpec => ({
  ...mcp,
  source: { ...mcp.source, labelSelector: `test=${label}` },
  nameTemplate: `${label}-{{ .source.metadata.name }}`,
  // One watch of all namespaces, as most policies have it: the catalogue's allows the Secrets of one.
  references: (mcp.references ?? []).map(({ allowedNamespaces: _, ...reference }) => reference),
  ...change,
});

/** A cluster of the seed's platform, ready unless it is said otherwise. */
export function mcpCluster(
  name: string,
  {
    ready = true,
    labels = {},
    endpoint = `https://${name}.example:6443`,
    secret = name,
  }: {
    readonly ready?: boolean;
    readonly labels?: { readonly [key: string]: string };
    readonly endpoint?: string;
    readonly secret?: string;
  } = {},
): KubeManifest {
  return {
    apiVersion: 'cluster.mcp.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name, labels },
    spec: { apiEndpoint: endpoint, authSecretRef: { namespace: 'default', name: secret } },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
}

export const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** The Secret of such a cluster. */
export function mcpSecret(name: string, token = `token of ${name}`, namespace = 'default'): KubeManifest {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    data: { ca: base64(`ca of ${name}`), token: base64(token) },
  };
}

/** Creates an object with its status, whether or not the status is a subresource. */
export async function create(
  client: KubeClient,
  type: ResourceType,
  manifest: KubeManifest,
): Promise<StoredObject> {
  const made = await client.create(type, manifest);
  if (!('status' in manifest) || 'status' in made) return made;
  const { name, namespace } = made.metadata;
  return client.patchStatus(type, name, namespace, { status: manifest['status'] }, { type: 'merge' });
}

/** Merges a change into an object. */
export function merge(
  client: KubeClient,
  type: ResourceType,
  name: string,
  change: object,
  namespace?: string,
): Promise<StoredObject> {
  return client.patch(type, name, namespace, change, { type: 'merge', fieldManager: 'somebody-else' });
}

/** The object, or `undefined` where there is none. */
export async function find(
  client: KubeClient,
  type: ResourceType,
  name: string,
  namespace?: string,
): Promise<StoredObject | undefined> {
  try {
    return await client.get(type, name, namespace);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Names of all objects of a cluster-scoped kind, sorted. */
export async function names(client: KubeClient, type: ResourceType): Promise<readonly string[]> {
  const { items } = await client.list(type);
  return items.map(({ metadata }) => metadata.name).sort();
}

/** Waits until an object is gone. */
export async function isGone(
  client: KubeClient,
  type: ResourceType,
  name: string,
  namespace?: string,
): Promise<void> {
  await eventually(`${type.resource} ${name} to be gone`, async () => {
    if ((await find(client, type, name, namespace)) !== undefined) throw new Error('it is still there');
  });
}

/** The conditions of an object, by type: `True/UpToDate`. */
export function conditionsOf(object: StoredObject | undefined): { readonly [type: string]: string } {
  const status = object?.['status'] as { readonly conditions?: readonly Condition[] } | undefined;
  return Object.fromEntries(
    (status?.conditions ?? []).map(({ type, status: value, reason }) => [type, `${value}/${reason}`]),
  );
}
