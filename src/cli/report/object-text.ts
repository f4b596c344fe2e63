import type { KubeObject } from '../../api/index.ts';
import { yamlText } from './yaml-text.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** An object as a manifest has it: without status and without what ties it to one cluster. */
export function asManifest({ apiVersion, kind, metadata, status: _, ...rest }: KubeObject): KubeObject {
  const { name, labels, annotations = {} } = metadata;
  const { [LAST_APPLIED]: __, ...kept } = annotations;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(labels === undefined || Object.keys(labels).length === 0 ? {} : { labels }),
      ...(Object.keys(kept).length === 0 ? {} : { annotations: kept }),
    },
    ...rest,
  };
}

/**
 * An object as golden files hold it. Of a lifecycle that is its name and its source: the rest is a copy of the policy,
 * and would make every edit of a policy an edit of its golden files.
 */
export function asGolden(object: KubeObject): KubeObject {
  const manifest = asManifest(object);
  const { spec } = manifest;
  if (object.kind !== 'PediaClusterLifecycle' || typeof spec !== 'object' || spec === null) return manifest;
  return { ...manifest, spec: 'source' in spec ? { source: spec.source } : {} };
}

/** Objects as one YAML text of several documents; empty where there is none. */
export function toYaml(objects: readonly object[]): string {
  return objects.map(yamlText).join('---\n');
}

/** What of an object's metadata is not the reader's to write. */
export function tiesOf({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { name, finalizers, ownerReferences } = metadata;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(finalizers === undefined ? {} : { finalizers }),
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
    },
  };
}
