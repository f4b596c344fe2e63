import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { CUSTOM_RESOURCE_DEFINITION, loadClient, SECRET } from '../../../src/kube/index.ts';
import type { KubeClient, KubeClientOptions, KubeManifest, ResourceType } from '../../../src/kube/index.ts';

const core = (resource: string, kind: string, namespaced: boolean): ResourceType => ({
  group: '',
  version: 'v1',
  resource,
  kind,
  namespaced,
});

export const CONFIG_MAPS = core('configmaps', 'ConfigMap', true);
export const SECRETS: ResourceType = SECRET;
export const NAMESPACES = core('namespaces', 'Namespace', false);
export const CRDS: ResourceType = CUSTOM_RESOURCE_DEFINITION;

/** A client of the control plane that the end-to-end tests share. */
export function sharedClient(options: KubeClientOptions = {}): Promise<KubeClient> {
  return loadClient({ kubeconfig: inject('kubeconfig') }, options);
}

/** A part of a name that no other test has. */
export const unique = (): string => randomBytes(4).toString('hex');

/** Makes a namespace that no other test uses, and answers its name. */
export async function makeNamespace(client: KubeClient): Promise<string> {
  const name = `kube-${unique()}`;
  await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  return name;
}

export function configMap(
  namespace: string,
  name: string,
  data: Record<string, string> = {},
  labels?: Record<string, string>,
): KubeManifest {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, ...(labels && { labels }) },
    data,
  };
}

/** A CRD of a group of its own, with the given schema below `spec`. */
export function widgetCrd(
  group: string,
  versions: readonly string[] = ['v1'],
  spec: object = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
): KubeManifest {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
      versions: versions.map((name, index) => ({
        name,
        served: true,
        storage: index === 0,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec, status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        },
      })),
    },
  };
}
