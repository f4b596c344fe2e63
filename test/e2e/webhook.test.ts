import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { CLUSTER_IMPORT_POLICY, DELETION_PROTECTION_ANNOTATION, FINALIZER } from '../../src/api/index.ts';
import { BROKEN_POLICY } from '../../src/cli/demo/broken-policy.ts';
import { installPlatform, platforms, policyFile } from '../../src/cli/demo/platforms.ts';
import { installDefinitions, startWebhook } from '../../src/cli/demo/product.ts';
import { KubeError, loadClient, TransportError } from '../../src/kube/index.ts';
import type { KubeClient, KubeManifest } from '../../src/kube/index.ts';
import { definitionText } from '../api/definition-text.ts';
import { eventually, Kubectl, startControlPlane } from '../control-plane/index.ts';
import type { ApiObject, ControlPlane } from '../control-plane/index.ts';

// A control plane of its own: the webhook configurations are everybody's.
let controlPlane: ControlPlane;
let kubectl: Kubectl;

beforeAll(async () => {
  controlPlane = await startControlPlane({ assets: inject('assets') });
  kubectl = new Kubectl(controlPlane.assets, controlPlane.kubeconfigPath, controlPlane.processes.dir);
  await installDefinitions(kubectl);
  for (const platform of platforms.filter(({ name }) => name === 'cluster-api' || name === 'karmada')) {
    await installPlatform(kubectl, platform);
  }
  // What was read of objects is not used again, so that each case sees the cluster as it has made it.
  const overrides = { liveSources: { cacheSeconds: 0 }, rightsCacheSeconds: 0 };
  await startWebhook(controlPlane, kubectl, { overrides });
});

afterAll(async () => {
  await controlPlane?.stop();
});

interface PolicyChanges {
  readonly name?: string;
  readonly annotations?: object;
  readonly source?: object;
  readonly spec?: object;
}

/** A valid policy for Cluster API that needs no Secret. */
function policy({ name = 'capi', annotations = {}, source = {}, spec = {} }: PolicyChanges = {}): string {
  return stringify({
    apiVersion: 'policy.clusterpedia.io/v1alpha1',
    kind: 'ClusterImportPolicy',
    metadata: { name, annotations },
    spec: {
      source: { group: 'cluster.x-k8s.io', resource: 'clusters', ...source },
      nameTemplate: '{{ .source.metadata.namespace }}-{{ .source.metadata.name }}',
      template:
        'spec:\n  apiserver: "https://{{ .source.spec.controlPlaneEndpoint.host }}:6443"\n  caData: Y2E=\n  tokenData: dG9rZW4=\n  syncResources: []\n',
      ...spec,
    },
  });
}

const create = (manifest: string, ...flags: string[]) =>
  kubectl.try(['create', '--filename=-', ...flags], { stdin: manifest });

/** Takes a policy away for good, without the controller. */
async function remove(name: string): Promise<void> {
  const patch = JSON.stringify({ metadata: { finalizers: null, annotations: null } });
  await kubectl.run(['patch', 'clusterimportpolicy', name, '--type=merge', `--patch=${patch}`]);
  await kubectl.run(['delete', 'clusterimportpolicy', name, '--ignore-not-found']);
}

/** Clusters, in the namespace "default" where only a name is given. */
async function createClusters(
  ...clusters: readonly (string | { readonly namespace: string; readonly name: string })[]
): Promise<void> {
  for (const cluster of clusters) {
    const { namespace, name } =
      typeof cluster === 'string' ? { namespace: 'default', name: cluster } : cluster;
    await kubectl.apply(
      stringify({
        apiVersion: 'cluster.x-k8s.io/v1beta1',
        kind: 'Cluster',
        metadata: { name, namespace },
        spec: { controlPlaneEndpoint: { host: `${name}.example`, port: 6443 } },
      }),
    );
  }
}

describe('a policy that nothing is wrong with', () => {
  it.each(platforms.filter(({ name }) => name === 'cluster-api' || name === 'karmada'))(
    'is admitted: $name',
    async (platform) => {
      const { code, stderr } = await create(await readFile(policyFile(platform), 'utf8'));
      expect([code, stderr]).toEqual([0, '']);
      await remove(platform.name);
    },
  );

  it('gets the finalizer of the controller at its creation, and no other change', async () => {
    await create(policy());
    const made = (await kubectl.get('clusterimportpolicy', 'capi')) as ApiObject & {
      metadata: { finalizers: string[] };
    };
    expect(made.metadata.finalizers).toEqual([FINALIZER]);
    const { code, stdout } = await kubectl.try(['diff', '--filename=-'], { stdin: policy() });
    expect([code, stdout]).toEqual([0, '']);
    await remove('capi');
  });

  it('is admitted with a warning while its platform is not installed', async () => {
    const { code, stderr } = await create(policy({ source: { group: 'cluster.example.io' } }));
    expect(code).toBe(0);
    expect(stderr).toContain('Warning: spec.source.resource: clusters.cluster.example.io is not served yet');
    await remove('capi');
  });
});

describe('a platform that is installed later', () => {
  const definition = (field: string): string =>
    definitionText({
      group: 'later.example.io',
      plural: 'clusters',
      kind: 'Cluster',
      scope: 'Cluster',
      schema: {
        type: 'object',
        properties: { spec: { type: 'object', properties: { [field]: { type: 'string' } } } },
      },
    });
  const reading = (field: string) =>
    create(
      policy({
        name: 'later',
        source: { group: 'later.example.io' },
        spec: {
          nameTemplate: '{{ .source.metadata.name }}',
          template: `spec:\n  apiserver: "{{ .source.spec.${field} }}"\n  caData: Y2E=\n  tokenData: dG9rZW4=\n  syncResources: []\n`,
        },
      }),
      '--dry-run=server',
    );

  it('is what policies are checked against from then on, and so is each change of it', async () => {
    expect((await reading('endpoint')).stderr).toContain('clusters.later.example.io is not served yet');
    await kubectl.apply(definition('endpoint'));
    await eventually('the definition to be noticed', async () => {
      expect((await reading('endpoint')).stderr).not.toContain('is not served yet');
    });
    expect((await reading('address')).stderr).toContain('.source.spec.address is not a field of Cluster');
    await kubectl.apply(definition('address'));
    await eventually('its change to be noticed', async () => {
      expect(await reading('address')).toMatchObject({ code: 0 });
    });
    expect((await reading('endpoint')).stderr).toContain('.source.spec.endpoint is not a field of Cluster');
  });
});

describe('a broken policy', () => {
  it('is refused with everything that is wrong with it, where, and what was probably meant', async () => {
    const { code, stderr } = await create(BROKEN_POLICY);
    expect(code).toBe(1);
    expect(stderr).toContain('The ClusterImportPolicy "broken" is invalid');
    expect(stderr).toContain('spec.template: 2:67: function "lowr" is not defined; did you mean "lower"?');
    expect(stderr).toMatch(/spec\.nameTemplate: 1:\d+: .*did you mean "\.?(source\.metadata\.)?name"\?/);
    expect(stderr).toMatch(/spec\.creationCondition: 1:\d+: .*did you mean "\.references\.kubeconfig"\?/);
    expect(await kubectl.get('clusterimportpolicy', 'broken')).toBeUndefined();
  });

  it.each(['--dry-run=server', '--validate=false'])('is refused alike with %s', async (flag) => {
    expect((await create(BROKEN_POLICY, flag)).stderr).toContain('function "lowr" is not defined');
  });

  it('is refused as one message, in the words of a compiler, to those who read the whole Status', async () => {
    const client = await loadClient({ kubeconfig: controlPlane.kubeconfigPath });
    const refused = client.create(CLUSTER_IMPORT_POLICY, parse(BROKEN_POLICY) as KubeManifest);
    await expect(refused).rejects.toMatchObject({ status: 422, reason: 'Invalid' });
    await expect(refused).rejects.toThrow(
      'denied the request: 3 errors\n  spec.template 2:67: function "lowr" is not defined; did you mean "lower"?\n',
    );
    await client.close();
  });

  it('is refused where it reads a field that the schema of its source lacks', async () => {
    const template =
      'spec:\n  apiserver: "{{ .source.spec.controlPlaneEndpont.host }}"\n  caData: Y2E=\n  tokenData: dG9rZW4=\n  syncResources: []\n';
    const { code, stderr } = await create(policy({ spec: { template } }));
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /spec\.template: 2:\d+: .*controlPlaneEndpont.*did you mean ".*controlPlaneEndpoint/,
    );
  });

  it('is refused as an update of a good one, which stays as it was', async () => {
    await create(policy());
    const { code, stderr } = await kubectl.try(
      ['apply', '--server-side', '--force-conflicts', '--filename=-'],
      {
        stdin: policy({ spec: { nameTemplate: '{{ .source.metadata.name | nosuch }}' } }),
      },
    );
    expect(code).toBe(1);
    expect(stderr).toContain('function "nosuch" is not defined');
    const kept = (await kubectl.get('clusterimportpolicy', 'capi')) as ApiObject & {
      spec: { nameTemplate: string };
    };
    expect(kept.spec.nameTemplate).toBe('{{ .source.metadata.namespace }}-{{ .source.metadata.name }}');
    await remove('capi');
  });
});

describe('clusters that exist', () => {
  it('and that all fail to render make the policy refused', async () => {
    await createClusters('one', 'two');
    const template =
      'spec:\n  apiserver: "{{ index (splitList "/" .source.spec.controlPlaneEndpoint.host) 7 }}"\n  caData: Y2E=\n  tokenData: dG9rZW4=\n  syncResources: []\n';
    const { code, stderr } = await create(policy({ spec: { template } }));
    expect(code).toBe(1);
    expect(stderr).toMatch(/spec\.template: 2:\d+: all 2 existing sources that were tried fail: /);
  });

  it('and that would get one name make the policy refused, naming both', async () => {
    await createClusters('one', 'two');
    const { code, stderr } = await create(
      policy({ spec: { nameTemplate: '{{ .source.metadata.namespace }}' } }),
    );
    expect(code).toBe(1);
    expect(stderr).toContain('two sources render one name: default/one and default/two');
  });

  it('and that come to get one name do not keep anybody from editing or reverting the stored policy', async () => {
    const namespace = (name: string) =>
      stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    const joined = (spec: object = {}) => policy({ name: 'joined', spec });
    const edit = (manifest: string) => kubectl.try(['apply', '--filename=-'], { stdin: manifest });
    await kubectl.apply(namespace('a'));
    await kubectl.apply(namespace('a-b'));
    const conflict = 'two sources render one name: a-b/c and a/b-c';
    const [stored, edited] = [joined(), joined({ updatePolicy: 'All' })];
    expect((await edit(stored)).code).toBe(0);
    // A tenant makes the second one.
    await createClusters({ namespace: 'a', name: 'b-c' }, { namespace: 'a-b', name: 'c' });
    for (const manifest of [edited, stored]) {
      const { code, stderr } = await edit(manifest);
      expect(code, stderr).toBe(0);
      expect(stderr).toContain(`${conflict}; so does the policy that is stored`);
    }
    expect((await create(policy({ name: 'new' }))).stderr).toContain(conflict);
    await kubectl.run(['delete', 'clusters.cluster.x-k8s.io', '--namespace=a', '--all']);
    await kubectl.run(['delete', 'clusters.cluster.x-k8s.io', '--namespace=a-b', '--all']);
    await remove('joined');
  });

  it('and whose name another policy holds make the policy refused, naming that policy', async () => {
    await createClusters('one');
    await create(policy({ name: 'first' }));
    const first = (await kubectl.get('clusterimportpolicy', 'first')) as ApiObject & {
      metadata: { uid: string };
    };
    await kubectl.apply(
      stringify({
        apiVersion: 'policy.clusterpedia.io/v1alpha1',
        kind: 'PediaClusterLifecycle',
        metadata: {
          name: 'default-one',
          ownerReferences: [
            {
              apiVersion: 'policy.clusterpedia.io/v1alpha1',
              kind: 'ClusterImportPolicy',
              name: 'first',
              uid: first.metadata.uid,
              controller: true,
            },
          ],
        },
        spec: {
          source: {
            group: 'cluster.x-k8s.io',
            version: 'v1beta1',
            resource: 'clusters',
            namespace: 'default',
            name: 'one',
          },
          template: 'spec: {kubeconfig: eDog, syncResources: []}',
          creationCondition: 'true',
        },
      }),
    );
    // The webhook learns of lifecycles by watching them.
    await eventually('the conflict to be noticed', async () => {
      const { stderr } = await create(policy({ name: 'second' }), '--dry-run=server');
      expect(stderr).toContain('the name "default-one" is held by policy "first"');
    });
    await kubectl.run(['delete', 'pediaclusterlifecycle', 'default-one']);
    await remove('first');
  });
});

describe('a requester', () => {
  beforeAll(async () => {
    const role = (name: string, rules: object[]) => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name },
      rules,
    });
    const binding = (name: string, user: string) => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: `${name}-${user}` },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: user }],
    });
    const manifests = [
      role('policy-author', [
        { apiGroups: ['policy.clusterpedia.io'], resources: ['clusterimportpolicies'], verbs: ['*'] },
        { apiGroups: ['cluster.x-k8s.io'], resources: ['clusters'], verbs: ['list'] },
      ]),
      role('secret-reader', [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }]),
      role('metrics-reader', [{ apiGroups: ['metrics.k8s.io'], resources: ['pods'], verbs: ['list'] }]),
      binding('policy-author', 'bob'),
      binding('metrics-reader', 'bob'),
      binding('policy-author', 'ada'),
      binding('policy-author', 'eve'),
      binding('secret-reader', 'ada'),
      binding('policy-author', 'mallory'),
    ];
    await kubectl.apply(manifests.map((manifest) => stringify(manifest)).join('---\n'));
  });

  const reading = (file: string): Promise<string> => readFile(file, 'utf8');

  it('who may not read Secrets may not apply a policy that does', async () => {
    const manifest = await reading('kustomize/policies/cluster-api/policy.yaml');
    const { code, stderr } = await create(manifest, '--as=eve', '--dry-run=server');
    expect(code).toBe(1);
    expect(stderr).toContain('spec.references[0]: user "eve" may not get');
  });

  it('who may read them may', async () => {
    const manifest = await reading('kustomize/policies/cluster-api/policy.yaml');
    expect(await create(manifest, '--as=ada', '--dry-run=server')).toMatchObject({ code: 0 });
  });

  it('needs the right to what an aggregated API serves as well, also while that API is away', async () => {
    const service = {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: 'v1beta1.metrics.k8s.io' },
      spec: {
        group: 'metrics.k8s.io',
        version: 'v1beta1',
        groupPriorityMinimum: 100,
        versionPriority: 100,
        insecureSkipTLSVerify: true,
        service: { namespace: 'default', name: 'nobody' },
      },
    };
    await kubectl.apply(stringify(service));
    const manifest = policy({ source: { group: 'metrics.k8s.io', resource: 'pods' } });
    const refused = await create(manifest, '--as=eve', '--dry-run=server');
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining('user "eve" may not list pods.metrics.k8s.io'),
    ]);
    expect(await create(manifest, '--as=bob', '--dry-run=server')).toMatchObject({ code: 0 });
    await kubectl.run(['delete', 'apiservice', 'v1beta1.metrics.k8s.io']);
  });

  it('who may not read Secrets may apply a policy that does not either', async () => {
    expect(await create(policy(), '--as=eve', '--dry-run=server')).toMatchObject({ code: 0 });
  });
});

/** What somebody is answered who wants to create a policy, patient for so long. */
type Answer = 'admitted' | 'refused for good' | 'to be tried again' | `unexpected: ${string}`;

describe('a requester in haste', () => {
  const NO_RIGHT = 'user "mallory" may not get';
  let mallory: KubeClient;

  beforeAll(async () => {
    mallory = await loadClient({ kubeconfig: await controlPlane.writeKubeconfig({ name: 'mallory' }) });
  });
  afterAll(() => mallory?.close());

  async function apply(manifest: unknown, query: { readonly [name: string]: string }): Promise<Answer> {
    try {
      const path = '/apis/policy.clusterpedia.io/v1alpha1/clusterimportpolicies';
      await mallory.request({ method: 'POST', path, query, body: manifest, maxRetries: 0 });
      return 'admitted';
    } catch (error) {
      // An API server whose patience is over may close the connection. What became of the policy is looked at in the end.
      if (error instanceof TransportError) return 'to be tried again';
      if (!(error instanceof KubeError)) throw error;
      const { status, message } = error;
      if (status === 422 && message.includes(NO_RIGHT)) return 'refused for good';
      // The webhook's own 503, 504 and 429; or the API server's word that it got no answer in time, which it gives as a 500.
      const isRetryable =
        [429, 503, 504].includes(status) || (status === 500 && /deadline exceeded|Timeout/i.test(message));
      return isRetryable ? 'to be tried again' : `unexpected: ${String(status)} ${message}`;
    }
  }

  /** A policy that makes the webhook ask for the right to each of 64 references, in each of 20 namespaces. */
  const busy = (number: number): unknown =>
    parse(
      policy({
        name: `busy-${String(number)}`,
        spec: {
          references: Array.from({ length: 64 }, (_, reference) => ({
            key: `r${String(reference)}`,
            group: '',
            resource: 'secrets',
            namespaceTemplate: '{{ .source.metadata.namespace }}',
            nameTemplate: `{{ .source.metadata.name }}-${String(reference)}`,
            allowedNamespaces: Array.from(
              { length: 20 },
              (_each, namespace) => `n${[number, reference, namespace].join('-')}`,
            ),
          })),
        },
      }),
    );

  const theft: unknown = parse(
    policy({
      name: 'theft',
      spec: {
        references: [
          {
            key: 'token',
            group: '',
            resource: 'secrets',
            namespaceTemplate: 'kube-system',
            nameTemplate: 'bootstrap',
            allowedNamespaces: ['kube-system'],
          },
        ],
        template:
          'spec:\n  apiserver: "https://{{ .source.spec.controlPlaneEndpoint.host }}:6443"\n  caData: Y2E=\n  tokenData: "{{ .references.token.data.token }}"\n  syncResources: []\n',
      },
    }),
  );

  it('gets no right by keeping the webhook busy: the policy is refused, or to be tried again', async () => {
    let isOver = false;
    const seen = new Set<Answer>();
    const keepBusy = async (number: number): Promise<void> => {
      while (!isOver) seen.add(await apply(busy(number), { dryRun: 'All', timeout: '1s' }));
    };
    const crowd = Promise.all([1, 2, 3, 4, 5, 6, 7].map(keepBusy));
    const answers: Answer[] = [];
    for (let attempt = 0; attempt < 8; attempt++) answers.push(await apply(theft, { timeout: '1s' }));
    isOver = true;
    await crowd;
    const safe: readonly Answer[] = ['refused for good', 'to be tried again'];
    for (const answer of [...answers, ...seen]) expect(safe).toContain(answer);
    // What the crowd has asked for may be on its way still.
    await eventually('the verdict on the theft', async () => {
      expect(await apply(theft, {})).toBe('refused for good');
    });
    expect((await kubectl.try(['get', 'clusterimportpolicy', 'theft'])).stderr).toContain('NotFound');
  });
});

describe('a deletion', () => {
  it('of a protected policy is refused until the protection is taken off', async () => {
    await create(policy({ annotations: { [DELETION_PROTECTION_ANNOTATION]: 'true' } }));
    const { code, stderr } = await kubectl.try(['delete', 'clusterimportpolicy', 'capi', '--wait=false']);
    expect(code).toBe(1);
    expect(stderr).toContain(`remove the annotation ${DELETION_PROTECTION_ANNOTATION} first`);
    await kubectl.run(['annotate', 'clusterimportpolicy', 'capi', `${DELETION_PROTECTION_ANNOTATION}-`]);
    expect(await kubectl.try(['delete', 'clusterimportpolicy', 'capi', '--wait=false'])).toMatchObject({
      code: 0,
    });
    const going = (await kubectl.get('clusterimportpolicy', 'capi')) as ApiObject & {
      metadata: { deletionTimestamp?: string };
    };
    expect(going.metadata.deletionTimestamp).toBeDefined();
    // Its finalizer can be taken off: the update of an object that is being deleted is always admitted.
    await remove('capi');
    expect(await kubectl.get('clusterimportpolicy', 'capi')).toBeUndefined();
  });
});
