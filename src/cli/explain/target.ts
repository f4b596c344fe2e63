import { groupResource } from '../../api/index.ts';
import { UsageError } from '../errors.ts';

/** The object to explain, by kind and name. */
export interface Target {
  /** As it was typed, in lower case: a kind, a resource, or a resource with its group. */
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** `KIND/NAME` or `KIND/NAMESPACE/NAME`. @throws {UsageError} */
export function parseTarget(text: string): Target {
  const [kind = '', ...path] = text.split('/');
  const [first = '', second] = path;
  if (kind === '' || first === '' || second === '' || path.length > 2)
    throw new UsageError(`${text}: write it as KIND/NAME, or KIND/NAMESPACE/NAME`);
  const lower = kind.toLowerCase();
  return second === undefined
    ? { kind: lower, name: first }
    : { kind: lower, namespace: first, name: second };
}

/**
 * Names of the kinds that this project makes. Each name stands for both kinds, because a lifecycle and its PediaCluster
 * have one name.
 */
const made = new Set(
  ['pediacluster', 'pediaclusterlifecycle'].flatMap((name) => [
    name,
    `${name}s`,
    `${name}s.${name === 'pediacluster' ? 'cluster' : 'policy'}.clusterpedia.io`,
  ]),
);

/** Short names, as the definitions have them. */
const short = new Set(['pcl']);

/** Whether a PediaCluster or its lifecycle is meant, not a source. */
export const isMade = ({ kind }: Target): boolean => made.has(kind) || short.has(kind);

/** A kind of sources, by the names that it has. */
export interface SourceKind {
  readonly group: string;
  readonly resource: string;
  readonly kind?: string | undefined;
}

/** What a kind may be called, the shortest first. */
export function namesOfKind({ group, resource, kind = '' }: SourceKind): readonly string[] {
  const singular = resource.endsWith('s') ? resource.slice(0, -1) : resource;
  return [kind.toLowerCase(), singular, resource, groupResource({ group, resource })].filter(
    (name) => name !== '',
  );
}

/** Whether a source is the target. */
export function isTarget(
  target: Target,
  source: SourceKind & { readonly namespace?: string | undefined; readonly name: string },
): boolean {
  return (
    namesOfKind(source).includes(target.kind) &&
    target.name === source.name &&
    (target.namespace === undefined || target.namespace === source.namespace)
  );
}

/** As {@link parseTarget} reads it. */
export const targetText = ({ kind, namespace, name }: Target): string =>
  [kind, namespace, name].filter((part) => part !== undefined).join('/');
