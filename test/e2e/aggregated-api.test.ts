/** Kinds that no CRD defines: Karmada's and Gardener's, served by an aggregated API server. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { PEDIA_CLUSTER } from '../../src/api/index.ts';
import {
  aggregateRoles,
  installDefinitions,
  startController,
  startWebhook,
} from '../../src/cli/demo/product.ts';
import { loadClient } from '../../src/kube/index.ts';
import type { KubeClient } from '../../src/kube/index.ts';
import { pediaClusterIs, policyIs } from '../controller/expecting.ts';
import { isGone } from '../controller/world.ts';
import type { ExtensionServer } from '../control-plane/extension-server.ts';
import { FrontProxy } from '../control-plane/front-proxy.ts';
import type { ControlPlane, ManagedProcess } from '../control-plane/index.ts';
import { eventually, Kubectl, startControlPlane } from '../control-plane/index.ts';
import { policyFile } from '../policies/catalogue.ts';
import type { AggregatedPlatform } from './aggregated-platforms.ts';
import { gardener, karmada, samplesOf, serveAggregated } from './aggregated-platforms.ts';

const platforms = [karmada, gardener];

// A control plane of its own: it forwards requests.
let frontProxy: FrontProxy;
let controlPlane: ControlPlane;
let kubectl: Kubectl;
let client: KubeClient;
let controller: ManagedProcess;
const servers = new Map<string, ExtensionServer>();

/** The server of a platform's API. */
function serverOf({ name }: AggregatedPlatform): ExtensionServer {
  const server = servers.get(name);
  if (server === undefined) throw new Error(`${name} has no server`);
  return server;
}

const start = (): Promise<ManagedProcess> =>
  startController(controlPlane, { overrides: { breaker: { settleSeconds: 0 } } });

beforeAll(async () => {
  frontProxy = await FrontProxy.start();
  controlPlane = await startControlPlane({ assets: inject('assets'), apiServerFlags: frontProxy.flags });
  kubectl = new Kubectl(controlPlane.assets, controlPlane.kubeconfigPath, controlPlane.processes.dir);
  client = await loadClient({ kubeconfig: controlPlane.kubeconfigPath });
  await installDefinitions(kubectl);
  for (const platform of platforms)
    servers.set(platform.name, await serveAggregated(platform, { client, kubectl }));
  await aggregateRoles(kubectl);
  await kubectl.run(['wait', '--for=condition=Available', 'apiservices', '--all', '--timeout=60s']);
  await startWebhook(controlPlane, kubectl, { overrides: { liveSources: { cacheSeconds: 0 } } });
  controller = await start();
});

afterAll(async () => {
  await client?.close();
  await controlPlane?.stop();
  for (const server of servers.values()) await server.close();
  await frontProxy?.stop();
});

const policyText = ({ name }: AggregatedPlatform): Promise<string> => readFile(policyFile(name), 'utf8');

const tried = (policy: string) =>
  kubectl.try(['create', '--dry-run=server', '--filename=-'], { stdin: policy });

/** Gives the user `author` a right. */
async function grant(name: string, rules: readonly object[]): Promise<void> {
  const api = 'rbac.authorization.k8s.io';
  const role = { apiVersion: `${api}/v1`, kind: 'ClusterRole', metadata: { name }, rules };
  const binding = {
    apiVersion: `${api}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: api, kind: 'ClusterRole', name },
    subjects: [{ kind: 'User', apiGroup: api, name: 'author' }],
  };
  await kubectl.apply([role, binding].map((object) => stringify(object)).join('---\n'));
}

interface SelectingPolicy {
  readonly name: string;
  readonly fieldSelector: string;
}

/** Karmada's policy for some of the clusters, under names of its own. */
async function selecting({ name, fieldSelector }: SelectingPolicy): Promise<string> {
  const policy = parse(await policyText(karmada)) as {
    readonly metadata: object;
    readonly spec: { readonly source: object };
  };
  return stringify({
    ...policy,
    metadata: { name },
    spec: {
      ...policy.spec,
      source: { ...policy.spec.source, fieldSelector },
      nameTemplate: `${name}-{{ .source.metadata.name }}`,
    },
  });
}

describe('a policy on a kind of an aggregated API', () => {
  describe.each([
    {
      platform: karmada,
      wrong: '.source.spec.apiEndpont',
      right: '.source.spec.apiEndpoint',
      told: /spec\.template: \d+:\d+: \.source\.spec\.apiEndpont is not a field of Cluster cluster\.karmada\.io\/v1alpha1; did you mean "\.source\.spec\.apiEndpoint"\?/,
    },
    {
      platform: gardener,
      wrong: '.source.status.advertisedAddreses',
      right: '.source.status.advertisedAddresses',
      told: /spec\.template: \d+:\d+: \.source\.status\.advertisedAddreses is not a field of Shoot core\.gardener\.cloud\/v1beta1; did you mean "\.source\.status\.advertisedAddresses"\?/,
    },
  ])('with the OpenAPI document $platform.openApi of $platform.name', ({ platform, right, wrong, told }) => {
    it('is refused for a field that the document lacks', async () => {
      const policy = (await policyText(platform)).replaceAll(right, wrong);
      // The API server fetches the documents of others every now and then.
      await eventually('the schema to be known', async () => {
        expect((await tried(policy)).stderr).toMatch(told);
      });
    });
  });

  it('is refused to an author who may not list that kind, and admitted once she may', async () => {
    const text = await policyText(karmada);
    const { group, resource } = karmada.type;
    const asAuthor = () =>
      kubectl.try(['--as=author', 'create', '--dry-run=server', '--filename=-'], { stdin: text });
    await grant('writes', [
      { apiGroups: ['policy.clusterpedia.io'], resources: ['clusterimportpolicies'], verbs: ['create'] },
      { apiGroups: [''], resources: ['secrets'], verbs: ['get'] },
    ]);
    const refused = await asAuthor();
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain(`list ${resource}.${group}`);
    await grant('lists', [{ apiGroups: [group], resources: [resource], verbs: ['list'] }]);
    await eventually('the author to be known to have the right', async () =>
      expect(await asAuthor()).toMatchObject({ code: 0, stderr: '' }),
    );
  });

  it.each(platforms)('is admitted without a warning: $name', async (platform) => {
    const { code, stderr } = await kubectl.try(['create', '--filename=-'], {
      stdin: await policyText(platform),
    });
    expect([code, stderr]).toEqual([0, '']);
  });

  it('is told that the API server does not take its field selector, and says so', async () => {
    const policy = await selecting({ name: 'push', fieldSelector: 'spec.syncMode=Push' });
    const { stderr } = await kubectl.try(['create', '--filename=-'], { stdin: policy });
    expect(stderr).toMatch(/^Warning: .*the API server answered 400 BadRequest/);
    await policyIs(client, 'push', { Ready: 'False/SourcesNotListed' });
    await kubectl.run(['delete', 'clusterimportpolicy', 'push', '--timeout=60s']);
  });
});

describe('the controller', () => {
  it.each(platforms)('imports the clusters of $name, with its own rights', async (platform) => {
    for (const { kind, metadata, spec } of await samplesOf(platform, 'expected.yaml'))
      if (kind === PEDIA_CLUSTER.kind) await pediaClusterIs(client, metadata.name, spec as object as never);
    await policyIs(client, platform.name, { Ready: 'True/Settled' });
    const asked = new Set(serverOf(platform).requests.map(({ verb, user }) => `${user} ${verb}`));
    const account = 'system:serviceaccount:clusterpedia-import-system:clusterpedia-import';
    expect([...asked].filter((who) => who.startsWith('system:serviceaccount')).sort()).toEqual([
      `${account}-controller list`,
      `${account}-controller watch`,
      `${account}-webhook list`,
    ]);
  });

  it('follows the events of their watch', async () => {
    const server = serverOf(karmada);
    const [, member1] = (await samplesOf(karmada, 'objects.yaml')).filter(({ kind }) => kind === 'Cluster');
    if (member1 === undefined) throw new Error('Karmada has no sample member1');
    const spec = member1['spec'] as object;
    server.put({ ...member1, spec: { ...spec, apiEndpoint: 'https://moved.example:6443' } });
    await pediaClusterIs(client, 'karmada-member1', { apiserver: 'https://moved.example:6443' });
    server.put({ ...member1, metadata: { name: 'member4' }, spec: { ...spec, secretRef: undefined } });
    await kubectl.apply(
      stringify({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'member4', namespace: 'karmada-cluster' },
        stringData: { caBundle: 'ca', token: 'token' },
      }),
    );
    await pediaClusterIs(client, 'karmada-member4');
    server.delete('member4');
    await isGone(client, PEDIA_CLUSTER, 'karmada-member4');
  });

  it('has the API server select by fields', async () => {
    await kubectl.apply(await selecting({ name: 'one', fieldSelector: 'metadata.name=member1' }));
    await pediaClusterIs(client, 'one-member1');
    await policyIs(client, 'one', { Ready: 'True/Settled' }, { sources: 1, lifecycles: 1 });
    const asked = serverOf(karmada).requests.map(({ verb, fieldSelector }) => `${verb} ${fieldSelector}`);
    expect(asked).toContain('list metadata.name=member1');
    expect(asked).toContain('watch metadata.name=member1');
    await kubectl.run(['delete', 'clusterimportpolicy', 'one', '--timeout=60s']);
  });
});

describe('an aggregated API that goes away', () => {
  const clusters = async () =>
    (await client.list(PEDIA_CLUSTER)).items.map(({ metadata: { name, uid } }) => `${name} ${uid}`).sort();

  const isServed = async () =>
    (await kubectl.try(['get', '--raw=/apis/cluster.karmada.io/v1alpha1/clusters'])).code === 0;

  async function move(apiEndpoint: string): Promise<void> {
    const member1 = (await samplesOf(karmada, 'objects.yaml')).find(
      ({ metadata }) => metadata.name === 'member1',
    );
    if (member1 === undefined) throw new Error('Karmada has no sample member1');
    serverOf(karmada).put({ ...member1, spec: { ...(member1['spec'] as object), apiEndpoint } });
  }

  async function goAway(): Promise<void> {
    await serverOf(karmada).close();
    await eventually('it to be gone', async () => {
      expect(await isServed()).toBe(false);
    });
  }

  it('takes no PediaCluster along, and is followed again when it is back, also with an older history', async () => {
    const before = await clusters();
    await goAway();
    serverOf(karmada).restore();
    await move('https://restored.example:6443');
    await serverOf(karmada).serve();
    await pediaClusterIs(client, 'karmada-member1', { apiserver: 'https://restored.example:6443' });
    await policyIs(client, 'karmada', { Ready: 'True/Settled' });
    expect(await clusters()).toEqual(before);
  });

  it('is waited for by a controller that starts meanwhile', async () => {
    const before = await clusters();
    await goAway();
    await controller.stop();
    controller = await start();
    await policyIs(client, 'gardener', { Ready: 'True/Settled' });
    expect(await clusters()).toEqual(before);
    await move('https://returned.example:6443');
    await serverOf(karmada).serve();
    await pediaClusterIs(client, 'karmada-member1', { apiserver: 'https://returned.example:6443' });
    expect(await clusters()).toEqual(before);
  });
});
