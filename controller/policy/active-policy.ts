import type { StoredObject } from '../../src/kube/index.ts';
import type { CompiledPolicy } from '../../src/policy/index.ts';
import type {
  Digest,
  LocatedReference,
  NegotiatedPolicy,
  SourceEvaluation,
  SourceKey,
} from '../../src/reconcile/index.ts';
import { evaluateSource, referencesOfLifecycles, resolveReferences } from '../../src/reconcile/index.ts';
import type { CachedSource, SourceView } from '../watches/source-watches.ts';
import type { PolicySource } from './members.ts';

/** A policy that is valid, whose kinds are served and whose sources are watched. */
export class ActivePolicy {
  readonly name: string;
  readonly negotiated: NegotiatedPolicy;
  readonly compiled: CompiledPolicy;
  readonly view: SourceView;
  /** Distinguishes this state of the policy from earlier ones. */
  readonly revision: string;
  /** Whether every source has been evaluated once. Only then is it known who claims which name. */
  evaluated = false;
  /** Whether evaluating the sources takes so long that other policies do not wait for it. */
  isSlow = false;
  readonly #evaluations = new Map<
    PolicySource,
    { readonly digest: Digest; readonly evaluation: SourceEvaluation }
  >();

  constructor(revision: string, negotiated: NegotiatedPolicy, compiled: CompiledPolicy, view: SourceView) {
    this.name = negotiated.object.metadata.name;
    this.revision = revision;
    this.negotiated = negotiated;
    this.compiled = compiled;
    this.view = view;
  }

  /** The key of a source that this policy looks at. */
  keyOf({ metadata }: StoredObject): SourceKey {
    const { group, resource } = this.negotiated.object.spec.source;
    const { namespace, name } = metadata;
    return { group, resource, ...(namespace === undefined ? {} : { namespace }), name };
  }

  /** Whether this policy looks at that kind of source. */
  looksAt({ group, resource }: SourceKey): boolean {
    const { source } = this.negotiated.object.spec;
    return source.group === group && source.resource === resource;
  }

  /** The cached source; `undefined` if there is none or if the policy does not look at it. */
  source(key: SourceKey): CachedSource | undefined {
    return this.looksAt(key) ? this.view.get(key.namespace, key.name) : undefined;
  }

  /** Selector and name of a source. They are rendered again only if something that they may read has changed. */
  evaluate(source: PolicySource, cached: CachedSource | undefined): SourceEvaluation {
    if (cached === undefined) {
      this.#evaluations.delete(source);
      return { kind: 'absent' };
    }
    const known = this.#evaluations.get(source);
    if (known?.digest === cached.digest) return known.evaluation;
    const evaluation = evaluateSource(this.compiled, cached.object);
    this.#evaluations.set(source, { digest: cached.digest, evaluation });
    return evaluation;
  }

  /** Whether {@link evaluate} can answer without rendering. */
  isEvaluated(source: PolicySource, cached: CachedSource | undefined): boolean {
    return cached === undefined || this.#evaluations.get(source)?.digest === cached.digest;
  }

  /** Whether it has evaluated this source while the source existed. */
  knows(source: PolicySource): boolean {
    return this.#evaluations.has(source);
  }

  /** The object that a lifecycle of the source will fetch first; `undefined` if it fetches none. */
  firstReference(source: CachedSource): LocatedReference | undefined {
    const references = referencesOfLifecycles(this.negotiated);
    return resolveReferences(this.compiled, references, source.object, () => ({ kind: 'pending' })).pending;
  }
}
