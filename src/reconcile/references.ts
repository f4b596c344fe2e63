import type { KubeObject, LifecycleReference, PediaClusterLifecycleStatus } from '../api/index.ts';
import { groupResource } from '../api/index.ts';
import type { CompiledLifecycle, LocationPart, References } from '../policy/index.ts';
import { resolveInSteps } from '../policy/acting.ts';
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
  /** The reference is limited to some namespaces, so the controller must not need the right to read others. */
  readonly limited?: true;
  /** Parts that may hold a value of a Secret: they are for requests only, and {@link describeReference} omits them. */
  readonly hidden?: readonly LocationPart[];
}

/** What is known of a referenced object. */
export type ReferenceLookup =
  | { readonly kind: 'found'; readonly object: KubeObject }
  | { readonly kind: 'absent' }
  /** Not known yet: it must be fetched first. */
  | { readonly kind: 'pending' }
  /** It cannot be read at present, e.g. its kind is not served or reading it is forbidden. */
  | { readonly kind: 'unavailable'; readonly problem: Problem };

/** How many references of a lifecycle could be resolved, in order. */
export interface ReferenceResolution {
  /** The objects to which references point, if known. Their changes matter from now on. */
  readonly located: readonly LocatedReference[];
  /** The objects found, by key. */
  readonly objects: References;
  /** Keys whose object does not exist, or whose location is not known yet. */
  readonly missing: readonly string[];
  /** Must be fetched before the resolution can continue. */
  readonly pending?: LocatedReference;
  readonly problem?: Problem;
}

/**
 * Resolves the references of a lifecycle by the rules of {@link resolveInSteps}, one after the other. One reference's
 * templates are rendered at a time, so the caller can do other work in between.
 */
export class ReferenceResolver {
  readonly #steps: ReturnType<typeof resolveInSteps>;
  readonly #specified: ReadonlyMap<string, LifecycleReference>;
  readonly #located: LocatedReference[] = [];
  readonly #missing: string[] = [];
  readonly #objects: { [key: string]: KubeObject } = {};
  /** The object that the last reference led to. */
  #found: KubeObject | undefined;
  /** The object to which the present reference points, while its state is not known. */
  #current: LocatedReference | undefined;
  #outcome: ReferenceResolution | undefined;

  constructor(
    compiled: Pick<CompiledLifecycle, 'references'>,
    specified: readonly LifecycleReference[],
    source: KubeObject,
  ) {
    this.#steps = resolveInSteps(compiled, source);
    this.#specified = new Map(specified.map((reference) => [reference.key, reference]));
  }

  /** The references that are resolved so far. */
  get sofar(): ReferenceResolution {
    return (
      this.#outcome ?? {
        located: [...this.#located],
        objects: { ...this.#objects },
        missing: [...this.#missing],
      }
    );
  }

  /**
   * Looks up one reference.
   *
   * @returns `undefined` if there may be more references. A result with `pending` continues once the lookup knows that
   * object.
   */
  advance(lookup: (reference: LocatedReference) => ReferenceLookup): ReferenceResolution | undefined {
    this.#outcome ??= this.#next();
    const current = this.#current;
    if (this.#outcome !== undefined || current === undefined) return this.#outcome;
    const found = lookup(current);
    if (found.kind === 'pending') return { ...this.sofar, pending: current };
    if (found.kind === 'unavailable') return (this.#outcome = { ...this.sofar, problem: found.problem });
    if (found.kind === 'found') this.#objects[current.key] = found.object;
    else this.#missing.push(current.key);
    this.#found = found.kind === 'found' ? found.object : undefined;
    this.#current = undefined;
    return undefined;
  }

  /** Locates the next reference, unless that has been done. If there is none, returns the result. */
  #next(): ReferenceResolution | undefined {
    if (this.#current !== undefined) return undefined;
    const step = this.#steps.next(this.#found);
    if (step.done === true) {
      const { problem, ...resolved } = step.value;
      const failed = problem === undefined ? {} : { problem: problemOf(problem) };
      return { located: this.#located, ...resolved, ...failed };
    }
    const { reference, location } = step.value;
    const { key, group, resource, hidden } = reference;
    const { version = '', allowedNamespaces = [] } = this.#specified.get(key) ?? {};
    const limited = allowedNamespaces.length > 0 ? ({ limited: true } as const) : {};
    this.#current = {
      key,
      group,
      version,
      resource,
      ...location,
      ...limited,
      ...(hidden.length === 0 ? {} : { hidden }),
    };
    this.#located.push(this.#current);
    return undefined;
  }
}

/** {@link ReferenceResolver}, up to the first object that the lookup does not know. */
export function resolveReferences(
  compiled: Pick<CompiledLifecycle, 'references'>,
  specified: readonly LifecycleReference[],
  source: KubeObject,
  lookup: (reference: LocatedReference) => ReferenceLookup,
): ReferenceResolution {
  const resolver = new ReferenceResolver(compiled, specified, source);
  for (;;) {
    const resolution = resolver.advance(lookup);
    if (resolution !== undefined) return resolution;
  }
}

/**
 * `secrets "ns/name"`: a reference for people to read. Where its name or namespace may hold a value of a Secret, that is
 * left out: `secrets of the reference "later" in the namespace "ns"`.
 */
export function describeReference(reference: LocatedReference): string {
  const { key, namespace, name, hidden = [] } = reference;
  if (hidden.length > 0) {
    const named = hidden.includes('name') ? '' : ` "${name}"`;
    const within =
      namespace === undefined || hidden.includes('namespace') ? '' : ` in the namespace "${namespace}"`;
    return `${groupResource(reference)}${named} of the reference "${key}"${within}`;
  }
  return `${groupResource(reference)} "${namespace === undefined ? name : `${namespace}/${name}`}"`;
}

/** `status.references` of a lifecycle: without those whose name or namespace may hold a value of a Secret. */
export function referenceStatus(
  located: readonly LocatedReference[],
): NonNullable<PediaClusterLifecycleStatus['references']> {
  return located
    .filter(({ hidden }) => hidden === undefined)
    .map(({ key, group, version, resource, namespace, name }) => ({
      key,
      group,
      version,
      resource,
      ...(namespace === undefined ? {} : { namespace }),
      name,
    }));
}
