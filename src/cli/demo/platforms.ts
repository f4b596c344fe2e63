import { PEDIA_CLUSTER, PEDIA_CLUSTER_LIFECYCLE } from '../../api/index.ts';
import type { KubeClient, ResourceType } from '../../kube/index.ts';
import type { Kubectl } from '../../control-plane/kubectl.ts';
import type { ManifestObject } from '../manifests/manifest-object.ts';
import { readManifests } from '../manifests/read-manifests.ts';
import { aggregateRoles, applyFiles, definitionsAreServed } from './product.ts';
import { productFile } from './product-files.ts';

/** A multi-cloud platform of the demo: a folder of kustomize/policies. */
export interface Platform {
  readonly title: string;
  /** Name of the folder. The policy has it too. */
  readonly name: string;
  /** Arguments of `kubectl get` that show the platform's own view of its clusters. */
  readonly sources: readonly string[];
  /** Whether it brings definitions of its own; else its sources are Secrets. */
  readonly hasDefinitions: boolean;
}

export const clusterApi: Platform = {
  title: 'Cluster API',
  name: 'cluster-api',
  sources: ['clusters.cluster.x-k8s.io'],
  hasDefinitions: true,
};

export const platforms: readonly Platform[] = [
  clusterApi,
  { title: 'Karmada', name: 'karmada', sources: ['clusters.cluster.karmada.io'], hasDefinitions: true },
  {
    title: 'vcluster',
    name: 'vcluster',
    sources: ['secrets', '--all-namespaces', '--field-selector=type=Opaque'],
    hasDefinitions: false,
  },
  { title: 'MCP', name: 'mcp', sources: ['clusters.cluster.mcp.io'], hasDefinitions: true },
];

/** The policy's file, relative to the package. */
export function policyFile({ name }: Platform): string {
  return `kustomize/policies/${name}/policy.yaml`;
}

/** Installs the platform's namespaces and definitions, and the product's rights to read its objects. */
export async function installPlatform(kubectl: Kubectl, { name, hasDefinitions }: Platform): Promise<void> {
  const folder = `kustomize/policies/${name}`;
  const samples = await readManifests([productFile(`${folder}/testdata/objects.yaml`)]);
  const namespaces = samples.map(({ object }) => object).filter(({ kind }) => kind === 'Namespace');
  // The right to read the Secrets of a namespace is an object in that namespace. Objects are applied one by one,
  // because kubectl 1.20 does not read a stream of JSON documents.
  for (const namespace of namespaces) await kubectl.apply(JSON.stringify(namespace));
  await applyFiles(kubectl, [
    `${folder}/rbac.yaml`,
    ...(hasDefinitions ? [`${folder}/testdata/crds.yaml`] : []),
  ]);
  await definitionsAreServed(kubectl);
  await aggregateRoles(kubectl);
}

/** Registers the platform's clusters, as its own controllers would: first the objects, then their status. */
export async function registerClusters(
  kubectl: Kubectl,
  client: KubeClient,
  platform: Platform,
): Promise<void> {
  const file = `kustomize/policies/${platform.name}/testdata/objects.yaml`;
  await applyFiles(kubectl, [file]);
  const objects = (await readManifests([productFile(file)])).map(({ object }) => object);
  const types = platform.hasDefinitions ? await definedTypes(platform) : [];
  for (const { apiVersion, kind, metadata, status } of objects) {
    if (status === undefined) continue;
    const type = types.find(
      (known) => `${known.group}/${known.version}` === apiVersion && known.kind === kind,
    );
    if (type === undefined) throw new Error(`${file}: ${kind} ${metadata.name} is of no kind in crds.yaml`);
    await client.patchStatus(type, metadata.name, metadata.namespace, { status }, { type: 'merge' });
  }
}

async function definedTypes({ name }: Platform): Promise<ResourceType[]> {
  const manifests = await readManifests([productFile(`kustomize/policies/${name}/testdata/crds.yaml`)]);
  return manifests.flatMap(({ object }) => {
    const { group, names, scope, versions } = object['spec'] as DefinitionSpec;
    return versions.map((version) => ({
      group,
      version: version.name,
      resource: names.plural,
      kind: names.kind,
      namespaced: scope === 'Namespaced',
    }));
  });
}

interface DefinitionSpec {
  readonly group: string;
  readonly names: { readonly plural: string; readonly kind: string };
  readonly scope: string;
  readonly versions: readonly { readonly name: string }[];
}

/** The lifecycles and PediaClusters that the policy makes of the platform's clusters, from its test data. */
export async function expectedObjects({ name }: Platform): Promise<readonly ManifestObject[]> {
  const manifests = await readManifests([productFile(`kustomize/policies/${name}/testdata/expected.yaml`)]);
  return manifests.map(({ object }) => object);
}

/** The resource of a kind that the product makes. */
export function madeType(kind: string): ResourceType {
  return kind === PEDIA_CLUSTER.kind ? PEDIA_CLUSTER : PEDIA_CLUSTER_LIFECYCLE;
}
