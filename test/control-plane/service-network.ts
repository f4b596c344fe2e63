import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, Server } from 'node:http';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The local ports that serve an address of the cluster's network, such as `10.0.0.17:443`, now. */
export type Endpoints = (address: string) => readonly number[];

/**
 * The way from the API server to Services, whose addresses exist in a cluster only: the API server asks for a connection to
 * `10.0.0.17:443`, as it would ask a konnectivity server, and gets one to a port of this machine.
 */
export class ServiceNetwork {
  /** For kube-apiserver. */
  readonly flags: readonly string[];
  readonly #folder: string;
  readonly #server: Server;
  readonly #connections = new Set<Socket>();
  #endpoints: Endpoints = () => [];
  #turn = 0;

  private constructor(folder: string, server: Server, flags: readonly string[]) {
    this.#folder = folder;
    this.#server = server;
    this.flags = flags;
    server.on('connect', (request: IncomingMessage, socket: Socket) => {
      this.#tunnel(request.url ?? '', socket);
    });
  }

  /** @param ways what the API server is to reach through it: `cluster` is Services, `controlplane` webhooks by URL */
  static async start(ways: readonly string[] = ['cluster']): Promise<ServiceNetwork> {
    const folder = await mkdtemp(join(tmpdir(), 'services-'));
    const socket = join(folder, 'services.sock');
    const server = createServer().listen(socket);
    await once(server, 'listening');
    const config = join(folder, 'egress.json');
    const connection = { proxyProtocol: 'HTTPConnect', transport: { uds: { udsName: socket } } };
    await writeFile(
      config,
      JSON.stringify({
        apiVersion: 'apiserver.k8s.io/v1beta1',
        kind: 'EgressSelectorConfiguration',
        egressSelections: ways.map((name) => ({ name, connection })),
      }),
    );
    return new ServiceNetwork(folder, server, [`--egress-selector-config-file=${config}`]);
  }

  serve(endpoints: Endpoints): void {
    this.#endpoints = endpoints;
  }

  async stop(): Promise<void> {
    this.#server.close();
    for (const socket of this.#connections) socket.destroy();
    await once(this.#server, 'close');
    await rm(this.#folder, { recursive: true });
  }

  /** Takes the endpoints in turn, as a Service does. */
  #tunnel(address: string, socket: Socket): void {
    this.#track(socket);
    const ports = this.#endpoints(address);
    const port = ports[this.#turn++ % ports.length];
    if (port === undefined) {
      socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n');
      return;
    }
    const target = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      target.pipe(socket).pipe(target);
    });
    this.#track(target);
    socket.on('close', () => target.destroy());
    target.on('close', () => socket.destroy());
  }

  #track(socket: Socket): void {
    this.#connections.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#connections.delete(socket));
  }
}
