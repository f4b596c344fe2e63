import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** A TCP proxy in front of a server, whose connections a test can break in various ways. */
export class FaultyProxy {
  readonly #target: { readonly host: string; readonly port: number };
  readonly #pairs = new Set<{ readonly near: Socket; readonly far: Socket; mute: boolean }>();
  /** Packets that came from the server so far. */
  packets = 0;
  #state: 'open' | 'cut' | 'silent' = 'open';
  #server: Server | undefined;
  #port = 0;
  /** Bytes from the server after which a new connection is reset; `undefined`: never. */
  resetAfterBytes: (() => number) | undefined;
  /** Bytes a packet from the server is cut into; 0: as they come. */
  chunkBytes = 0;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#target = { host: hostname, port: Number(port) };
  }

  get url(): string {
    return `https://127.0.0.1:${String(this.#port)}`;
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#pairs.size;
  }

  async listen(): Promise<void> {
    const server = createServer((near) => this.#join(near));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Resets every connection. */
  resetAll(): void {
    for (const { near, far } of this.#pairs) {
      near.resetAndDestroy();
      far.destroy();
    }
  }

  /** From now on nothing comes through the present connections, which stay open: they are half-open. */
  muteAll(): void {
    for (const pair of this.#pairs) pair.mute = true;
  }

  /** Resets every connection, and each new one until {@link heal}. */
  cut(): void {
    this.#state = 'cut';
    this.resetAll();
  }

  /** Takes connections, and what is sent on them, and passes nothing on, in either direction, until {@link heal}. */
  silence(): void {
    this.#state = 'silent';
    for (const { near, far } of this.#pairs) {
      near.pause();
      far.pause();
    }
  }

  /** Ends a cut; after a silence, what was sent meanwhile arrives late, as TCP has it. */
  heal(): void {
    this.#state = 'open';
    for (const { near, far } of this.#pairs) {
      near.resume();
      far.resume();
    }
  }

  /** Refuses new connections and resets the present ones. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.resetAll();
    await new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve())));
  }

  #join(near: Socket): void {
    if (this.#state === 'cut') {
      near.resetAndDestroy();
      return;
    }
    const far = connect(this.#target);
    const pair = { near, far, mute: false };
    this.#pairs.add(pair);
    let left = this.resetAfterBytes?.();
    near.on('data', (bytes) => {
      if (!pair.mute) far.write(bytes);
    });
    far.on('data', (bytes) => {
      this.packets += 1;
      if (pair.mute) return;
      for (const chunk of this.#cut(bytes)) near.write(chunk);
      if (left === undefined) return;
      left -= bytes.length;
      if (left <= 0) near.resetAndDestroy();
    });
    const end = (): void => {
      this.#pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) {
      socket.on('close', end).on('error', end);
      if (this.#state === 'silent') socket.pause();
    }
  }

  *#cut(bytes: Buffer): Generator<Buffer, void, undefined> {
    const size = this.chunkBytes || bytes.length;
    for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
  }
}
