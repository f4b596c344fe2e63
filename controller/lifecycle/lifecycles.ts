import type { Log } from '../../config/index.ts';
import type { ClusterImportPolicy, PediaClusterLifecycle } from '../../src/api/index.ts';
import { CLUSTER_IMPORT_POLICY, PEDIA_CLUSTER } from '../../src/api/index.ts';
import type { KubeClient, KubeObject } from '../../src/kube/index.ts';
import { isConflict, isNotFound } from '../../src/kube/index.ts';
import type { CompiledLifecycle } from '../../src/policy/index.ts';
import { compileLifecycle, prune } from '../../src/policy/index.ts';
import type {
  CachedPediaCluster,
  LifecycleCondition,
  LifecycleDecision,
  LocatedReference,
  ObservedPediaCluster,
  Problem,
  ReferenceResolution,
} from '../../src/reconcile/index.ts';
import {
  compiledFieldsOf,
  decideLifecycle,
  decideLifecycleStatus,
  decideTeardown,
  deleteLifecycle,
  digestOf,
  failedWrite,
  failure,
  followsPolicy,
  hasSpec,
  isFailure,
  observePediaCluster,
  outcomeOf,
  owningPolicy,
  problemOf,
  renderLifecycle,
  resolveReferences,
  sameJson,
  sourceOf,
} from '../../src/reconcile/index.ts';
import type { ActivePolicy } from '../policy/active-policy.ts';
import { conditionalDeletionId } from './deletions.ts';
import type { ControllerMetrics } from '../metrics.ts';
import type { FetchedReference, ReferenceWatches } from '../watches/reference-watches.ts';
import { referenceId } from '../watches/reference-watches.ts';
import type { ControllerState } from '../state.ts';
import type { Reports } from '../reports.ts';
import type { Answers, Writer } from '../writer.ts';
import { refusalOf } from '../writer.ts';

export interface LifecycleReconcilerOptions {
  readonly client: KubeClient;
  readonly state: ControllerState;
  readonly references: ReferenceWatches;
  readonly writer: Writer;
  readonly reports: Reports;
  readonly metrics: ControllerMetrics;
  readonly log: Log;
}

/** A source with what tells whether anything that a template reads of it has changed. */
interface FollowedSource {
  readonly object: KubeObject;
  readonly digest: string;
  /** Where it was fetched from, if it is in no policy's cache. */
  readonly reference?: LocatedReference;
}

/** All that a decision about a lifecycle is taken from. */
interface Gathered {
  readonly lifecycle: PediaClusterLifecycle;
  readonly compiled: CompiledLifecycle;
  readonly source: FollowedSource;
  readonly references: ReferenceResolution;
  readonly pediaCluster: ObservedPediaCluster | undefined;
  /** Digest of what templates read of the references. */
  readonly content: string;
}

/** What the last reconciliation that left nothing to do was based on. */
interface Settled {
  /** As {@link stateOf} makes it. */
  readonly state: State;
  /** Version of each object referred to. */
  readonly references: readonly { readonly reference: LocatedReference; readonly version: string }[];
  /** Digest of what templates read of the references. */
  readonly content: string;
}

/** The templates of a lifecycle, and what they were compiled to. */
interface Compiled {
  readonly templates: object;
  readonly compiled: CompiledLifecycle;
}

/** A write that has failed so often in a row is worth a word in the status. */
const TELL_AFTER_RETRIES = 5;

/** Reconciles one lifecycle: references, conditions, PediaCluster, status. */
export class LifecycleReconciler {
  readonly #options: LifecycleReconcilerOptions;
  readonly #state: ControllerState;
  readonly #settled = new Map<string, Settled>();
  readonly #told = new Map<string, string>();
  /** By the main template, whose text the lifecycles of a policy share. */
  readonly #compiled = new Map<string, readonly Compiled[]>();

  constructor(options: LifecycleReconcilerOptions) {
    this.#options = options;
    this.#state = options.state;
  }

  async reconcile(name: string, signal: AbortSignal): Promise<void> {
    const lifecycle = this.#state.lifecycle(name);
    if (lifecycle === undefined) {
      this.#forget(name);
      return;
    }
    const record = this.#state.recordOf(lifecycle);
    const ticket = record?.progress.lifecycles.started(name);
    try {
      await this.#reconcile(lifecycle, signal);
    } finally {
      record?.progress.lifecycles.finished(name, ticket);
      if (record !== undefined) this.#state.touchPolicy(record.name);
    }
  }

  #forget(name: string): void {
    this.#settled.delete(name);
    this.#told.delete(name);
    this.#options.references.track(name, []);
  }

  async #reconcile(lifecycle: PediaClusterLifecycle, signal: AbortSignal): Promise<void> {
    const owner = owningPolicy(lifecycle);
    const policy = owner === undefined ? undefined : this.#state.policy(owner.name);
    if (policy?.spec.suspend === true || lifecycle.spec.suspend === true) return;
    if (lifecycle.metadata.deletionTimestamp !== undefined) {
      await this.#tearDown(lifecycle, policy, signal);
      return;
    }
    if (owner !== undefined && policy === undefined) {
      await this.#deleteOrphan(lifecycle, owner.name, signal);
      return;
    }
    // The policy's own reconciliation deletes its lifecycles.
    if (policy?.metadata.deletionTimestamp !== undefined) return;
    await this.#follow(lifecycle, signal);
  }

  async #tearDown(
    lifecycle: PediaClusterLifecycle,
    policy: ClusterImportPolicy | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { name, uid } = lifecycle.metadata;
    // What the policy says now counts, though the lifecycle may not have been told yet.
    const deletionPolicy = (policy ?? lifecycle).spec.deletionPolicy ?? 'Delete';
    const pediaCluster =
      this.#state.caches.pediaCluster.get(name) ?? (await this.#lookForPediaCluster(name, signal));
    await this.#options.writer.apply(decideTeardown(lifecycle, pediaCluster, deletionPolicy), signal);
    if (policy !== undefined)
      this.#state.record(policy.metadata.name).breaker.done(uid ?? '', this.#state.clock.monotonic());
  }

  /** The PediaCluster as it is cached. Where somebody else has changed its spec, the API server is asked what it is now. */
  async #pediaCluster(name: string, signal: AbortSignal): Promise<ObservedPediaCluster | undefined> {
    const cached = this.#state.caches.pediaCluster.get(name);
    if (cached === undefined || hasSpec(cached)) return cached;
    const found = await this.#readPediaCluster(name, signal);
    if (found !== undefined) this.#state.caches.pediaCluster.remember(found);
    return found === undefined ? undefined : observePediaCluster(found);
  }

  /**
   * Asks the API server for a PediaCluster that the cache does not hold: it may have been made a moment ago, by a
   * write whose answer was lost or by another replica, and nobody would look for it once the lifecycle is gone.
   */
  async #lookForPediaCluster(name: string, signal: AbortSignal): Promise<CachedPediaCluster | undefined> {
    const found = await this.#readPediaCluster(name, signal);
    return found === undefined ? undefined : observePediaCluster(found);
  }

  async #readPediaCluster(name: string, signal: AbortSignal): Promise<KubeObject | undefined> {
    try {
      return await this.#options.client.get(PEDIA_CLUSTER, name, undefined, { signal });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** Its policy is gone without having cleaned up; nothing waits for garbage collection. */
  async #deleteOrphan(lifecycle: PediaClusterLifecycle, policy: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#options.client.get(CLUSTER_IMPORT_POLICY, policy, undefined, { signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await this.#options.writer.apply([deleteLifecycle(lifecycle)], signal);
    }
  }

  /** Keeps the PediaCluster of a lifecycle true. */
  async #follow(lifecycle: PediaClusterLifecycle, signal: AbortSignal): Promise<void> {
    const { name } = lifecycle.metadata;
    const compiled = this.#compile(lifecycle);
    if ('reason' in compiled) {
      await this.#finish(lifecycle, undefined, problemDecision(compiled), signal);
      return;
    }
    const source = await this.#sourceOf(lifecycle, compiled, signal);
    if (source === undefined) return;
    const pediaCluster = await this.#pediaCluster(name, signal);
    const state = stateOf(lifecycle, lifecycle.status, source, pediaCluster);
    if (this.#isSettled(name, state)) return;
    const references = await this.#resolve(lifecycle, compiled, source, signal);
    const content = contentOf(compiled, references);
    const settled = this.#settled.get(name);
    if (settled?.content === content && sameJson(settled.state, state)) {
      this.#settle(name, state, references, content);
      return;
    }
    await this.#import({ lifecycle, compiled, source, references, content, pediaCluster }, signal);
  }

  /** Renders, decides, writes, and remembers what that was based on. */
  async #import(
    { lifecycle, compiled, source, references, content, pediaCluster }: Gathered,
    signal: AbortSignal,
  ): Promise<void> {
    this.#options.metrics.renderings.inc();
    const decision = decideLifecycle({
      lifecycle,
      pediaCluster,
      references,
      rendering: renderLifecycle(compiled, source.object, references, pediaCluster !== undefined),
      deletionReleased: this.#deletionReleased(lifecycle),
    });
    this.#guardDeletion(lifecycle, decision);
    const answers = await this.#finish(lifecycle, references, decision, signal);
    // A deletion that waits is to be looked at again, and one that was made too.
    if (answers === undefined || decision.deletionWanted) return;
    // Not what the caches hold by now, nor what came along with an answer: an edit in between must not pass for what
    // was decided upon. A patch of the PediaCluster is of the version that was read; one of a status is of any.
    const made = answers.pediaCluster ?? pediaCluster;
    const { status } = answers.lifecycle ?? lifecycle;
    this.#settle(lifecycle.metadata.name, stateOf(lifecycle, status, source, made), references, content);
  }

  /**
   * The source of a lifecycle: as cached for its policy or, where the policy does not act on it at present (it is
   * invalid, or the lifecycle is one that it would delete if the breaker let it), as the API server has it. A lifecycle
   * carries all that is needed to go on by itself.
   *
   * @returns `undefined` where there is nothing to follow now; what changes that brings the lifecycle back
   */
  async #sourceOf(
    lifecycle: PediaClusterLifecycle,
    compiled: CompiledLifecycle,
    signal: AbortSignal,
  ): Promise<FollowedSource | undefined> {
    const active = this.#state.recordOf(lifecycle)?.active;
    if (active !== undefined && followsPolicy(lifecycle, active.negotiated)) {
      const cached = active.view.synced ? active.source(sourceOf(lifecycle)) : undefined;
      if (cached !== undefined || !this.#isHeld(lifecycle)) return cached;
    }
    // Its spec is about to follow the policy's; then is the time.
    if (active !== undefined && !this.#isHeld(lifecycle) && !this.#isLeftBehind(lifecycle, active))
      return undefined;
    const limited = (active?.negotiated.object.spec.source.namespaces ?? []).length > 0;
    const reference: LocatedReference = {
      key: 'source',
      ...sourceOf(lifecycle),
      version: lifecycle.spec.source.version,
      ...(limited ? { limited } : {}),
    };
    const fetched = await this.#options.references.fetch(lifecycle.metadata.name, reference, signal);
    if (fetched.kind !== 'fetched') {
      this.#options.references.track(lifecycle.metadata.name, [reference]);
      return undefined;
    }
    const { object } = fetched;
    const digest = digestOf([object.metadata.uid, prune(object, compiled.readPaths.source)]);
    return { object, digest, reference };
  }

  /** Whether the breaker holds the deletion of the lifecycle. */
  #isHeld(lifecycle: PediaClusterLifecycle): boolean {
    return this.#state.recordOf(lifecycle)?.breaker.waitsFor(lifecycle.metadata.uid ?? '') === true;
  }

  /** Whether its source fails to render by the policy's present templates, so that it stays as it is for now. */
  #isLeftBehind(lifecycle: PediaClusterLifecycle, active: ActivePolicy): boolean {
    if (!active.view.synced) return false;
    const source = this.#state.sourceOf(lifecycle);
    const cached = active.source(sourceOf(lifecycle));
    if (source === undefined || cached === undefined) return false;
    return active.evaluate(source, cached).kind === 'failed';
  }

  #compile({ spec }: PediaClusterLifecycle): CompiledLifecycle | Problem {
    const templates = compiledFieldsOf(spec);
    const alike = this.#compiled.get(spec.template) ?? [];
    const known = alike.find((each) => sameJson(each.templates, templates));
    if (known !== undefined) return known.compiled;
    if (this.#compiled.size >= MAX_COMPILED) this.#compiled.clear();
    try {
      const compiled = compileLifecycle(spec);
      this.#compiled.set(spec.template, [{ templates, compiled }, ...alike.slice(0, MAX_ALIKE - 1)]);
      return compiled;
    } catch (error) {
      return problemOf(error);
    }
  }

  /** Resolves the references, fetching one after the other what is not known yet. */
  async #resolve(
    lifecycle: PediaClusterLifecycle,
    compiled: CompiledLifecycle,
    source: FollowedSource,
    signal: AbortSignal,
  ): Promise<ReferenceResolution> {
    const { references } = this.#options;
    const { name } = lifecycle.metadata;
    const specified = lifecycle.spec.references ?? [];
    const followed = source.reference === undefined ? [] : [source.reference];
    const fetched = new Map<string, FetchedReference>();
    for (;;) {
      const resolution = resolveReferences(compiled, specified, source.object, (reference) =>
        references.lookup(reference, fetched),
      );
      references.track(name, [...followed, ...resolution.located]);
      const { pending } = resolution;
      if (pending === undefined) return resolution;
      fetched.set(referenceId(pending), await references.fetch(name, pending, signal));
    }
  }

  #deletionReleased(lifecycle: PediaClusterLifecycle): boolean {
    const record = this.#state.recordOf(lifecycle);
    return record === undefined || record.breaker.isReleased(conditionalDeletionId(lifecycle));
  }

  /** Asks the breaker for a deletion, or withdraws the question. */
  #guardDeletion(lifecycle: PediaClusterLifecycle, decision: LifecycleDecision): void {
    const breaker = this.#state.recordOf(lifecycle)?.breaker;
    if (breaker === undefined) return;
    const id = conditionalDeletionId(lifecycle);
    // One PediaCluster counts once, for whatever reason it is to go.
    if (this.#isHeld(lifecycle)) return;
    if (decision.deletionWanted) breaker.want(id, this.#state.clock.monotonic());
    else breaker.unwant(id);
  }

  /**
   * Carries a decision out and brings the status to it.
   *
   * @returns what was written; `undefined` where the API server refuses it for good
   */
  async #finish(
    lifecycle: PediaClusterLifecycle,
    references: ReferenceResolution | undefined,
    decision: LifecycleDecision,
    signal: AbortSignal,
  ): Promise<Answers | undefined> {
    let answers: Answers;
    try {
      answers = await this.#options.writer.apply(decision.actions, signal);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined) {
        await this.#reportRetries(lifecycle, references, error, signal);
        throw error;
      }
      const { problem, mayPass } = refusal;
      await this.#report(lifecycle, references, failedWrite(problem, false), problem, signal);
      if (mayPass) this.#state.queues.lifecycles.addRateLimited(lifecycle.metadata.name);
      return undefined;
    }
    if (decision.deletionWanted && decision.actions.length > 0) this.#deletionDone(lifecycle);
    const written = await this.#report(lifecycle, references, decision.conditions, decision.problem, signal);
    return { ...answers, ...written };
  }

  #deletionDone(lifecycle: PediaClusterLifecycle): void {
    const breaker = this.#state.recordOf(lifecycle)?.breaker;
    breaker?.done(conditionalDeletionId(lifecycle), this.#state.clock.monotonic());
  }

  /** Says that writing goes wrong again and again; a conflict is no such case. */
  async #reportRetries(
    lifecycle: PediaClusterLifecycle,
    references: ReferenceResolution | undefined,
    error: unknown,
    signal: AbortSignal,
  ): Promise<void> {
    const retries = this.#state.queues.lifecycles.retries(lifecycle.metadata.name);
    if (retries < TELL_AFTER_RETRIES || isConflict(error)) return;
    try {
      await this.#report(lifecycle, references, failedWrite(RETRYING, true), RETRYING, signal);
    } catch {
      // Then the status cannot be written either, and the error that is being reported tells why.
    }
  }

  /** Writes the status, counts the outcome, and tells of a failure once. */
  async #report(
    lifecycle: PediaClusterLifecycle,
    references: ReferenceResolution | undefined,
    conditions: readonly LifecycleCondition[],
    problem: Problem | undefined,
    signal: AbortSignal,
  ): Promise<Answers> {
    const now = new Date(this.#state.clock.now());
    const status = decideLifecycleStatus(lifecycle, conditions, references, now);
    const answers = status === undefined ? {} : await this.#options.writer.apply([status], signal);
    const outcome = outcomeOf(lifecycle, conditions, problem);
    this.#state.recordOf(lifecycle)?.progress.setLifecycle(lifecycle.metadata.name, outcome);
    this.#tell(lifecycle, problem);
    return answers;
  }

  /** Tells of a failure once, and the rival too, where there is one. */
  #tell(lifecycle: PediaClusterLifecycle, problem: Problem | undefined): void {
    const { name } = lifecycle.metadata;
    if (!isFailure(problem)) {
      this.#told.delete(name);
      return;
    }
    const text = `${lifecycle.metadata.uid ?? ''} ${problem.reason}: ${problem.message}`;
    if (this.#told.get(name) === text) return;
    this.#told.set(name, text);
    const report = { reason: problem.reason, action: 'Import', message: problem.message } as const;
    this.#options.reports.report({ about: lifecycle, ...report });
    const rival = problem.rival === undefined ? undefined : this.#state.lifecycle(problem.rival);
    if (rival !== undefined) this.#options.reports.report({ about: rival, ...report });
  }

  #isSettled(name: string, state: State): boolean {
    const settled = this.#settled.get(name);
    if (settled === undefined || !sameJson(settled.state, state)) return false;
    return settled.references.every(
      ({ reference, version }) => this.#options.references.versionOf(reference) === version,
    );
  }

  #settle(name: string, state: State, references: ReferenceResolution, content: string): void {
    this.#settled.set(name, {
      state,
      content,
      references: references.located.map((reference) => ({
        reference,
        version: references.objects[reference.key]?.metadata.resourceVersion ?? '',
      })),
    });
  }
}

/** Main templates whose compiled forms are kept, over all policies; past it they are compiled anew. */
const MAX_COMPILED = 1_000;
/** Compiled forms kept of one main template, with other references or conditions. */
const MAX_ALIKE = 10;

const RETRYING = failure('APIError', 'the API server cannot be written to');

/** A list of what counts. Its parts are those of cached objects, so that comparing them is mostly comparing identities. */
type State = readonly unknown[];

/** Everything but the references that a decision depends on. @param status of the lifecycle, as last written */
function stateOf(
  { metadata }: Pick<PediaClusterLifecycle, 'metadata'>,
  status: unknown,
  source: FollowedSource,
  pediaCluster: CachedPediaCluster | undefined,
): State {
  const { uid, generation, ownerReferences } = metadata;
  return [uid, generation, ownerReferences, status, source.digest, pediaClusterState(pediaCluster)];
}

/** What of a PediaCluster counts; Clusterpedia's own writes to its status do not. */
export function pediaClusterState(pediaCluster: CachedPediaCluster | undefined): State | undefined {
  if (pediaCluster === undefined) return undefined;
  const { metadata, spec, labels, annotations } = pediaCluster;
  const { uid, deletionTimestamp, ownerReferences } = metadata;
  return [uid, deletionTimestamp, ownerReferences, spec, labels, annotations];
}

/** What templates read of the references. */
function contentOf(
  { readPaths }: CompiledLifecycle,
  { located, objects, missing, problem }: ReferenceResolution,
): string {
  const read = located.map(({ key }) => {
    const tree = readPaths.references.get(key);
    return tree === undefined ? null : prune(objects[key], tree);
  });
  return digestOf([located, read, missing, problem]);
}

function problemDecision(problem: Problem): LifecycleDecision {
  return { actions: [], deletionWanted: false, conditions: failedWrite(problem, false), problem };
}
