import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Ports of servers come from below Linux's range for outgoing connections (32768–60999). A port from that range can be
 * taken by any outgoing connection while its server is restarted, even by one to that very port (TCP connects to itself
 * when source and destination coincide on loopback).
 */
const firstPort = 20_000;
const portCount = 12_000;
const attempts = 100;

/** Ports handed out by this process: two servers started at once must not get the same one before either listens. */
const handedOut = new Set<number>();

/** A port of 127.0.0.1 where nothing listens now. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const port = firstPort + Math.floor(Math.random() * portCount);
    if (!handedOut.has(port) && (await isFree(port))) {
      handedOut.add(port);
      return port;
    }
  }
  throw new Error(
    `Cannot find a free port: tried ${attempts} between ${firstPort} and ${firstPort + portCount}`,
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
