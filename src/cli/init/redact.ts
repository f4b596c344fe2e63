import { parse, stringify } from 'yaml';
import type { KubeObject } from '../../api/index.ts';
import { decodedData, inlineKubeconfig } from './draft.ts';
import { isKubeconfig } from './kubeconfig.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

const encode = (text: string) => Buffer.from(text).toString('base64');

/** An invented kubeconfig. Its address is from the range reserved for documentation (RFC 5737). */
const KUBECONFIG = stringify({
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'redacted',
  clusters: [
    {
      name: 'redacted',
      cluster: { server: 'https://192.0.2.1:6443', 'certificate-authority-data': encode('redacted') },
    },
  ],
  contexts: [{ name: 'redacted', context: { cluster: 'redacted', user: 'redacted' } }],
  users: [{ name: 'redacted', user: { token: 'redacted' } }],
});

/** Shorter texts reveal nothing by themselves, and occur in objects for other reasons too. */
const MIN_SECRET = 8;

/** Whether an object exists for its data. */
const holdsData = ({ apiVersion, kind }: KubeObject): boolean =>
  apiVersion === 'v1' && (kind === 'Secret' || kind === 'ConfigMap');

/**
 * Objects that may be committed to a repository: none of them contains a value of a Secret or ConfigMap. Values that a
 * template computes with keep their shape: a kubeconfig stays a kubeconfig, a URL a URL, and JSON keeps its keys.
 */
export function redactedObjects(objects: readonly KubeObject[]): readonly KubeObject[] {
  const values = objects
    .filter(holdsData)
    .flatMap((holder) => [...decodedData(holder).values()].flatMap(partsOf))
    .flatMap((text) => [text, text.trim(), encode(text)]);
  // A Secret may contain the name of the object that it belongs to, which is not secret.
  const names = new Set(objects.flatMap(({ metadata: { name, namespace } }) => [name, namespace]));
  const struck = [...new Set(values)]
    .filter((text) => text.length >= MIN_SECRET && !names.has(text))
    .sort((one, other) => other.length - one.length);
  return objects.map((object) => {
    const bare = withoutServersFields(object);
    if (!holdsData(object)) {
      const inline = inlineKubeconfig(object);
      const clean = inline === undefined ? bare : (replaced(bare, inline, encode(KUBECONFIG)) as KubeObject);
      return strike(clean, struck) as KubeObject;
    }
    const { apiVersion, kind, metadata } = bare;
    const encoded = kind === 'Secret' ? encode : (text: string) => text;
    const data = Object.fromEntries(
      [...decodedData(object)].map(([key, text]) => [key, encoded(standIn(key, text))]),
    );
    return {
      apiVersion,
      kind,
      metadata: strike(metadata, struck) as KubeObject['metadata'],
      ...(typeof object['type'] === 'string' ? { type: object['type'] } : {}),
      ...(Object.keys(data).length === 0 ? {} : { data }),
    };
  });
}

/** A text, and the values in it if it is a kubeconfig or JSON: each of them may occur elsewhere by itself. */
function partsOf(text: string): readonly string[] {
  if (isKubeconfig(text)) {
    const { users } = parse(text) as { readonly users: readonly { readonly user?: unknown }[] };
    return [text, ...users.flatMap((one) => textsIn(one.user))];
  }
  return [text, ...textsIn(parsedJson(text))];
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function standIn(key: string, text: string): string {
  if (isKubeconfig(text)) return KUBECONFIG;
  if (/^https?:\/\/\S+$/.test(text.trim())) return 'https://192.0.2.1:6443';
  const value = parsedJson(text);
  return value === undefined ? `redacted ${key}` : JSON.stringify(blank(value));
}

/** The object or list that a text encodes as JSON. */
function parsedJson(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The value with another one at a path. */
function replaced(value: unknown, [name, ...rest]: readonly string[], by: string): unknown {
  if (name === undefined || typeof value !== 'object' || value === null) return by;
  return { ...value, [name]: replaced(Reflect.get(value, name), rest, by) };
}

/** JSON with its keys and without values. */
function blank(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(blank);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, blank(item)]));
  return typeof value === 'string' ? encode('redacted') : value;
}

function strike(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string')
    return secrets.reduce(
      (text, secret) =>
        text.replaceAll(secret, /^https?:/.test(secret) ? 'https://192.0.2.1:6443' : 'redacted'),
      value,
    );
  if (Array.isArray(value)) return value.map((item: unknown) => strike(item, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, strike(item, secrets)]));
}

/** The object without fields of one server, and without the copies of itself that tools leave in it. */
function withoutServersFields(object: KubeObject): KubeObject {
  const { name, namespace, labels, annotations = {} } = object.metadata;
  const { [LAST_APPLIED]: _, ...kept } = annotations;
  return {
    ...object,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels }),
      // Annotations of a Secret may repeat its content in another form.
      ...(holdsData(object) || Object.keys(kept).length === 0 ? {} : { annotations: kept }),
    },
  };
}
