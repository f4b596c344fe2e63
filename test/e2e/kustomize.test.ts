import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { PEDIA_CLUSTER } from '../../src/api/index.ts';
import { StopWaiting } from '../../src/control-plane/wait.ts';
import { clusterApi, installPlatform, registerClusters } from '../../src/cli/demo/platforms.ts';
import { loadConfig } from '../../config/index.ts';
import { loadClient } from '../../src/kube/index.ts';
import { eventually, Kubectl, startControlPlane, startProduct } from '../control-plane/index.ts';
import type { ControlPlane } from '../control-plane/index.ts';
import { VALIDATE_PATH } from '../../webhook/configuration.ts';
import { build, findBuilder, manifestText } from '../kustomize/build.ts';
import type { Manifest, Overlay } from '../kustomize/manifests.ts';
import {
  find,
  installed,
  isDeployment,
  isRole,
  KUSTOMIZE,
  manifestsIn,
  overlays,
} from '../kustomize/manifests.ts';
import { catalogueCases, CATALOGUE, inputFiles, platforms, policyOf } from '../policies/catalogue.ts';

const NAMESPACE = 'clusterpedia-import-system';
const PEDIA_CLUSTER_DEFINITION = join(
  KUSTOMIZE,
  'components/pediacluster-crd/cluster.clusterpedia.io_pediaclusters.yaml',
);
const NO_BUILDER =
  'kubectl of this Kubernetes knows no components (1.21 does), and there is no later one, nor kustomize 3.7, in the PATH';
const components = ['pediacluster-crd', 'network-policy', 'prometheus', 'grafana'];
const FIXTURES = join(import.meta.dirname, '../kustomize/crds');

// A control plane of its own: the webhook configurations would shut out the other test files.
let controlPlane: ControlPlane;
let kubectl: Kubectl;
let folder: string;
/** A command that builds a folder, with components (kustomize 3.7, kubectl 1.21); undefined where there is none. */
let builder: readonly string[] | undefined;
/** Kubernetes before 1.21 serves PodDisruptionBudgets as policy/v1beta1 only. */
let servesPolicyV1: boolean;

beforeAll(async () => {
  controlPlane = await startControlPlane({ assets: inject('assets') });
  folder = await mkdtemp(join(tmpdir(), 'clusterpedia-import-kustomize-'));
  kubectl = new Kubectl(controlPlane.assets, controlPlane.kubeconfigPath, folder);
  builder = await findBuilder(controlPlane.assets);
  servesPolicyV1 = (await kubectl.run(['api-versions'])).split('\n').includes('policy/v1');
  for (const file of ['cert-manager.yaml', 'prometheus-operator.yaml']) {
    await kubectl.apply(readFileSync(join(FIXTURES, file), 'utf8'));
  }
  await kubectl.run(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
});

afterAll(async () => {
  await controlPlane?.stop();
  await rm(folder, { recursive: true, force: true });
});

const buildOf = (path: string) => build(builder ?? [], path);

/** Builds an overlay with components added, as somebody's own kustomization would have it. */
async function buildWith(overlay: Overlay, added: readonly string[]): Promise<readonly Manifest[]> {
  const path = (name: string) => relative(folder, join(KUSTOMIZE, name));
  await writeFile(
    join(folder, 'kustomization.yaml'),
    JSON.stringify({
      resources: [path(`overlays/${overlay}`)],
      components: added.map((name) => path(`components/${name}`)),
    }),
  );
  return buildOf(folder);
}

/** For an old API server, what the component kubernetes-1.20 does. */
const servable = (manifests: readonly Manifest[]): readonly Manifest[] =>
  manifests.map((object) =>
    object.apiVersion === 'policy/v1' && !servesPolicyV1
      ? { ...object, apiVersion: 'policy/v1beta1' }
      : object,
  );

/** Applies manifests in the order in which kubectl can: namespaces and definitions come first in all of them. */
async function install(manifests: readonly Manifest[]): Promise<void> {
  await kubectl.apply(manifestText(servable(manifests)));
}

/** The namespace of an object, where it is not there yet. */
async function makeNamespace(name: string | undefined): Promise<void> {
  if (name === undefined) return;
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  await kubectl.run(['apply', '--filename=-'], { stdin: JSON.stringify(namespace) });
}

/** Where no webhook runs, nothing may ask it: policies are judged elsewhere. */
async function withoutWebhook(): Promise<void> {
  const kinds = 'validatingwebhookconfigurations,mutatingwebhookconfigurations';
  await kubectl.run(['delete', kinds, 'clusterpedia-import']);
}

describe.each(overlays)('the overlay %s', (overlay) => {
  it('builds to what is rendered in the repository', async ({ skip }) => {
    skip(builder === undefined, NO_BUILDER);
    // `npm run generate` renders them anew.
    const rendered = manifestText(await buildOf(join(KUSTOMIZE, 'overlays', overlay)));
    await expect(rendered).toMatchFileSnapshot(join(KUSTOMIZE, 'install', `${overlay}.yaml`));
  });

  it('is taken by the API server, and changes nothing when applied again', async () => {
    await install(installed(overlay));
    const before = await kubectl.list('deployments', NAMESPACE);
    expect(before.map(({ metadata }) => metadata.name)).toEqual([
      'clusterpedia-import-controller',
      'clusterpedia-import-webhook',
    ]);

    await install(installed(overlay));

    const versions = (objects: typeof before) =>
      objects.map(({ metadata }) => metadata['resourceVersion'] as string);
    expect(versions(await kubectl.list('deployments', NAMESPACE))).toEqual(versions(before));
  });

  it('is made fit for Kubernetes 1.20 by a component', async ({ skip }) => {
    skip(builder === undefined, NO_BUILDER);
    const budgets = (await buildWith(overlay, ['kubernetes-1.20'])).filter(
      ({ kind }) => kind === 'PodDisruptionBudget',
    );
    expect(budgets.map(({ apiVersion }) => apiVersion)).toEqual(['policy/v1beta1', 'policy/v1beta1']);
  });
});

describe.each(overlays.filter((overlay) => overlay !== 'production'))('the overlay %s', (overlay) => {
  it('is taken with every component that can be added', async ({ skip }) => {
    skip(builder === undefined, NO_BUILDER);
    await install(await buildWith(overlay, components));
  });
});

describe('the component namespaced-references', () => {
  it('keeps Secrets to listed namespaces where the webhook makes its own certificates, too', async ({
    skip,
  }) => {
    skip(builder === undefined, NO_BUILDER);
    const manifests = await buildWith('without-cert-manager', ['namespaced-references']);
    expect(
      manifests
        .filter(({ kind, roleRef }) => kind.endsWith('Binding') && named(roleRef).endsWith('-secrets'))
        .map(({ kind, metadata, roleRef }) => [kind, metadata.namespace, named(roleRef)]),
    ).toEqual([
      ['RoleBinding', 'default', 'clusterpedia-import-secrets'],
      ['RoleBinding', 'default', 'clusterpedia-import-webhook-secrets'],
    ]);
    expect(manifests.filter(({ apiVersion }) => apiVersion.startsWith('cert-manager.io/'))).toEqual([]);
  });
});

const named = (reference: unknown): string => (reference as { readonly name: string }).name;

describe('the roles that policies add to', () => {
  it.each([
    ['kubectl apply', []],
    ['server-side apply, as Flux does it', ['--server-side', '--force-conflicts', '--field-manager=flux']],
  ])('keep what was added when they are applied again by %s', async (_how, flags) => {
    const [role] = installed('default').filter(
      ({ metadata }) => metadata.name === 'clusterpedia-import-sources',
    );
    if (role === undefined) throw new Error('there is no such role');
    const apply = () => kubectl.run(['apply', ...flags, '--filename=-'], { stdin: JSON.stringify(role) });
    await apply();
    // What the control plane's aggregation does.
    const rules = [{ apiGroups: ['cluster.x-k8s.io'], resources: ['clusters'], verbs: ['get'] }];
    const patch = JSON.stringify({ rules });
    await kubectl.run(['patch', 'clusterrole', role.metadata.name, '--type=merge', `--patch=${patch}`]);

    await apply();

    expect((await kubectl.get('clusterrole', role.metadata.name))?.['rules']).toEqual(rules);
  });
});

describe('the rights of without-cert-manager', () => {
  it('let the webhook make its certificates and hand out its authority', async () => {
    await install(installed('without-cert-manager'));
    const user = `system:serviceaccount:${NAMESPACE}:clusterpedia-import-webhook`;
    const config = {
      kubeconfig: await controlPlane.writeKubeconfig({ name: user, groups: ['system:serviceaccounts'] }),
      webhook: {
        address: '127.0.0.1',
        port: 0,
        probes: { address: '127.0.0.1', port: 0 },
        shutdownDelaySeconds: 0,
        certificates: { mode: 'self-managed', selfManaged: { namespace: NAMESPACE } },
      },
    };
    const webhook = await startProduct(controlPlane.processes, 'webhook', config);

    await eventually('the authority in both configurations', async () => {
      if (webhook.exit !== undefined) throw new StopWaiting(new Error(webhook.output()));
      const secret = await kubectl.get('secret', 'clusterpedia-import-webhook-certificates', NAMESPACE);
      const authority = (secret?.['data'] as { readonly 'ca.crt'?: string } | undefined)?.['ca.crt'];
      expect(authority).toMatch(/^LS0tLS1CRUdJTi/);
      for (const kind of ['validatingwebhookconfiguration', 'mutatingwebhookconfiguration']) {
        const found = await kubectl.get(kind, 'clusterpedia-import');
        const webhooks = found?.['webhooks'] as readonly { clientConfig: { caBundle?: string } }[];
        expect(webhooks.map(({ clientConfig }) => clientConfig.caBundle)).toEqual([authority]);
      }
    });
    await webhook.stop();
  });
});

describe('the rights of namespaced-references', () => {
  const user = {
    name: `system:serviceaccount:${NAMESPACE}:clusterpedia-import-controller`,
    groups: ['system:serviceaccounts'],
  };

  it('suffice for a policy that keeps to the listed namespaces, and give away no other Secret', async () => {
    await kubectl.run(['delete', 'clusterrolebinding', 'clusterpedia-import-secrets', '--ignore-not-found']);
    await install(installed('namespaced-references'));
    await withoutWebhook();
    await kubectl.apply(readFileSync(PEDIA_CLUSTER_DEFINITION, 'utf8'));
    await installPlatform(kubectl, clusterApi);
    const client = await loadClient({ kubeconfig: controlPlane.kubeconfigPath });
    await registerClusters(kubectl, client, clusterApi);
    const kubeconfig = await controlPlane.writeKubeconfig(user);
    const controller = await startProduct(controlPlane.processes, 'controller', {
      kubeconfig,
      controller: {
        probes: { address: '127.0.0.1', port: 0 },
        leaderElection: { namespace: NAMESPACE },
      },
    });
    const policy = await policyOf('cluster-api');
    const references = policy.spec.references?.map((each) => ({ ...each, allowedNamespaces: ['default'] }));
    await kubectl.apply(JSON.stringify({ ...policy, spec: { ...policy.spec, references } }));
    await eventually('the PediaCluster', async () => {
      if (controller.exit !== undefined) throw new StopWaiting(new Error(controller.output()));
      await client.get(PEDIA_CLUSTER, 'default-capi-quickstart');
    });
    await controller.stop();
    await client.close();

    const asController = new Kubectl(controlPlane.assets, kubeconfig, folder);
    const may = async (...where: readonly string[]) =>
      (await asController.try(['auth', 'can-i', 'list', 'secrets', ...where])).stdout.trim();
    expect(await may('--namespace=default')).toBe('yes');
    expect(await may('--namespace=kube-system')).toBe('no');
    expect(await may('--all-namespaces')).toBe('no');
  });
});

describe.each(overlays.filter((overlay) => overlay !== 'production'))(
  'the component api-server-certificate on %s',
  (overlay) => {
    it('makes the webhook know the API server by its certificate, without a secret path', async ({
      skip,
    }) => {
      skip(builder === undefined, NO_BUILDER);
      const built = await buildWith(overlay, ['api-server-certificate']);
      const deployment = find(built, 'Deployment', 'clusterpedia-import-webhook');
      if (!isDeployment(deployment)) throw new Error('not a Deployment');
      const { containers, volumes } = deployment.spec.template.spec;
      const [container] = containers;
      expect(container?.args.slice(-4)).toEqual([
        '--callers-mode',
        'certificate',
        '--callers-names',
        'clusterpedia-import-api-server',
      ]);
      const { callers } = (await loadConfig()).webhook;
      const mount = container?.volumeMounts.find(({ mountPath }) =>
        callers.authorityFile.startsWith(mountPath),
      );
      expect(volumes.find(({ name }) => name === mount?.name)?.configMap).toEqual({
        name: 'clusterpedia-import-api-server-ca',
      });
      const configuration = find(built, 'ValidatingWebhookConfiguration', 'clusterpedia-import');
      expect(configuration['webhooks']).toMatchObject([
        { clientConfig: { service: { path: VALIDATE_PATH } } },
      ]);
      expect(built.filter(({ metadata }) => metadata.name === 'clusterpedia-import-webhook-path')).toEqual(
        [],
      );
      // What would write the path is not granted, either; an authority of one's own is still written.
      const mayWrite = built
        .filter(isRole)
        .filter(({ rules = [] }) =>
          rules.some(({ resources }) => resources.includes('validatingwebhookconfigurations')),
        )
        .map(({ metadata }) => metadata.name);
      expect(mayWrite).toEqual(
        overlay === 'without-cert-manager' ? ['clusterpedia-import-webhook-certificates'] : [],
      );
      const others = ({ kind, metadata }: Manifest) => `${kind} ${metadata.name}`;
      expect(built.map(others).sort()).toEqual(
        installed(overlay)
          .filter(({ metadata }) => metadata.name !== 'clusterpedia-import-webhook-path')
          .map(others)
          .sort(),
      );
      await install(built);
    });
  },
);

describe('the Argo CD component', () => {
  it("adds health checks to Argo CD's own configuration", async ({ skip }) => {
    skip(builder === undefined, NO_BUILDER);
    const argocd = await mkdtemp(join(folder, 'argocd-'));
    const component = relative(argocd, join(KUSTOMIZE, 'components/argocd-health-checks'));
    await writeFile(
      join(argocd, 'argocd-cm.yaml'),
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'argocd-cm' },
        data: { url: 'x' },
      }),
    );
    await writeFile(
      join(argocd, 'kustomization.yaml'),
      JSON.stringify({ resources: ['argocd-cm.yaml'], components: [component] }),
    );
    const [config] = await buildOf(argocd);
    expect(Object.keys(config?.['data'] as object).sort()).toEqual([
      'resource.customizations.health.cluster.clusterpedia.io_PediaCluster',
      'resource.customizations.health.policy.clusterpedia.io_ClusterImportPolicy',
      'resource.customizations.health.policy.clusterpedia.io_PediaClusterLifecycle',
      'url',
    ]);
  });
});

describe('the catalogue', () => {
  beforeAll(async () => {
    await install(installed('default'));
    await withoutWebhook();
  });

  it.each(platforms)('%s is taken with its kustomization', async (platform) => {
    // A right in the platform's own namespace needs that namespace, which the platform has made.
    const roles = manifestsIn(readFileSync(join(CATALOGUE, platform, 'rbac.yaml'), 'utf8'));
    for (const { metadata } of roles) await makeNamespace(metadata.namespace);
    await kubectl.run(['apply', '--kustomize', join(CATALOGUE, platform)]);
    expect(await kubectl.get('clusterimportpolicies', platform)).toBeDefined();
  });

  // The samples of `states` are such as no API server takes.
  const taken = catalogueCases.filter(({ name }) => name !== 'states');
  it.each(taken)('$platform $name has samples that its own definitions accept', async (sample) => {
    const files = inputFiles(sample);
    const objects = files.at(-1) ?? '';
    const definitions = files.length > 1 ? files[0] : undefined;
    if (definitions !== undefined) {
      await kubectl.apply(readFileSync(definitions, 'utf8'));
      await kubectl.run([
        'wait',
        '--for=condition=Established',
        `--filename=${definitions}`,
        '--timeout=60s',
      ]);
    }
    const samples = readFileSync(objects, 'utf8');
    for (const { metadata } of manifestsIn(samples)) await makeNamespace(metadata.namespace);
    await kubectl.apply(samples);
    // The next case may bring other versions of the same kind.
    if (definitions !== undefined) await kubectl.run(['delete', `--filename=${definitions}`, '--wait']);
  });
});
