import type { AddressInfo } from 'node:net';

/** What can listen: a fastify instance, or a server made to look like one. */
export interface Listening {
  listen(options: { readonly host: string; readonly port: number }): Promise<unknown>;
  readonly server: { address(): string | AddressInfo | null };
}

/** What `listen` fails with on a machine without IPv6. */
const noIpv6 = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL']);

/**
 * Listens, and returns the address in use. `::` means every address, IPv4 included; on a machine without IPv6 it is
 * every IPv4 address.
 *
 * @throws Error that names the address, if the port is not available
 */
export async function listen(
  app: Listening,
  { address, port }: { readonly address: string; readonly port: number },
): Promise<AddressInfo> {
  try {
    await app.listen({ host: address, port });
  } catch (error) {
    if (address !== '::' || !noIpv6.has(codeOf(error))) throw error;
    await app.listen({ host: '0.0.0.0', port });
  }
  const bound = app.server.address();
  if (bound === null || typeof bound === 'string')
    throw new Error(`${address}:${String(port)} is not listened on`);
  return bound;
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';
