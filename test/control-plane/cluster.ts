import { join } from 'node:path';
import { inject } from 'vitest';
import { loadClient } from '../../src/kube/index.ts';
import type { KubeClient } from '../../src/kube/index.ts';
import type { ControlPlane } from './index.ts';
import { Kubectl, startControlPlane } from './index.ts';
import { Kubelet } from './kubelet.ts';
import { ServiceNetwork } from './service-network.ts';
import { unless } from '../skips.ts';

/** Options of tests that need a {@link Cluster}. */
export const inCluster = unless(
  inject('hasControllerManager')
    ? undefined
    : `there is no kube-controller-manager in ${inject('assets')}: put that of its version there, or unset KUBEBUILDER_ASSETS`,
);

const NAMESPACE = 'clusterpedia-import-system';

/**
 * A cluster in which the project can be installed as its pages say. The control plane is real, with those of Kubernetes'
 * controllers that an installation needs; the machines are stood in for: see {@link Kubelet} and {@link ServiceNetwork}.
 */
export class Cluster {
  readonly controlPlane: ControlPlane;
  readonly kubectl: Kubectl;
  readonly client: KubeClient;
  readonly #network: ServiceNetwork;
  readonly #kubelet: Kubelet;
  /** Ports of this machine, by the address of the Service that leads there. */
  readonly #services = new Map<string, number>();

  private constructor(
    controlPlane: ControlPlane,
    client: KubeClient,
    network: ServiceNetwork,
    images: RegExp,
  ) {
    const { assets, kubeconfigPath, processes } = controlPlane;
    this.controlPlane = controlPlane;
    this.kubectl = new Kubectl(assets, kubeconfigPath, join(processes.dir, 'kubectl'));
    this.client = client;
    this.#network = network;
    this.#kubelet = new Kubelet(controlPlane, client, NAMESPACE, images);
    network.serve((address) => {
      const port = this.#services.get(address);
      return port === undefined ? this.#kubelet.endpoints(address) : [port];
    });
  }

  /** @param images the ones that can be pulled: a pod of another does not start */
  static async start(images = /./): Promise<Cluster> {
    const network = await ServiceNetwork.start();
    const controlPlane = await startControlPlane({
      assets: inject('assets'),
      apiServerFlags: network.flags,
      controllers: ['namespace', 'garbagecollector', 'clusterrole-aggregation', 'deployment', 'replicaset'],
    });
    const client = await loadClient({ kubeconfig: controlPlane.kubeconfigPath });
    return new Cluster(controlPlane, client, network, images);
  }

  /** Has a Service without pods lead to a port of this machine. */
  async serve(namespace: string, name: string, port: number): Promise<void> {
    const service = await this.kubectl.get('services', name, namespace);
    const { clusterIP, ports } = service?.['spec'] as {
      readonly clusterIP: string;
      readonly ports: readonly { readonly port: number }[];
    };
    for (const served of ports) this.#services.set(`${clusterIP}:${String(served.port)}`, port);
  }

  /** The ports of this machine that serve a Service of the product: those of its pods that are ready. */
  endpointsOf(service: string): readonly number[] {
    return this.#kubelet.endpointsOf(service);
  }

  async stop(): Promise<void> {
    await this.#kubelet.stop();
    await this.client.close();
    await this.controlPlane.stop();
    await this.#network.stop();
  }

  /** What the product's processes wrote last, for the report of a failure. */
  logs(): string {
    return this.#kubelet.logs();
  }
}
