import type { ClusterImportPolicySpec } from '../src/api/index.ts';
import type { RequesterRights, ResourceFacts } from '../src/policy/index.ts';
import type { UserInfo } from './admission.ts';
import type { AccessAttributes, Cluster } from './cluster.ts';
import { whyUnanswered } from './unanswered.ts';

/**
 * If a policy names more namespaces than this, they are not asked about one by one: the answer for all namespaces
 * decides.
 */
const MAX_NAMESPACES = 20;
/**
 * Maximum of questions about one policy; each is asked once. At most 65 of them are about all namespaces, because a
 * policy has at most 64 references. The others are about single namespaces. A policy of the catalogue needs two.
 */
const MAX_QUESTIONS = 128;
/** How many questions about one policy are asked at once, so that no policy delays others for long. */
const PARALLEL = 8;

/** The scopes of the resources that a policy names, if known. */
export interface ResourceScopes {
  readonly source: Pick<ResourceFacts, 'namespaced'>;
  /** By reference key. */
  readonly references: ReadonlyMap<string, Pick<ResourceFacts, 'namespaced'>>;
}

/** A right that a policy needs. */
interface Need {
  readonly everywhere: AccessAttributes;
  /** The only namespaces in which it is needed; empty: all namespaces. */
  readonly namespaces: readonly string[];
  readonly scope: (known: ResourceScopes) => ResourceScopes['source'] | undefined;
}

/**
 * Whether the requester may read what the policy makes the controller read: `list` for the source, `get` for each
 * reference, in all namespaces or in those that the policy is limited to. Never rejects: a right that could not be
 * found out is `undefined`.
 *
 * @param resources awaited only if a right in all namespaces is missing
 */
export async function requesterRights(
  cluster: Cluster,
  user: UserInfo,
  spec: ClusterImportPolicySpec,
  mode: RequesterRights['mode'],
  resources: Promise<ResourceScopes>,
  signal: AbortSignal,
): Promise<RequesterRights> {
  const needs = needsOf(spec);
  const questions = new Questions((attributes) => cluster.mayAccess(user, attributes, signal));
  await questions.ask(needs.map(({ everywhere }) => everywhere));
  const answers: (boolean | undefined)[] = [];
  for (const need of needs) answers.push(await isMet(need, questions, resources));
  return rightsFrom(user, spec, mode, answers, questions.problem);
}

/** Rights that were not asked about, and why. */
export function unknownRights(
  user: UserInfo,
  spec: ClusterImportPolicySpec,
  mode: RequesterRights['mode'],
  reason?: string,
): RequesterRights {
  return rightsFrom(user, spec, mode, [], reason);
}

/** @param answers for the source, then for the references in their order */
function rightsFrom(
  user: UserInfo,
  { references = [] }: ClusterImportPolicySpec,
  mode: RequesterRights['mode'],
  [listSource, ...getReferences]: readonly (boolean | undefined)[],
  unknown: string | undefined,
): RequesterRights {
  return {
    mode,
    user: user.username ?? '',
    listSource,
    getReferences: new Map(references.map(({ key }, index) => [key, getReferences[index]])),
    ...(unknown === undefined ? {} : { unknown }),
  };
}

function needsOf({ source, references = [] }: ClusterImportPolicySpec): readonly Need[] {
  return [
    {
      everywhere: { verb: 'list', group: source.group, resource: source.resource },
      namespaces: source.namespaces ?? [],
      scope: (known) => known.source,
    },
    ...references.map(({ key, group, resource, allowedNamespaces }): Need => ({
      everywhere: { verb: 'get', group, resource },
      namespaces: allowedNamespaces ?? [],
      scope: (known) => known.references.get(key),
    })),
  ];
}

/** Whether the right holds in all namespaces at once, or else in each of some. */
async function isMet(
  { everywhere, namespaces, scope }: Need,
  questions: Questions,
  resources: Promise<ResourceScopes>,
): Promise<boolean | undefined> {
  const inAll = questions.answerTo(everywhere);
  if (inAll !== false || namespaces.length === 0 || namespaces.length > MAX_NAMESPACES) return inAll;
  // A limit to namespaces has no effect on a cluster-scoped resource.
  if (scope(await resources)?.namespaced === false) return false;
  const inEach = namespaces.map((namespace) => ({ ...everywhere, namespace }));
  if (!(await questions.ask(inEach))) return false;
  const answers = inEach.map((attributes) => questions.answerTo(attributes));
  return answers.includes(false) ? false : answers.includes(undefined) ? undefined : true;
}

/** Asks each question once, few at a time, and no more than the maximum. */
class Questions {
  /** Why one of the questions has no answer. */
  problem: string | undefined;
  readonly #ask: (attributes: AccessAttributes) => Promise<boolean>;
  /** `undefined`: asked, but not answered. */
  readonly #answers = new Map<string, boolean | undefined>();

  constructor(ask: (attributes: AccessAttributes) => Promise<boolean>) {
    this.#ask = ask;
  }

  /** @returns `false` if they were not asked because they would exceed the maximum */
  async ask(questions: readonly AccessAttributes[]): Promise<boolean> {
    const open = new Map(questions.map((attributes) => [keyOf(attributes), attributes]));
    for (const key of this.#answers.keys()) open.delete(key);
    if (this.#answers.size + open.size > MAX_QUESTIONS) return false;
    const queue = open[Symbol.iterator]();
    const work = async (): Promise<void> => {
      for (const [key, attributes] of queue) this.#answers.set(key, await this.#answer(attributes));
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
    return true;
  }

  answerTo(attributes: AccessAttributes): boolean | undefined {
    return this.#answers.get(keyOf(attributes));
  }

  async #answer(attributes: AccessAttributes): Promise<boolean | undefined> {
    try {
      return await this.#ask(attributes);
    } catch (error) {
      this.problem = whyUnanswered(error);
      return undefined;
    }
  }
}

const keyOf = ({ verb, group, resource, namespace }: AccessAttributes): string =>
  JSON.stringify([verb, group, resource, namespace]);
