import { createHash } from 'node:crypto';
import type { KubeObject } from '../../api/index.ts';
import { redactText } from '../../kube/index.ts';
import type { References } from '../../policy/index.ts';
import type { Template } from '../../template/index.ts';

/** A part of the data that a template reads, with its value as people may see it. */
export interface ReadValue {
  /** `.source.status.conditions[0].type` */
  readonly path: string;
  /** As JSON. A fingerprint if it is or may be a secret; `absent` if there is no value. */
  readonly value: string;
  /** Line of the template that reads it first, from 1. */
  readonly line: number;
}

/** What templates see. */
export interface TemplateData {
  readonly source: KubeObject;
  readonly references: References;
  /** Keys of the references whose name or namespace may hold a value of a Secret. */
  readonly hidden?: ReadonlySet<string>;
}

/** Elements of a list that are shown. */
const MAX_ELEMENTS = 5;

/** Characters of a value that are shown. */
const MAX_LENGTH = 120;

/**
 * The fields that a template can read, with their values in this data. A field is left out if another one below it is
 * read.
 * @param lines only fields that are read in these lines of the template, from 1
 */
export function readValues(
  { readPaths }: Template,
  data: TemplateData,
  lines?: { readonly from: number; readonly to: number },
): readonly ReadValue[] {
  const wanted = readPaths.filter(
    ({ line }) => lines === undefined || (line >= lines.from && line <= lines.to),
  );
  const first = new Map<string, (typeof wanted)[number]>();
  for (const read of wanted) if (!first.has(read.path.join('\n'))) first.set(read.path.join('\n'), read);
  return [...first]
    .filter(
      ([key, { subtree }]) => subtree || ![...first.keys()].some((other) => other.startsWith(`${key}\n`)),
    )
    .flatMap(([, { path, line }]) => valuesAt(path, data).map((found) => ({ ...found, line })));
}

function valuesAt(path: readonly string[], data: TemplateData): readonly Omit<ReadValue, 'line'>[] {
  const [root = '', ...rest] = path;
  if (root === 'references') {
    const [key = '', ...below] = rest;
    const object = data.references[key];
    return below.length === 0 || object === undefined
      ? [{ path: `.references.${key}`, value: object === undefined ? 'absent' : 'there' }]
      : walk(
          object,
          below,
          `.references.${key}`,
          data.hidden?.has(key) === true ? 'whole' : isSecret(object),
        );
  }
  if (root === 'source') return walk(data.source, rest, '.source', isSecret(data.source));
  return [];
}

/** Whether a value is a secret; `whole` if even the object's name is one. */
type Secrecy = boolean | 'whole';

const isSecret = ({ kind }: KubeObject) => kind === 'Secret';

function walk(
  value: unknown,
  path: readonly string[],
  at: string,
  secret: Secrecy,
): readonly Omit<ReadValue, 'line'>[] {
  const [name, ...rest] = path;
  if (name === undefined) return [{ path: at, value: shown(value, at, secret) }];
  if (name === '*') {
    const entries = Array.isArray(value)
      ? value.map((item: unknown, index) => [`[${String(index)}]`, item] as const)
      : isFields(value)
        ? Object.entries(value).map(([key, item]) => [keyText(key), item] as const)
        : [];
    if (entries.length === 0) return [{ path: at, value: value === undefined ? 'absent' : 'empty' }];
    return entries
      .slice(0, MAX_ELEMENTS)
      .flatMap(([key, item]) => walk(item, rest, `${at}${key}`, secret || isHidden(key)));
  }
  const below = isFields(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  if (below === undefined) return [{ path: `${at}${keyText(name)}`, value: 'absent' }];
  // The name of a Secret is not secret.
  return walk(below, rest, `${at}${keyText(name)}`, secret || isHidden(name));
}

const isFields = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const keyText = (key: string) =>
  /^[A-Za-z_][A-Za-z0-9_-]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;

/** Names of fields that hold credentials in objects of any kind. */
const isHidden = (name: string) =>
  /(?:^|[._[" -])(?:kubeconfig|token|password|passwd|credentials?|private-?key|client-?key|key-?data|token-?data)(?:[\]" ]|$)/i.test(
    name,
  );

function shown(value: unknown, at: string, secret: Secrecy): string {
  if (value === undefined) return 'absent';
  const open = /^\.(?:source|references\.[^.[]+)\.(?:metadata\.(?!annotations)|kind|apiVersion|type$)/.test(
    at,
  );
  const text = typeof value === 'string' ? value : JSON.stringify(value, bigints);
  if (secret === 'whole' || (secret && !open)) return fingerprint(text);
  // A text this long is most likely encoded, and may contain anything.
  if (typeof value === 'string' && text.length > MAX_LENGTH) return fingerprint(text);
  const json = redactText(JSON.stringify(value, bigints));
  return json.length <= MAX_LENGTH ? json : `${json.slice(0, MAX_LENGTH)}…`;
}

const bigints = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString() : value;

/** Enough to tell two values apart without showing either. */
export function fingerprint(text: string): string {
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 12);
  return `<sha256 ${digest}, ${String(Buffer.byteLength(text))} bytes>`;
}
