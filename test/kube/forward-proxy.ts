import { createServer as createHttpServer } from 'node:http';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** A proxy that a kubeconfig's `proxy-url` can name. */
export interface ForwardProxy {
  readonly url: string;
  /** Connections carried so far. */
  carried(): number;
  stop(): Promise<void>;
}

function join(near: Socket, host: string, port: number, connected: () => void): void {
  const far = connect(port, host, () => {
    connected();
    near.pipe(far).pipe(near);
  });
  for (const [socket, other] of [
    [near, far],
    [far, near],
  ] as const) {
    socket.on('error', () => undefined).on('close', () => other.destroy());
  }
}

async function running(server: Server, scheme: string, carried: () => number): Promise<ForwardProxy> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `${scheme}://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    carried,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/** CONNECT (RFC 9110, 9.3.6). */
export function startHttpProxy(): Promise<ForwardProxy> {
  let count = 0;
  const server = createHttpServer();
  server.on('connect', (request, socket: Socket) => {
    const { hostname, port } = new URL(`http://${String(request.url)}`);
    join(socket, hostname, Number(port), () => {
      count += 1;
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    });
  });
  return running(server, 'http', () => count);
}

/** SOCKS version 5 without authentication, IPv4 addresses and names (RFC 1928). */
export function startSocksProxy(): Promise<ForwardProxy> {
  let count = 0;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.write(Buffer.of(5, 0));
      socket.once('data', (request) => {
        const named = request[3] === 3;
        const length = named ? 1 + (request[4] ?? 0) : 4;
        const host = named ? request.subarray(5, 4 + length).toString() : request.subarray(4, 8).join('.');
        join(socket, host, request.readUInt16BE(4 + length), () => {
          count += 1;
          socket.write(Buffer.of(5, 0, 0, 1, 0, 0, 0, 0, 0, 0));
        });
      });
    });
  });
  return running(server, 'socks5', () => count);
}
