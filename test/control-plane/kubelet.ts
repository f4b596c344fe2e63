import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeClient, StoredObject, ResourceType } from '../../src/kube/index.ts';
import { isConflict, isNotFound } from '../../src/kube/index.ts';
import type { ControlPlane, ManagedProcess } from './index.ts';
import { freePort, MAIN_MODULE } from './index.ts';

const PAUSE_MS = 150;
/** Where the pods run; the API server has no object of it, and nothing asks for one. */
const NODE = 'this-machine';

const core = (resource: string, kind: string): ResourceType => ({
  group: '',
  version: 'v1',
  resource,
  kind,
  namespaced: true,
});
const pods = core('pods', 'Pod');
const services = core('services', 'Service');
const configMaps = core('configmaps', 'ConfigMap');
const secrets = core('secrets', 'Secret');

interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

interface Volume {
  readonly name: string;
  readonly configMap?: { readonly name: string };
  readonly secret?: { readonly secretName: string };
}

interface Pod extends StoredObject {
  readonly spec: {
    readonly nodeName?: string;
    readonly serviceAccountName: string;
    readonly containers: readonly [Container];
    readonly volumes?: readonly Volume[];
  };
  readonly status: {
    readonly containerStatuses?: readonly {
      readonly ready: boolean;
      readonly state: { readonly running?: { readonly startedAt: string } };
    }[];
  };
}

interface Service extends StoredObject {
  readonly spec: {
    readonly clusterIP: string;
    readonly selector?: { readonly [label: string]: string };
    readonly ports: readonly { readonly port: number; readonly targetPort: number | string }[];
  };
}

/** A pod whose container runs as a process of this machine. */
interface Running {
  readonly name: string;
  readonly labels: { readonly [label: string]: string };
  readonly process: ManagedProcess;
  readonly port: number;
  readonly probesPort: number;
  readonly startedAt: string;
  readonly volumes: readonly MountedVolume[];
  ready: boolean;
  /** It is being deleted: Services leave it out. */
  ending: boolean;
}

/** A ConfigMap or Secret as a folder: what a container's `mountPath` is here. */
interface MountedVolume {
  readonly source: { readonly type: ResourceType; readonly name: string };
  readonly folder: string;
  version: string;
}

/**
 * What a kubelet does for the pods of one namespace, with the product's own program in the place of the image: runs each with the
 * arguments, the files and the rights that its manifest gives it, asks whether it is ready, and ends it. Deployments, ReplicaSets
 * and all else is done by kube-controller-manager.
 */
export class Kubelet {
  readonly #controlPlane: ControlPlane;
  readonly #client: KubeClient;
  readonly #namespace: string;
  readonly #images: RegExp;
  readonly #pods = new Map<string, Running>();
  #services: readonly Service[] = [];
  readonly #stopping = new AbortController();
  readonly #work: Promise<void>;

  /** @param images the ones that can be pulled */
  constructor(controlPlane: ControlPlane, client: KubeClient, namespace: string, images: RegExp) {
    this.#controlPlane = controlPlane;
    this.#client = client;
    this.#namespace = namespace;
    this.#images = images;
    this.#work = this.#run();
  }

  /** The last lines that the pods wrote, for the report of a failure. */
  logs(): string {
    return [...this.#pods.values()]
      .map(({ name, process }) => `${name}:\n${process.output().slice(-4000)}`)
      .join('\n');
  }

  /** The ports of the pods that serve an address of a Service: those that are ready. */
  endpoints(address: string): readonly number[] {
    return this.#portsOf(({ spec }) =>
      spec.ports.some(({ port }) => address === `${spec.clusterIP}:${String(port)}`),
    );
  }

  /** Likewise, of a Service by its name. */
  endpointsOf(service: string): readonly number[] {
    return this.#portsOf(({ metadata }) => metadata.name === service);
  }

  #portsOf(isMeant: (service: Service) => boolean): readonly number[] {
    return this.#services
      .filter(isMeant)
      .flatMap(({ spec: { selector = {} } }) =>
        [...this.#pods.values()].filter(
          ({ ready, ending, labels }) =>
            ready && !ending && Object.entries(selector).every(([name, value]) => labels[name] === value),
        ),
      )
      .map(({ port }) => port);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#work;
    await Promise.all([...this.#pods.values()].map(({ process }) => process.stop()));
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#round();
      } catch (error) {
        // Something changed in between; the next round sees it.
        if (!isConflict(error) && !isNotFound(error) && !this.#stopping.signal.aborted)
          process.stderr.write(`kubelet: ${String(error)}\n`);
      }
      await new Promise((resume) => setTimeout(resume, PAUSE_MS));
    }
  }

  async #round(): Promise<void> {
    const where = { namespace: this.#namespace };
    this.#services = (await this.#client.list<Service>(services, where)).items;
    const { items } = await this.#client.list<Pod>(pods, where);
    const wanted = new Map(items.map((pod) => [pod.metadata.uid, pod]));
    for (const [uid, running] of this.#pods) {
      const pod = wanted.get(uid);
      if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) this.#end(uid, running);
    }
    for (const pod of items) {
      if (pod.metadata.deletionTimestamp !== undefined) continue;
      const known = this.#pods.get(pod.metadata.uid);
      // A container that has ended is started again.
      const running =
        known?.process.exit === undefined ? (known ?? (await this.#start(pod))) : await this.#start(pod);
      if (running !== undefined) await this.#see(pod, running);
    }
  }

  #end(uid: string, running: Running): void {
    if (running.ending) return;
    running.ending = true;
    void running.process
      .stop({ graceMs: 30_000 })
      .then(() => this.#client.delete(pods, running.name, this.#namespace, { uid, gracePeriodSeconds: 0 }))
      .catch((error: unknown) => {
        if (!isNotFound(error) && !isConflict(error) && !this.#stopping.signal.aborted)
          process.stderr.write(`kubelet: ${String(error)}\n`);
      })
      .finally(() => this.#pods.delete(uid));
  }

  /** @returns undefined as long as a volume's ConfigMap or Secret is not there, and for an image that no registry has */
  async #start(pod: Pod): Promise<Running | undefined> {
    const { metadata, spec } = pod;
    const [container] = spec.containers;
    if (!this.#images.test(container.image)) return undefined;
    const volumes = await this.#mount(pod);
    if (volumes === undefined) return undefined;
    if (spec.nodeName === undefined) await this.#bind(pod);
    const { processes } = this.#controlPlane;
    const [port, probesPort] = [await freePort(), await freePort()];
    const folders = new Map(
      (container.volumeMounts ?? []).map(({ name, mountPath }) => [mountPath, this.#folderOf(pod, name)]),
    );
    const args = container.args.map((arg) =>
      [...folders].reduce(
        (text, [path, folder]) => text.replaceAll(path, folder),
        arg.replaceAll('$(POD_NAMESPACE)', this.#namespace),
      ),
    );
    const local = [
      ...(args.some((arg) => arg.startsWith('--kubeconfig=')) ? [] : [await this.#tokenOf(pod)]),
      '--probes-address=127.0.0.1',
      `--probes-port=${String(probesPort)}`,
    ];
    const isWebhook = args[0] === 'webhook';
    const certificates = folders.get(CERTIFICATES);
    const serving = [
      '--address=127.0.0.1',
      `--port=${String(port)}`,
      // Services leave out a pod at once here.
      '--shutdown-delay-seconds=1',
      ...(certificates === undefined ? [] : [`--certificates-directory=${certificates}`]),
    ];
    const running: Running = {
      name: metadata.name,
      labels: metadata.labels ?? {},
      process: await processes.spawn(
        metadata.name,
        process.execPath,
        [MAIN_MODULE, ...args, ...local, ...(isWebhook ? serving : [])],
        { env: Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, value])) },
      ),
      port,
      probesPort,
      // As Kubernetes writes it: without parts of a second.
      startedAt: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
      volumes,
      ready: false,
      ending: false,
    };
    this.#pods.set(metadata.uid, running);
    return running;
  }

  /** What a pod has of its ServiceAccount, for a process that is told of no other API server. */
  async #tokenOf({ spec: { serviceAccountName } }: Pod): Promise<string> {
    const kubeconfig = await this.#controlPlane.writeKubeconfig({
      name: `system:serviceaccount:${this.#namespace}:${serviceAccountName}`,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${this.#namespace}`],
    });
    return `--kubeconfig=${kubeconfig}`;
  }

  async #bind({ metadata: { name, namespace } }: Pod): Promise<void> {
    await this.#client.create(
      pods,
      {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name, ...(namespace !== undefined && { namespace }) },
        target: { apiVersion: 'v1', kind: 'Node', name: NODE },
      },
      { subresource: 'binding' },
    );
  }

  #folderOf({ metadata }: Pod, volume: string): string {
    return join(this.#controlPlane.processes.dir, metadata.name, volume);
  }

  async #mount(pod: Pod): Promise<readonly MountedVolume[] | undefined> {
    const mounted: MountedVolume[] = [];
    for (const { name, configMap, secret } of pod.spec.volumes ?? []) {
      const folder = this.#folderOf(pod, name);
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      if (configMap !== undefined)
        mounted.push({ source: { type: configMaps, name: configMap.name }, folder, version: '' });
      if (secret !== undefined)
        mounted.push({ source: { type: secrets, name: secret.secretName }, folder, version: '' });
    }
    for (const volume of mounted) {
      if (!(await this.#refresh(volume))) return undefined;
    }
    return mounted;
  }

  /** Writes what the ConfigMap or Secret has now, all at once, as a kubelet does: by a link to another folder. */
  async #refresh(volume: MountedVolume): Promise<boolean> {
    const { source, folder } = volume;
    const object = await this.#client
      .get(source.type, source.name, this.#namespace)
      .catch((error: unknown) => {
        if (isNotFound(error)) return undefined;
        throw error;
      });
    if (object === undefined) return false;
    const version = object.metadata.resourceVersion ?? '';
    if (version === volume.version) return true;
    const encoding = source.type === secrets ? 'base64' : 'utf8';
    const data = (object['data'] ?? {}) as { readonly [name: string]: string };
    const target = join(folder, `..${version}`);
    await mkdir(target);
    for (const [name, text] of Object.entries(data))
      await writeFile(join(target, name), Buffer.from(text, encoding));
    await symlink(`..${version}`, join(folder, '..new'));
    await rename(join(folder, '..new'), join(folder, '..data'));
    if (volume.version === '') {
      for (const name of Object.keys(data)) await symlink(join('..data', name), join(folder, name));
    } else {
      await rm(join(folder, `..${volume.version}`), { recursive: true });
    }
    volume.version = version;
    return true;
  }

  /** Refreshes a pod's files, asks whether it is ready, and reports that where it changed. */
  async #see({ metadata, spec, ...pod }: Pod, running: Running): Promise<void> {
    for (const volume of running.volumes) await this.#refresh(volume);
    const ready = await fetch(`http://127.0.0.1:${String(running.probesPort)}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    running.ready = ready;
    if (isReported(pod.status, running)) return;
    const status = ready ? 'True' : 'False';
    const [{ name, image }] = spec.containers;
    const { startedAt } = running;
    await this.#client.patchStatus(
      pods,
      metadata.name,
      this.#namespace,
      {
        status: {
          phase: 'Running',
          podIP: '127.0.0.1',
          startTime: startedAt,
          conditions: ['Initialized', 'ContainersReady', 'Ready'].map((type) => ({
            type,
            status: type === 'Initialized' ? 'True' : status,
            lastTransitionTime: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
          })),
          containerStatuses: [
            {
              name,
              image,
              imageID: '',
              ready,
              started: true,
              restartCount: 0,
              state: { running: { startedAt } },
            },
          ],
        },
      },
      { type: 'merge' },
    );
  }
}

/** Whether the API server knows of a container what there is to know. */
function isReported({ containerStatuses = [] }: Pod['status'], { ready, startedAt }: Running): boolean {
  return containerStatuses.some(
    (container) => container.ready === ready && container.state.running?.startedAt === startedAt,
  );
}

/** Where the webhook's certificates are mounted, and looked for by default. */
const CERTIFICATES = '/var/run/clusterpedia-import/certificates';
