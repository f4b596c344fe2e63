import type { TLSSocket } from 'node:tls';

/** The parts of a request that can show whether the API server sent it. */
export interface Caller {
  /** The end of the request's path, after the webhook's own path; `undefined` if there is nothing. */
  readonly secret: string | undefined;
  readonly socket: Pick<TLSSocket, 'authorized' | 'getPeerX509Certificate'>;
}

/**
 * Distinguishes requests of the API server from others. An AdmissionReview proves nothing by itself: anybody who
 * reaches the port can write one in anybody's name.
 */
export interface Callers {
  /** Whether clients are asked for a certificate. */
  readonly asksForCertificate: boolean;
  /** Whether the API server sent it. */
  knows(caller: Caller): boolean;
  /** The secret of this caller may have become known to others. It is not trusted any longer. */
  distrust(caller: Caller): void;
  /**
   * Called when an unknown request arrives. The API server may have sent it before it learned of the present secret.
   */
  onUnknown(): void;
}

/** {@link Callers} with work to do in the background. */
export interface RunningCallers extends Callers {
  /** Keeps its knowledge up to date until the signal is aborted, and then resolves. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** Why the API server is not recognized, if this process can find out. */
  problem(): string | undefined;
}
