import type { TLSSocket } from 'node:tls';

/** How a request came: what can tell whether the API server sent it. */
export interface Caller {
  /** What the path of the request ends in, after the webhook's own path; `undefined` where there is nothing. */
  readonly secret: string | undefined;
  readonly socket: Pick<TLSSocket, 'authorized' | 'getPeerX509Certificate'>;
}

/**
 * Tells requests of the API server from others. An AdmissionReview proves nothing by itself: whoever reaches the port can
 * write one in anybody's name.
 */
export interface Callers {
  /** Whether clients are to be asked for a certificate. */
  readonly asksForCertificate: boolean;
  /** Whether the API server sent it. */
  knows(caller: Caller): boolean;
  /** Somebody may have been told the secret of this caller: it is not to be trusted any longer. */
  distrust(caller: Caller): void;
  /** A request came that the API server may have sent before it learned of the present secret. */
  onUnknown(): void;
}

/** {@link Callers} that have something to do in the background. */
export interface RunningCallers extends Callers {
  /** Keeps what it knows up to date until the signal is aborted; resolves then. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** What keeps the API server from being known, as far as this process can tell. */
  problem(): string | undefined;
}
