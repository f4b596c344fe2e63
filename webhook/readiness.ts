import type { AddressInfo } from 'node:net';
import type { Check } from '../src/probes/index.ts';
import type { WebhookApp } from './app.ts';
import type { ServingCertificate } from './certificates/serving.ts';
import type { CertificateSource } from './certificates/source.ts';
import { selfDial } from './self-dial.ts';

export interface ReadinessOptions {
  readonly serving: ServingCertificate;
  readonly certificates: CertificateSource;
  readonly callers: { problem(): string | undefined };
  readonly cluster: { unsynced(): string | undefined };
  readonly app: () => WebhookApp | undefined;
  readonly stopping: () => boolean;
}

/** The conditions under which this replica may receive requests. */
export function readinessChecks({
  serving,
  certificates,
  callers,
  cluster,
  app,
  stopping,
}: ReadinessOptions): Check[] {
  return [
    { name: 'shutdown', run: () => (stopping() ? 'the process is stopping' : undefined) },
    { name: 'certificate', run: () => certificateProblem(serving) ?? certificates.problem() },
    { name: 'tls', run: () => dialOwnPort(app(), serving) },
    { name: 'callers', run: () => callers.problem() },
    { name: 'caches', run: () => cluster.unsynced() },
  ];
}

function certificateProblem({ current }: ServingCertificate): string | undefined {
  if (current === undefined) return 'there is no certificate yet';
  return current.notAfter <= new Date()
    ? `the certificate expired at ${current.notAfter.toISOString()}`
    : undefined;
}

function dialOwnPort(
  app: WebhookApp | undefined,
  { current }: ServingCertificate,
): Promise<string | undefined> | string {
  const bound = app?.server.address();
  if (!bound || typeof bound === 'string' || current === undefined) return 'not listening yet';
  return selfDial(bound.port, loopbackOf(bound), current.fingerprint);
}

/** An address at which a server that listens on every address can be reached. */
function loopbackOf({ address }: AddressInfo): string {
  if (address === '::') return '::1';
  return address === '0.0.0.0' ? '127.0.0.1' : address;
}
