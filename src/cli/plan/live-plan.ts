import type {
  ClusterImportPolicy,
  KubeObject,
  PediaClusterLifecycle,
  StoredObject,
  StoredPolicy,
} from '../../api/index.ts';
import { CLUSTER_IMPORT_POLICY, PEDIA_CLUSTER, PEDIA_CLUSTER_LIFECYCLE } from '../../api/index.ts';
import type { KubeClient, ResourceType } from '../../kube/index.ts';
import { Discovery, isForbidden, isNotFound, withoutRequest } from '../../kube/index.ts';
import type { ResourceFacts } from '../../policy/index.ts';
import { selectorsOf } from '../../policy/index.ts';
import type { LocatedReference, ReferenceLookup } from '../../reconcile/index.ts';
import { describeReference, failure } from '../../reconcile/index.ts';
import { withClient } from '../client.ts';
import type { Output } from '../output.ts';
import { listIfServed } from './live-recorded.ts';
import type { ClusterView, Plan, ResourceName } from './plan.ts';
import { asStored, planOf } from './plan.ts';

export interface LivePlanOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  /** Whether lifecycles and PediaClusters that exist count; without, everything is as if made for the first time. */
  readonly existing: boolean;
  /** Whether policies of the cluster that are not given are to go. */
  readonly prune?: boolean;
  /** @default every source is followed */
  readonly follows?: NonNullable<ClusterView['follows']>;
}

/** Requests that wait for an answer at one time. */
const PARALLEL = 10;

/**
 * What the reconciler would do in a cluster with these policies in the place of their namesakes there. Only reads.
 * @throws {KubeError} {@link TransportError} {@link KubeConfigError} where the cluster cannot be read.
 */
export function planCluster(
  policies: readonly ClusterImportPolicy[],
  options: LivePlanOptions,
  output: Pick<Output, 'progress'>,
): Promise<Plan> {
  return withCluster(policies, options, output, (_view, plan) => plan);
}

/**
 * {@link planCluster}, and what it was made from.
 * @param policies those of the cluster where none are given
 */
export async function withCluster<T>(
  policies: readonly ClusterImportPolicy[] | undefined,
  options: LivePlanOptions,
  { progress }: Pick<Output, 'progress'>,
  use: (view: ClusterView, plan: Plan) => T,
): Promise<T> {
  return withClient(options, async (client) => {
    progress(`reading from ${client.server}`);
    const view = new LiveView(client, progress, options.follows);
    const there = policies ?? (await policiesIn(client));
    await view.read(there, options);
    let plan = planOf(view);
    while (plan.pending.length > 0) {
      await view.fetch(plan.pending);
      plan = planOf(view);
    }
    return use(view, plan);
  });
}

const policiesIn = async (client: KubeClient) =>
  (await listIfServed(client, CLUSTER_IMPORT_POLICY)) as readonly (StoredPolicy & StoredObject)[];

const idOf = ({ group, resource, versions = [] }: ResourceName) =>
  `${resource}.${group}/${versions.join(',')}`;

const idOfReference = ({ group, version, resource, namespace = '', name }: LocatedReference) =>
  `${group}/${version}/${resource}/${namespace}/${name}`;

/** A cluster as far as it was read. */
class LiveView implements ClusterView {
  policies: readonly StoredPolicy[] = [];
  pruned: readonly StoredPolicy[] = [];
  lifecycles: readonly PediaClusterLifecycle[] = [];
  pediaClusters: readonly StoredObject[] = [];
  readonly #client: KubeClient;
  readonly #discovery: Discovery;
  readonly #progress: (text: string) => void;
  readonly #facts = new Map<string, ResourceFacts>();
  readonly #types = new Map<string, ResourceType>();
  readonly #sources = new Map<string, readonly KubeObject[]>();
  readonly #references = new Map<string, ReferenceLookup>();

  readonly follows?: NonNullable<ClusterView['follows']>;

  constructor(
    client: KubeClient,
    progress: (text: string) => void,
    follows: ClusterView['follows'] | undefined,
  ) {
    if (follows !== undefined) this.follows = follows;
    this.#client = client;
    this.#discovery = new Discovery(client);
    this.#progress = progress;
  }

  async read(
    policies: readonly ClusterImportPolicy[],
    { existing, prune = false }: LivePlanOptions,
  ): Promise<void> {
    this.policies = await Promise.all(policies.map((policy) => this.#withIdentity(policy)));
    for (const { metadata, spec } of policies) {
      for (const wanted of [spec.source, ...(spec.references ?? [])]) await this.#learn(wanted);
      this.#sources.set(metadata.name, await this.#listSources(spec.source));
    }
    if (!existing) return;
    this.lifecycles = (await listIfServed(this.#client, PEDIA_CLUSTER_LIFECYCLE)) as readonly (StoredObject &
      PediaClusterLifecycle)[];
    this.pediaClusters = await listIfServed(this.#client, PEDIA_CLUSTER);
    if (!prune) return;
    const given = new Set(policies.map(({ metadata }) => metadata.name));
    const there = await policiesIn(this.#client);
    this.pruned = there.filter(({ metadata }) => !given.has(metadata.name));
  }

  factsOf(wanted: ResourceName): ResourceFacts {
    const { group, resource } = wanted;
    return this.#facts.get(idOf(wanted)) ?? { group, resource, known: undefined, served: [] };
  }

  sourcesOf({ metadata }: ClusterImportPolicy): readonly KubeObject[] {
    return this.#sources.get(metadata.name) ?? [];
  }

  lookup(reference: LocatedReference): ReferenceLookup {
    return this.#references.get(idOfReference(reference)) ?? { kind: 'pending' };
  }

  /** Looks references up. */
  async fetch(references: readonly LocatedReference[]): Promise<void> {
    const wanted = new Map(references.map((reference) => [idOfReference(reference), reference]));
    this.#progress(`reading ${String(wanted.size)} referenced objects`);
    const queue = wanted.entries();
    const work = async () => {
      for (const [id, reference] of queue) this.#references.set(id, await this.#get(reference));
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
  }

  /** The policy as it would be once applied: with the identity and the status of the one that is there. */
  async #withIdentity(policy: ClusterImportPolicy): Promise<StoredPolicy> {
    try {
      const there = await this.#client.get<StoredPolicy & StoredObject>(
        CLUSTER_IMPORT_POLICY,
        policy.metadata.name,
      );
      const { uid, creationTimestamp } = there.metadata;
      const { status } = there;
      return {
        ...policy,
        metadata: asStored({ metadata: { ...policy.metadata, uid, creationTimestamp } }).metadata,
        ...(status === undefined ? {} : { status }),
      };
    } catch (error) {
      if (isNotFound(error)) return asStored(policy);
      throw error;
    }
  }

  async #learn(wanted: ResourceName): Promise<void> {
    const { group, resource } = wanted;
    const found = await this.#discovery.resolve(wanted);
    const { served } = found;
    if (found.kind === 'missing') {
      const { resourcesInGroup } = found;
      this.#facts.set(idOf(wanted), { group, resource, known: false, served, resourcesInGroup });
      return;
    }
    const { type } = found;
    const { version, kind, namespaced } = type;
    // Policies name the versions that they allow, references the one that was settled on.
    for (const versions of [wanted.versions ?? [], [version]]) {
      const id = idOf({ group, resource, versions });
      this.#facts.set(id, { group, resource, known: true, version, served, kind, namespaced });
      this.#types.set(id, type);
    }
  }

  async #listSources(source: ClusterImportPolicy['spec']['source']): Promise<readonly KubeObject[]> {
    const type = this.#types.get(idOf(source));
    if (type === undefined) return [];
    const { namespaces = [] } = source;
    const found: KubeObject[] = [];
    for (const namespace of type.namespaced && namespaces.length > 0 ? namespaces : [undefined]) {
      for await (const object of this.#client.listAll(type, { namespace, ...selectorsOf(source) })) {
        found.push(object);
      }
    }
    this.#progress(`read ${String(found.length)} ${type.resource}`);
    return found;
  }

  async #get(reference: LocatedReference): Promise<ReferenceLookup> {
    const { group, version, resource } = reference;
    const type = this.#types.get(idOf({ group, resource, versions: [version] }));
    if (type === undefined) return { kind: 'absent' };
    const { namespace, name } = reference;
    if (type.namespaced && namespace === undefined)
      return unavailable('NamespaceMissing', reference, 'needs a namespaceTemplate');
    try {
      return {
        kind: 'found',
        object: await this.#client.get(type, name, type.namespaced ? namespace : undefined),
      };
    } catch (error) {
      if (isNotFound(error)) return { kind: 'absent' };
      const told =
        reference.hidden === undefined ? error : withoutRequest(error, describeReference(reference));
      if (isForbidden(told)) return unavailable('ReferenceForbidden', reference, told.message);
      throw told;
    }
  }
}

const unavailable = (
  reason: 'NamespaceMissing' | 'ReferenceForbidden',
  reference: LocatedReference,
  why: string,
): ReferenceLookup => ({
  kind: 'unavailable',
  problem: failure(reason, `${describeReference(reference)}: ${why}`),
});
