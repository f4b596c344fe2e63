import type { ResourceType } from '../../src/kube/index.ts';

/** A namespaced kind for scripted servers. */
export const THINGS: ResourceType = {
  group: 'test.io',
  version: 'v1',
  resource: 'things',
  kind: 'Thing',
  namespaced: true,
};

/** The Thing `a/<name>`; its UID is `<name>-1` unless given. */
export function thing(
  name: string,
  resourceVersion: string,
  fields: { uid?: string; color?: string } = {},
): Record<string, unknown> {
  return {
    apiVersion: 'test.io/v1',
    kind: 'Thing',
    metadata: { name, namespace: 'a', uid: fields.uid ?? `${name}-1`, resourceVersion },
    spec: { color: fields.color ?? 'red' },
  };
}
