import type { PediaClusterLifecycle } from '../../src/api/index.ts';
import type { CompiledLifecycle } from '../../src/policy/index.ts';
import { prune } from '../../src/policy/acting.ts';
import type {
  CachedPediaCluster,
  Digest,
  LocatedReference,
  ReferenceResolution,
} from '../../src/reconcile/index.ts';
import { digestOf, pediaClusterState, sameJson } from '../../src/reconcile/index.ts';
import type { FollowedSource } from './followed-source.ts';

/**
 * A list of what a decision depends on. Its parts belong to cached objects, so comparing them is mostly comparing
 * identities.
 */
export type State = readonly unknown[];

/** What the last reconciliation that had nothing left to do was based on. */
interface Settled {
  readonly state: State;
  /** Version of each referenced object. */
  readonly references: readonly { readonly reference: LocatedReference; readonly version: string }[];
  /** Digest of what templates read of the references. */
  readonly content: Digest;
}

/** Stands for the version of an object that could not be read, so that it is read again. */
const UNKNOWN = '?';

/**
 * Remembers for each lifecycle the state in which nothing was left to do. While the state is the same, the
 * reconciliation is skipped.
 */
export class SettledLifecycles {
  readonly #settled = new Map<string, Settled>();

  /** Whether nothing has changed, including the versions of the referenced objects. */
  isSettled(
    name: string,
    state: State,
    versionOf: (reference: LocatedReference) => string | undefined,
  ): boolean {
    const settled = this.#settled.get(name);
    if (settled === undefined || !sameJson(settled.state, state)) return false;
    return settled.references.every(({ reference, version }) => versionOf(reference) === version);
  }

  /** Whether nothing has changed that a template reads. */
  isSame(name: string, state: State, content: Digest): boolean {
    const settled = this.#settled.get(name);
    return settled?.content === content && sameJson(settled.state, state);
  }

  settle(name: string, state: State, resolution: ReferenceResolution, content: Digest): void {
    const { located, objects, problem } = resolution;
    this.#settled.set(name, {
      state,
      content,
      references: located.map((reference) => ({
        reference,
        version: objects[reference.key]?.metadata.resourceVersion ?? (problem === undefined ? '' : UNKNOWN),
      })),
    });
  }

  forget(name: string): void {
    this.#settled.delete(name);
  }
}

/** Everything but the references that a decision depends on. @param status of the lifecycle, as last written */
export function stateOf(
  { metadata }: Pick<PediaClusterLifecycle, 'metadata'>,
  status: unknown,
  source: FollowedSource,
  pediaCluster: CachedPediaCluster | undefined,
): State {
  const { uid, generation, ownerReferences } = metadata;
  return [uid, generation, ownerReferences, status, source.digest, pediaClusterState(pediaCluster)];
}

/**
 * Digest of what templates read of the references, and of the Secrets that Clusterpedia reads because of
 * `authenticationFrom`.
 */
export function contentOf(
  { template }: Pick<PediaClusterLifecycle['spec'], 'template'>,
  { readPaths }: CompiledLifecycle,
  { located, objects, missing, problem }: ReferenceResolution,
): Digest {
  const handsOn = template.includes('authenticationFrom');
  const read = located.map(({ key }) => {
    const object = objects[key];
    const tree = readPaths.references.get(key);
    const content = tree === undefined ? null : prune(object, tree);
    return handsOn && object?.kind === 'Secret' ? [content, object['data']] : content;
  });
  return digestOf([located, read, missing, problem]);
}
