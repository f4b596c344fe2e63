import type { StoredPolicy } from '../../src/api/index.ts';
import type { CompiledPolicy } from '../../src/policy/index.ts';
import type { DeletionBreaker, Digest, Failure } from '../../src/reconcile/index.ts';
import type { ActivePolicy } from './active-policy.ts';
import type { PolicyMembers, PolicySource } from './members.ts';
import { PolicyProgress } from './progress.ts';

export interface PolicyRecordOptions {
  readonly members: PolicyMembers;
  /** Creates the breaker on first use. The policy's status is known by then. */
  readonly breaker: () => DeletionBreaker;
}

/**
 * Everything that the controller keeps for one policy. It is dropped as a whole: a policy that was deleted and created
 * again begins with a new record, and inherits only the lifecycles that carry its name.
 */
export class PolicyRecord {
  readonly members: PolicyMembers;
  readonly progress = new PolicyProgress();
  /** The uid of the policy that was reconciled last. */
  uid: string | undefined;
  /** Digest of the last spec that was compiled, and the result. */
  compiled: { readonly spec: Digest; readonly result: CompiledPolicy | Failure } | undefined;
  /** The last verdict of the schemas of its kinds, and the spec it was given for. */
  judged: { readonly spec: Digest; readonly problem: Failure | undefined } | undefined;
  /** Whether a CRD that the policy names has changed since then, or may have. */
  schemasChanged = false;
  /** When a CRD last changed, on the monotonic clock. */
  schemasChangedAt = -Infinity;
  /** The policy while it acts; `undefined` while it does not. */
  active: ActivePolicy | undefined;
  /**
   * Lifecycles that are being deleted and wait until the policy {@link hasDecided has decided} whether it wants them.
   */
  readonly undecided = new Set<string>();
  /** Whether it was reconciled at least once, with or without an error, since PediaClusters can be read. */
  tried = false;
  /** Whether one of its kinds was served once and is not any more. */
  lost = false;
  /** Whether the policy is being deleted, and its lifecycles with it. */
  ending = false;
  /**
   * Whether lifecycles that are deleted with the policy hand over what they made, because nobody meant to delete that;
   * `undefined` while that is not known.
   */
  handsOver: boolean | undefined;
  /** Since when it has had work, on the monotonic clock. */
  busySince: number | undefined;
  /** How many deletions the last judgement held; `undefined` if none, or if nothing was judged yet. */
  held: number | undefined;
  /** Whether the deletions that its allowance was given for are no longer held. */
  allowanceSpent = false;
  /** The last reason why the policy could not act, as it was logged. */
  logged: string | undefined;
  /** The last failure reported for each source, so that it is reported once. */
  readonly reported = new Map<PolicySource, string>();
  readonly #makeBreaker: () => DeletionBreaker;
  #breaker: DeletionBreaker | undefined;
  #decided = '';

  constructor({ members, breaker }: PolicyRecordOptions) {
    this.members = members;
    this.#makeBreaker = breaker;
  }

  get name(): string {
    return this.members.policy;
  }

  get breaker(): DeletionBreaker {
    return (this.#breaker ??= this.#makeBreaker());
  }

  /** Whether the policy, in its present form, knows which lifecycles it wants, or cannot know it. */
  hasDecided(policy: StoredPolicy): boolean {
    return this.#decided === formOf(policy);
  }

  decide(policy: StoredPolicy): void {
    this.#decided = formOf(policy);
  }

  /** Names of its lifecycles. */
  get lifecycles(): ReadonlySet<string> {
    return this.members.lifecycles;
  }

  /** Work on a source has ended. Forgets the source if nothing is known about it and nobody waits for it. */
  release(source: PolicySource): void {
    if (this.progress.sources.has(source) || this.active?.knows(source) === true) return;
    this.reported.delete(source);
    this.members.release(source);
  }
}

/** Distinguishes one state of a policy's rules from another. */
const formOf = ({ metadata: { uid, generation = 0 } }: StoredPolicy): string =>
  `${uid} ${String(generation)}`;
