import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { createCertificateAuthority, issueClientCertificate, validFor } from '../../config/certificates.ts';
import type { ConfigOverrides } from '../../config/index.ts';
import { CLUSTER_IMPORT_POLICY } from '../../src/api/index.ts';
import { aggregateRoles, applyFiles, installDefinitions } from '../../src/cli/demo/product.ts';
import { loadClient } from '../../src/kube/index.ts';
import type { KubeClient } from '../../src/kube/index.ts';
import { MUTATE_PATH, VALIDATE_PATH } from '../../webhook/configuration.ts';
import { eventually, freePort, Kubectl, MAIN_MODULE, startControlPlane } from '../control-plane/index.ts';
import type { ApiObject, ControlPlane, ManagedProcess } from '../control-plane/index.ts';
import { installed } from '../kustomize/manifests.ts';
import type { Manifest } from '../kustomize/manifests.ts';
import { admissionReview, policy } from '../webhook/requests.ts';
import { post } from '../webhook/server.ts';
import type { Balancer, Endpoint } from './balancer.ts';
import { startBalancer } from './balancer.ts';
import { validPolicy } from './valid-policy.ts';

const NAMESPACE = 'clusterpedia-import-system';
const PATH_SECRET = 'clusterpedia-import-webhook-path';
const CALLER = 'clusterpedia-import-api-server';

type Configuration = ApiObject & {
  readonly webhooks: readonly { readonly clientConfig: { readonly service: { readonly path?: string } } }[];
};
type PathSecret = ApiObject & { readonly data: { readonly 'paths.json': string } };

/** A control plane with the product's definitions and rights, and webhooks behind a Service. */
interface Installation {
  readonly controlPlane: ControlPlane;
  readonly kubectl: Kubectl;
  readonly client: KubeClient;
  readonly balancer: Balancer;
  /** Starts a replica; resolves once it is ready. */
  start(webhook?: ConfigOverrides['webhook']): Promise<Replica>;
  /** The webhook configurations, as an overlay installs them. */
  readonly configurations: string;
  stop(): Promise<void>;
}

interface Replica extends Endpoint {
  readonly process: ManagedProcess;
}

async function installWebhook(
  apiServerFlags: readonly string[] = [],
  change: (configuration: Manifest) => Manifest = (configuration) => configuration,
): Promise<Installation> {
  const controlPlane = await startControlPlane({ assets: inject('assets'), apiServerFlags });
  const { processes, assets, kubeconfigPath } = controlPlane;
  const kubectl = new Kubectl(assets, kubeconfigPath, processes.dir);
  await installDefinitions(kubectl);
  await applyFiles(kubectl, [
    'kustomize/components/self-managed-certificates/rbac.yaml',
    'kustomize/policies/vcluster/rbac.yaml',
  ]);
  await aggregateRoles(kubectl);
  const balancer = await startBalancer();
  // The one kind of Service that leads out of the cluster's network, where there is none.
  await kubectl.apply(
    stringify({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'clusterpedia-import-webhook', namespace: NAMESPACE },
      spec: { type: 'ExternalName', externalName: '127.0.0.1' },
    }),
  );
  const account = await controlPlane.writeKubeconfig({
    name: `system:serviceaccount:${NAMESPACE}:clusterpedia-import-webhook`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${NAMESPACE}`],
  });
  const configurations = installed('without-cert-manager')
    .filter(({ kind }) => kind.endsWith('WebhookConfiguration'))
    .map((configuration) => stringify(change(configuration)))
    .join('---\n')
    .replaceAll('port: 443', `port: ${String(balancer.port)}`);
  const client = await loadClient({ kubeconfig: kubeconfigPath });
  const replicas: Replica[] = [];
  return {
    controlPlane,
    kubectl,
    client,
    balancer,
    configurations,
    async start(webhook = {}) {
      const [port, probesPort] = [await freePort(), await freePort()];
      const name = `webhook-${String(replicas.length)}`;
      const file = join(processes.dir, `${name}.yaml`);
      const config = {
        kubeconfig: account,
        webhook: {
          address: '127.0.0.1',
          port,
          probes: { address: '127.0.0.1', port: probesPort },
          certificates: { mode: 'self-managed', pollSeconds: 1 },
          rightsCacheSeconds: 0,
          liveSources: { cacheSeconds: 0 },
          shutdownDelaySeconds: 1,
          ...webhook,
          callers: { pollSeconds: 1, ...webhook?.callers },
        },
      };
      await writeFile(file, stringify(config));
      const args = [MAIN_MODULE, 'webhook', `--config=${file}`];
      const child = await processes.spawn(name, process.execPath, args);
      const replica = { port, probesPort, process: child };
      replicas.push(replica);
      balancer.setEndpoints(replicas);
      await eventually('the replica to be ready', () => {
        if (!balancer.ready().includes(port)) throw new Error(child.output());
      });
      return replica;
    },
    async stop() {
      await client.close();
      await balancer.close();
      await controlPlane.stop();
    },
  };
}

const isJudged = async (client: KubeClient): Promise<void> =>
  void (await client.create(CLUSTER_IMPORT_POLICY, validPolicy, { dryRun: true }));

/** A policy whose name template fails where a Secret's value begins with a text: an oracle for who gets an answer. */
const guessing = (guess: string) => ({
  source: { group: '', resource: 'secrets', versions: ['v1'], namespaces: ['default'] },
  nameTemplate: `{{ if hasPrefix ${JSON.stringify(guess)} (.source.data.token | b64dec) }}{{ fail "yes" }}{{ end }}a`,
  template: 'spec: {kubeconfig: eDog, syncResources: []}',
});

/** What the webhook itself says of a review that claims to come from the API server, on behalf of an admin. */
async function forge(port: number, path: string, spec: object): Promise<unknown> {
  const agent = new Agent({ connect: { rejectUnauthorized: false } });
  onTestFinished(() => agent.destroy());
  const userInfo = { username: 'admin', groups: ['system:masters', 'system:authenticated'] };
  const { body } = await post(
    agent,
    `https://127.0.0.1:${String(port)}${path}`,
    admissionReview({ userInfo, object: policy(spec) }),
  );
  return body;
}

describe('with a path that cannot be guessed', () => {
  let installation: Installation;
  let replica: Replica;

  beforeAll(async () => {
    installation = await installWebhook();
    await installation.kubectl.apply(installation.configurations);
    replica = await installation.start();
    await installation.kubectl.run(['create', 'secret', 'generic', 'victim', '--from-literal=token=hunter2']);
  });

  afterAll(() => installation?.stop());

  async function pathInUse(): Promise<string> {
    const configuration = await installation.kubectl.get<Configuration>(
      'validatingwebhookconfigurations',
      'clusterpedia-import',
    );
    return configuration?.webhooks[0]?.clientConfig.service.path ?? '';
  }

  it('the path is in the configuration as soon as the webhook is ready, and policies are judged', async () => {
    expect(await pathInUse()).toMatch(new RegExp(`^${VALIDATE_PATH}/[0-9a-f]{60}$`));
    await eventually('a policy to be judged', () => isJudged(installation.client));
  });

  it.each([
    ['the path of the manifest', VALIDATE_PATH],
    ['a guessed path', `${VALIDATE_PATH}/${'a'.repeat(60)}`],
    ['an empty secret', `${VALIDATE_PATH}/`],
    ['the path before the first', '/'],
    ['the mutating webhook', MUTATE_PATH],
  ])('a forged review of an admin at %s reads no Secret by its answers', async (_case, path) => {
    const [right, wrong] = [
      await forge(replica.port, path, guessing('hunter2')),
      await forge(replica.port, path, guessing('hunter3')),
    ];
    expect(right).toEqual(wrong);
    expect(JSON.stringify(right)).not.toContain('hunter');
  });

  it('the same review would read it for whoever knew the path', async () => {
    const path = await pathInUse();
    expect(await forge(replica.port, path, guessing('hunter2'))).not.toEqual(
      await forge(replica.port, path, guessing('hunter3')),
    );
  });

  describe.each([
    ['on the server', ['--server-side']],
    ['on the client', []],
  ])('who applies the manifest again, %s,', (_where, flags) => {
    const configurationFlags = ['--filename=-', ...flags];

    beforeEach(async () => {
      const { kubectl, configurations } = installation;
      await kubectl.run(['delete', '--filename=-'], { stdin: configurations });
      await kubectl.run(['apply', ...configurationFlags], { stdin: configurations });
      await eventually('the path to be written', async () => expect(await pathInUse()).not.toBe(''));
      await eventually('the authority to be written', () => isJudged(installation.client));
    });

    it('meets no conflict, takes nothing away, and sees no drift', async () => {
      const { kubectl, configurations } = installation;
      const before = await pathInUse();
      await kubectl.run(['apply', ...configurationFlags], { stdin: configurations });
      expect(await pathInUse()).toBe(before);
      const diff = await kubectl.try(['diff', ...configurationFlags], { stdin: configurations });
      expect([diff.code, diff.stdout]).toEqual([0, '']);
      await isJudged(installation.client);
    });
  });

  it('who replaces the configuration is put right', async () => {
    const { kubectl, configurations } = installation;
    await kubectl.run(['replace', '--filename=-'], { stdin: configurations });
    await eventually('a policy to be judged', () => isJudged(installation.client));
  });

  it('a Secret that is deleted or damaged is made anew, with another path', async () => {
    const { kubectl } = installation;
    for (const damage of [
      ['delete', 'secret', PATH_SECRET, `--namespace=${NAMESPACE}`],
      [
        ...['patch', 'secret', PATH_SECRET, `--namespace=${NAMESPACE}`, '--type=merge'],
        `--patch=${JSON.stringify({ stringData: { 'paths.json': '[{"secret": "a"}]' } })}`,
      ],
    ]) {
      const before = await pathInUse();
      await kubectl.run(damage);
      await eventually('another path', async () => expect(await pathInUse()).not.toBe(before));
      await eventually('a policy to be judged', () => isJudged(installation.client));
    }
  });

  it('replicas replace the path again and again without one request being refused', async () => {
    const often = { callers: { rotationHours: 0.001, pollSeconds: 1 } };
    await installation.start(often);
    await installation.start(often);
    await eventually('a policy to be judged', () => isJudged(installation.client));
    const seen = new Set<string>();
    const failures: string[] = [];
    await eventually('three more paths', async () => {
      await isJudged(installation.client).catch((error: unknown) => failures.push(String(error)));
      seen.add(await pathInUse());
      if (failures.length === 0 && seen.size < 4) throw new Error(`${String(seen.size)} paths`);
    });
    expect(failures).toEqual([]);
  });

  it('no path is in a log', async () => {
    const secret = await installation.kubectl.get<PathSecret>('secrets', PATH_SECRET, NAMESPACE);
    const text = Buffer.from(secret?.data['paths.json'] ?? '', 'base64').toString();
    const paths = JSON.parse(text) as { secret: string }[];
    expect(paths.length).toBeGreaterThan(0);
    for (const path of paths) expect(replica.process.output()).not.toContain(path.secret);
  });
});

describe('with a client certificate', () => {
  let folder: string;
  let installation: Installation;
  let replica: Replica;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'clusterpedia-import-callers-'));
    const authority = await createCertificateAuthority('api-server-client', validFor(1));
    const { certPem, keyPem } = await issueClientCertificate(authority, { name: CALLER }, validFor(1));
    const encoded = (text: string): string => Buffer.from(text).toString('base64');
    const user = { 'client-certificate-data': encoded(certPem), 'client-key-data': encoded(keyPem) };
    const kubeConfigFile = join(folder, 'webhooks');
    await writeFile(join(folder, 'ca.crt'), authority.certPem);
    await writeFile(
      kubeConfigFile,
      stringify({ apiVersion: 'v1', kind: 'Config', users: [{ name: '*', user }] }),
    );
    const plugin = (name: string) => ({
      name,
      configuration: {
        apiVersion: 'apiserver.config.k8s.io/v1',
        kind: 'WebhookAdmissionConfiguration',
        kubeConfigFile,
      },
    });
    await writeFile(
      join(folder, 'admission.yaml'),
      stringify({
        apiVersion: 'apiserver.config.k8s.io/v1',
        kind: 'AdmissionConfiguration',
        plugins: [plugin('ValidatingAdmissionWebhook'), plugin('MutatingAdmissionWebhook')],
      }),
    );
    const text = await readFile('kustomize/components/api-server-certificate/kustomization.yaml', 'utf8');
    expect(text).toContain(CALLER);
    installation = await installWebhook(
      [`--admission-control-config-file=${join(folder, 'admission.yaml')}`],
      withFixedPath,
    );
    await installation.kubectl.apply(installation.configurations);
    replica = await installation.start({
      callers: { mode: 'certificate', authorityFile: join(folder, 'ca.crt'), names: [CALLER] },
    });
    await installation.kubectl.run(['create', 'secret', 'generic', 'victim', '--from-literal=token=hunter2']);
  });

  afterAll(async () => {
    await installation?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('requests of the API server are judged, at the path of the manifest', async () => {
    await eventually('a policy to be judged', () => isJudged(installation.client));
  });

  it('a forged review of an admin reads no Secret by its answers', async () => {
    const right = await forge(replica.port, VALIDATE_PATH, guessing('hunter2'));
    expect(right).toEqual(await forge(replica.port, VALIDATE_PATH, guessing('hunter3')));
    expect(right).toMatchObject({ response: { allowed: false, status: { code: 503 } } });
  });
});

/** As the component api-server-certificate changes it. */
function withFixedPath(configuration: Manifest): Manifest {
  if (configuration.kind !== 'ValidatingWebhookConfiguration') return configuration;
  const copy = structuredClone(configuration) as Manifest & {
    readonly webhooks: readonly { readonly clientConfig: { readonly service: { path?: string } } }[];
  };
  for (const { clientConfig } of copy.webhooks) clientConfig.service.path = VALIDATE_PATH;
  return copy;
}
