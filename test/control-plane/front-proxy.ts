import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificateAuthority, issueClientCertificate, validFor } from '../../config/certificates.ts';

/** By this name the API server is known to those that it forwards requests to. */
export const FRONT_PROXY = 'front-proxy-client';

/**
 * What kube-apiserver needs to forward requests to aggregated API servers: a client certificate of its own, and the headers that
 * say who asked (https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/).
 */
export class FrontProxy {
  /** For kube-apiserver. */
  readonly flags: readonly string[];
  readonly #folder: string;

  private constructor(folder: string) {
    const file = (name: string): string => join(folder, name);
    this.#folder = folder;
    this.flags = [
      `--requestheader-client-ca-file=${file('ca.crt')}`,
      `--requestheader-allowed-names=${FRONT_PROXY}`,
      '--requestheader-username-headers=X-Remote-User',
      '--requestheader-group-headers=X-Remote-Group',
      '--requestheader-extra-headers-prefix=X-Remote-Extra-',
      `--proxy-client-cert-file=${file('client.crt')}`,
      `--proxy-client-key-file=${file('client.key')}`,
    ];
  }

  static async start(): Promise<FrontProxy> {
    const folder = await mkdtemp(join(tmpdir(), 'front-proxy-'));
    const authority = await createCertificateAuthority('front-proxy', validFor(1));
    const client = await issueClientCertificate(authority, { name: FRONT_PROXY }, validFor(1));
    await writeFile(join(folder, 'ca.crt'), authority.certPem);
    await writeFile(join(folder, 'client.crt'), client.certPem);
    await writeFile(join(folder, 'client.key'), client.keyPem, { mode: 0o600 });
    return new FrontProxy(folder);
  }

  async stop(): Promise<void> {
    await rm(this.#folder, { recursive: true });
  }
}
