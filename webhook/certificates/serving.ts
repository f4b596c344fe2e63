import type { Server } from 'node:tls';
import type { CheckedPair } from './pair.ts';

/** The certificate in use: the last good one, whatever has come since. */
export class ServingCertificate {
  readonly #first = Promise.withResolvers<CheckedPair>();
  #current: CheckedPair | undefined;
  #clientAuthorities: string | undefined;
  #server: Server | undefined;

  get current(): CheckedPair | undefined {
    return this.#current;
  }

  /** Resolves with the first pair. */
  whenKnown(): Promise<CheckedPair> {
    return this.#first.promise;
  }

  /** Takes a pair into use: for the next handshake; connections that exist go on with theirs. */
  use(pair: CheckedPair): void {
    this.#current = pair;
    this.#first.resolve(pair);
    this.#install();
  }

  /** Authorities (PEM) whose client certificates are believed, from the next handshake on. */
  believe(clientAuthorities: string): void {
    this.#clientAuthorities = clientAuthorities;
    this.#install();
  }

  /** The server that shows the certificate from now on. */
  attach(server: Server): void {
    this.#server = server;
    this.#install();
  }

  #install(): void {
    if (this.#current === undefined) return;
    const ca = this.#clientAuthorities;
    this.#server?.setSecureContext({ ...tlsOptions(this.#current), ...(ca === undefined ? {} : { ca }) });
  }
}

/** What a TLS server is given for a pair. */
export function tlsOptions({ certPem, keyPem }: CheckedPair) {
  return { cert: certPem, key: keyPem, minVersion: 'TLSv1.2' } as const;
}
