import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Ports of servers come from below Linux's range for outgoing connections (32768–60999). A port from that range can be
 * taken by any outgoing connection while its server is restarted, even by one to that very port (TCP connects to itself
 * when source and destination coincide on loopback).
 */
const FIRST_PORT = 20_000;
const PORT_COUNT = 12_000;
const ATTEMPTS = 100;

/** Ports handed out by this process: two servers started at once must not get the same one before either listens. */
const handedOut = new Set<number>();

/** A port of 127.0.0.1 where nothing listens now. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORT_COUNT);
    if (!handedOut.has(port) && (await isFree(port))) {
      handedOut.add(port);
      return port;
    }
  }
  throw new Error(
    `Cannot find a free port: tried ${String(ATTEMPTS)} between ${String(FIRST_PORT)} and ${String(FIRST_PORT + PORT_COUNT)}`,
  );
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
