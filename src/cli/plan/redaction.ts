import { createHash } from 'node:crypto';
import type { KubeObject } from '../../api/index.ts';
import { redactText } from '../../kube/index.ts';

/** Fields of a PediaCluster's spec that hold credentials. */
const credentials = ['kubeconfig', 'caData', 'tokenData', 'certData', 'keyData'] as const;

/**
 * A PediaCluster without its credentials: each is replaced by a fingerprint, by which a reader sees whether two of them
 * are the same. Labels and annotations lose what looks like a credential. Other kinds hold none.
 */
export function redacted(object: KubeObject): KubeObject {
  const { spec, metadata } = object;
  if (object.kind !== 'PediaCluster' || typeof spec !== 'object' || spec === null) return object;
  const fingerprints = credentials.flatMap((field) => {
    const value: unknown = Reflect.get(spec, field);
    return typeof value === 'string' && value !== '' ? [[field, fingerprint(value)]] : [];
  });
  return {
    ...object,
    metadata: {
      ...metadata,
      ...(metadata.labels === undefined ? {} : { labels: cleaned(metadata.labels) }),
      ...(metadata.annotations === undefined ? {} : { annotations: cleaned(metadata.annotations) }),
    },
    spec: { ...spec, ...Object.fromEntries(fingerprints) },
  };
}

const cleaned = (values: { readonly [key: string]: string }) =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, redactText(value)]));

/** `<sha256 1b4f0e985197, 1220 bytes>` of base64 data. */
function fingerprint(encoded: string): string {
  const bytes = Buffer.from(encoded, 'base64');
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  return `<sha256 ${digest}, ${String(bytes.length)} bytes>`;
}
