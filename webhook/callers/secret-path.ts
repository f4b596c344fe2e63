import { randomBytes, timingSafeEqual } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { WebhookConfig } from '../../config/index.ts';
import { asError } from '../../src/kube/index.ts';
import type { KubeClient } from '../../src/kube/index.ts';
import { oncePerFault } from '../certificates/once-per-fault.ts';
import { VALIDATE_PATH } from '../configuration.ts';
import type { ClientConfig } from '../registration.ts';
import { register, VALIDATING_WEBHOOK_CONFIGURATIONS } from '../registration.ts';
import { agreeOnSecret } from '../shared-secret.ts';
import type { RunningCallers } from './callers.ts';
import type { PathPlan, PathTimes, SecretPath } from './paths.ts';
import { planPaths } from './paths.ts';

export interface SecretPathOptions {
  readonly client: KubeClient;
  readonly settings: WebhookConfig['callers'];
  /** Gets each new failure, once. */
  readonly onError: (error: Error) => void;
}

/** Key in the Secret; its value is JSON, a list of {@link SecretPath}. */
const SECRET_KEY = 'paths.json';
/**
 * 240 bits cannot be guessed. They are written as hexadecimal digits, because the API server wants each segment of a
 * path to be a DNS name in lower case.
 */
const SECRET_BYTES = 30;
/**
 * A path is accepted for this long after its successor came into use. API servers learn of the successor by a watch.
 */
const RETENTION_MS = 10 * 60 * 1000;
/** Within this many reads by every replica, a new path is known to all of them. */
const SETTLE_LOOKS = 3;
/**
 * A process that starts replaces a path older than this. While no replica ran, anybody who applied a policy got an
 * error of the API server that quotes the path.
 */
const MAX_AGE_AT_START_MS = 10 * 60 * 1000;
/** Requests can ask for a new read of the Secret; this is the least time between two such reads. */
const LOOK_AGAIN_MS = 1000;

/**
 * Recognizes the API server by the path that it posts to. The path ends in a secret. The replicas share it in a Secret
 * of their namespace, and write it into the ValidatingWebhookConfiguration. Only the API server knows it, and those who
 * may read these two objects.
 *
 * The secret is replaced regularly, when a process starts, and when the API server may have quoted it: its error
 * message about a webhook that did not answer in time contains the whole address.
 */
export function secretPath({ client, settings, onError }: SecretPathOptions): RunningCallers {
  const times: PathTimes = {
    rotationMs: settings.rotationHours * 60 * 60 * 1000,
    settleMs: SETTLE_LOOKS * settings.pollSeconds * 1000,
    retentionMs: RETENTION_MS,
  };
  let accepted: readonly SecretPath[] = [];
  let distrusted: string | undefined;
  let problem: string | undefined = 'the path is not in the webhook configuration yet';
  let wake = new AbortController();
  let lastLook = 0;

  const agree = (now: number, most: number, signal: AbortSignal): Promise<PathPlan> => {
    const place = {
      client,
      namespace: settings.namespace,
      name: settings.secretName,
      type: 'Opaque' as const,
    };
    return agreeOnSecret(
      place,
      (texts) => {
        const stored = decodePaths(texts?.[SECRET_KEY]);
        const due = { ...times, rotationMs: Math.min(times.rotationMs, most) };
        const agreed = planPaths(stored, due, now, makeSecret, distrusted);
        const write =
          agreed.paths === stored ? {} : { write: { [SECRET_KEY]: JSON.stringify(agreed.paths) } };
        return Promise.resolve({ agreed, ...write });
      },
      signal,
    );
  };

  return {
    asksForCertificate: false,
    knows: ({ secret }) => secret !== undefined && accepted.some((path) => isSame(path.secret, secret)),
    distrust({ secret }) {
      if (secret === undefined || !accepted.some((path) => isSame(path.secret, secret))) return;
      distrusted = secret;
      accepted = accepted.filter((path) => !isSame(path.secret, secret));
      wake.abort();
    },
    onUnknown() {
      if (performance.now() - lastLook >= LOOK_AGAIN_MS) wake.abort();
    },
    problem: () => problem,
    async run(signal) {
      const complain = oncePerFault(onError);
      let most = MAX_AGE_AT_START_MS;
      while (!signal.aborted) {
        wake = new AbortController();
        lastLook = performance.now();
        try {
          const { paths, current } = await agree(Date.now(), most, signal);
          most = Infinity;
          accepted = paths.filter(({ secret }) => secret !== distrusted);
          for (const name of settings.webhookConfigurations) {
            const wanted = (present: ClientConfig) => addressWith(present, current.secret);
            await register(client, VALIDATING_WEBHOOK_CONFIGURATIONS, name, wanted, signal);
          }
          problem = undefined;
          complain(undefined);
        } catch (error) {
          if (!signal.aborted) complain(withoutSecret(asError(error)));
        }
        const woken = AbortSignal.any([signal, wake.signal]);
        await delay(settings.pollSeconds * 1000, undefined, { signal: woken }).catch(() => undefined);
      }
    },
  };
}

/** The address of the validating webhook, with the secret at its end. */
function addressWith({ url }: ClientConfig, secret: string): ClientConfig {
  const path = `${VALIDATE_PATH}/${secret}`;
  if (url === undefined) return { service: { path } };
  const [before = ''] = url.split(VALIDATE_PATH, 1);
  return { url: `${before.replace(/\/+$/, '')}${path}` };
}

const makeSecret = (): string => randomBytes(SECRET_BYTES).toString('hex');

/** If the API server refuses the configuration, its message quotes the path. */
const withoutSecret = (error: Error): Error =>
  new Error(error.message.replace(/[0-9a-f]{60}/g, '[redacted]'), { cause: error.cause });

/** Takes the same time wherever the two differ. */
function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Damaged data counts as missing: new paths are created. */
function decodePaths(text: string | undefined): readonly SecretPath[] {
  try {
    const paths: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(paths) && paths.every(isSecretPath) ? paths : [];
  } catch {
    return [];
  }
}

function isSecretPath(value: unknown): value is SecretPath {
  const { secret, since } = (value ?? {}) as Partial<SecretPath>;
  return typeof secret === 'string' && /^[0-9a-f]{60}$/.test(secret) && Number.isFinite(since);
}
