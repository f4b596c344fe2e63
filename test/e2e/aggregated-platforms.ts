/** Platforms whose kinds no CRD defines, as an aggregated API server of the tests serves them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ManifestObject } from '../../src/cli/manifests/manifest-object.ts';
import type { KubeClient, ResourceType } from '../../src/kube/index.ts';
import type { ObjectSchema } from '../control-plane/extension-server.ts';
import { ExtensionServer } from '../control-plane/extension-server.ts';
import type { Kubectl } from '../control-plane/index.ts';
import { CATALOGUE, objectsIn } from '../policies/catalogue.ts';

export interface AggregatedPlatform {
  /** Its folder in the catalogue. */
  readonly name: string;
  readonly type: ResourceType;
  /** Servers made before Kubernetes 1.24 publish OpenAPI version 2 only. */
  readonly openApi: readonly ('v2' | 'v3')[];
}

export const karmada: AggregatedPlatform = {
  name: 'karmada',
  type: {
    group: 'cluster.karmada.io',
    version: 'v1alpha1',
    resource: 'clusters',
    kind: 'Cluster',
    namespaced: false,
  },
  openApi: ['v2', 'v3'],
};

export const gardener: AggregatedPlatform = {
  name: 'gardener',
  type: {
    group: 'core.gardener.cloud',
    version: 'v1beta1',
    resource: 'shoots',
    kind: 'Shoot',
    namespaced: true,
  },
  openApi: ['v2'],
};

export const samplesOf = ({ name }: AggregatedPlatform, file: string): Promise<readonly ManifestObject[]> =>
  objectsIn(join(CATALOGUE, name, 'testdata', file));

/** Serves the platform's kind with its sample clusters, and creates what else there is of the platform. */
export async function serveAggregated(
  platform: AggregatedPlatform,
  { client, kubectl }: { readonly client: KubeClient; readonly kubectl: Kubectl },
): Promise<ExtensionServer> {
  const { name, type, openApi } = platform;
  const [definition] = await samplesOf(platform, 'crds.yaml');
  const { versions } = definition?.['spec'] as {
    readonly versions: readonly [{ readonly schema: { readonly openAPIV3Schema: ObjectSchema } }];
  };
  const schema = versions[0].schema.openAPIV3Schema;
  const server = await ExtensionServer.start({ client, type, schema, openApi });
  await server.register(kubectl);
  for (const object of await samplesOf(platform, 'objects.yaml')) {
    if (object.kind === type.kind) server.put(object);
    else await kubectl.apply(stringify(object));
  }
  await kubectl.apply(await readFile(join(CATALOGUE, name, 'rbac.yaml'), 'utf8'));
  return server;
}
