import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

export interface ConnectionLimits {
  /** Open connections. */
  readonly connections: number;
  /** Seconds within which headers that have begun must have arrived. */
  readonly receiveSeconds: number;
}

/** One connection, from its first packet on. */
interface Connection {
  readonly raw: Socket;
  /** Once the handshake is done. */
  tls?: TLSSocket;
  /** Requests whose headers are complete, and that are not answered yet. */
  underWay: number;
  /** Bytes that had arrived when the last request was answered: more than that are the headers of the next one. */
  bytesBefore: number;
  /** When unfinished headers were first seen; monotonic milliseconds. */
  begunAt?: number;
  /** It has carried a request of the API server. */
  known: boolean;
}

/** How often unfinished headers are looked for, of the time that they have. */
const LOOK_PART = 0.2;

/**
 * Bounds connections, without disturbing those of the API server, which it opens in advance and keeps when idle.
 *
 * Headers that have begun must end in time. Node counts that time from the moment a connection opens, so its own limit
 * would hit the connections that the API server opens in advance.
 *
 * Where there are too many connections, the oldest goes that has no request under way and has served the API server none:
 * among many that are opened to exhaust the server, those. Node would refuse the newest, whoever opened it.
 */
export class Connections {
  readonly #limits: ConnectionLimits;
  /** In the order in which they were opened. By the client's address, which the raw socket and TLS's have in common. */
  readonly #open = new Map<string, Connection>();

  constructor(server: Server, limits: ConnectionLimits) {
    this.#limits = limits;
    server.on('connection', (raw: Socket) => this.#opened(raw));
    server.on('secureConnection', (tls: TLSSocket) => {
      const connection = this.#open.get(keyOf(tls));
      if (connection !== undefined) connection.tls = tls;
    });
    server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) =>
      this.#requested(socket as TLSSocket, response),
    );
    const look = setInterval(() => this.#endUnfinished(), limits.receiveSeconds * 1000 * LOOK_PART);
    look.unref();
    server.once('close', () => clearInterval(look));
  }

  /** The connection has carried a request of the API server: it is not given up for others. */
  know(socket: Socket): void {
    const connection = this.#open.get(keyOf(socket));
    if (connection !== undefined) connection.known = true;
  }

  #opened(raw: Socket): void {
    const key = keyOf(raw);
    const connection: Connection = { raw, underWay: 0, bytesBefore: 0, known: false };
    this.#open.set(key, connection);
    raw.once('close', () => {
      if (this.#open.get(key) === connection) this.#open.delete(key);
    });
    if (this.#open.size > this.#limits.connections) {
      const oldest = this.#dispensable();
      if (oldest !== undefined) end(oldest);
    }
  }

  #requested(socket: TLSSocket, response: ServerResponse): void {
    const connection = this.#open.get(keyOf(socket));
    if (connection === undefined) return;
    connection.underWay++;
    delete connection.begunAt;
    response.once('close', () => {
      connection.underWay--;
      connection.bytesBefore = socket.bytesRead;
    });
  }

  /** Nobody is given up for being new: a handshake or headers that are under way for a moment are no fault. */
  #dispensable(): Connection | undefined {
    for (const connection of this.#open.values()) {
      const { known, underWay, raw } = connection;
      if (!known && underWay === 0 && !raw.destroyed) return connection;
    }
    return undefined;
  }

  #endUnfinished(): void {
    const now = performance.now();
    for (const connection of this.#open.values()) {
      if (connection.underWay > 0 || !hasBegun(connection)) continue;
      connection.begunAt ??= now;
      if (now - connection.begunAt < this.#limits.receiveSeconds * 1000 * (1 - LOOK_PART)) continue;
      connection.tls?.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n');
      end(connection);
    }
  }
}

const hasBegun = ({ tls, bytesBefore }: Connection): boolean =>
  tls !== undefined && tls.bytesRead > bytesBefore;

/** Flushes what is written, and waits for nothing. */
function end({ raw, tls }: Connection): void {
  if (tls === undefined) raw.destroy();
  else tls.destroySoon();
}

const keyOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
