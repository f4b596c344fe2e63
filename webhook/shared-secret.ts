import { isAlreadyExists, isConflict, isNotFound, SECRET } from '../src/kube/index.ts';
import type { KubeClient, KubeManifest, StoredObject } from '../src/kube/index.ts';

/** A Secret that replicas share. */
export interface SecretPlace {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly name: string;
  /** `type` of the Secret if it has to be created. */
  readonly type: 'Opaque' | 'kubernetes.io/tls';
}

/** The decoded data of a Secret. */
export type SecretTexts = Readonly<Record<string, string>>;

/**
 * After this many lost races in a row, another fault is likely. Each lost race means that another replica has written.
 */
const MAX_RACES = 5;

/**
 * Agrees with other replicas on the content of a Secret. The Secret is written against the version that was read: one
 * replica wins, and the others read what it stored and plan again.
 *
 * @param plan decides the new content from the present one; without `write` nothing is changed. Other keys of the
 *   Secret stay
 * @throws KubeError, TransportError
 */
export async function agreeOnSecret<T>(
  place: SecretPlace,
  plan: (stored: SecretTexts | undefined) => Promise<{ readonly agreed: T; readonly write?: SecretTexts }>,
  signal: AbortSignal,
): Promise<T> {
  for (let races = 0; ; races++) {
    const secret = await readSecret(place, signal);
    const { agreed, write } = await plan(secret && decoded(secret));
    if (write === undefined) return agreed;
    try {
      await writeSecret(place, secret, write, signal);
      return agreed;
    } catch (error) {
      if (races >= MAX_RACES || !(isConflict(error) || isAlreadyExists(error))) throw error;
    }
  }
}

async function readSecret(
  { client, namespace, name }: SecretPlace,
  signal: AbortSignal,
): Promise<StoredObject | undefined> {
  try {
    return await client.get(SECRET, name, namespace, { signal });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

const dataOf = (secret: StoredObject): Readonly<Record<string, string>> =>
  (secret['data'] as Record<string, string> | undefined) ?? {};

const decoded = (secret: StoredObject): SecretTexts =>
  Object.fromEntries(
    Object.entries(dataOf(secret)).map(([key, value]) => [
      key,
      Buffer.from(value, 'base64').toString('utf8'),
    ]),
  );

async function writeSecret(
  { client, namespace, name, type }: SecretPlace,
  existing: StoredObject | undefined,
  texts: SecretTexts,
  signal: AbortSignal,
): Promise<void> {
  const data = Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  );
  if (existing) {
    // Other keys, labels and annotations of the Secret belong to somebody else, and stay.
    await client.update(SECRET, { ...existing, data: { ...dataOf(existing), ...data } }, { signal });
    return;
  }
  const secret: KubeManifest = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    type,
    data,
  };
  await client.create(SECRET, secret, { signal });
}
