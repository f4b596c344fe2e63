import { setTimeout as delay } from 'node:timers/promises';
import type { WebhookConfig } from '../../config/index.ts';
import { asError, isAlreadyExists, isConflict, isNotFound } from '../../src/kube/index.ts';
import type { KubeClient, KubeManifest, KubeObject, ResourceType } from '../../src/kube/index.ts';
import { oncePerFault } from './once-per-fault.ts';
import { checkPair } from './pair.ts';
import type { CertificateSettings, StoredCertificates } from './plan.ts';
import { planCertificates } from './plan.ts';
import type { CertificateSource } from './source.ts';

export interface SelfManagedOptions {
  readonly client: KubeClient;
  readonly settings: WebhookConfig['certificates']['selfManaged'];
  readonly pollMs: number;
}

const SECRET: ResourceType = {
  group: '',
  version: 'v1',
  resource: 'secrets',
  kind: 'Secret',
  namespaced: true,
};

const WEBHOOK_CONFIGURATIONS: readonly ResourceType[] = (['Validating', 'Mutating'] as const).map((verb) => ({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  resource: `${verb.toLowerCase()}webhookconfigurations`,
  kind: `${verb}WebhookConfiguration`,
  namespaced: false,
}));

/**
 * Certificates of our own making: an authority and a server certificate in a Secret, renewed when due, and the authority
 * in the `caBundle` of the webhook configurations. Any number of replicas may do this at once: the Secret is written
 * against the version that was read, so one of them wins and the others use what it stored.
 */
export function selfManagedCertificates(options: SelfManagedOptions): CertificateSource {
  let problem: string | undefined = 'the authority is not in the webhook configurations yet';
  return {
    problem: () => problem,
    async run(listener, signal) {
      let inUse: string | undefined;
      const complain = oncePerFault((error) => listener.onError(error));
      while (!signal.aborted) {
        try {
          const stored = await storedCertificates(options, signal);
          const pair = checkPair(stored.server);
          if (pair.fingerprint !== inUse) listener.onPair(pair);
          inUse = pair.fingerprint;
          await trust(options, stored.authorities, signal);
          problem = undefined;
          complain(undefined);
        } catch (error) {
          if (!signal.aborted) complain(asError(error));
        }
        await delay(options.pollMs, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}

/** Lost races in a row after which something else is wrong; each means that another replica stored certificates. */
const MAX_RACES = 5;

async function storedCertificates(
  options: SelfManagedOptions,
  signal: AbortSignal,
): Promise<StoredCertificates> {
  for (let races = 0; ; races++) {
    const secret = await readSecret(options, signal);
    const stored = secret && decodeSecret(secret);
    const planned = await planCertificates(stored, settingsOf(options.settings));
    if (planned === stored) return stored;
    try {
      await writeSecret(options, secret, planned, signal);
      return planned;
    } catch (error) {
      if (races >= MAX_RACES || !(isConflict(error) || isAlreadyExists(error))) throw error;
    }
  }
}

function settingsOf(settings: SelfManagedOptions['settings']): CertificateSettings {
  const { serviceName, namespace, extraNames, authorityDays, certificateDays } = settings;
  const service = `${serviceName}.${namespace}.svc`;
  return { names: [service, `${service}.cluster.local`, ...extraNames], authorityDays, certificateDays };
}

async function readSecret(
  { client, settings }: SelfManagedOptions,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  try {
    return await client.get(SECRET, settings.secretName, settings.namespace, { signal });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function writeSecret(
  { client, settings }: SelfManagedOptions,
  existing: KubeObject | undefined,
  certificates: StoredCertificates,
  signal: AbortSignal,
): Promise<void> {
  const data = encodeData(certificates);
  if (existing) {
    // Other keys, labels and annotations of the Secret are somebody else's, and stay.
    const kept = existing['data'] as object | undefined;
    await client.update(SECRET, { ...existing, data: { ...kept, ...data } }, { signal });
    return;
  }
  const secret: KubeManifest = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: settings.secretName, namespace: settings.namespace },
    type: 'kubernetes.io/tls',
    data,
  };
  await client.create(SECRET, secret, { signal });
}

const encode = (text: string): string => Buffer.from(text).toString('base64');

function encodeData({ authorities, authorityKey, server }: StoredCertificates): Record<string, string> {
  return {
    'ca.crt': encode(bundleOf(authorities)),
    'ca.key': encode(authorityKey),
    'tls.crt': encode(server.certPem),
    'tls.key': encode(server.keyPem),
  };
}

const bundleOf = (authorities: readonly string[]): string =>
  authorities.map((pem) => `${pem.trim()}\n`).join('');

function decodeSecret(secret: KubeObject): StoredCertificates {
  const data = (secret['data'] ?? {}) as Readonly<Record<string, string | undefined>>;
  const text = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString('utf8');
  return {
    authorities: text('ca.crt').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [],
    authorityKey: text('ca.key'),
    server: { certPem: text('tls.crt'), keyPem: text('tls.key') },
  };
}

/** Makes the API server trust the authorities. A configuration that does not exist needs nothing. */
async function trust(
  { client, settings }: SelfManagedOptions,
  authorities: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const caBundle = encode(bundleOf(authorities));
  for (const resource of WEBHOOK_CONFIGURATIONS) {
    for (const name of settings.webhookConfigurations) {
      await trustIn(client, resource, name, caBundle, signal);
    }
  }
}

interface WebhookConfigurationObject extends KubeObject {
  readonly webhooks?: readonly {
    readonly name: string;
    readonly clientConfig?: { readonly caBundle?: string };
  }[];
}

async function trustIn(
  client: KubeClient,
  resource: ResourceType,
  name: string,
  caBundle: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    const { webhooks = [] } = await client.get<WebhookConfigurationObject>(resource, name, undefined, {
      signal,
    });
    const outdated = webhooks.filter(({ clientConfig }) => clientConfig?.caBundle !== caBundle);
    if (outdated.length === 0) return;
    // Entries are merged by name, so nothing else in them is touched.
    const patch = {
      webhooks: outdated.map((webhook) => ({ name: webhook.name, clientConfig: { caBundle } })),
    };
    await client.patch(resource, name, undefined, patch, { type: 'strategic', signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
