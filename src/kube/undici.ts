import { createRequire } from 'node:module';
import type * as undici from 'undici';

/*
 * The parts of the package `undici` that a client needs. The package's own entry loads fetch, mocks, caches, WebSockets
 * and more as well, which takes 12 MiB of memory more than these parts do.
 */

type Undici = typeof undici;
const require = createRequire(import.meta.url);

export const Client = require('undici/lib/dispatcher/client.js') as Undici['Client'];
export const Pool = require('undici/lib/dispatcher/pool.js') as Undici['Pool'];
export const connectorOf = require('undici/lib/core/connect.js') as Undici['buildConnector'];
const Dispatcher = require('undici/lib/dispatcher/dispatcher.js') as Undici['Dispatcher'];

// As the package's entry does with all of its API.
Dispatcher.prototype.request = require('undici/lib/api/api-request.js') as undici.Dispatcher['request'];

/** Loads what a proxy needs, which few installations have. */
export function proxies(): Pick<Undici, 'ProxyAgent' | 'Socks5ProxyAgent'> {
  return {
    ProxyAgent: require('undici/lib/dispatcher/proxy-agent.js') as Undici['ProxyAgent'],
    Socks5ProxyAgent: require('undici/lib/dispatcher/socks5-proxy-agent.js') as Undici['Socks5ProxyAgent'],
  };
}
