import type { ClusterImportPolicySpec, KubeObject } from '../src/api/index.ts';
import type { AdmissionFacts, CompiledPolicy, LiveSource, ResourceFacts } from '../src/policy/index.ts';
import { RenderError, resolveInSteps, selectorsOf } from '../src/policy/index.ts';
import type { Cluster, ServedResource } from './cluster.ts';
import { whyUnanswered } from './unanswered.ts';
import type { Turns } from './turns.ts';

type LiveSources = NonNullable<AdmissionFacts['liveSources']>;

/**
 * Objects per page, and the maximum of pages: if a selector keeps few of many objects, the webhook must not read them
 * all.
 */
const PAGE_SIZE = 50;
const MAX_PAGES = 4;
/** For this many sources the references are read at once. */
const PARALLEL = 5;

/** What is asked for. */
export interface LiveSourcesQuery {
  readonly spec: ClusterImportPolicySpec;
  readonly compiled: CompiledPolicy;
  readonly source: ResourceFacts;
  readonly references: ReadonlyMap<string, ResourceFacts>;
  /** Maximum number of sources; 0 skips them. */
  readonly maximum: number;
}

/**
 * Existing sources that the policy selects, each with those of its references that exist. Never rejects. If the cluster
 * does not answer in time, the sources found so far are used; if there are none, the reason is returned.
 */
export async function liveSources(
  cluster: Cluster,
  query: LiveSourcesQuery,
  turns: Turns,
  signal: AbortSignal,
): Promise<LiveSources | undefined> {
  const resource = servedResource(query.source);
  // A resource that does not exist has no objects. The check of resources reports it.
  if (resource === undefined || query.maximum === 0) return undefined;
  try {
    const { sources, truncated } = await selectedSources(cluster, resource, query, turns, signal);
    const { items, problem } = await withReferences(cluster, query, sources, turns, signal);
    if (items.length === 0 && problem !== undefined) return { skipped: problem };
    return { items, truncated: truncated || problem !== undefined };
  } catch (error) {
    return { skipped: whyUnanswered(error) };
  }
}

function servedResource(facts: ResourceFacts | undefined): ServedResource | undefined {
  if (facts?.known !== true || facts.version === undefined || facts.kind === undefined) return undefined;
  const { group, version, resource, kind, namespaced = true } = facts;
  return { group, version, resource, kind, namespaced };
}

async function selectedSources(
  cluster: Cluster,
  resource: ServedResource,
  { spec, compiled, maximum }: LiveSourcesQuery,
  turns: Turns,
  signal: AbortSignal,
): Promise<{ sources: readonly KubeObject[]; truncated: boolean }> {
  const { namespaces = [] } = spec.source;
  const places = resource.namespaced && namespaces.length > 0 ? namespaces : [undefined];
  const sources: KubeObject[] = [];
  let pages = 0;
  for (const [index, namespace] of places.entries()) {
    let token: string | undefined;
    do {
      if (pages++ === MAX_PAGES) return { sources, truncated: true };
      const page = await cluster.list(
        resource,
        { namespace, ...selectorsOf(spec.source) },
        { limit: PAGE_SIZE, continue: token },
        signal,
      );
      token = page.continue;
      for (const [position, object] of page.items.entries()) {
        const isSelected = await turns.step(() => mayBeSelected(compiled, object));
        signal.throwIfAborted();
        if (!isSelected) continue;
        sources.push(object);
        if (sources.length === maximum) {
          const rest = position < page.items.length - 1 || token !== undefined || index < places.length - 1;
          return { sources, truncated: rest };
        }
      }
    } while (token !== undefined);
  }
  return { sources, truncated: false };
}

/** A source for which the selector fails is kept: the checks report the failure. */
function mayBeSelected(compiled: CompiledPolicy, object: KubeObject): boolean {
  try {
    return compiled.selects(object);
  } catch (error) {
    if (error instanceof RenderError) return true;
    throw error;
  }
}

/**
 * Each source with its references, in the order of the sources, so that the same cluster gives the same findings. If a
 * reference could not be read, its source is left out, because rendering without it would prove nothing; `problem` says
 * why. A reference that does not exist is no such case.
 */
async function withReferences(
  cluster: Cluster,
  query: LiveSourcesQuery,
  sources: readonly KubeObject[],
  turns: Turns,
  signal: AbortSignal,
): Promise<{ readonly items: readonly LiveSource[]; readonly problem?: string }> {
  const found = new Map<KubeObject, LiveSource>();
  let problem: string | undefined;
  const queue = sources[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (const source of queue) {
      try {
        const resolved = await referencesOf(cluster, query, source, turns, signal);
        found.set(source, { source, references: resolved });
      } catch (error) {
        problem ??= whyUnanswered(error);
        if (signal.aborted) return;
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  const items = sources.flatMap((source) => found.get(source) ?? []);
  return { items, ...(problem === undefined ? {} : { problem }) };
}

async function referencesOf(
  cluster: Cluster,
  { compiled, references }: LiveSourcesQuery,
  source: KubeObject,
  turns: Turns,
  signal: AbortSignal,
): Promise<LiveSource['references']> {
  const steps = resolveInSteps(compiled, source);
  let step = await turns.step(() => steps.next());
  while (step.done !== true) {
    signal.throwIfAborted();
    const { reference, location } = step.value;
    const resource = servedResource(references.get(reference.key));
    const reachable = resource !== undefined && (!resource.namespaced || location.namespace !== undefined);
    const object = reachable ? await cluster.get(resource, location, signal) : undefined;
    step = await turns.step(() => steps.next(object));
  }
  // The checks will find and report a problem themselves.
  return step.value.objects;
}
