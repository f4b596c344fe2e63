import type { KubeClient, StoredObject } from '../../src/kube/index.ts';
import { KubeError, isNotFound } from '../../src/kube/index.ts';
import type { Action, Failure, OwnKind } from '../../src/reconcile/index.ts';
import { OWN_RESOURCES, failure } from '../../src/reconcile/index.ts';
import type { ControllerMetrics } from '../metrics.ts';
import type { OwnObject } from '../watches/own-objects.ts';

/** The objects as the API server returned them after the writes. */
export type Answers = { readonly [K in OwnKind]?: OwnObject[K] };

/** Gives the API server's answer to a write to the cache. */
type Remember = <K extends OwnKind>(kind: K, answer: StoredObject) => OwnObject[K];

/** Carries actions out, one at a time, and passes the API server's answers to the caches. */
export class Writer {
  readonly #client: KubeClient;
  readonly #metrics: ControllerMetrics;
  readonly #remember: Remember;

  constructor(client: KubeClient, metrics: ControllerMetrics, remember: Remember) {
    this.#client = client;
    this.#metrics = metrics;
    this.#remember = remember;
  }

  /**
   * Carries actions out in order, up to the first one that fails. Deleting an object that is gone counts as done.
   *
   * Rejects as {@link KubeClient} does; a conflict means that the decision came from an old copy.
   *
   * @returns the API server's last answer about an object of each kind
   */
  async apply(actions: readonly Action[], signal: AbortSignal): Promise<Answers> {
    let answers: Answers = {};
    for (const action of actions) {
      const answer = await this.#send(action, signal);
      this.#metrics.onWrite(
        action.kind,
        action.verb === 'patch' && action.subresource === 'status' ? 'status' : action.verb,
      );
      if (answer === undefined) continue;
      answers = { ...answers, [action.kind]: this.#remember(action.kind, answer) };
    }
    return answers;
  }

  async #send(action: Action, signal: AbortSignal): Promise<StoredObject | undefined> {
    const resource = OWN_RESOURCES[action.kind];
    switch (action.verb) {
      case 'create':
        return this.#client.create(resource, action.object, { signal });
      case 'patch':
        return this.#client.patch(resource, action.name, undefined, action.patch, {
          type: 'merge',
          signal,
          ...(action.subresource === undefined ? {} : { subresource: action.subresource }),
        });
      case 'delete':
        try {
          await this.#client.delete(resource, action.name, undefined, {
            uid: action.uid,
            propagationPolicy: 'Background',
            signal,
          });
        } catch (error) {
          if (!isNotFound(error)) throw error;
        }
        return undefined;
    }
  }
}

/** A write that the API server has refused. */
export interface Refusal {
  readonly problem: Failure;
  /** Trying again later may help: rights and quotas may change without the controller noticing. */
  readonly mayPass: boolean;
}

/**
 * Describes a refusal that is caused by the request, not by the moment. The message repeats no value that was sent; the
 * API server's own message would.
 *
 * @returns `undefined` if the error is no refusal: trying again soon may help
 */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof KubeError)) return undefined;
  if (error.status !== 400 && error.status !== 422 && error.status !== 403) return undefined;
  const fields = (error.details?.causes ?? []).flatMap(({ field }) =>
    field === undefined || field === '' ? [] : [field],
  );
  const where = fields.length === 0 ? '' : `: ${[...new Set(fields)].join(', ')}`;
  const what = error.status === 403 ? 'is not allowed' : 'was refused as invalid';
  return {
    problem: failure(
      error.reason === 'Forbidden' || error.reason === 'Invalid' ? error.reason : 'Refused',
      `${error.request.split(' ')[0] ?? 'the write'} of the ${error.details?.kind ?? 'object'} ${what}${where}`,
    ),
    mayPass: error.status === 403,
  };
}
