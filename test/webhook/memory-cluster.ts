import type { KubeObject } from '../../src/api/index.ts';
import { TransportError } from '../../src/kube/index.ts';
import type { ExistingLifecycle, ResourceFacts } from '../../src/policy/index.ts';
import type { UserInfo } from '../../webhook/admission.ts';
import type { AccessAttributes, Cluster, ServedResource, SourceFilter } from '../../webhook/cluster.ts';

/** What a {@link MemoryCluster} holds. */
export interface ClusterContent {
  readonly resources?: readonly ResourceFacts[];
  readonly objects?: readonly KubeObject[];
  readonly lifecycles?: readonly ExistingLifecycle[] | undefined;
  /** @default everybody may do everything */
  readonly mayAccess?: (user: UserInfo, attributes: AccessAttributes) => boolean;
}

type Question = 'resource' | 'list' | 'get' | 'mayAccess';

/** What comes before the answer to a question, or instead of it. */
export type Trouble = (signal: AbortSignal) => Promise<void>;

/** The API server cannot be reached. */
export const away: Trouble = () =>
  Promise.reject(new TransportError('ConnectionFailed', 'connect ECONNREFUSED 10.0.0.1:443'));

/** The API server takes the question and does not answer. */
export const silent: Trouble = (signal) =>
  new Promise((_resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });

/** A cluster in memory that answers as an API server does, or not at all, and remembers what it was asked. */
export class MemoryCluster implements Cluster {
  readonly asked: string[] = [];
  readonly #content: ClusterContent;
  readonly #trouble: Partial<Record<Question, Trouble>>;

  constructor(content: ClusterContent = {}, trouble: Partial<Record<Question, Trouble>> = {}) {
    this.#content = { lifecycles: [], ...content };
    this.#trouble = trouble;
  }

  async resource({ group, resource }: { group: string; resource: string }, signal: AbortSignal) {
    await this.#answer('resource', `${resource}.${group}`, signal);
    const facts = this.#content.resources?.find(
      (known) => known.group === group && known.resource === resource,
    );
    return { facts: facts ?? { group, resource, known: false, served: [] } };
  }

  async list(
    { kind }: ServedResource,
    filter: SourceFilter,
    page: { readonly limit: number; readonly continue?: string | undefined },
    signal: AbortSignal,
  ) {
    await this.#answer('list', `${kind} ${JSON.stringify(filter)} ${page.continue ?? ''}`.trimEnd(), signal);
    const all = (this.#content.objects ?? []).filter(
      (object) =>
        object.kind === kind && (filter.namespace ?? object.metadata.namespace) === object.metadata.namespace,
    );
    const start = Number(page.continue ?? 0);
    const end = start + page.limit;
    return { items: all.slice(start, end), ...(end < all.length ? { continue: String(end) } : {}) };
  }

  async get({ kind }: ServedResource, location: { namespace?: string; name: string }, signal: AbortSignal) {
    await this.#answer('get', `${kind} ${location.namespace ?? ''}/${location.name}`, signal);
    return this.#content.objects?.find(
      ({ kind: its, metadata }) =>
        its === kind && metadata.name === location.name && metadata.namespace === location.namespace,
    );
  }

  async mayAccess(user: UserInfo, attributes: AccessAttributes, signal: AbortSignal) {
    const { verb, resource, group, namespace } = attributes;
    await this.#answer('mayAccess', `${verb} ${resource}.${group} ${namespace ?? '*'}`, signal);
    return this.#content.mayAccess?.(user, attributes) ?? true;
  }

  lifecycles() {
    return this.#content.lifecycles;
  }

  async #answer(question: Question, about: string, signal: AbortSignal) {
    this.asked.push(`${question} ${about}`);
    await this.#trouble[question]?.(signal);
  }
}

/** A cluster that takes questions, and answers none before it is released. */
export function heldCluster() {
  const release = Promise.withResolvers<undefined>();
  const held = async (): Promise<void> => {
    await release.promise;
  };
  const cluster = new MemoryCluster({}, { resource: held });
  const busy = async (questions: number): Promise<void> => {
    while (cluster.asked.filter((question) => question.startsWith('resource')).length < questions) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { cluster, busy, release: () => release.resolve(undefined) };
}
