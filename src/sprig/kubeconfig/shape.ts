import { Buffer } from 'node:buffer';
import { base64Bytes, CorruptInputError } from '../chapters/encoding.ts';
import { isPlainList, isPlainMap } from '../../template/types.ts';
import { Num } from '../../template/value.ts';
import type { Value, ValueMap } from '../../template/value.ts';

/*
 * The fields of a kubeconfig and their types, as `k8s.io/client-go/tools/clientcmd/api/v1` declares them, and the rules
 * by which `sigs.k8s.io/json` decodes them: names are case-sensitive, `null` is the zero value, unknown fields are
 * skipped, and one value of a wrong type makes the whole text invalid.
 */

/** The type of a field. All values of a list, or of a map of strings, have one type. */
export type Shape =
  | 'string'
  | 'bool'
  | 'bytes'
  | 'any'
  | { readonly list: Shape }
  | { readonly map: Shape }
  | { readonly fields: Readonly<Record<string, Shape>> };

const named = (field: string, shape: Shape): Shape => ({
  list: { fields: { name: 'string', [field]: shape } },
});

const extensions = named('extension', 'any');

const cluster: Shape = {
  fields: {
    server: 'string',
    'tls-server-name': 'string',
    'insecure-skip-tls-verify': 'bool',
    'certificate-authority': 'string',
    'certificate-authority-data': 'bytes',
    'proxy-url': 'string',
    'disable-compression': 'bool',
    extensions,
  },
};

/** How a program is run. */
export const execShape: Shape = {
  fields: {
    command: 'string',
    args: { list: 'string' },
    env: { list: { fields: { name: 'string', value: 'string' } } },
    apiVersion: 'string',
    installHint: 'string',
    provideClusterInfo: 'bool',
    interactiveMode: 'string',
  },
};

const user: Shape = {
  fields: {
    'client-certificate': 'string',
    'client-certificate-data': 'bytes',
    'client-key': 'string',
    'client-key-data': 'bytes',
    token: 'string',
    tokenFile: 'string',
    as: 'string',
    'as-uid': 'string',
    'as-groups': { list: 'string' },
    'as-user-extra': { map: { list: 'string' } },
    username: 'string',
    password: 'string',
    'auth-provider': { fields: { name: 'string', config: { map: 'string' } } },
    exec: execShape,
    extensions,
  },
};

const context: Shape = { fields: { cluster: 'string', user: 'string', namespace: 'string', extensions } };

/** A whole kubeconfig. */
export const kubeconfigShape: Shape = {
  fields: {
    kind: 'string',
    apiVersion: 'string',
    preferences: { fields: { colors: 'bool', extensions } },
    clusters: named('cluster', cluster),
    users: named('user', user),
    contexts: named('context', context),
    'current-context': 'string',
    extensions,
  },
};

/** A value does not have the type of its field. `field` is a path of names from the shape and of positions. */
export class ShapeError extends Error {
  readonly field: string;

  constructor(field: string, expected: string) {
    super(`${field} must be ${expected}`);
    this.field = field;
  }
}

/** @throws ShapeError at the first value that Go would not decode into its field */
export function checkShape(value: Value, shape: Shape, path: string): void {
  if (value === null || value === undefined || shape === 'any') return;
  if (typeof shape === 'string') checkScalar(value, shape, path);
  else if ('list' in shape) checkList(value, shape.list, path);
  else if ('map' in shape) checkMap(value, shape.map, path);
  else checkFields(value, shape.fields, path);
}

function checkScalar(value: Value, shape: 'string' | 'bool' | 'bytes', path: string): void {
  if (shape === 'string' && typeof value !== 'string') throw new ShapeError(path, 'a string');
  if (shape === 'bool' && typeof value !== 'boolean') throw new ShapeError(path, 'true or false');
  if (shape === 'bytes' && bytesOf(value) === undefined) throw new ShapeError(path, 'base64');
}

function checkList(value: Value, items: Shape, path: string): void {
  if (!isPlainList(value)) throw new ShapeError(path, 'a list');
  value.forEach((item, index) => checkShape(item, items, `${path}[${String(index)}]`));
}

function checkMap(value: Value, values: Shape, path: string): void {
  if (!isPlainMap(value)) throw new ShapeError(path, 'a map');
  // The keys are data, so the path does not contain them.
  for (const item of Object.values(value)) checkShape(item, values, `${path}[*]`);
}

function checkFields(value: Value, fields: Readonly<Record<string, Shape>>, path: string): void {
  if (!isPlainMap(value)) throw new ShapeError(path || 'the document', 'a map');
  for (const [name, shape] of Object.entries(fields))
    if (Object.hasOwn(value, name)) checkShape(value[name], shape, path === '' ? name : `${path}.${name}`);
}

/**
 * The bytes of a `[]byte` field, which Go accepts as base64 or as a list of numbers; `undefined` if the value is
 * neither.
 */
export function bytesOf(value: Value): Buffer | undefined {
  if (typeof value === 'string') return decoded(value);
  if (!isPlainList(value)) return undefined;
  const bytes = value.map(byteOf);
  return bytes.includes(-1) ? undefined : Buffer.from(bytes);
}

function decoded(text: string): Buffer | undefined {
  try {
    return base64Bytes(text);
  } catch (error) {
    if (error instanceof CorruptInputError) return undefined;
    throw error;
  }
}

function byteOf(value: Value): number {
  if (value === null) return 0;
  const number = value instanceof Num ? Number(value.value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= 255 ? number : -1;
}

/** The text of a field; empty if it is absent. */
export function textOf(map: ValueMap, field: string): string {
  const value = map[field];
  return typeof value === 'string' ? value : '';
}
