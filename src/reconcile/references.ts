import type { KubeObject, LifecycleReference, PediaClusterLifecycleStatus } from '../api/index.ts';
import { groupResource } from '../api/index.ts';
import type { CompiledLifecycle, References } from '../policy/index.ts';
import { resolveInSteps } from '../policy/index.ts';
import type { Problem } from './problem.ts';
import { problemOf } from './problem.ts';

/** An object that a reference of a lifecycle points to. */
export interface LocatedReference {
  readonly key: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name: string;
  /** The reference is limited to some namespaces, so no right to read others may be asked for. */
  readonly limited?: true;
}

/** What is known of a referenced object. */
export type ReferenceLookup =
  | { readonly kind: 'found'; readonly object: KubeObject }
  | { readonly kind: 'absent' }
  /** Not known yet: it has to be fetched first. */
  | { readonly kind: 'pending' }
  /** It cannot be known at present, e.g. its kind is not served or reading it is forbidden. */
  | { readonly kind: 'unavailable'; readonly problem: Problem };

/** How far the references of a lifecycle could be resolved, in order. */
export interface ReferenceResolution {
  /** Where references point, as far as it is known; their changes matter from now on. */
  readonly located: readonly LocatedReference[];
  /** The objects found, by key. */
  readonly objects: References;
  /** Keys whose object does not exist, or whose place cannot be told yet. */
  readonly missing: readonly string[];
  /** Must be fetched before the resolution can go on. */
  readonly pending?: LocatedReference;
  readonly problem?: Problem;
}

/** Resolves the references of a lifecycle by the rules of {@link resolveInSteps}, as far as the lookup knows objects. */
export function resolveReferences(
  compiled: Pick<CompiledLifecycle, 'references'>,
  specified: readonly LifecycleReference[],
  source: KubeObject,
  lookup: (reference: LocatedReference) => ReferenceLookup,
): ReferenceResolution {
  const specs = new Map(specified.map((reference) => [reference.key, reference]));
  const located: LocatedReference[] = [];
  const missing: string[] = [];
  const objects: { [key: string]: KubeObject } = {};
  const steps = resolveInSteps(compiled, source);
  let step = steps.next();
  while (step.done !== true) {
    const { reference, location } = step.value;
    const { key, group, resource } = reference;
    const { version = '', allowedNamespaces = [] } = specs.get(key) ?? {};
    const limited = allowedNamespaces.length > 0 ? ({ limited: true } as const) : {};
    const at: LocatedReference = { key, group, version, resource, ...location, ...limited };
    located.push(at);
    const found = lookup(at);
    if (found.kind === 'pending') return { located, objects, missing, pending: at };
    if (found.kind === 'unavailable') return { located, objects, missing, problem: found.problem };
    if (found.kind === 'found') objects[key] = found.object;
    else missing.push(key);
    step = steps.next(found.kind === 'found' ? found.object : undefined);
  }
  const { problem, ...resolved } = step.value;
  return { located, ...resolved, ...(problem === undefined ? {} : { problem: problemOf(problem) }) };
}

/** `secrets "ns/name"`: a reference for people. */
export function describeReference(reference: LocatedReference): string {
  const { namespace, name } = reference;
  return `${groupResource(reference)} "${namespace === undefined ? name : `${namespace}/${name}`}"`;
}

/** `status.references` of a lifecycle. */
export function referenceStatus(
  located: readonly LocatedReference[],
): NonNullable<PediaClusterLifecycleStatus['references']> {
  return located.map(({ key, group, version, resource, namespace, name }) => ({
    key,
    group,
    version,
    resource,
    ...(namespace === undefined ? {} : { namespace }),
    name,
  }));
}
