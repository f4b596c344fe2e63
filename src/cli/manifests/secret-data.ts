import { isRecord } from '../../api/index.ts';
import type { ManifestObject } from './manifest-object.ts';

/** A value that the API server would refuse, and where it stands. */
export interface DataProblem {
  readonly path: readonly string[];
  readonly message: string;
}

const isSecret = ({ apiVersion, kind }: ManifestObject): boolean => apiVersion === 'v1' && kind === 'Secret';

/** Fields of bytes, by kind: base64 in JSON. */
const bytes: { readonly [kind: string]: string } = { Secret: 'data', ConfigMap: 'binaryData' };

/**
 * Go's `base64.StdEncoding`: the alphabet with `+` and `/`, padded to groups of four; line breaks are skipped
 * (encoding/base64 `DecodeString`, by which encoding/json reads `[]byte`).
 */
const isBase64 = (text: string): boolean => {
  const groups = text.replaceAll(/[\r\n]/g, '');
  return (
    groups.length % 4 === 0 && /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(groups)
  );
};

/** Nothing is the empty text. */
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The first value of a Secret or ConfigMap that the API server does not take. */
export function secretProblem(object: ManifestObject): DataProblem | undefined {
  const field = object.apiVersion === 'v1' ? bytes[object.kind] : undefined;
  if (field === undefined) return undefined;
  const owner = `${object.kind} ${object.metadata.name}: `;
  const data = object[field];
  for (const [key, value] of isRecord(data) ? Object.entries(data) : []) {
    if (value === null || (typeof value === 'string' && isBase64(value))) continue;
    const way = isSecret(object) ? '; put text into stringData' : '; put text into data';
    return {
      path: [field, key],
      message: `${owner}${field}.${key} is not base64, as the API server takes it${way}`,
    };
  }
  const text = isSecret(object) ? object['stringData'] : undefined;
  for (const [key, value] of isRecord(text) ? Object.entries(text) : []) {
    if (value === null || typeof value === 'string') continue;
    return {
      path: ['stringData', key],
      message: `${owner}stringData.${key} is not text to YAML; put it in quotes`,
    };
  }
  return undefined;
}

/**
 * A Secret as the API server stores it: `stringData` is encoded into `data`, where it wins, and line breaks within base64 are
 * gone (core/v1 `conversion.go`, `Convert_v1_Secret_To_core_Secret`). Other objects as they are.
 */
export function asStored(object: ManifestObject): ManifestObject {
  if (!isSecret(object)) return object;
  const { stringData, ...rest } = object;
  const data = isRecord(object['data']) ? object['data'] : {};
  const text = isRecord(stringData) ? stringData : {};
  if (Object.keys(data).length + Object.keys(text).length === 0) return rest;
  return {
    ...rest,
    data: Object.fromEntries([
      ...Object.entries(data).map(([key, value]) => [key, textOf(value).replaceAll(/[\r\n]/g, '')]),
      ...Object.entries(text).map(([key, value]) => [
        key,
        Buffer.from(textOf(value), 'utf8').toString('base64'),
      ]),
    ]),
  };
}
