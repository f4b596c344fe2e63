/**
 * What a cluster has and a bare control plane has not, so that the project can be installed there as it is installed in a
 * cluster: the controllers that aggregate ClusterRoles, fill Deployments' status and end namespaces, a kubelet that runs the
 * pods' containers (as processes of this machine, with the arguments and the rights that the manifests give them), and the
 * way from the API server to a Service.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { KubeClient, KubeObject, ResourceType } from '../../src/kube/index.ts';
import { isConflict, isNotFound } from '../../src/kube/index.ts';
import type { ControlPlane, Kubectl, ManagedProcess } from './index.ts';
import { eventually, freePort, mainModule } from './index.ts';

const NAMESPACE = 'clusterpedia-import-system';
const CONFIG = '/etc/clusterpedia-import/config.yaml';
const PAUSE_MS = 150;

const type = (group: string, resource: string, kind: string, namespaced: boolean): ResourceType => ({
  group,
  version: 'v1',
  resource,
  kind,
  namespaced,
});
const DEPLOYMENTS = type('apps', 'deployments', 'Deployment', true);
const CONFIG_MAPS = type('', 'configmaps', 'ConfigMap', true);
const NAMESPACES = type('', 'namespaces', 'Namespace', false);
const CLUSTER_ROLES = type('rbac.authorization.k8s.io', 'clusterroles', 'ClusterRole', false);
const WEBHOOK_CONFIGURATIONS = ['validating', 'mutating'].map((kind) =>
  type('admissionregistration.k8s.io', `${kind}webhookconfigurations`, kind, false),
);

interface Deployment extends KubeObject {
  readonly spec: {
    readonly replicas: number;
    readonly template: {
      readonly spec: { readonly containers: readonly [{ readonly args: readonly string[] }] };
    };
  };
  readonly status?: { readonly readyReplicas?: number };
}

interface ClusterRole extends KubeObject {
  readonly rules?: readonly object[];
  readonly aggregationRule?: {
    readonly clusterRoleSelectors: readonly { readonly matchLabels: { readonly [label: string]: string } }[];
  };
}

interface Webhook {
  readonly clientConfig: {
    readonly service?: { readonly path?: string; readonly namespace: string; readonly name: string };
    readonly url?: string;
  };
}

interface Pod {
  readonly process: ManagedProcess;
  readonly port: number;
  readonly probesPort: number;
}

export class StandIns {
  readonly #controlPlane: ControlPlane;
  readonly #kubectl: Kubectl;
  readonly #client: KubeClient;
  readonly #pods = new Map<string, Pod>();
  readonly #services = new Map<string, NonNullable<Webhook['clientConfig']['service']>>();
  readonly #stopping = new AbortController();
  #rounds = 0;
  #disconnected = false;
  readonly #work: Promise<void>;

  constructor(controlPlane: ControlPlane, kubectl: Kubectl, client: KubeClient) {
    this.#controlPlane = controlPlane;
    this.#kubectl = kubectl;
    this.#client = client;
    this.#work = this.#run();
  }

  /** The last lines that the pods wrote, for the report of a failure. */
  logs(): string {
    return [...this.#pods]
      .map(([name, { process }]) => `${name}:\n${process.output().slice(-4000)}`)
      .join('\n');
  }

  /** Resolves when all that is there by now has been seen to. */
  async caughtUp(): Promise<void> {
    this.#disconnected = false;
    const wanted = this.#rounds + 2;
    await eventually('the stand-ins to catch up', () => {
      if (this.#rounds < wanted) throw new Error(`round ${this.#rounds} of ${wanted}`);
      return Promise.resolve();
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#work;
    await Promise.all([...this.#pods.values()].map(({ process }) => process.stop()));
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#aggregateRoles();
        await this.#runPods();
        await this.#connectWebhooks();
        await this.#endNamespaces();
      } catch (error) {
        // Something changed in between; the next round sees it.
        if (!isConflict(error) && !isNotFound(error) && !this.#stopping.signal.aborted)
          process.stderr.write(`stand-ins: ${String(error)}\n`);
      }
      this.#rounds += 1;
      await new Promise((resume) => setTimeout(resume, PAUSE_MS));
    }
  }

  async #aggregateRoles(): Promise<void> {
    const { items } = await this.#client.list<ClusterRole>(CLUSTER_ROLES);
    for (const { metadata, aggregationRule, rules: before } of items) {
      if (aggregationRule === undefined || !metadata.name.startsWith('clusterpedia-import')) continue;
      const rules = items
        .filter(({ metadata: { labels = {} } }) =>
          aggregationRule.clusterRoleSelectors.some(({ matchLabels }) =>
            Object.entries(matchLabels).every(([name, value]) => labels[name] === value),
          ),
        )
        .flatMap((role) => role.rules ?? []);
      if (isDeepStrictEqual(rules, before ?? [])) continue;
      await this.#client.patch(CLUSTER_ROLES, metadata.name, undefined, { rules }, { type: 'merge' });
    }
  }

  async #runPods(): Promise<void> {
    const { items } = await this.#client.list<Deployment>(DEPLOYMENTS, { namespace: NAMESPACE });
    const wanted = new Map(items.map((deployment) => [deployment.metadata.name, deployment]));
    for (const [name, pod] of this.#pods) {
      if ((wanted.get(name)?.spec.replicas ?? 0) > 0 && pod.process.exit === undefined) continue;
      this.#pods.delete(name);
      await pod.process.stop();
    }
    for (const [name, deployment] of wanted) {
      if (deployment.spec.replicas > 0 && !this.#pods.has(name))
        this.#pods.set(name, await this.#start(deployment));
      await this.#report(deployment);
    }
  }

  /** One replica stands for all: what several do is tested elsewhere. */
  async #start({ metadata: { name }, spec }: Deployment): Promise<Pod> {
    const { processes } = this.#controlPlane;
    const account = {
      name: `system:serviceaccount:${NAMESPACE}:${name}`,
      groups: ['system:serviceaccounts'],
    };
    const kubeconfig = await this.#controlPlane.writeKubeconfig(account);
    const [map] = (await this.#client.list(CONFIG_MAPS, { namespace: NAMESPACE })).items.filter(
      ({ metadata }) => metadata.name.startsWith('clusterpedia-import-config'),
    );
    const folder = join(processes.dir, name);
    await mkdir(folder, { recursive: true });
    const config = join(folder, 'config.yaml');
    await writeFile(config, (map?.['data'] as { 'config.yaml': string })['config.yaml']);
    const [port, probesPort] = [await freePort(), await freePort()];
    const args = spec.template.spec.containers[0].args.map((arg) =>
      arg.replaceAll('$(POD_NAMESPACE)', NAMESPACE).replaceAll(CONFIG, config),
    );
    const own = [`--kubeconfig=${kubeconfig}`, '--probes-address=127.0.0.1', `--probes-port=${probesPort}`];
    const serving = ['--address=127.0.0.1', `--port=${port}`, '--shutdown-delay-seconds=0'];
    const names = '--certificates-self-managed-extra-names=127.0.0.1';
    const isWebhook = args[0] === 'webhook';
    const all = [mainModule, ...args, ...own, ...(isWebhook ? [...serving, names] : [])];
    return { process: await processes.spawn(name, process.execPath, all), port, probesPort };
  }

  async #report({ metadata, spec, status }: Deployment): Promise<void> {
    const pod = this.#pods.get(metadata.name);
    const ready =
      pod !== undefined &&
      (await fetch(`http://127.0.0.1:${pod.probesPort}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      ));
    const replicas = spec.replicas;
    const readyReplicas = ready ? replicas : 0;
    if ((status?.readyReplicas ?? 0) === readyReplicas && status?.readyReplicas !== undefined) return;
    const counts = { replicas, updatedReplicas: replicas, readyReplicas, availableReplicas: readyReplicas };
    const available = {
      type: 'Available',
      status: ready ? 'True' : 'False',
      reason: 'MinimumReplicas',
      message: '',
    };
    await this.#client.patch(
      DEPLOYMENTS,
      metadata.name,
      NAMESPACE,
      { status: { ...counts, observedGeneration: metadata.generation, conditions: [available] } },
      { type: 'merge', subresource: 'status' },
    );
  }

  /** The API server's way to the Service: straight to the one process behind it. */
  async #connectWebhooks(): Promise<void> {
    const pod = this.#pods.get('clusterpedia-import-webhook');
    if (pod === undefined || this.#disconnected) return;
    await this.#eachWebhook((key, { service, url, ...rest }) => {
      if (service !== undefined) this.#services.set(key, service);
      const path = this.#services.get(key)?.path ?? '';
      const direct = `https://127.0.0.1:${pod.port}${path}`;
      return service === undefined && url === direct ? undefined : { ...rest, url: direct };
    });
  }

  /** Has the configurations name their Service again, as what is applied next expects, until {@link caughtUp}. */
  async disconnectWebhooks(): Promise<void> {
    this.#disconnected = true;
    await this.#eachWebhook((key, { url, ...rest }) => {
      const service = this.#services.get(key);
      return url === undefined || service === undefined ? undefined : { ...rest, service };
    });
  }

  async #eachWebhook(
    change: (key: string, config: Webhook['clientConfig']) => Webhook['clientConfig'] | undefined,
  ): Promise<void> {
    for (const resource of WEBHOOK_CONFIGURATIONS) {
      for (const { metadata, ...object } of (await this.#client.list(resource)).items) {
        const webhooks = (object['webhooks'] ?? []) as readonly Webhook[];
        const changed = webhooks.map((webhook, index) => {
          const clientConfig = change(`${resource.resource}/${metadata.name}/${index}`, webhook.clientConfig);
          return clientConfig === undefined ? webhook : { ...webhook, clientConfig };
        });
        if (changed.every((webhook, index) => webhook === webhooks[index])) continue;
        const { resourceVersion } = metadata;
        const patch = { metadata: { resourceVersion }, webhooks: changed };
        await this.#client.patch(resource, metadata.name, undefined, patch, { type: 'merge' });
      }
    }
  }

  async #endNamespaces(): Promise<void> {
    for (const { metadata, ...namespace } of (await this.#client.list(NAMESPACES)).items) {
      if (metadata.deletionTimestamp === undefined) continue;
      await this.#kubectl.run(
        ['replace', `--raw=/api/v1/namespaces/${metadata.name}/finalize`, '--filename=-'],
        { stdin: JSON.stringify({ ...namespace, metadata, spec: { finalizers: [] } }) },
      );
    }
  }
}
