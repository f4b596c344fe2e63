import { DEFAULT_LIVE_SOURCES } from '../../config/index.ts';
import type { StoredPolicy } from '../../src/api/index.ts';
import type { Discovery, FoundResource } from '../../src/kube/index.ts';
import { KubeError, TransportError } from '../../src/kube/index.ts';
import type { ResourceFacts, SchemaFacts, SchemaReview } from '../../src/policy/index.ts';
import { builtinDefinition, factsOfKind } from '../../src/policy/acting.ts';
import type { Failure, NegotiatedPolicy } from '../../src/reconcile/index.ts';
import { conditionOf, digestOf, failure, schemaProblem } from '../../src/reconcile/index.ts';
import type { Reports } from '../writes/reports.ts';
import type { ControllerState } from '../state.ts';
import type { ActivePolicy } from './active-policy.ts';
import type { PolicyRecord } from './record.ts';

/** A policy with its kinds, as the API server serves them. */
export type NegotiatedKinds = NegotiatedPolicy & {
  readonly sourceKind: FoundResource;
  /** By reference key. */
  readonly referenceKinds: ReadonlyMap<string, FoundResource>;
};

export interface SchemaJudgeOptions {
  readonly state: ControllerState;
  readonly discovery: Discovery;
  readonly reports: Reports;
}

/**
 * The API server serves objects by a new schema some time after it has stored that schema. A policy that fits again
 * waits this long, so that it does not act on sources that the old schema has cut.
 */
const SERVED_AFTER_MS = 1_000;

/**
 * Judges policies again when a CRD that they name has changed. It does not judge a policy that was just written: the
 * webhook has done so, and knows more.
 */
export class SchemaJudge {
  readonly #options: SchemaJudgeOptions;
  readonly #state: ControllerState;

  constructor(options: SchemaJudgeOptions) {
    this.#options = options;
    this.#state = options.state;
  }

  /** Why the policy no longer fits its kinds; `undefined` if it fits or if there is no cause to check. */
  async judge(
    policy: StoredPolicy,
    record: PolicyRecord,
    kinds: NegotiatedKinds,
    signal: AbortSignal,
  ): Promise<Failure | undefined> {
    const spec = digestOf({ ...policy.spec, suspend: undefined });
    const { judged } = record;
    const validated = conditionOf(policy.status?.conditions, 'Validated');
    const isSuspect = judged?.problem !== undefined || validated?.reason === 'SchemaChanged';
    if (!record.schemasChanged) {
      if (judged?.spec === spec) return judged.problem;
      if (!isSuspect) return undefined;
    }
    // Changes from here on count for the next judgement.
    record.schemasChanged = false;
    try {
      const problem = schemaProblem(await this.#review(policy, record, kinds, signal), validated);
      const sinceChange = this.#state.clock.monotonic() - record.schemasChangedAt;
      if (isSuspect && problem === undefined && sinceChange < SERVED_AFTER_MS) {
        record.schemasChanged = true;
        this.#state.queues.policies.addAfter(record.name, SERVED_AFTER_MS - sinceChange);
        return this.standing(policy, record);
      }
      if (problem !== undefined && problem.message !== (judged?.problem ?? validated)?.message) {
        const { reason, message } = problem;
        this.#options.reports.report({ about: policy, reason, action: 'Review', message });
      }
      record.judged = { spec, problem };
      return problem;
    } catch (error) {
      record.schemasChanged = true;
      // If a schema cannot be read for now, a policy that fitted before keeps acting. The next reconciliation asks
      // again.
      if (isSuspect || !(error instanceof KubeError || error instanceof TransportError)) throw error;
      return undefined;
    }
  }

  /** The last verdict, for a policy that cannot be judged for now. */
  standing({ status }: StoredPolicy, { judged }: PolicyRecord): Failure | undefined {
    if (judged !== undefined) return judged.problem;
    const validated = conditionOf(status?.conditions, 'Validated');
    return validated?.reason === 'SchemaChanged' ? failure('SchemaChanged', validated.message) : undefined;
  }

  async #review(
    policy: StoredPolicy,
    record: PolicyRecord,
    { sourceKind, referenceKinds }: NegotiatedKinds,
    signal: AbortSignal,
  ): Promise<SchemaReview> {
    const source = await this.#factsOf(sourceKind, signal);
    const references = new Map<string, ResourceFacts>();
    for (const [key, kind] of referenceKinds) references.set(key, await this.#factsOf(kind, signal));
    const live = liveSources(policy, record.active);
    const known: SchemaFacts = { source, references, ...(live && { liveSources: live }) };
    // What judges a policy is a fifth of the program, and most controllers never need it.
    const { reviewSchemas } = await import('../../src/policy/index.ts');
    const steps = reviewSchemas(policy, known);
    for (;;) {
      const step = await this.#state.turns.runPatiently(
        record.name,
        () => steps.next(),
        signal,
        () => undefined,
      );
      if (step.done === true) return step.value;
    }
  }

  async #factsOf(found: FoundResource, signal: AbortSignal): Promise<ResourceFacts> {
    const definition =
      builtinDefinition(found.type) ?? (await this.#options.discovery.definitionOf(found.type, signal));
    return { ...factsOfKind(found), ...definition };
  }
}

/**
 * Existing sources, if they are cached. The content of referenced objects is not cached, so the sources of a policy
 * with references prove nothing.
 */
function liveSources({ spec }: StoredPolicy, active: ActivePolicy | undefined): SchemaFacts['liveSources'] {
  if (active?.view.synced !== true) return undefined;
  if (active.view.size > 0 && (spec.references ?? []).length > 0) return undefined;
  const items = [...active.view.values()]
    .slice(0, DEFAULT_LIVE_SOURCES)
    .map(({ object }) => ({ source: object, references: {} }));
  return { items, truncated: active.view.size > DEFAULT_LIVE_SOURCES };
}
