import { createServer, connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** A replica of the webhook, as a Service sees it. */
export interface Endpoint {
  readonly port: number;
  readonly probesPort: number;
}

/** Stands for a Service: hands each new connection to a replica that is ready. Connections that exist stay where they are. */
export interface Balancer {
  readonly port: number;
  /** Ports of the replicas that are ready at the moment. */
  ready(): readonly number[];
  setEndpoints(endpoints: readonly Endpoint[]): void;
  close(): Promise<void>;
}

/** Milliseconds between looks at readiness: what kubelet, the endpoints controller and kube-proxy take together is more. */
const PROBE_INTERVAL_MS = 100;

/** Starts a balancer on a free loopback port. */
export async function startBalancer(): Promise<Balancer> {
  const sockets = new Set<Socket>();
  let endpoints: readonly Endpoint[] = [];
  let ready: readonly number[] = [];
  let next = 0;
  const server = createServer((client) => {
    const port = ready[next++ % Math.max(1, ready.length)];
    if (port === undefined) {
      client.destroy();
      return;
    }
    const upstream = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.end();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const probing = setInterval(() => {
    void Promise.all(
      endpoints.map(async (endpoint) => ((await isReady(endpoint)) ? [endpoint.port] : [])),
    ).then((found) => {
      ready = found.flat();
    });
  }, PROBE_INTERVAL_MS);
  return {
    port: (server.address() as AddressInfo).port,
    ready: () => ready,
    setEndpoints(given) {
      endpoints = given;
    },
    async close() {
      clearInterval(probing);
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function isReady({ probesPort }: Endpoint): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${String(probesPort)}/readyz`)).ok;
  } catch {
    return false;
  }
}
