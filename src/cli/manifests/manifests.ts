import type { Document } from 'yaml';
import { LineCounter, parseAllDocuments } from 'yaml';
import { isRecord } from '../../api/index.ts';
import type { FilePosition } from '../errors.ts';
import { describePosition, ManifestError } from '../errors.ts';
import { fieldSegments, Placer } from './field-position.ts';
import { goYaml, withGoNumbers } from './go-yaml.ts';
import { asStored, secretProblem } from './secret-data.ts';
import type { ManifestObject } from './manifest-object.ts';
import { yamlProblem } from './yaml-problem.ts';

/** One object of a manifest, with its place. */
export interface Manifest {
  readonly object: ManifestObject;
  readonly file: string;
  /**
   * `metadata.generateName`, if the manifest has that instead of a name. The object then has a name that the API server
   * could choose.
   */
  readonly generatedName?: string;
  /**
   * The place of a field in the file, or of its nearest parent if the field is absent. `line` and `column` are a place
   * within the field's text.
   */
  positionOf(field: string, line?: number, column?: number): FilePosition;
}

/** The name of standard input in positions. */
export const STDIN = 'stdin';

/** API group of an object. */
export const groupOf = ({ apiVersion }: Pick<ManifestObject, 'apiVersion'>): string =>
  apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';

/** Equal for two manifests of one object, even in different versions of its API. */
export const objectId = (object: {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined };
}): string => [object.kind, groupOf(object), object.metadata.namespace ?? '', object.metadata.name].join(' ');

/**
 * The objects of one YAML text.
 * @param file the name of the text in positions
 * @param told gets a message for each object that is skipped
 * @throws {ManifestError} if the text is not YAML, or contains something that is no Kubernetes object.
 */
export function parseManifests(
  text: string,
  file: string,
  told?: (note: string) => void,
): readonly Manifest[] {
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
      const generated = generatedName(value);
      if (generated !== undefined && !mayBePolicy(value)) {
        told?.(passedOver(value, generated, place.positionOf(path)));
        return [];
      }
      const object = asObject(named(value, generated), () => place.positionOf(path));
      const problem = secretProblem(object);
      if (problem !== undefined)
        throw new ManifestError(place.positionOf([...path, ...problem.path]), problem.message);
      return [
        {
          object: asStored(object),
          ...(generated === undefined ? {} : { generatedName: generated }),
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
    // Aliases may multiply without end.
    if (!(error instanceof ReferenceError)) throw error;
    throw new ManifestError(place.at(0), `not YAML: ${error.message}`);
  }
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
    // The items of a typed list do not repeat apiVersion and kind.
    value: isRecord(value) && kind !== 'List' ? { apiVersion, kind: kind.slice(0, -4), ...value } : value,
    path: ['items', index],
  }));
}

/** Files of kustomize are not objects that a policy could read. */
function isPassedOver(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { apiVersion, kind } = value;
  if (typeof apiVersion === 'string' && apiVersion.startsWith('kustomize.config.k8s.io/')) return true;
  // A kustomization needs neither.
  return apiVersion === undefined && kind === undefined && 'resources' in value;
}

/** `metadata.generateName` of an object without a name. Only the API server chooses the name. */
function generatedName(value: unknown): string | undefined {
  const metadata = isRecord(value) && isRecord(value['metadata']) ? value['metadata'] : {};
  const { name, generateName } = metadata;
  return name === undefined && typeof generateName === 'string' ? generateName : undefined;
}

const mayBePolicy = (value: unknown): boolean => isRecord(value) && value['kind'] === 'ClusterImportPolicy';

/**
 * The object with a name that the API server could choose. It adds five characters of this alphabet (apiserver
 * `names/generate.go`).
 */
function named(value: unknown, generated: string | undefined): unknown {
  if (generated === undefined || !isRecord(value) || !isRecord(value['metadata'])) return value;
  return { ...value, metadata: { ...value['metadata'], name: `${generated}xxxxx` } };
}

function passedOver(value: unknown, generated: string, position: FilePosition): string {
  const kind = isRecord(value) && typeof value['kind'] === 'string' ? value['kind'] : 'an object';
  return `${describePosition(position)}: passed over ${kind} ${generated}…: only the API server will know its name`;
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
