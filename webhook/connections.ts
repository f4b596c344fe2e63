import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

export interface ConnectionLimits {
  /** Open connections. */
  readonly connections: number;
  /** Seconds within which headers must be complete, from their first byte on. */
  readonly receiveSeconds: number;
}

/** One connection, from its first packet on. */
interface Connection {
  readonly raw: Socket;
  /** Set after the handshake. */
  tls?: TLSSocket;
  /** Requests with complete headers that are not answered yet. */
  underWay: number;
  /**
   * Number of bytes that had arrived when the last request was answered. Any more bytes belong to the headers of the
   * next request.
   */
  bytesBefore: number;
  /** When unfinished headers were first seen, in monotonic milliseconds. */
  begunAt?: number;
  /** Whether the connection has carried a request of the API server. */
  known: boolean;
}

/** Unfinished headers are looked for at this part of their time limit. */
const LOOK_PART = 0.2;

/**
 * Limits connections without disturbing those of the API server, which opens them in advance and keeps idle ones.
 *
 * Headers must be complete in time, counted from their first byte. Node counts from the moment a connection opens, so
 * its limit would hit the connections that the API server opens in advance.
 *
 * If there are too many connections, the oldest one is closed that has no request under way and has carried no request
 * of the API server. If somebody opens many to exhaust the server, it is those that are closed. Node would refuse the
 * newest connection, whoever opened it.
 */
export class Connections {
  readonly #limits: ConnectionLimits;
  /**
   * In the order in which they were opened. The key is the client's address, which the raw socket and the TLS socket
   * have in common.
   */
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

  /** The connection has carried a request of the API server. It is not closed to make room for others. */
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

  /**
   * A connection is not closed for being new: a handshake or headers that have been under way for a moment are normal.
   */
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

/** Sends what is written, and waits for nothing more. */
function end({ raw, tls }: Connection): void {
  if (tls === undefined) raw.destroy();
  else tls.destroySoon();
}

const keyOf = ({ remoteAddress, remotePort }: Socket): string =>
  `${String(remoteAddress)} ${String(remotePort)}`;
