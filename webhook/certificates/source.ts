import type { CheckedPair } from './pair.ts';

/** Where certificates come from. */
export interface CertificateSource {
  /**
   * Looks for certificates until the signal is aborted; resolves then. Never rejects: a failure is reported, the pair in
   * use stays, and looking goes on.
   */
  run(listener: CertificateListener, signal: AbortSignal): Promise<void>;
  /** What keeps the API server from trusting the certificate, as far as the source knows. */
  problem(): string | undefined;
}

export interface CertificateListener {
  /** Gets each new pair that can be served. */
  onPair(pair: CheckedPair): void;
  /** Gets each new failure, once. */
  onError(error: Error): void;
}
