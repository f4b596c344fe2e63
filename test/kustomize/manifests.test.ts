import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { configFlags, loadConfig } from '../../config/index.ts';
import { ControllerMetrics } from '../../controller/metrics.ts';
import { webhookConfigurations } from '../../webhook/configuration.ts';
import { WebhookMetrics } from '../../webhook/metrics.ts';
import type { Container, Deployment, Manifest, Role, Rule } from './manifests.ts';
import {
  find,
  installed,
  isBinding,
  isDeployment,
  isRole,
  KUSTOMIZE,
  manifestsIn,
  overlays,
  readManifestFile,
} from './manifests.ts';

const NAMESPACE = 'clusterpedia-import-system';
const processes = ['controller', 'webhook'] as const;
type Process = (typeof processes)[number];

const labelsOf = (component: Process) => ({
  'app.kubernetes.io/name': 'clusterpedia-import',
  'app.kubernetes.io/component': component,
});

function deploymentOf(manifests: readonly Manifest[], component: Process): Deployment {
  const found = find(manifests, 'Deployment', `clusterpedia-import-${component}`);
  if (!isDeployment(found)) throw new Error('not a Deployment');
  return found;
}

function containerOf(deployment: Deployment): Container {
  const [container, ...others] = deployment.spec.template.spec.containers;
  if (container === undefined || others.length > 0) throw new Error('not one container');
  return container;
}

describe.each(overlays)('the overlay %s', (overlay) => {
  const manifests = installed(overlay);

  it('puts everything that has a namespace into its own', () => {
    const namespaced = manifests.filter(({ metadata }) => metadata.namespace !== undefined);
    const elsewhere = namespaced.filter(({ metadata }) => metadata.namespace !== NAMESPACE);
    expect(elsewhere.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}`)).toEqual(
      overlay === 'namespaced-references' ? ['RoleBinding default', 'RoleBinding default'] : [],
    );
  });

  it('enforces the restricted Pod Security Standard on its namespace', () => {
    expect(find(manifests, 'Namespace', NAMESPACE).metadata.labels).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
  });

  it('grants no wildcard, and no write to anything but its own objects', () => {
    for (const role of manifests.filter(isRole)) {
      for (const rule of role.rules ?? []) {
        expect([...rule.apiGroups, ...rule.resources, ...rule.verbs], role.metadata.name).not.toContain('*');
        if (rule.verbs.some((verb) => ['update', 'patch', 'delete'].includes(verb))) {
          const own = rule.apiGroups.every((group) => group.endsWith('.clusterpedia.io'));
          const events = rule.resources.every((resource) => resource === 'events');
          expect(own || events || rule.resourceNames !== undefined, JSON.stringify(rule)).toBe(true);
        }
      }
    }
  });

  it('lets nobody but the controller read PediaClusters, or write lifecycles', () => {
    const policies = readdirSync(join(KUSTOMIZE, 'policies')).flatMap((policy) =>
      readManifestFile('policies', policy, 'rbac.yaml'),
    );
    const all = [...manifests, ...policies];
    const roles = all
      .filter(isRole)
      .filter(({ rules = [] }) => rules.some(isForTheController))
      .map(({ metadata: { name, labels = {} } }) => ({ name, labels: Object.keys(labels) }));
    expect(roles).toEqual([
      {
        name: 'clusterpedia-import-controller',
        // None by which Kubernetes adds it to "view", "edit" and "admin", or this project to another role.
        labels: ['app.kubernetes.io/component', 'app.kubernetes.io/name', 'app.kubernetes.io/part-of'],
      },
    ]);
    const bound = all
      .filter(isBinding)
      .filter(
        ({ roleRef }) => roleRef.kind === 'ClusterRole' && roleRef.name === 'clusterpedia-import-controller',
      );
    expect(bound.flatMap(({ subjects }) => subjects.map(({ name }) => name))).toEqual([
      'clusterpedia-import-controller',
    ]);
  });

  it('binds roles that are there to accounts that are there', () => {
    const bindings = manifests.filter(isBinding);
    for (const { roleRef, subjects } of bindings) {
      expect(find(manifests, roleRef.kind, roleRef.name)).toBeDefined();
      for (const { name } of subjects) expect(find(manifests, 'ServiceAccount', name)).toBeDefined();
    }
  });

  it('adds what policies need by label, Secrets apart from the rest', () => {
    const selectorOf = (name: string) => {
      const role = find(manifests, 'ClusterRole', name);
      return isRole(role) ? role.aggregationRule?.clusterRoleSelectors : undefined;
    };
    expect(selectorOf('clusterpedia-import-sources')).toEqual([
      { matchLabels: { 'rbac.clusterpedia.io/aggregate-to-import-controller': 'true' } },
    ]);
    expect(selectorOf('clusterpedia-import-secrets')).toEqual([
      { matchLabels: { 'rbac.clusterpedia.io/aggregate-to-import-controller-secrets': 'true' } },
    ]);
    expect(selectorOf('clusterpedia-import-webhook-secrets')).toEqual([
      { matchLabels: { 'rbac.clusterpedia.io/aggregate-to-import-webhook-secrets': 'true' } },
    ]);
  });

  it('leaves the rules of aggregated roles to the control plane, which would lose them to each apply', () => {
    const aggregated = manifests
      .filter(isRole)
      .filter(({ aggregationRule }) => aggregationRule !== undefined);
    expect(aggregated.map(({ metadata }) => metadata.name)).toEqual([
      'clusterpedia-import-secrets',
      'clusterpedia-import-sources',
      'clusterpedia-import-webhook-secrets',
    ]);
    for (const role of aggregated) expect(role).not.toHaveProperty('rules');
  });

  it.each([
    ['clusterpedia-import-secrets', 'clusterpedia-import-controller'],
    ['clusterpedia-import-webhook-secrets', 'clusterpedia-import-webhook'],
  ])('grants Secrets in all namespaces, or in the listed ones only: %s', (role, account) => {
    const bindings = manifests.filter(isBinding).filter(({ roleRef }) => roleRef.name === role);
    expect(bindings.map(({ kind, metadata }) => ({ kind, namespace: metadata.namespace }))).toEqual([
      overlay === 'namespaced-references'
        ? { kind: 'RoleBinding', namespace: 'default' }
        : { kind: 'ClusterRoleBinding', namespace: undefined },
    ]);
    for (const { subjects } of bindings) expect(subjects.map(({ name }) => name)).toEqual([account]);
  });

  it('grants the webhook these rights and no other, besides those of the platforms', () => {
    const rights = manifests
      .filter(isBinding)
      .filter(({ subjects }) => subjects.some(({ name }) => name === 'clusterpedia-import-webhook'))
      .flatMap(({ kind, roleRef }) => {
        const role = find(manifests, roleRef.kind, roleRef.name);
        const rules = isRole(role) ? (role.rules ?? aggregatedRules(manifests, role)) : [];
        const where = kind === 'RoleBinding' ? ' in one namespace' : '';
        return rules.map(
          ({ verbs, resources, resourceNames }) =>
            `${verbs.join(', ')} ${resources.join(', ')}${resourceNames ? ` ${resourceNames.join(', ')}` : ''}${where}`,
        );
      });
    expect(rights.sort()).toEqual(
      [
        'create subjectaccessreviews',
        'get, list, watch customresourcedefinitions',
        'list, watch pediaclusterlifecycles',
        'get, patch validatingwebhookconfigurations clusterpedia-import',
        'create secrets in one namespace',
        'get, update secrets clusterpedia-import-webhook-path in one namespace',
        overlay === 'namespaced-references' ? 'get secrets in one namespace' : 'get secrets',
        ...(overlay === 'without-cert-manager'
          ? [
              'get, patch validatingwebhookconfigurations, mutatingwebhookconfigurations clusterpedia-import',
              'create secrets in one namespace',
              'get, update secrets clusterpedia-import-webhook-certificates in one namespace',
            ]
          : []),
      ].sort(),
    );
  });

  describe.each(processes)('the Deployment of the %s', (component) => {
    const deployment = deploymentOf(manifests, component);
    const pod = deployment.spec.template.spec;
    const container = containerOf(deployment);

    it('has two replicas on different nodes, of which one always stays', () => {
      expect(deployment.spec.replicas).toBe(2);
      expect(pod.affinity.podAntiAffinity).toMatchObject({
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            podAffinityTerm: {
              topologyKey: 'kubernetes.io/hostname',
              labelSelector: { matchLabels: labelsOf(component) },
            },
          },
          { podAffinityTerm: { topologyKey: 'topology.kubernetes.io/zone' } },
        ],
      });
      expect(find(manifests, 'PodDisruptionBudget', `clusterpedia-import-${component}`)['spec']).toEqual({
        minAvailable: 1,
        selector: { matchLabels: labelsOf(component) },
      });
      expect(deployment.spec.template.metadata.labels).toMatchObject(labelsOf(component));
    });

    it('meets the restricted Pod Security Standard, on a root file system that is read-only', () => {
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        readOnlyRootFilesystem: true,
      });
    });

    it('runs the image of this version', async () => {
      const { version } = JSON.parse(await readFile(join(KUSTOMIZE, '../package.json'), 'utf8')) as {
        readonly version: string;
      };
      expect(container.image).toBe(`clusterpedia-import:${version}`);
    });

    it('asks for CPU and memory, and limits memory alone', () => {
      expect(Object.keys(container.resources.requests).sort()).toEqual(['cpu', 'memory']);
      expect(Object.keys(container.resources.limits)).toEqual(['memory']);
    });

    it('is probed where the process serves its probes', async () => {
      const config = await loadConfig();
      const ports = Object.fromEntries(
        container.ports.map(({ name, containerPort }) => [name, containerPort]),
      );
      expect(ports['probes']).toBe(config[component].probes.port);
      expect(container.startupProbe.httpGet).toEqual({ path: '/livez', port: 'probes' });
      expect(container.livenessProbe.httpGet).toEqual({ path: '/livez', port: 'probes' });
      expect(container.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'probes' });
    });

    it('passes flags that the process knows, and a configuration file that is mounted', () => {
      const [subcommand, ...flags] = container.args;
      const known = new Set(['--config', ...configFlags(component).map(({ long }) => long)]);
      expect(subcommand).toBe(component);
      for (const flag of flags.filter((argument) => argument.startsWith('--'))) expect(known).toContain(flag);
      const file = flags[flags.indexOf('--config') + 1] ?? '';
      expect(container.volumeMounts.some(({ mountPath }) => file.startsWith(`${mountPath}/`))).toBe(true);
      const volume = pod.volumes.find(({ name }) => name === 'config');
      expect(find(manifests, 'ConfigMap', volume?.configMap?.name ?? '')).toBeDefined();
    });
  });

  it('gives the webhook longer to stop than it takes', async () => {
    const { webhook } = await loadConfig();
    const { terminationGracePeriodSeconds } = deploymentOf(manifests, 'webhook').spec.template.spec;
    expect(terminationGracePeriodSeconds).toBeGreaterThan(
      webhook.shutdownDelaySeconds + webhook.drainSeconds,
    );
  });

  it('has the webhook configurations that the webhook itself would make', () => {
    const actual = manifests.filter(({ kind }) => kind.endsWith('WebhookConfiguration'));
    const withoutMetadata = ({ metadata: { name }, ...rest }: Pick<Manifest, 'metadata'>) => ({
      name,
      ...rest,
    });
    expect(actual.map(withoutMetadata)).toEqual(
      webhookConfigurations({
        target: { service: { namespace: NAMESPACE, name: 'clusterpedia-import-webhook' } },
      })
        .map(withoutMetadata)
        .reverse(),
    );
  });

  it('has its certificates made by cert-manager, or by the webhook itself', async () => {
    const { webhook } = await loadConfig();
    const { selfManaged, directory } = webhook.certificates;
    const deployment = deploymentOf(manifests, 'webhook');
    const container = containerOf(deployment);
    const injected = manifests
      .filter(({ kind }) => kind.endsWith('WebhookConfiguration'))
      .map(({ metadata }) => metadata.annotations?.['cert-manager.io/inject-ca-from']);
    const volume = deployment.spec.template.spec.volumes.find(({ name }) => name === 'certificates');
    if (overlay === 'without-cert-manager') {
      expect(container.args).toEqual(
        expect.arrayContaining(['--certificates-mode', 'self-managed', '$(POD_NAMESPACE)']),
      );
      expect(volume).toBeUndefined();
      expect(injected).toEqual([undefined, undefined]);
      const role = find(manifests, 'ClusterRole', 'clusterpedia-import-webhook-certificates');
      expect(isRole(role) && role.rules?.[0]?.resourceNames).toEqual(selfManaged.webhookConfigurations);
      const secret = find(manifests, 'Role', 'clusterpedia-import-webhook-certificates');
      expect(isRole(secret) && secret.rules?.[1]?.resourceNames).toEqual([selfManaged.secretName]);
      return;
    }
    const certificate = find(manifests, 'Certificate', 'clusterpedia-import-webhook');
    const { dnsNames, secretName, issuerRef } = certificate['spec'] as CertificateSpec;
    expect(dnsNames).toContain(`clusterpedia-import-webhook.${NAMESPACE}.svc`);
    expect(volume?.secret?.secretName).toBe(secretName);
    expect(container.volumeMounts.find(({ name }) => name === 'certificates')?.mountPath).toBe(directory);
    expect(find(manifests, issuerRef.kind, issuerRef.name)).toBeDefined();
    expect(injected).toEqual(Array(2).fill(`${NAMESPACE}/${certificate.metadata.name}`));
  });
});

/** Whether a rule lets read the credentials in PediaClusters, or have templates rendered that nobody has reviewed. */
const isForTheController = ({ resources, verbs }: Rule): boolean =>
  resources.includes('pediaclusters') ||
  (resources.includes('pediaclusterlifecycles') &&
    verbs.some((verb) => !['get', 'list', 'watch'].includes(verb)));

/** What Kubernetes' controller puts into an aggregated role, from the manifests alone. */
const aggregatedRules = (manifests: readonly Manifest[], { aggregationRule }: Role): readonly Rule[] =>
  manifests
    .filter(isRole)
    .filter(({ metadata }) =>
      aggregationRule?.clusterRoleSelectors.some(({ matchLabels }) =>
        Object.entries(matchLabels).every(([label, value]) => metadata.labels?.[label] === value),
      ),
    )
    .flatMap(({ rules = [] }) => rules);

interface CertificateSpec {
  readonly dnsNames: readonly string[];
  readonly secretName: string;
  readonly issuerRef: { readonly kind: string; readonly name: string };
}

it('leader election takes the Lease that the controller may write', async () => {
  const { controller } = await loadConfig();
  const role = find(installed('default'), 'Role', 'clusterpedia-import-controller');
  expect(isRole(role) && role.rules).toEqual([
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
    {
      apiGroups: ['coordination.k8s.io'],
      resources: ['leases'],
      resourceNames: [controller.leaderElection.name],
      verbs: ['get', 'update'],
    },
  ]);
});

it('the configuration file of the base is valid', async () => {
  await expect(loadConfig(join(KUSTOMIZE, 'base/config.yaml'))).resolves.toEqual(await loadConfig());
});

describe('what is watched', () => {
  const webhook = new WebhookMetrics();
  const controller = new ControllerMetrics();
  webhook.collectProcess();
  controller.collectProcess();
  afterAll(() => {
    webhook.close();
    controller.close();
  });

  /** Names as they are queried: of a histogram, its buckets. */
  async function metricNames(): Promise<ReadonlySet<string>> {
    const metrics = [
      ...(await webhook.registry.getMetricsAsJSON()),
      ...(await controller.registry.getMetricsAsJSON()),
    ];
    return new Set([
      'up',
      ...metrics.map(({ name, type }) => (String(type) === 'histogram' ? `${name}_bucket` : name)),
    ]);
  }

  /** The metrics of a PromQL expression: what stands before braces. */
  const metricsOf = (expression: string): readonly string[] =>
    [...expression.matchAll(/([a-z_]+)\s*\{/g)].map(([, name]) => name ?? '');

  it('alerts ask for metrics that the processes have', async () => {
    const names = await metricNames();
    const rules = readManifestFile('components/prometheus/rules.yaml');
    const { groups } = find(rules, 'PrometheusRule', 'clusterpedia-import')['spec'] as {
      readonly groups: readonly {
        readonly rules: readonly { readonly alert: string; readonly expr: string }[];
      }[];
    };
    for (const { alert, expr } of groups.flatMap((group) => group.rules)) {
      const used = metricsOf(expr);
      expect(used.length, alert).toBeGreaterThan(0);
      for (const name of used) expect(names, alert).toContain(name);
    }
  });

  it('the dashboard asks for metrics that the processes have', async () => {
    const names = await metricNames();
    const text = readFileSync(join(KUSTOMIZE, 'components/grafana/clusterpedia-import.json'), 'utf8');
    const { panels } = JSON.parse(text) as {
      readonly panels: readonly {
        readonly title: string;
        readonly type: string;
        readonly targets?: readonly { readonly expr: string }[];
      }[];
    };
    for (const { title, type, targets = [] } of panels) {
      if (type !== 'row') expect(targets.length, title).toBeGreaterThan(0);
      for (const name of targets.flatMap(({ expr }) => metricsOf(expr))) expect(names, title).toContain(name);
    }
  });

  it('every metric of this project is on the dashboard or in an alert, or is of no use to watch', async () => {
    const seen = ['components/grafana/clusterpedia-import.json', 'components/prometheus/rules.yaml']
      .map((file) => readFileSync(join(KUSTOMIZE, file), 'utf8'))
      .join('\n');
    const own = [...(await metricNames())].filter((name) => name.startsWith('clusterpedia_import_'));
    const unseen = own.filter((name) => !seen.includes(name));
    // Certificates are loaded a few times a month; an alert on their expiry says what matters. Which branches trial
    // renderings reach tells of the policies, whose authors are told.
    expect(unseen).toEqual([
      'clusterpedia_import_webhook_trial_branches_total',
      'clusterpedia_import_webhook_certificate_loads_total',
    ]);
  });

  it('the metrics Services select the pods by the port that serves metrics', () => {
    const services = readManifestFile('components/prometheus/services.yaml');
    const [monitor] = readManifestFile('components/prometheus/service-monitor.yaml');
    const { selector, endpoints } = monitor?.['spec'] as {
      readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
      readonly endpoints: readonly { readonly port: string }[];
    };
    for (const component of processes) {
      const service = find(services, 'Service', `clusterpedia-import-${component}-metrics`);
      const { ports, selector: pods } = service['spec'] as {
        readonly ports: readonly { readonly name: string; readonly targetPort: string }[];
        readonly selector: unknown;
      };
      expect(service.metadata.labels).toMatchObject(selector.matchLabels);
      expect(pods).toEqual(labelsOf(component));
      expect(ports).toMatchObject([{ name: endpoints[0]?.port, targetPort: 'probes' }]);
    }
  });
});

describe('network policies', () => {
  const [all, webhook] = readManifestFile('components/network-policy/network-policy.yaml');

  it('select the pods of the base', () => {
    expect(all?.['spec']).toMatchObject({
      podSelector: { matchLabels: { 'app.kubernetes.io/name': 'clusterpedia-import' } },
      policyTypes: ['Ingress', 'Egress'],
    });
    expect(webhook?.['spec']).toMatchObject({ podSelector: { matchLabels: labelsOf('webhook') } });
  });

  it('open ports by names that the containers have', () => {
    const names = processes.flatMap((component) =>
      containerOf(deploymentOf(installed('default'), component)).ports.map(({ name }) => name),
    );
    for (const policy of [all, webhook]) {
      const { ingress } = policy?.['spec'] as {
        readonly ingress: readonly { readonly ports: readonly { readonly port: string }[] }[];
      };
      for (const { port } of ingress.flatMap(({ ports }) => ports)) expect(names).toContain(port);
    }
  });
});

describe('the files', () => {
  it('are all used by the kustomization of their folder', () => {
    const folders = ['base', 'base/controller', 'base/webhook', 'crds'].concat(
      readdirSync(join(KUSTOMIZE, 'components')).map((name) => `components/${name}`),
      overlays.map((name) => `overlays/${name}`),
    );
    for (const folder of folders) {
      const kustomization = readFileSync(join(KUSTOMIZE, folder, 'kustomization.yaml'), 'utf8');
      const files = readdirSync(join(KUSTOMIZE, folder), { withFileTypes: true })
        .filter(
          (entry) => entry.isFile() && entry.name !== 'kustomization.yaml' && !entry.name.endsWith('.md'),
        )
        .map(({ name }) => name);
      for (const file of files) expect(kustomization, folder).toContain(file);
    }
  });

  it('have the definition of PediaCluster in a component of its own only', () => {
    for (const overlay of overlays) {
      const names = installed(overlay)
        .filter(({ kind }) => kind === 'CustomResourceDefinition')
        .map(({ metadata }) => metadata.name);
      expect(names).toEqual([
        'clusterimportpolicies.policy.clusterpedia.io',
        'pediaclusterlifecycles.policy.clusterpedia.io',
      ]);
    }
    const component = join(
      KUSTOMIZE,
      'components/pediacluster-crd/cluster.clusterpedia.io_pediaclusters.yaml',
    );
    expect(manifestsIn(readFileSync(component, 'utf8'))).toHaveLength(1);
  });
});
