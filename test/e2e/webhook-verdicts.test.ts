import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { Agent, request } from 'undici';
import { parse, stringify } from 'yaml';
import type { ClusterImportPolicy, KubeObject } from '../../src/api/index.ts';
import {
  aggregateRoles,
  definitionsAreServed,
  installDefinitions,
  startWebhook,
} from '../../src/cli/demo/product.ts';
import type { ApiObject, ControlPlane } from '../control-plane/index.ts';
import { eventually, Kubectl, startControlPlane } from '../control-plane/index.ts';
import { allVerdicts } from '../policies/all-verdicts.ts';
import { fleetDefinition, fleetPolicy } from '../policies/fleet.ts';
import { definitionsOf, platformNames, platformsOfTable } from '../policies/platforms.ts';
import type { Refusal, Verdict, World } from '../policies/verdict.ts';
import { passedOn, saidBy } from '../policies/verdict.ts';

// A control plane of its own: the webhook configurations are everybody's.
let controlPlane: ControlPlane;
let kubectl: Kubectl;
let agent: Agent;

beforeAll(async () => {
  controlPlane = await startControlPlane({ assets: inject('assets') });
  kubectl = new Kubectl(controlPlane.assets, controlPlane.kubeconfigPath, controlPlane.processes.dir);
  agent = new Agent({ connect: credentialsIn(controlPlane.kubeconfig) });
  await installDefinitions(kubectl);
  const definitions = [fleetDefinition, ...platformNames.flatMap(definitionsOf)];
  await kubectl.apply(manifests(namespace('karmada-cluster'), ...definitions));
  await kubectl.apply(manifests(...platformRoles(), ...requesters()));
  await definitionsAreServed(kubectl);
  await aggregateRoles(kubectl);
  // What was read is not used again, so that each case sees the cluster as it has made it.
  const overrides = { liveSources: { cacheSeconds: 0 }, rightsCacheSeconds: 0 };
  await startWebhook(controlPlane, kubectl, { overrides });
});

afterAll(async () => {
  await agent?.close();
  await controlPlane?.stop();
});

const manifests = (...objects: readonly object[]) =>
  objects.map((object) => stringify(object, { aliasDuplicateObjects: false })).join('---\n');

const namespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

function credentialsIn(kubeconfig: string): { ca: string; cert: string; key: string } {
  const { clusters, users } = parse(kubeconfig) as {
    readonly clusters: readonly [{ readonly cluster: Readonly<Record<string, string>> }];
    readonly users: readonly [{ readonly user: Readonly<Record<string, string>> }];
  };
  const decoded = (text = '') => Buffer.from(text, 'base64').toString();
  const [{ user }] = users;
  return {
    ca: decoded(clusters[0].cluster['certificate-authority-data']),
    cert: decoded(user['client-certificate-data']),
    key: decoded(user['client-key-data']),
  };
}

/** What the platforms' policies let the webhook read; some have Secrets for sources. */
const platformRoles = (): object[] =>
  Object.entries({
    controller: [
      { apiGroups: ['fleet.example.io'], resources: ['managedclusters'], verbs: ['get', 'list', 'watch'] },
      ...Object.values(platformsOfTable).flatMap(({ source: { group, resource } }) =>
        group === '' ? [] : [{ apiGroups: [group], resources: [resource], verbs: ['get', 'list', 'watch'] }],
      ),
      { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch'] },
    ],
    'controller-secrets': [{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'watch'] }],
    'webhook-secrets': [{ apiGroups: [''], resources: ['secrets'], verbs: ['list'] }],
  }).map(([role, rules]) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: {
      name: `clusterpedia-import-fleet-${role}`,
      labels: { [`rbac.clusterpedia.io/aggregate-to-import-${role}`]: 'true' },
    },
    rules,
  }));

/** Users who may write policies, and list the sources, or get the references, but not both. */
function requesters(): object[] {
  const rules = [
    { apiGroups: ['policy.clusterpedia.io'], resources: ['clusterimportpolicies'], verbs: ['*'] },
    { apiGroups: [''], resources: ['configmaps'], verbs: ['list'] },
  ];
  const list = { apiGroups: ['fleet.example.io'], resources: ['managedclusters'], verbs: ['list'] };
  const get = { apiGroups: [''], resources: ['secrets'], verbs: ['get'] };
  return Object.entries({ list: get, get: list }).flatMap(([mayNot, rule]) => [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: userWho(mayNot) },
      rules: [...rules, rule],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: userWho(mayNot) },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: userWho(mayNot) },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: userWho(mayNot) }],
    },
  ]);
}

const userWho = (mayNot: string): string => `may-not-${mayNot}`;

/** Makes a world, until the test is over. */
async function make(
  { objects = [], lifecycles = [], before, deletion }: World,
  policy: ClusterImportPolicy,
  platform: Verdict['platform'],
) {
  const stored = deletion === true ? policy : before;
  const rivals = [...new Set(lifecycles.map(({ policy: owner }) => owner))].filter(
    (name) => name !== 'fleet',
  );
  const policies = [
    ...(stored === undefined ? [] : [stored]),
    ...rivals.map((name) => ({ ...fleetPolicy({ suspend: true }), metadata: { name } })),
  ];
  onTestFinished(() => clear(policies.map(({ metadata }) => metadata.name)));
  // A policy before the objects that it would be tried on.
  for (const each of policies) await kubectl.apply(manifests(each));
  if (objects.length > 0) {
    const stdin = manifests(...objects);
    onTestFinished(async () => void (await kubectl.run(['delete', '--filename=-'], { stdin })));
    await kubectl.apply(stdin);
    for (const object of objects) await putStatus(object, platform);
  }
  for (const { name, policy: owner, source } of lifecycles) {
    const { metadata } = (await kubectl.get('clusterimportpolicies', owner)) as ApiObject;
    await kubectl.apply(manifests(lifecycle(name, { name: owner, uid: metadata['uid'] }, source)));
  }
}

/** The status of a cluster-scoped source: what creates an object does not write it. */
async function putStatus(
  { apiVersion, metadata: { name }, status }: KubeObject,
  platform: Verdict['platform'],
) {
  if (status === undefined || platform === undefined) return;
  const { resource } = platformsOfTable[platform].source;
  const answer = await request(`${controlPlane.url}/apis/${apiVersion}/${resource}/${name}/status`, {
    dispatcher: agent,
    method: 'PATCH',
    headers: { 'content-type': 'application/merge-patch+json' },
    body: JSON.stringify({ status }),
  });
  expect([answer.statusCode, await answer.body.json()]).toMatchObject([200, { status }]);
}

const lifecycle = (name: string, owner: { name: string; uid: unknown }, source: string) => ({
  apiVersion: 'policy.clusterpedia.io/v1alpha1',
  kind: 'PediaClusterLifecycle',
  metadata: {
    name,
    ownerReferences: [
      {
        apiVersion: 'policy.clusterpedia.io/v1alpha1',
        kind: 'ClusterImportPolicy',
        ...owner,
        controller: true,
      },
    ],
  },
  spec: {
    source: {
      group: 'fleet.example.io',
      version: 'v1',
      resource: 'managedclusters',
      namespace: 'default',
      name: source,
    },
    template: 'spec: {kubeconfig: eDog, syncResources: []}',
    creationCondition: 'true',
  },
});

async function clear(policies: readonly string[]): Promise<void> {
  const free = JSON.stringify({ metadata: { finalizers: null, annotations: null } });
  for (const name of policies) {
    await kubectl.try(['patch', 'clusterimportpolicy', name, '--type=merge', `--patch=${free}`]);
  }
  const all = ['pediaclusterlifecycles,clusterimportpolicies,managedclusters,secrets', '--all'];
  await kubectl.run(['delete', ...all, '--namespace=default']);
}

/** What the API server says of the policy, on a dry run. */
async function asked(policy: ClusterImportPolicy, { mayNot, before, deletion }: World) {
  const { name } = policy.metadata;
  const method = deletion === true ? 'DELETE' : before === undefined ? 'POST' : 'PUT';
  const path = `/apis/policy.clusterpedia.io/v1alpha1/clusterimportpolicies${method === 'POST' ? '' : `/${name}`}`;
  const stored = method === 'PUT' ? await kubectl.get('clusterimportpolicies', name) : undefined;
  const resourceVersion = stored?.metadata['resourceVersion'];
  const answer = await request(`${controlPlane.url}${path}?dryRun=All&fieldValidation=Ignore`, {
    dispatcher: agent,
    method,
    headers: {
      'content-type': 'application/json',
      ...(mayNot && { 'impersonate-user': userWho(mayNot) }),
    },
    body: JSON.stringify(
      deletion === true
        ? {}
        : {
            ...policy,
            metadata: { ...policy.metadata, ...(resourceVersion !== undefined && { resourceVersion }) },
          },
    ),
  });
  const body = (await answer.body.json()) as Refusal;
  return saidBy(answer.statusCode < 300 ? undefined : body, warningsIn(answer.headers['warning']));
}

/** Of `299 - "…", 299 - "…"`, in whose texts quotes and backslashes are escaped (RFC 9110). The texts are UTF-8. */
const warningsIn = (header: string | readonly string[] | undefined): readonly string[] =>
  [header ?? []]
    .flat()
    .flatMap((line) => [...line.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)])
    .map(([, text = '']) => Buffer.from(text.replace(/\\(.)/g, '$1'), 'latin1').toString());

/** The webhook learns of lifecycles by watching them; all else it asks for. */
async function expectAnswer(
  policy: ClusterImportPolicy,
  world: World = {},
  findings: readonly string[],
): Promise<void> {
  const expected = passedOn(findings).map((text) =>
    text.replace('"eve"', `"${userWho(world.mayNot ?? '')}"`),
  );
  const matches = async () => expect(await asked(policy, world)).toEqual(expected);
  await (world.lifecycles === undefined
    ? matches()
    : eventually('the answer', matches, { timeoutMs: 15_000 }));
}

/** Policies that never reach the webhook as they were sent. */
async function expectApiServersAnswer({ broken, findings = [], apiServer }: Verdict): Promise<void> {
  if (broken === undefined) return;
  const answer = await asked(broken, {});
  if (apiServer === 'pruned') expect(answer).toEqual([]);
  else expect(answer.join('\n')).toContain(/^error \S+: (\S+):/.exec(findings[0] ?? '')?.[1]);
}

describe.each(Object.entries(allVerdicts))('%s', (_, rows) => {
  it.each(rows)('$sentence', async (verdict) => {
    const { broken, findings = [], twin, warnings = [], world, apiServer, platform } = verdict;
    if (world !== undefined) await make(world, broken ?? twin, platform);
    if (apiServer !== undefined) await expectApiServersAnswer(verdict);
    else if (broken !== undefined) await expectAnswer(broken, world, findings);
    if (world?.deletion === true) await kubectl.apply(manifests(twin));
    await expectAnswer(twin, world, warnings);
  });
});

describe('what Clusterpedia has published', () => {
  const folder = join(import.meta.dirname, '../policies/published');

  it.each(readdirSync(folder))('is admitted: %s', async (file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    const result = await kubectl.try(['create', '--filename=-', '--dry-run=server'], { stdin: text });
    // They let the source choose both the address and the Secret; kubectl cuts long warnings.
    const expected =
      /^Warning: .* (?:is not served yet; |the source chooses both the address and the Secret).*\n/gm;
    expect([result.code, result.stderr.replace(expected, '')]).toEqual([0, '']);
  });
});
