import type { ClusterImportPolicy } from '../../src/api/index.ts';
import type { CompiledPolicy } from '../../src/policy/index.ts';
import type { DeletionBreaker, Digest, Failure } from '../../src/reconcile/index.ts';
import type { ActivePolicy } from './active-policy.ts';
import type { PolicyMembers, PolicySource } from './members.ts';
import { PolicyProgress } from './progress.ts';

export interface PolicyRecordOptions {
  readonly members: PolicyMembers;
  /** Makes the breaker when it is first asked for: by then it is known what the policy's status says. */
  readonly breaker: () => DeletionBreaker;
}

/**
 * All that the controller has of one policy. It goes as a whole: a policy that was deleted and made again begins with
 * another record, and inherits nothing but the lifecycles that bear its name.
 */
export class PolicyRecord {
  readonly members: PolicyMembers;
  readonly progress = new PolicyProgress();
  /** The incarnation that was reconciled last. */
  uid: string | undefined;
  /** The last spec that was compiled, as a digest, and what came of it. */
  compiled: { readonly spec: Digest; readonly result: CompiledPolicy | Failure } | undefined;
  /** What the schemas of its kinds made of it when it was judged last, and for which spec that was. */
  judged: { readonly spec: Digest; readonly problem: Failure | undefined } | undefined;
  /** Whether a CRD that it names has changed since, or may have. */
  schemasChanged = false;
  /** When one did last, on the monotonic clock. */
  schemasChangedAt = -Infinity;
  /** The policy while it acts; `undefined` where it does not. */
  active: ActivePolicy | undefined;
  /** Lifecycles that are being deleted and wait until it is {@link hasDecided decided} whether the policy wants them. */
  readonly undecided = new Set<string>();
  /** Whether it was reconciled at least once since PediaClusters are known, well or badly. */
  tried = false;
  /** Whether one of its kinds was served and is not any more. */
  lost = false;
  /** Whether its lifecycles are being deleted with it. */
  ending = false;
  /**
   * Whether the lifecycles that are being deleted with it hand over what they made, for nobody meant to delete that;
   * `undefined` while it is not known.
   */
  handsOver: boolean | undefined;
  /** Since when it has had work, on the monotonic clock. */
  busySince: number | undefined;
  /** Deletions that are held; `undefined` where none are, by the last judgement, or nothing was judged yet. */
  held: number | undefined;
  /** Whether its allowance of deletions has no deletions to speak of any more. */
  allowanceSpent = false;
  /** The last reason for which the policy could not act, as it was logged. */
  logged: string | undefined;
  /** The last failure reported of each source, so that it is reported once. */
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

  /** Whether the policy, as it is now, knows which lifecycles it wants, or cannot know. */
  hasDecided(policy: ClusterImportPolicy): boolean {
    return this.#decided === formOf(policy);
  }

  decide(policy: ClusterImportPolicy): void {
    this.#decided = formOf(policy);
  }

  /** Names of its lifecycles. */
  get lifecycles(): ReadonlySet<string> {
    return this.members.lifecycles;
  }

  /** Work on a source has ended: forgets it where nothing is known about it and nobody waits for it. */
  release(source: PolicySource): void {
    if (this.progress.sources.has(source) || this.active?.knows(source) === true) return;
    this.reported.delete(source);
    this.members.release(source);
  }
}

/** Tells one state of the rules of a policy from another. */
const formOf = ({ metadata: { uid = '', generation = 0 } }: ClusterImportPolicy): string =>
  `${uid} ${String(generation)}`;
