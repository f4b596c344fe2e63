import type { PediaClusterLifecycle } from '../../src/api/index.ts';
import type { CompiledLifecycle } from '../../src/policy/index.ts';
import { prune } from '../../src/policy/index.ts';
import type {
  CachedPediaCluster,
  Digest,
  LocatedReference,
  ReferenceResolution,
} from '../../src/reconcile/index.ts';
import { digestOf, sameJson } from '../../src/reconcile/index.ts';
import type { FollowedSource } from './followed-source.ts';

/** A list of what counts. Its parts are those of cached objects, so that comparing them is mostly comparing identities. */
export type State = readonly unknown[];

/** What the last reconciliation that left nothing to do was based on. */
interface Settled {
  readonly state: State;
  /** Version of each object referred to. */
  readonly references: readonly { readonly reference: LocatedReference; readonly version: string }[];
  /** Digest of what templates read of the references. */
  readonly content: Digest;
}

/** No version: of an object that could not be looked for, so that it is looked for again. */
const UNKNOWN = '?';

/** Remembers of each lifecycle what left nothing to do, so that nothing is done again while that is the same. */
export class SettledLifecycles {
  readonly #settled = new Map<string, Settled>();

  /** Whether nothing has changed, the versions of the objects referred to included. */
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

/** What of a PediaCluster counts; of its status, that is whether Clusterpedia reaches the cluster. */
export function pediaClusterState(pediaCluster: CachedPediaCluster | undefined): State | undefined {
  if (pediaCluster === undefined) return undefined;
  const { metadata, spec, labels, annotations, reachable } = pediaCluster;
  const { uid, deletionTimestamp, ownerReferences } = metadata;
  return [uid, deletionTimestamp, ownerReferences, spec, labels, annotations, reachable];
}

/** Digest of what templates read of the references, and of Secrets that `authenticationFrom` may have Clusterpedia read. */
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
