import { createRequire } from 'node:module';
import type * as Undici from 'undici';

/*
 * The parts of undici that the transport needs, each from its own file. The package's index loads fetch, WebSockets, caches,
 * SQLite and mocks besides: 12 MiB of resident memory that nothing here uses.
 */
const load = createRequire(import.meta.url);

export const Client = load('undici/lib/dispatcher/client.js') as typeof Undici.Client;
export const Pool = load('undici/lib/dispatcher/pool.js') as typeof Undici.Pool;

const apiRequest = load('undici/lib/api/api-request.js') as (
  this: Undici.Dispatcher,
  options: Undici.Dispatcher.RequestOptions,
) => Promise<Undici.Dispatcher.ResponseData>;

/** Sends a request; resolves with the head of the answer and its body as a stream. */
export function openResponse(
  dispatcher: Undici.Dispatcher,
  options: Undici.Dispatcher.RequestOptions,
): Promise<Undici.Dispatcher.ResponseData> {
  return apiRequest.call(dispatcher, options);
}

/** Dispatchers by way of a proxy, which few have. */
export const loadProxyAgent = (): typeof Undici.ProxyAgent =>
  load('undici/lib/dispatcher/proxy-agent.js') as typeof Undici.ProxyAgent;
export const loadSocks5ProxyAgent = (): typeof Undici.Socks5ProxyAgent =>
  load('undici/lib/dispatcher/socks5-proxy-agent.js') as typeof Undici.Socks5ProxyAgent;
