import type { ClusterImportPolicySpec } from '../src/api/index.ts';
import type { AdmissionFacts, CompiledPolicy, RequesterRights, ResourceFacts } from '../src/policy/index.ts';
import { prepareDraft } from '../src/policy/index.ts';
import type { AdmissionRequest } from './admission.ts';
import type { Cluster, ResourceRequest } from './cluster.ts';
import { liveSources } from './live-sources.ts';
import { whyUnanswered } from './unanswered.ts';
import { requesterRights, unknownRights } from './rights.ts';
import type { Task } from './task.ts';

/** How many facts are gathered. */
export interface FactsOptions {
  readonly rights: RequesterRights['mode'];
  /** Live sources at most; 0 for none. */
  readonly maximumLiveSources: number;
  readonly liveSourcesTimeoutMs: number;
}

/** The facts that the checks decide on, and what is missing. */
export interface GatheredFacts {
  readonly facts: AdmissionFacts;
  /** For the requester: which facts were not looked up, and why. */
  readonly gaps: readonly string[];
}

/**
 * The parts of the remaining time that questions to the API server may take. The rest is for the checks and the answer.
 */
const RIGHTS_PART = 0.8;
const RESOURCES_PART = 0.4;
const LIVE_SOURCES_PART = 0.6;

/** Why no facts about the cluster are given. */
const UNKNOWN_CALLER = 'this request is not known to come from the API server';

/**
 * Asks the cluster for what the checks need about a creation or an update. Does not reject because an answer is
 * missing: a fact that cannot be obtained in time is unknown, and the gaps say so.
 *
 * @param request with an `object`. The cluster is asked only if the API server has sent the request: even a verdict
 *   reveals something of what was read.
 */
export async function gatherFacts(
  request: Pick<AdmissionRequest, 'operation' | 'object' | 'oldObject' | 'userInfo'>,
  task: Task,
  cluster: Cluster,
  options: FactsOptions,
): Promise<GatheredFacts> {
  const { known, deadline, turns } = task;
  const { object, oldObject } = request;
  const draft = await turns.all(prepareDraft(object));
  const base: AdmissionFacts = {
    operation: request.operation === 'CREATE' ? 'CREATE' : 'UPDATE',
    object,
    ...(oldObject ? { oldObject } : {}),
    ...(draft === undefined ? {} : { draft }),
  };
  if (draft?.kind !== 'policy') return { facts: base, gaps: [] };
  const { spec } = draft.policy;
  const compiled = draft.compiled.policy;

  if (!known) {
    const rights = unknownRights(request.userInfo ?? {}, spec, options.rights, UNKNOWN_CALLER);
    return { facts: { ...base, rights, liveSources: { skipped: UNKNOWN_CALLER } }, gaps: [] };
  }
  const lookedUp = Promise.withResolvers<Resources>();
  // Rights are asked about first, and get the most time: a policy is refused if they are unknown.
  const asked =
    options.rights === 'Off'
      ? undefined
      : requesterRights(
          cluster,
          request.userInfo ?? {},
          spec,
          options.rights,
          lookedUp.promise,
          deadline.signal(RIGHTS_PART),
        );
  lookedUp.resolve(lookUpResources(spec, cluster, deadline.signal(RESOURCES_PART)));
  const [resources, rights] = await Promise.all([lookedUp.promise, asked]);
  const live = compiled && (await tryLive({ spec, compiled }, { resources, rights }, cluster, options, task));
  // Which names are taken tells of clusters and policies. So only requesters who may read what they name are told.
  const lifecycles = cluster.lifecycles();
  const told = isDenied(rights) ? undefined : lifecycles;
  return {
    facts: {
      ...base,
      source: resources.source,
      references: resources.references,
      ...(rights === undefined ? {} : { rights }),
      ...(live === undefined ? {} : { liveSources: live }),
      ...(told === undefined ? {} : { lifecycles: told }),
    },
    gaps: [
      ...resources.gaps,
      ...(lifecycles === undefined
        ? ['whether other policies hold the names was not checked: still reading them']
        : []),
    ],
  };
}

interface Resources {
  readonly source: ResourceFacts;
  /** By reference key. */
  readonly references: ReadonlyMap<string, ResourceFacts>;
  readonly gaps: readonly string[];
}

async function lookUpResources(
  { source, references = [] }: ClusterImportPolicySpec,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<Resources> {
  const gaps: string[] = [];
  const lookUp = async (
    field: string,
    named: Omit<ResourceRequest, 'versions'> & { versions?: readonly string[] },
  ) => {
    const { group, resource, versions = [] } = named;
    try {
      const { facts, gap } = await cluster.resource({ group, resource, versions }, signal);
      if (gap !== undefined) gaps.push(`${field}: ${gap}`);
      return facts;
    } catch (error) {
      gaps.push(`${field}: not checked against the cluster: ${whyUnanswered(error)}`);
      return { group, resource, known: undefined, served: [] };
    }
  };
  const [ofSource, ...ofReferences] = await Promise.all([
    lookUp('spec.source', source),
    ...references.map((reference, index) => lookUp(`spec.references[${String(index)}]`, reference)),
  ]);
  return {
    source: ofSource,
    references: new Map(
      references.flatMap(({ key }, index) => {
        const facts = ofReferences[index];
        return facts === undefined ? [] : [[key, facts] as const];
      }),
    ),
    gaps,
  };
}

async function tryLive(
  policy: { readonly spec: ClusterImportPolicySpec; readonly compiled: CompiledPolicy },
  known: { readonly resources: Resources; readonly rights: RequesterRights | undefined },
  cluster: Cluster,
  options: FactsOptions,
  { deadline, turns }: Task,
): Promise<AdmissionFacts['liveSources']> {
  // Even a verdict reveals something of what was read. So live sources are read only for requesters who may read them.
  if (isDenied(known.rights)) return { skipped: 'you may not read them' };
  const query = { ...policy, ...known.resources, maximum: options.maximumLiveSources };
  return liveSources(cluster, query, turns, deadline.signal(LIVE_SOURCES_PART, options.liveSourcesTimeoutMs));
}

/** Here, rights that could not be found out count as missing. */
function isDenied(rights: RequesterRights | undefined): boolean {
  if (rights === undefined) return false;
  return rights.listSource !== true || [...rights.getReferences.values()].some((may) => may !== true);
}
