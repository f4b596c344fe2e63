import type { CheckedPair } from './pair.ts';

/** Where certificates come from. */
export interface CertificateSource {
  /**
   * Looks for certificates until the signal is aborted, and then resolves. Never rejects: a failure is reported, the
   * pair in use stays, and the search continues.
   */
  run(listener: CertificateListener, signal: AbortSignal): Promise<void>;
  /** Why the API server does not trust the certificate, if the source can find out. */
  problem(): string | undefined;
}

export interface CertificateListener {
  /** Gets each new valid pair. */
  onPair(pair: CheckedPair): void;
  /** Gets each new failure, once. */
  onError(error: Error): void;
}
