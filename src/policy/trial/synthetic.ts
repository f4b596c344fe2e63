import type { KubeObject, Schema } from '../../api/index.ts';
import { re2 } from '../../sprig/go/re2.ts';
import type { PathTree } from '../path-tree.ts';
import { objectSchema, partSchema, valuesSchema } from './object-schema.ts';
import { addPath, EACH, emptyTree } from '../path-tree.ts';

/**
 * Objects made from a resource's schema, for trial rendering: `full` has every field that the templates read, `created`
 * has no status written by its controller yet, `minimal` has only the required fields.
 */
export const SYNTHETIC_VARIANTS = ['full', 'created', 'minimal'] as const;

export type SyntheticVariant = (typeof SYNTHETIC_VARIANTS)[number];

export interface SyntheticOptions {
  readonly apiVersion: string;
  readonly kind: string;
  /** Unset if the scope is unknown. Then the object has a namespace, although a cluster-scoped one has none. */
  readonly namespaced?: boolean;
  /** OpenAPI schema of the kind. Without one, types are guessed from the way the fields are read. */
  readonly schema?: Schema | undefined;
  /** The fields that the templates read; no others are made up. */
  readonly reads: PathTree;
  /** Which of the {@link samples} the values are taken from. @default 0 */
  readonly sample?: number;
}

/**
 * A string that can be nearly anything: a name, a namespace, a host, and base64 too (its length is a multiple of four).
 * So a template that fails on it fails on most strings.
 */
export const SYNTHETIC_TEXT = 'synthetictxt';

/** Depth to which a subtree that is read as a whole is made up; recursive schemas have no end. */
const MAX_DEPTH = 8;

/**
 * Items of a list, even if its schema asks for more: lists of lists multiply. A list that is read by index has as many
 * as the index needs.
 */
const MAX_ITEMS = 3;

/**
 * The usual content of platforms' Secrets: a kubeconfig, in JSON, which is also YAML. Its address is in the range
 * reserved for documentation (RFC 5737).
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

/**
 * Values that the schema leaves open: the texts of strings, and the content of bytes. The first sample is the
 * likeliest. If rendering fails with it but not with another one, the made-up value is the cause, not the policy. For
 * an `enum` each sample takes another value; booleans alternate.
 */
const samples: readonly { readonly text: string; readonly bytes: string }[] = [
  { text: SYNTHETIC_TEXT, bytes: KUBECONFIG },
  { text: 'true', bytes: 'true' },
  { text: '1', bytes: SYNTHETIC_TEXT },
  { text: 'https://192.0.2.1:6443', bytes: btoa(SYNTHETIC_TEXT) },
  { text: '{}', bytes: 'https://192.0.2.1:6443' },
  { text: btoa(SYNTHETIC_TEXT), bytes: SYNTHETIC_TEXT },
  { text: 'v1.30.0', bytes: SYNTHETIC_TEXT },
  { text: '192.0.2.1', bytes: '{}' },
  { text: 'Synthetic Text', bytes: 'true' },
];

/** How many samples there are. */
export const SAMPLE_COUNT = samples.length;

/** The made-up object of one variant. Deterministic: the same options give the same object. */
export function synthesize(variant: SyntheticVariant, options: SyntheticOptions): KubeObject {
  const reads = variant === 'full' ? options.reads : without(options.reads, 'status');
  const maker = new Maker(variant, options.sample ?? 0);
  const body = maker.object(reads, objectSchema(options.schema ?? {}), 0);
  const { namespace: _, ...read } = (body['metadata'] ?? {}) as Partial<KubeObject['metadata']>;
  const metadata = {
    ...read,
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

/** Makes up values of one variant from one sample. */
class Maker {
  readonly #minimal: boolean;
  readonly #sample: number;

  constructor(variant: SyntheticVariant, sample: number) {
    this.#minimal = variant === 'minimal';
    this.#sample = sample;
  }

  object(reads: PathTree, schema: Schema, depth: number): { readonly [field: string]: unknown } {
    const result: [string, unknown][] = [];
    const names = this.#fieldsOf(reads, schema);
    for (const [name, child] of names) {
      const own = schema.properties?.[name];
      if (this.#minimal && this.#isAbsent(name, own, schema, depth)) continue;
      result.push([name, this.#value(child, own ?? valuesSchema(schema), depth + 1, name)]);
    }
    const values = valuesSchema(schema);
    const each = reads.children.get(EACH) ?? (reads.all && values !== undefined ? reads : undefined);
    if (each !== undefined && names.size === 0 && !this.#minimal) {
      result.push([SYNTHETIC_TEXT, this.#value(each, values, depth + 1, SYNTHETIC_TEXT)]);
    }
    return Object.fromEntries(result);
  }

  /** The fields that are read, and the required ones. */
  #fieldsOf(reads: PathTree, { properties = {}, required = [] }: Schema): ReadonlyMap<string, PathTree> {
    const fields = new Map(reads.children);
    for (const name of Object.keys(properties)) {
      // Use a separate tree: the trees below `reads` belong to the policy.
      if (reads.all || (this.#minimal && required.includes(name)))
        fields.set(name, { ...(reads.children.get(name) ?? emptyTree()), all: true });
    }
    fields.delete(EACH);
    return fields;
  }

  #isAbsent(name: string, own: Schema | undefined, { required = [] }: Schema, depth: number): boolean {
    return !required.includes(name) && own?.default === undefined && !(depth === 0 && name === 'spec');
  }

  #value(reads: PathTree, declared: Schema | undefined, depth: number, name: string): unknown {
    const schema = declared === undefined ? undefined : partSchema(declared);
    const options: readonly unknown[] = schema?.enum ?? [];
    if (options.length > 0) return options[this.#sample % options.length];
    const given = this.#default(schema);
    if (given !== undefined) return given;
    switch (typeOf(reads, schema)) {
      case 'object':
        return depth > MAX_DEPTH ? {} : this.object(reads, schema ?? {}, depth);
      case 'array': {
        if (depth > MAX_DEPTH) return [];
        const least = Math.min(schema?.minItems ?? 1, MAX_ITEMS);
        const count = Math.max(1, least, ...indices(reads).map((index) => index + 1));
        const item = this.#value(elementReads(reads), schema?.items, depth + 1, name);
        return Array.from({ length: Math.min(count, 16) }, () => item);
      }
      case 'boolean':
        return this.#sample % 2 === 0;
      case 'integer':
      case 'number':
        return Math.max(1, schema?.minimum ?? 1);
      case 'string':
        return this.#string(schema, name);
    }
  }

  /**
   * The default, if it means something. An empty default means that authors leave the field to others, and `{}` lets
   * defaults inside take effect.
   */
  #default(schema: Schema | undefined): unknown {
    const given: unknown = schema?.default;
    if (given === undefined || given === null || typeof given === 'object') return undefined;
    if (this.#minimal) return given;
    return given === '' || this.#sample > 0 ? undefined : given;
  }

  #string(schema: Schema | undefined, name: string): string {
    const { text = SYNTHETIC_TEXT, bytes = SYNTHETIC_TEXT } = samples[this.#sample] ?? {};
    if (schema?.format === 'byte') return btoa(bytes);
    const formatted = formattedTexts.get(schema?.format ?? '');
    if (formatted !== undefined) return formatted;
    const likely = this.#sample === 0 && /endpoint|server|url|address/i.test(name) ? [ENDPOINT] : [];
    const fitting = [...likely, text, ...candidates].filter((candidate) => fits(candidate, schema));
    return fitting[0] ?? SYNTHETIC_TEXT;
  }
}

type SyntheticType = NonNullable<Schema['type']>;

/**
 * The schema's type. Without a schema, the type follows from the reads below: an index or `range` means a list, a field
 * an object.
 */
function typeOf(reads: PathTree, schema: Schema | undefined): SyntheticType {
  if (schema?.type !== undefined) return schema.type;
  if (schema?.items !== undefined) return 'array';
  if (schema?.properties !== undefined || schema?.additionalProperties !== undefined) return 'object';
  if (reads.children.size === 0) return 'string';
  return [...reads.children.keys()].every((key) => key === EACH || /^\d+$/.test(key)) ? 'array' : 'object';
}

const indices = (reads: PathTree): readonly number[] =>
  [...reads.children.keys()].filter((key) => /^\d{1,2}$/.test(key)).map(Number);

/** What is read of any element, whatever its index. */
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

const ENDPOINT = 'https://192.0.2.1:6443';

/** Sample strings for formats. */
const formattedTexts: ReadonlyMap<string, string> = new Map([
  ['date-time', '2024-01-01T00:00:00Z'],
  ['date', '2024-01-01'],
  ['uri', ENDPOINT],
  ['ipv4', '192.0.2.1'],
  ['ipv6', '2001:db8::1'],
  ['uuid', '00000000-0000-4000-8000-000000000000'],
  ['duration', '1h'],
  ['email', 'synthetic@example.com'],
]);

/** Sample texts for the patterns that CRDs use, most neutral first. */
const candidates = [
  SYNTHETIC_TEXT,
  ENDPOINT,
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
  // RE2, as in the API server: a pattern that somebody wrote into a CRD must not be able to block the process.
  try {
    return re2().RE2JS.compile(pattern).matcher(text).find();
  } catch {
    return true;
  }
}
