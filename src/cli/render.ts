import { stringify } from 'yaml';
import type { ClusterImportPolicy, KubeObject, PediaClusterLifecycle } from '../api/index.ts';
import type { CompiledPolicy } from '../policy/index.ts';
import { compileLifecycle, compilePolicy } from '../policy/index.ts';
import type {
  Action,
  NegotiatedPolicy,
  NewObject,
  Problem,
  SourceEvaluation,
  SourceKey,
} from '../reconcile/index.ts';
import {
  claimOf,
  decideLifecycle,
  decideSource,
  describeSource,
  evaluateSource,
  NameClaims,
  problemOf,
  renderLifecycle,
  resolveReferences,
} from '../reconcile/index.ts';
import type { ExitCode } from './errors.ts';
import { EXIT, UsageError } from './errors.ts';
import { Inventory } from './inventory.ts';
import { readManifests } from './manifests.ts';
import type { Output } from './output.ts';

/** Something that was not made, and why. */
export interface RenderProblem {
  /** `policy mcp` or `policy mcp, source default/member1`. */
  readonly subject: string;
  readonly problem: Problem;
}

/** What policies make of the sources in an inventory: what the reconciler would create where nothing exists yet. */
export interface Rendered {
  readonly lifecycles: readonly NewObject[];
  readonly pediaClusters: readonly NewObject[];
  readonly problems: readonly RenderProblem[];
}

/** One source of one policy, evaluated. */
interface Candidate {
  readonly policy: NegotiatedPolicy;
  readonly key: SourceKey;
  readonly source: KubeObject;
  readonly evaluation: SourceEvaluation;
}

/** Renders by the reconciler's own decisions, over the inventory instead of caches. Pure. */
export function renderInventory(inventory: Inventory): Rendered {
  const problems: RenderProblem[] = [];
  const claims = new NameClaims();
  const candidates: Candidate[] = [];
  for (const object of policiesOf(inventory)) {
    try {
      candidates.push(...candidatesOf(object, inventory, problems));
    } catch (error) {
      problems.push({ subject: `policy ${object.metadata.name}`, problem: problemOf(error) });
    }
  }
  for (const { policy, key, source, evaluation } of candidates) {
    if (evaluation.kind === 'selected') claims.set(claimOf(policy, key, source), evaluation.name);
  }
  const lifecycles: NewObject[] = [];
  const pediaClusters: NewObject[] = [];
  for (const candidate of candidates) {
    const { policy, key, evaluation } = candidate;
    const subject = `policy ${policy.object.metadata.name}, source ${describeSource(key)}`;
    const holder = evaluation.kind === 'selected' ? claims.holder(evaluation.name) : undefined;
    const decision = decideSource({ policy, key, evaluation, holder, occupant: undefined, lifecycles: [] });
    if (decision.problem !== undefined) problems.push({ subject, problem: decision.problem });
    for (const lifecycle of createdBy(decision.actions)) {
      lifecycles.push(lifecycle);
      const made = pediaClusterOf(lifecycle as unknown as PediaClusterLifecycle, candidate.source, inventory);
      pediaClusters.push(...createdBy(made.actions));
      if (made.problem !== undefined) problems.push({ subject, problem: made.problem });
    }
  }
  return { lifecycles, pediaClusters, problems };
}

const policiesOf = (inventory: Inventory) =>
  inventory.objectsOf('policy.clusterpedia.io', 'clusterimportpolicies') as readonly (KubeObject &
    ClusterImportPolicy)[];

const createdBy = (actions: readonly Action[]): readonly NewObject[] =>
  actions.flatMap((action) => (action.verb === 'create' ? [action.object] : []));

function candidatesOf(
  object: ClusterImportPolicy,
  inventory: Inventory,
  problems: RenderProblem[],
): readonly Candidate[] {
  const compiled: CompiledPolicy = compilePolicy(object.spec);
  const { source, references = [] } = object.spec;
  const facts = inventory.factsOf(source);
  const policy: NegotiatedPolicy = {
    object,
    sourceVersion: facts.version ?? 'v1',
    referenceVersions: new Map(
      references.map((reference) => [reference.key, inventory.factsOf(reference).version ?? 'v1']),
    ),
  };
  const { group, resource } = source;
  const objects = inventory.objectsOf(group, resource);
  if (objects.length === 0) {
    const message = `no ${resource}${group === '' ? '' : `.${group}`} among the manifests`;
    problems.push({
      subject: `policy ${object.metadata.name}`,
      problem: { reason: 'NoSources', message, failed: false },
    });
  }
  return objects.map((item) => {
    const { namespace, name } = item.metadata;
    const key: SourceKey = { group, resource, ...(namespace === undefined ? {} : { namespace }), name };
    return { policy, key, source: item, evaluation: evaluateSource(compiled, item) };
  });
}

function pediaClusterOf(
  lifecycle: PediaClusterLifecycle,
  source: KubeObject,
  inventory: Inventory,
): { readonly actions: readonly Action[]; readonly problem?: Problem } {
  const compiled = compileLifecycle(lifecycle.spec);
  const references = resolveReferences(compiled, lifecycle.spec.references ?? [], source, (wanted) => {
    const object = inventory
      .objectsOf(wanted.group, wanted.resource)
      .find(
        ({ metadata }) => metadata.name === wanted.name && inNamespace(metadata.namespace, wanted.namespace),
      );
    return object === undefined ? { kind: 'absent' } : { kind: 'found', object };
  });
  const rendering = renderLifecycle(compiled, source, references, false);
  return decideLifecycle({
    lifecycle,
    pediaCluster: undefined,
    references,
    rendering,
    deletionReleased: false,
  });
}

/** A manifest without a namespace goes wherever it is applied to. */
const inNamespace = (actual: string | undefined, wanted: string | undefined) =>
  actual === undefined || wanted === undefined || actual === wanted;

/** An object as a manifest would have it: without what ties it to one cluster. */
function asManifest({ metadata, ...object }: NewObject): object {
  const { labels, annotations, name } = metadata;
  const kept = {
    name,
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
  };
  const { apiVersion, kind, ...rest } = object;
  return { apiVersion, kind, metadata: kept, ...rest };
}

/** `render PATH…`: exit 0, or 1 where a source failed. @throws {UsageError} */
export async function render(
  paths: readonly string[],
  options: { readonly output: 'yaml' | 'json' },
  output: Output,
): Promise<ExitCode> {
  const inventory = new Inventory(await readManifests(paths));
  if (policiesOf(inventory).length === 0)
    throw new UsageError(`no ClusterImportPolicy in ${paths.join(', ')}`);
  const { lifecycles, pediaClusters, problems } = renderInventory(inventory);
  const objects = [...lifecycles, ...pediaClusters].map(asManifest);
  if (options.output === 'json') {
    output.line(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }, undefined, 2));
  } else if (objects.length > 0) {
    output.line(
      objects
        .map((object) => stringify(object, { lineWidth: 0 }))
        .join('---\n')
        .trimEnd(),
    );
  }
  for (const { subject, problem } of problems)
    output.progress(`${subject}: ${problem.reason}: ${problem.message}`);
  return problems.some(({ problem }) => problem.failed) ? EXIT.findings : EXIT.good;
}
