import type { Server } from 'node:tls';
import type { CheckedPair } from './pair.ts';

/** The certificate in use: the last valid one, even if invalid ones have come since. */
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

  /** Uses the pair from the next handshake on. Existing connections continue with their own. */
  use(pair: CheckedPair): void {
    this.#current = pair;
    this.#first.resolve(pair);
    this.#install();
  }

  /** Client certificates signed by these authorities (PEM) are accepted, from the next handshake on. */
  believe(clientAuthorities: string): void {
    this.#clientAuthorities = clientAuthorities;
    this.#install();
  }

  /** This server shows the certificate from now on. */
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

/**
 * For TLS 1.2, only suites with forward secrecy and authenticated encryption, as RFC 9325 (4.2) recommends. All suites
 * of TLS 1.3 have both.
 */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/** The options of a TLS server for a pair. */
export function tlsOptions({ certPem, keyPem }: CheckedPair) {
  return { cert: certPem, key: keyPem, minVersion: 'TLSv1.2', ciphers: CIPHERS } as const;
}
