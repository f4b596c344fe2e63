import { RE2JS } from 're2js';
import type { KubeObject, Schema } from '../api/index.ts';
import type { PathTree } from './path-tree.ts';
import { addPath, EACH, emptyTree } from './path-tree.ts';

/**
 * Objects made up from a resource's schema, for trial rendering: `full` has every field that the templates read,
 * `created` is one whose controller has not written a status yet, `minimal` has the required fields only.
 */
export const SYNTHETIC_VARIANTS = ['full', 'created', 'minimal'] as const;

export type SyntheticVariant = (typeof SYNTHETIC_VARIANTS)[number];

export interface SyntheticOptions {
  readonly apiVersion: string;
  readonly kind: string;
  /** Unset where the scope is not known: then the object has a namespace, which a cluster-scoped one would lack. */
  readonly namespaced?: boolean;
  /** OpenAPI schema of the kind; without one, types are guessed from how the fields are read. */
  readonly schema?: Schema | undefined;
  /** What the templates read; nothing else is made up. */
  readonly reads: PathTree;
}

/**
 * A string that could be nearly anything: a name, a namespace, a host, and base64 as well (its length is a multiple of
 * four), so that what fails on it fails on most strings.
 */
export const SYNTHETIC_TEXT = 'synthetictxt';

/** Depth to which a subtree that is read as a whole is made up; recursive schemas have no end of their own. */
const MAX_DEPTH = 8;

/**
 * What Secrets of multi-cloud platforms hold: a kubeconfig, in JSON, which is YAML as well. Its address lies in the
 * range reserved for documentation (RFC 5737).
 */
const KUBECONFIG = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'synthetic',
  clusters: [
    {
      name: 'synthetic',
      cluster: { server: 'https://192.0.2.1:6443', 'certificate-authority-data': 'c3ludGhldGlj' },
    },
  ],
  users: [
    {
      name: 'synthetic',
      user: {
        token: 'synthetic',
        'client-certificate-data': 'c3ludGhldGlj',
        'client-key-data': 'c3ludGhldGlj',
      },
    },
  ],
  contexts: [{ name: 'synthetic', context: { cluster: 'synthetic', user: 'synthetic' } }],
});

/** {@link KUBECONFIG} as Secrets carry it. */
const KUBECONFIG_BASE64 = btoa(KUBECONFIG);

/** The made-up object of one variant. Deterministic: the same options give the same object. */
export function synthesize(variant: SyntheticVariant, options: SyntheticOptions): KubeObject {
  const reads = variant === 'full' ? options.reads : without(options.reads, 'status');
  const body = composite(reads, options.schema, variant, 0);
  const metadata = {
    ...(typeof body['metadata'] === 'object' ? body['metadata'] : {}),
    name: 'synthetic',
    ...(options.namespaced === false ? {} : { namespace: 'synthetic' }),
    uid: '00000000-0000-4000-8000-000000000000',
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: '2024-01-01T00:00:00Z',
  };
  return { ...body, apiVersion: options.apiVersion, kind: options.kind, metadata };
}

function without(tree: PathTree, field: string): PathTree {
  if (tree.all) return tree;
  const children = new Map(tree.children);
  children.delete(field);
  return { all: false, children };
}

function composite(
  reads: PathTree,
  schema: Schema | undefined,
  variant: SyntheticVariant,
  depth: number,
): { readonly [field: string]: unknown } {
  const fields = new Map(reads.children);
  if (reads.all || variant === 'minimal') {
    for (const name of Object.keys(schema?.properties ?? {})) {
      if (reads.all || schema?.required?.includes(name) === true)
        addPath({ all: false, children: fields }, [name], true);
    }
  }
  fields.delete(EACH);
  const result: [string, unknown][] = [];
  for (const [name, child] of fields) {
    const own = schema?.properties?.[name];
    const optional = schema?.required?.includes(name) !== true;
    if (variant === 'minimal' && optional && own?.default === undefined && !(depth === 0 && name === 'spec'))
      continue;
    result.push([name, valueFor(child, own ?? schema?.additionalProperties, variant, depth + 1, name)]);
  }
  const each = reads.children.get(EACH);
  if (each !== undefined && fields.size === 0 && variant !== 'minimal') {
    result.push([
      SYNTHETIC_TEXT,
      valueFor(each, schema?.additionalProperties, variant, depth + 1, SYNTHETIC_TEXT),
    ]);
  }
  return Object.fromEntries(result);
}

function valueFor(
  reads: PathTree,
  schema: Schema | undefined,
  variant: SyntheticVariant,
  depth: number,
  name: string,
): unknown {
  if (schema?.default !== undefined) return schema.default;
  if (schema?.enum?.[0] !== undefined) return schema.enum[0];
  switch (typeOf(reads, schema)) {
    case 'object':
      return depth > MAX_DEPTH ? {} : composite(reads, schema, variant, depth);
    case 'array': {
      if (depth > MAX_DEPTH) return [];
      const count = Math.max(1, schema?.minItems ?? 0, ...indices(reads).map((index) => index + 1));
      const item = valueFor(elementReads(reads), schema?.items, variant, depth + 1, name);
      return Array.from({ length: Math.min(count, 16) }, () => item);
    }
    case 'boolean':
      return true;
    case 'integer':
    case 'number':
      return Math.max(1, schema?.minimum ?? 1);
    case 'string':
      return stringFor(schema, name);
  }
}

type SyntheticType = NonNullable<Schema['type']>;

/** The schema's type; without one, what the reads below it tell: an index or `range` a list, a field an object. */
function typeOf(reads: PathTree, schema: Schema | undefined): SyntheticType {
  if (schema?.type !== undefined) return schema.type;
  if (schema?.properties !== undefined || schema?.additionalProperties !== undefined) return 'object';
  if (reads.children.size === 0) return 'string';
  return [...reads.children.keys()].every((key) => key === EACH || /^\d+$/.test(key)) ? 'array' : 'object';
}

const indices = (reads: PathTree): readonly number[] =>
  [...reads.children.keys()].filter((key) => /^\d{1,2}$/.test(key)).map(Number);

/** What is read of any element, whichever index it has. */
function elementReads(reads: PathTree): PathTree {
  const merged = emptyTree();
  if (reads.all) merged.all = true;
  const add = (tree: PathTree, path: readonly string[]) => {
    addPath(merged, path, tree.all);
    for (const [key, child] of tree.children) add(child, [...path, key]);
  };
  for (const child of reads.children.values()) add(child, []);
  return merged;
}

function stringFor(schema: Schema | undefined, name: string): string {
  switch (schema?.format) {
    case 'byte':
      return KUBECONFIG_BASE64;
    case 'date-time':
      return '2024-01-01T00:00:00Z';
    case 'date':
      return '2024-01-01';
    case 'uri':
      return 'https://192.0.2.1:6443';
    case 'ipv4':
      return '192.0.2.1';
    case 'ipv6':
      return '2001:db8::1';
    case 'uuid':
      return '00000000-0000-4000-8000-000000000000';
    case 'duration':
      return '1h';
    case 'email':
      return 'synthetic@example.com';
    default:
      break;
  }
  const candidates = /endpoint|server|url|address/i.test(name)
    ? ['https://192.0.2.1:6443', ...CANDIDATES]
    : CANDIDATES;
  return candidates.find((text) => fits(text, schema)) ?? SYNTHETIC_TEXT;
}

/** Texts of the kinds that patterns in CRDs ask for, most neutral first. */
const CANDIDATES = [
  SYNTHETIC_TEXT,
  'https://192.0.2.1:6443',
  '192.0.2.1',
  '192.0.2.1:6443',
  '192.0.2.0/24',
  'v1.30.0',
  '1.30.0',
  'v1',
  '1',
  '30s',
  '1Gi',
  '00000000-0000-4000-8000-000000000000',
  'Synthetic',
  'synthetic.example.com',
  'synthetic.example.com/v1',
  'arn:aws:iam::123456789012:role/synthetic',
];

function fits(text: string, schema: Schema | undefined): boolean {
  if (schema === undefined) return true;
  if (schema.maxLength !== undefined && text.length > schema.maxLength) return false;
  if (schema.minLength !== undefined && text.length < schema.minLength) return false;
  return schema.pattern === undefined || matchesPattern(schema.pattern, text);
}

function matchesPattern(pattern: string, text: string): boolean {
  // RE2, as in the API server: a pattern that somebody wrote into a CRD must not be able to stall the process.
  try {
    return RE2JS.compile(pattern).matcher(text).find();
  } catch {
    return true;
  }
}
