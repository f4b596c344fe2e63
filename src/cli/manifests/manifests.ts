import type { Document } from 'yaml';
import { LineCounter, parseAllDocuments, visit } from 'yaml';
import type { FilePosition } from '../errors.ts';
import { ManifestError } from '../errors.ts';
import { fieldSegments, offsetOf, Placer } from './field-position.ts';
import { goYaml, withGoNumbers } from './go-yaml.ts';
import { yamlProblem } from './yaml-problem.ts';

/** An object as a manifest has it: decoded YAML that has at least `apiVersion` and `kind`. */
export interface ManifestObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/** One object of a manifest, with where it stands. */
export interface Manifest {
  readonly object: ManifestObject;
  readonly file: string;
  /** Where a field stands in the file; `line` and `column` are a place within its text. The nearest parent where it is absent. */
  positionOf(field: string, line?: number, column?: number): FilePosition;
}

/** What positions call standard input. */
export const STDIN = 'stdin';

/** API group of an object. */
export const groupOf = ({ apiVersion }: Pick<ManifestObject, 'apiVersion'>): string =>
  apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';

/** The same for two manifests of one object, also in two versions of its API. */
export const objectId = (object: {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined };
}): string => [object.kind, groupOf(object), object.metadata.namespace ?? '', object.metadata.name].join(' ');

/**
 * The objects of one YAML text.
 * @param file what positions call the text
 * @throws {ManifestError} where the text is not YAML, or holds something that is no Kubernetes object.
 */
export function parseManifests(text: string, file: string): readonly Manifest[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { ...goYaml, lineCounter: lines });
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    const place = new Placer(document, lines, text, file);
    const problem = yamlProblem(document, text);
    if (problem !== undefined) throw new ManifestError(place.at(problem.offset), problem.message);
    const root = withGoNumbers(decode(document, place));
    if (root === null || root === undefined) return [];
    return itemsOf(root).flatMap(({ value, path }): Manifest[] => {
      if (isPassedOver(value)) return [];
      const object = asObject(value, () => place.positionOf(path));
      return [
        {
          object,
          file,
          positionOf: (field, line, column) =>
            place.positionOf([...path, ...fieldSegments(field)], line, column),
        },
      ];
    });
  });
}

function decode(document: Document, place: Placer): unknown {
  try {
    return document.toJS({ maxAliasCount: 1000 });
  } catch (error) {
    // An alias without its anchor, or aliases that multiply without end.
    if (!(error instanceof ReferenceError)) throw error;
    throw new ManifestError(place.at(unresolvedAlias(document) ?? 0), `not YAML: ${error.message}`);
  }
}

function unresolvedAlias(document: Document): number | undefined {
  let found: number | undefined;
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document) !== undefined) return undefined;
      found = offsetOf(alias);
      return visit.BREAK;
    },
  });
  return found;
}

interface Item {
  readonly value: unknown;
  readonly path: readonly (string | number)[];
}

/** The items of a list (`List`, or a kind's own as the API server returns it), or the object itself. */
function itemsOf(root: unknown): readonly Item[] {
  if (!isRecord(root) || !Array.isArray(root['items'])) return [{ value: root, path: [] }];
  const { apiVersion, kind } = root;
  if (typeof kind !== 'string' || !kind.endsWith('List')) return [{ value: root, path: [] }];
  return root['items'].map((value: unknown, index) => ({
    // The items of a typed list do not repeat what they are.
    value: isRecord(value) && kind !== 'List' ? { apiVersion, kind: kind.slice(0, -4), ...value } : value,
    path: ['items', index],
  }));
}

const isRecord = (value: unknown): value is { readonly [field: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Input of kustomize, and objects whose name only the API server will know, are nothing that a policy is about. */
function isPassedOver(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { apiVersion, kind, metadata } = value;
  if (typeof apiVersion === 'string' && apiVersion.startsWith('kustomize.config.k8s.io/')) return true;
  // A kustomization needs neither.
  if (apiVersion === undefined && kind === undefined && 'resources' in value) return true;
  return isRecord(metadata) && metadata['name'] === undefined && typeof metadata['generateName'] === 'string';
}

function asObject(value: unknown, position: () => FilePosition): ManifestObject {
  const fail = (message: string) => new ManifestError(position(), message);
  if (!isRecord(value)) throw fail('not a Kubernetes object: a mapping with apiVersion and kind is needed');
  if (typeof value['apiVersion'] !== 'string' || value['apiVersion'] === '')
    throw fail('apiVersion is missing');
  if (typeof value['kind'] !== 'string' || value['kind'] === '') throw fail('kind is missing');
  const name = isRecord(value['metadata']) ? value['metadata']['name'] : undefined;
  if (typeof name === 'boolean' || typeof name === 'number')
    throw fail(`metadata.name is not text to YAML; put it in quotes`);
  if (typeof name !== 'string' || name === '') throw fail(`${value['kind']} has no metadata.name`);
  return value as ManifestObject;
}
