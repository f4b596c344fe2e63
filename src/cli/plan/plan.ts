import type {
  ClusterImportPolicy,
  KubeObject,
  ObjectMeta,
  Stored,
  StoredObject,
  StoredPolicy,
  PediaClusterLifecycle,
  RenderedPediaCluster,
} from '../../api/index.ts';
import { DELETION_PROTECTION_ANNOTATION, groupResource, POLICY_LABEL } from '../../api/index.ts';
import type { CompiledLifecycle, CompiledPolicy, ResourceFacts } from '../../policy/index.ts';
import { compileLifecycle, compilePolicy } from '../../policy/index.ts';
import type {
  Action,
  Claimant,
  ConditionState,
  LocatedReference,
  NegotiatedPolicy,
  Problem,
  ReferenceLookup,
  SourceEvaluation,
  SourceKey,
} from '../../reconcile/index.ts';
import {
  applyMergePatch,
  changesOf,
  decideLifecycle,
  decideSource,
  decideTeardown,
  describeSource,
  evaluateSource,
  failure,
  lifecycleSpec,
  NameClaims,
  observePediaCluster,
  owningPolicy,
  problemOf,
  renderLifecycle,
  resolveReferences,
  seniorityOf,
  sourceKeyText,
  sourceOf,
  waiting,
} from '../../reconcile/index.ts';
import type { FieldChange } from './fields.ts';
import { fieldChanges } from './fields.ts';
import { heldDeletions } from './held-deletions.ts';
import { LifecycleIndex } from './lifecycle-index.ts';

/** What the API server sets: in memory there is nothing of it, for what does not come from a cluster. */
const unset = { uid: '', resourceVersion: '', creationTimestamp: '' };

/** An object of a file as if it were stored. */
export const asStored = <T extends { readonly metadata: ObjectMeta }>(object: T): Stored<T> => ({
  ...object,
  metadata: { ...unset, ...object.metadata },
});

/** What the reconciler decides on, held in memory: read from manifests, or from a cluster. */
export interface ClusterView {
  readonly policies: readonly StoredPolicy[];
  /** Policies that are there and are to go, with what they made. */
  readonly pruned?: readonly StoredPolicy[];
  /** Lifecycles and PediaClusters that exist already; none where the question is what would be made from nothing. */
  readonly lifecycles: readonly PediaClusterLifecycle[];
  readonly pediaClusters: readonly StoredObject[];
  /** Who has a name already, where `lifecycles` does not say so. */
  readonly incumbentOf?: (name: string) => Claimant | undefined;
  factsOf(wanted: ResourceName): ResourceFacts;
  /** The objects that `spec.source` selects on the API server. */
  sourcesOf(policy: ClusterImportPolicy): readonly KubeObject[];
  lookup(reference: LocatedReference): ReferenceLookup;
  /** Whether a source is followed to its PediaCluster; every one by default. Of others only the names count. */
  readonly follows?: (source: FollowedSource, view: ClusterView) => boolean;
}

/** A source with the name that it renders. */
export interface FollowedSource {
  readonly policy: string;
  readonly source: SourceKey;
  readonly name: string | undefined;
}

export interface ResourceName {
  readonly group: string;
  readonly resource: string;
  readonly versions?: readonly string[];
}

/** Something that was not made, and why. */
export interface PlanProblem {
  /** `policy mcp`, or `policy mcp, source default/member1`. */
  readonly subject: string;
  readonly problem: Problem;
}

/** One object that the reconciler would write. */
export interface PlannedChange {
  /** `rename`: under another name, which is a deletion and a creation. */
  readonly verb: 'create' | 'update' | 'rename' | 'delete';
  readonly kind: 'ClusterImportPolicy' | 'PediaClusterLifecycle' | 'PediaCluster';
  readonly name: string;
  readonly policy: string;
  /** As it is; absent for one that is created. */
  readonly before?: KubeObject;
  /** As it would be; absent for one that is deleted. */
  readonly after?: KubeObject;
}

/** Fields of a PediaCluster that are rendered otherwise than they are, and stay: `updatePolicy` does not have them kept. */
export interface LeftAlone {
  readonly policy: string;
  readonly name: string;
  readonly fields: readonly FieldChange[];
}

/** What became of one source of one policy. */
export interface SourceOutcome {
  readonly policy: string;
  readonly source: SourceKey;
  readonly evaluation: SourceEvaluation;
  /** Where the references point, as far as they could be located. */
  readonly references: readonly LocatedReference[];
  /** Those of the lifecycle; none where there is no lifecycle. */
  readonly conditions: readonly ConditionState[];
  readonly pediaCluster?: KubeObject;
  readonly problem?: Problem;
}

/** All that the reconciler would do. */
export interface Plan {
  readonly outcomes: readonly SourceOutcome[];
  readonly changes: readonly PlannedChange[];
  readonly leftAlone: readonly LeftAlone[];
  readonly problems: readonly PlanProblem[];
  /** References that the view has yet to look up; the plan is preliminary until there is none. */
  readonly pending: readonly LocatedReference[];
}

/** What a lifecycle comes to. */
type Followed = Pick<SourceOutcome, 'references' | 'conditions' | 'pediaCluster' | 'problem'>;

/** One source of one policy, evaluated. */
interface Candidate extends Claimant {
  readonly negotiated: NegotiatedPolicy;
  readonly object: KubeObject;
  readonly evaluation: SourceEvaluation;
}

/** What the reconciler would do to a cluster of which `view` holds what matters. Pure: the reconciler's own decisions. */
export function planOf(view: ClusterView): Plan {
  return new Planner(view).plan();
}

class Planner {
  readonly #view: ClusterView;
  readonly #changes: PlannedChange[] = [];
  readonly #leftAlone: LeftAlone[] = [];
  readonly #problems: PlanProblem[] = [];
  readonly #pending: LocatedReference[] = [];
  readonly #outcomes: SourceOutcome[] = [];
  readonly #lifecycles: LifecycleIndex;
  readonly #pediaClusters: ReadonlyMap<string, StoredObject>;
  readonly #compiled = new Map<NegotiatedPolicy, CompiledLifecycle>();

  constructor(view: ClusterView) {
    this.#view = view;
    this.#lifecycles = new LifecycleIndex(view.lifecycles);
    this.#pediaClusters = new Map(view.pediaClusters.map((object) => [object.metadata.name, object]));
  }

  plan(): Plan {
    const negotiated = this.#view.policies.flatMap((object) => this.#negotiate(object) ?? []);
    const candidates = negotiated.flatMap(({ policy, compiled }) => this.#candidatesOf(policy, compiled));
    const bySource = new Map(candidates.map((candidate) => [claimantText(candidate), candidate]));
    const claims = new NameClaims<Candidate>((name) => {
      const incumbent = this.#incumbentOf(name);
      return incumbent === undefined ? undefined : bySource.get(claimantText(incumbent));
    });
    for (const candidate of candidates) {
      const { negotiated: policy, object, evaluation } = candidate;
      if (evaluation.kind === 'selected') claims.set(candidate, evaluation.name, seniorityOf(policy, object));
    }
    for (const candidate of candidates) {
      const { evaluation } = candidate;
      const holder = evaluation.kind === 'selected' ? claims.holder(evaluation.name) : undefined;
      this.#decide(candidate, holder === candidate ? undefined : holder);
    }
    for (const { policy } of negotiated) this.#removeAbandoned(policy, candidates);
    for (const { policy } of negotiated) this.#tellHeld(policy.object);
    for (const policy of this.#view.pruned ?? []) this.#prune(policy);
    return {
      outcomes: this.#outcomes,
      changes: this.#changes,
      leftAlone: this.#leftAlone,
      problems: this.#problems,
      pending: this.#pending,
    };
  }

  /** Who has a name already, and keeps it. */
  #incumbentOf(name: string): Claimant | undefined {
    const lifecycle = this.#lifecycles.named(name);
    const policy = lifecycle === undefined ? undefined : owningPolicy(lifecycle)?.name;
    if (lifecycle === undefined || policy === undefined) return this.#view.incumbentOf?.(name);
    return lifecycle.metadata.deletionTimestamp === undefined
      ? { policy, source: sourceOf(lifecycle) }
      : undefined;
  }

  /** `undefined` for a policy that nothing is done for at present. */
  #negotiate(
    object: StoredPolicy,
  ): { readonly policy: NegotiatedPolicy; readonly compiled: CompiledPolicy } | undefined {
    const subject = `policy ${object.metadata.name}`;
    if (object.spec.suspend === true) {
      this.#problem(subject, waiting('Suspended', 'spec.suspend is true'));
      return undefined;
    }
    try {
      const compiled = compilePolicy(object.spec);
      const { source, references = [] } = object.spec;
      for (const [reason, wanted] of [
        ['SourceKindNotFound', source] as const,
        ...references.map((reference) => ['ReferenceKindNotFound', reference] as const),
      ]) {
        const facts = this.#view.factsOf(wanted);
        if (facts.known === false) {
          this.#problem(subject, waiting(reason, notServed(facts)));
          return undefined;
        }
      }
      const referenceVersions = references.map(
        (reference) => [reference.key, this.#view.factsOf(reference).version ?? 'v1'] as const,
      );
      const sourceVersion = this.#view.factsOf(source).version ?? 'v1';
      return { policy: { object, sourceVersion, referenceVersions: new Map(referenceVersions) }, compiled };
    } catch (error) {
      this.#problem(subject, problemOf(error));
      return undefined;
    }
  }

  #candidatesOf(policy: NegotiatedPolicy, compiled: CompiledPolicy): readonly Candidate[] {
    const { group, resource } = policy.object.spec.source;
    const sources = this.#view.sourcesOf(policy.object);
    if (sources.length === 0) {
      const message = `there is no ${groupResource({ group, resource })}`;
      this.#problem(`policy ${policy.object.metadata.name}`, waiting('NoSources', message));
    }
    return sources.map((source) => {
      const { namespace, name } = source.metadata;
      return {
        policy: policy.object.metadata.name,
        source: { group, resource, ...(namespace === undefined ? {} : { namespace }), name },
        negotiated: policy,
        object: source,
        evaluation: evaluateSource(compiled, source),
      };
    });
  }

  #decide(candidate: Candidate, rival: Claimant | undefined): void {
    const { negotiated: policy, source: key, evaluation } = candidate;
    const own = this.#lifecycles.of(policy.object, key);
    const occupant = evaluation.kind === 'selected' ? this.#lifecycles.named(evaluation.name) : undefined;
    const isGoing = candidate.object.metadata.deletionTimestamp !== undefined;
    const observed = { policy, key, evaluation, rival, occupant, isGoing };
    let decision = decideSource({ ...observed, lifecycles: own });
    const begin = this.#changes.length;
    for (const lifecycle of decision.deletions) this.#remove(lifecycle, policy.object);
    // Once a lifecycle of an earlier name is gone, the next one is made.
    if (decision.deletions.length > 0 && evaluation.kind === 'selected' && decision.problem === undefined) {
      decision = decideSource({ ...observed, lifecycles: [] });
    }
    const lifecycle =
      decision.problem === undefined ? this.#written(candidate, decision.actions, occupant) : undefined;
    const followed =
      lifecycle === undefined || !this.#isFollowed(candidate)
        ? undefined
        : this.#follow(lifecycle, candidate);
    this.#pairRenames(begin);
    const isLeftOut = isGoing && evaluation.kind === 'selected' && lifecycle === undefined;
    const problem =
      decision.problem ??
      followed?.problem ??
      (isLeftOut ? waiting('SourceDeleting', 'the source is being deleted') : undefined);
    if (problem !== undefined) {
      this.#problem(`policy ${policy.object.metadata.name}, source ${describeSource(key)}`, problem);
    }
    this.#outcomes.push({
      policy: policy.object.metadata.name,
      source: key,
      evaluation,
      ...(followed ?? { references: [], conditions: [] }),
      ...(problem === undefined ? {} : { problem }),
    });
  }

  /** The lifecycle as it is after the decision's writes. */
  #written(
    { negotiated: policy, source: key }: Candidate,
    actions: readonly Action[],
    occupant: PediaClusterLifecycle | undefined,
  ): PediaClusterLifecycle | undefined {
    let lifecycle = occupant;
    for (const action of actions) {
      if (action.verb === 'create') {
        lifecycle = {
          apiVersion: 'policy.clusterpedia.io/v1alpha1',
          kind: 'PediaClusterLifecycle',
          metadata: asStored(action.object).metadata,
          spec: lifecycleSpec(policy, key),
        };
        this.#change('create', 'PediaClusterLifecycle', policy.object, undefined, lifecycle);
      } else if (action.verb === 'patch' && occupant !== undefined) {
        lifecycle = applyMergePatch(occupant, action.patch) as PediaClusterLifecycle;
        this.#change('update', 'PediaClusterLifecycle', policy.object, occupant, lifecycle);
      }
    }
    return lifecycle?.metadata.deletionTimestamp === undefined ? lifecycle : undefined;
  }

  #isFollowed({ policy, source, evaluation }: Candidate): boolean {
    const name = evaluation.kind === 'selected' ? evaluation.name : undefined;
    return this.#view.follows?.({ policy, source, name }, this.#view) !== false;
  }

  #follow(lifecycle: PediaClusterLifecycle, { negotiated: policy, object: source }: Candidate): Followed {
    const { name } = lifecycle.metadata;
    const existing = this.#pediaClusters.get(name);
    if (lifecycle.spec.suspend === true) return { references: [], conditions: [] };
    const compiled = this.#compiled.get(policy) ?? compileLifecycle(lifecycle.spec);
    this.#compiled.set(policy, compiled);
    const references = resolveReferences(compiled, lifecycle.spec.references ?? [], source, (wanted) =>
      this.#lookup(wanted),
    );
    if (references.pending !== undefined) {
      this.#pending.push(references.pending);
      return { references: references.located, conditions: [] };
    }
    const rendering = renderLifecycle(compiled, source, references, existing !== undefined);
    const { actions, conditions, problem } = decideLifecycle({
      lifecycle,
      pediaCluster: existing === undefined ? undefined : observePediaCluster(existing),
      references,
      rendering,
      deletionReleased: true,
    });
    const pediaCluster = this.#carriedOut(actions, existing, policy.object);
    if (
      existing !== undefined &&
      pediaCluster !== undefined &&
      rendering.kind === 'rendered' &&
      problem === undefined
    )
      this.#tellLeftAlone(policy.object, pediaCluster, rendering.pediaCluster);
    return {
      references: references.located,
      conditions,
      ...(pediaCluster === undefined ? {} : { pediaCluster }),
      ...(problem === undefined ? {} : { problem }),
    };
  }

  #lookup(reference: LocatedReference): ReferenceLookup {
    const { key, group, version, resource, namespace } = reference;
    const { namespaced } = this.#view.factsOf({ group, resource, versions: [version] });
    if (namespaced !== true || namespace !== undefined) return this.#view.lookup(reference);
    const message = `the reference "${key}" names no namespace, which ${resource} need: set its namespaceTemplate`;
    return { kind: 'unavailable', problem: failure('NamespaceMissing', message) };
  }

  /** The PediaCluster as it is after the writes. */
  #carriedOut(
    actions: readonly Action[],
    existing: StoredObject | undefined,
    policy: ClusterImportPolicy,
  ): StoredObject | undefined {
    let pediaCluster = existing;
    for (const action of actions) {
      if (action.verb === 'create') {
        pediaCluster = asStored(action.object);
        this.#change('create', 'PediaCluster', policy, undefined, pediaCluster);
      } else if (existing !== undefined && action.verb === 'patch') {
        pediaCluster = applyMergePatch(existing, action.patch) as StoredObject;
        this.#change('update', 'PediaCluster', policy, existing, pediaCluster);
      } else if (existing !== undefined && action.verb === 'delete') {
        pediaCluster = undefined;
        this.#change('delete', 'PediaCluster', policy, existing, undefined);
      }
    }
    return pediaCluster;
  }

  /** Lifecycles whose source is gone, or no longer asked for. */
  #removeAbandoned(policy: NegotiatedPolicy, candidates: readonly Candidate[]): void {
    const present = new Set(
      candidates.filter(({ negotiated }) => negotiated === policy).map(({ source }) => sourceKeyText(source)),
    );
    for (const lifecycle of this.#lifecycles.of(policy.object)) {
      const key = sourceOf(lifecycle);
      if (present.has(sourceKeyText(key))) continue;
      const { deletions } = decideSource({
        policy,
        key,
        evaluation: { kind: 'absent' },
        rival: undefined,
        occupant: undefined,
        isGoing: false,
        lifecycles: [lifecycle],
      });
      for (const deleted of deletions) this.#remove(deleted, policy.object);
    }
  }

  /** The plan shows deletions that the controller would hold, too; what it takes to let them go is told beside it. */
  #tellHeld(policy: ClusterImportPolicy): void {
    const existing = this.#lifecycles
      .of(policy)
      .map(({ metadata }) => metadata.name)
      .filter((name) => this.#pediaClusters.has(name));
    const deleted = new Set(
      this.#changes
        .filter(({ verb, kind }) => (verb === 'delete' || verb === 'rename') && kind === 'PediaCluster')
        .map(({ name, before }) => before?.metadata.name ?? name),
    );
    const problem = heldDeletions(
      policy,
      existing.filter((name) => deleted.has(name)),
      existing.length,
    );
    if (problem !== undefined) this.#problem(`policy ${policy.metadata.name}`, problem);
  }

  #remove(lifecycle: PediaClusterLifecycle, policy: StoredPolicy): void {
    const existing = this.#pediaClusters.get(lifecycle.metadata.name);
    const observed = existing === undefined ? undefined : observePediaCluster(existing);
    const { actions } = decideTeardown({
      lifecycle,
      pediaCluster: observed,
      policy,
      isDefinitionGoing: false,
      isWanted: false,
      isUndecided: false,
      isReleased: true,
    });
    for (const step of actions) if (step.kind === 'pediaCluster') this.#carriedOut([step], existing, policy);
    this.#change('delete', 'PediaClusterLifecycle', policy, lifecycle, undefined);
  }

  /** A deletion and a creation for one source, since a change began, are one object under another name. */
  #pairRenames(begin: number): void {
    const made = this.#changes.splice(begin);
    const created = (kind: PlannedChange['kind']) =>
      made.find((change) => change.kind === kind && change.verb === 'create');
    const deleted = (kind: PlannedChange['kind']) =>
      made.find((change) => change.kind === kind && change.verb === 'delete');
    for (const change of made) {
      const [gone, come] = [deleted(change.kind), created(change.kind)];
      if (gone === undefined || come === undefined || (change !== gone && change !== come))
        this.#changes.push(change);
      else if (change === come) this.#changes.push({ ...gone, ...come, verb: 'rename' });
    }
  }

  /** Tells where the rendering says more than the policy has kept up to date. */
  #tellLeftAlone(
    { metadata, spec }: ClusterImportPolicy,
    existing: StoredObject,
    rendered: RenderedPediaCluster,
  ): void {
    if (spec.updatePolicy === 'All') return;
    // Its value is no matter of the template.
    const { [POLICY_LABEL]: policy } = existing.metadata.labels ?? {};
    const labels = {
      ...rendered.metadata?.labels,
      ...(policy === undefined ? {} : { [POLICY_LABEL]: policy }),
    };
    const wanted = { ...rendered, metadata: { ...rendered.metadata, labels } };
    const changes = changesOf(observePediaCluster(existing), wanted, 'All');
    if (changes === undefined) return;
    const fields = fieldChanges(existing, applyMergePatch(existing, changes) as KubeObject);
    if (fields.length > 0)
      this.#leftAlone.push({ policy: metadata.name, name: existing.metadata.name, fields });
  }

  /** A policy goes, with what it made, where nothing protects it. */
  #prune(policy: StoredPolicy): void {
    const { name, annotations } = policy.metadata;
    if (annotations?.[DELETION_PROTECTION_ANNOTATION] === 'true') {
      const message = `it is in no file, but ${DELETION_PROTECTION_ANNOTATION} keeps it from being deleted`;
      this.#problem(`policy ${name}`, waiting('DeletionProtected', message));
      return;
    }
    this.#change('delete', 'ClusterImportPolicy', policy, policy, undefined);
    for (const lifecycle of this.#view.lifecycles)
      if (owningPolicy(lifecycle)?.name === name) this.#remove(lifecycle, policy);
  }

  #change(
    verb: PlannedChange['verb'],
    kind: PlannedChange['kind'],
    { metadata }: ClusterImportPolicy,
    before: KubeObject | PediaClusterLifecycle | ClusterImportPolicy | undefined,
    after: KubeObject | PediaClusterLifecycle | undefined,
  ): void {
    const name = (after ?? before)?.metadata.name ?? '';
    this.#changes.push({
      verb,
      kind,
      name,
      policy: metadata.name,
      ...(before === undefined ? {} : { before: { ...before } }),
      ...(after === undefined ? {} : { after: { ...after } }),
    });
  }

  #problem(subject: string, problem: Problem): void {
    this.#problems.push({ subject, problem });
  }
}

const claimantText = ({ policy, source }: Claimant): string => `${policy} ${sourceKeyText(source)}`;

function notServed({ group, resource, served }: ResourceFacts): string {
  const name = groupResource({ group, resource });
  return served.length === 0
    ? `${name} is not served`
    : `${name} is not served in the allowed versions; it is served in ${served.join(', ')}`;
}
