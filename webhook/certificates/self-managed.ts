import { setTimeout as delay } from 'node:timers/promises';
import type { WebhookConfig } from '../../config/index.ts';
import { asError } from '../../src/kube/index.ts';
import type { KubeClient } from '../../src/kube/index.ts';
import {
  MUTATING_WEBHOOK_CONFIGURATIONS,
  register,
  VALIDATING_WEBHOOK_CONFIGURATIONS,
} from '../registration.ts';
import type { SecretTexts } from '../shared-secret.ts';
import { agreeOnSecret } from '../shared-secret.ts';
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

/**
 * Certificates that the webhook creates itself. An authority and a server certificate are kept in a Secret and renewed
 * when due, and the authority is written into the `caBundle` of the webhook configurations. Any number of replicas may
 * do this at once: the Secret is written against the version that was read, so one replica wins and the others use what
 * it stored.
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

function storedCertificates(
  { client, settings }: SelfManagedOptions,
  signal: AbortSignal,
): Promise<StoredCertificates> {
  const place = {
    client,
    namespace: settings.namespace,
    name: settings.secretName,
    type: 'kubernetes.io/tls' as const,
  };
  return agreeOnSecret(
    place,
    async (texts) => {
      const stored = texts && decodeCertificates(texts);
      const agreed = await planCertificates(stored, settingsOf(settings));
      return agreed === stored ? { agreed } : { agreed, write: encodeCertificates(agreed) };
    },
    signal,
  );
}

function settingsOf(settings: SelfManagedOptions['settings']): CertificateSettings {
  const { serviceName, namespace, extraNames, authorityDays, certificateDays } = settings;
  const service = `${serviceName}.${namespace}.svc`;
  return { names: [service, `${service}.cluster.local`, ...extraNames], authorityDays, certificateDays };
}

function encodeCertificates({ authorities, authorityKey, server }: StoredCertificates): SecretTexts {
  return {
    'ca.crt': bundleOf(authorities),
    'ca.key': authorityKey,
    'tls.crt': server.certPem,
    'tls.key': server.keyPem,
  };
}

const bundleOf = (authorities: readonly string[]): string =>
  authorities.map((pem) => `${pem.trim()}\n`).join('');

function decodeCertificates(texts: SecretTexts): StoredCertificates {
  const text = (key: string): string => texts[key] ?? '';
  return {
    authorities: text('ca.crt').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [],
    authorityKey: text('ca.key'),
    server: { certPem: text('tls.crt'), keyPem: text('tls.key') },
  };
}

/** Makes the API server trust the authorities. */
async function trust(
  { client, settings }: SelfManagedOptions,
  authorities: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const wanted = { caBundle: Buffer.from(bundleOf(authorities)).toString('base64') };
  for (const resource of [VALIDATING_WEBHOOK_CONFIGURATIONS, MUTATING_WEBHOOK_CONFIGURATIONS]) {
    for (const name of settings.webhookConfigurations) {
      await register(client, resource, name, () => wanted, signal);
    }
  }
}
