import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import type { ClusterImportPolicy } from '../../src/api/index.ts';
import {
  aggregateRoles,
  definitionsAreServed,
  installDefinitions,
  startWebhook,
} from '../../src/cli/demo/product.ts';
import { limitWarnings } from '../../webhook/admission.ts';
import type { ApiObject, ControlPlane } from '../control-plane/index.ts';
import { eventually, Kubectl, startControlPlane } from '../control-plane/index.ts';
import { fleetDefinition, fleetPolicy } from '../policies/fleet.ts';
import type { Verdict, World } from '../policies/verdicts.ts';
import { verdicts } from '../policies/verdicts.ts';

// A control plane of its own: the webhook configurations are everybody's.
let controlPlane: ControlPlane;
let kubectl: Kubectl;

beforeAll(async () => {
  controlPlane = await startControlPlane({ assets: inject('assets') });
  kubectl = new Kubectl(controlPlane.assets, controlPlane.kubeconfigPath, controlPlane.processes.dir);
  await installDefinitions(kubectl);
  await kubectl.apply(manifests(fleetDefinition, ...platformRoles(), ...requesters()));
  await definitionsAreServed(kubectl);
  await aggregateRoles(kubectl);
  // What was read is not used again, so that each case sees the cluster as it has made it.
  const overrides = { liveSources: { cacheSeconds: 0 }, rightsCacheSeconds: 0 };
  await startWebhook(controlPlane, kubectl, { overrides });
});

afterAll(async () => {
  await controlPlane?.stop();
});

const manifests = (...objects: readonly object[]) =>
  objects.map((object) => stringify(object, { aliasDuplicateObjects: false })).join('---\n');

/** What the platforms' policies let the webhook read; some have Secrets for sources. */
const platformRoles = (): object[] =>
  Object.entries({
    controller: [
      { apiGroups: ['fleet.example.io'], resources: ['managedclusters'], verbs: ['get', 'list', 'watch'] },
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
async function make({ objects = [], lifecycles = [], before, deletion }: World, policy: ClusterImportPolicy) {
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
  if (objects.length > 0) await kubectl.apply(manifests(...objects));
  for (const { name, policy: owner, source } of lifecycles) {
    const { metadata } = (await kubectl.get('clusterimportpolicies', owner)) as ApiObject;
    await kubectl.apply(manifests(lifecycle(name, { name: owner, uid: metadata['uid'] }, source)));
  }
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

/** What the API server says of the policy: its errors, then its warnings, in the words of the findings. */
async function asked(policy: ClusterImportPolicy, { mayNot, before, deletion }: World): Promise<string[]> {
  const verb =
    deletion === true
      ? ['delete', 'clusterimportpolicy', policy.metadata.name]
      : [before === undefined ? 'create' : 'replace', '--filename=-', '--validate=false'];
  const user = mayNot === undefined ? [] : [`--as=${userWho(mayNot)}`];
  const result = await kubectl.try([...verb, ...user, '--dry-run=server'], { stdin: manifests(policy) });
  const lines = result.stderr.split('\n');
  const warnings = lines.flatMap((line) => /^Warning: (.*)$/.exec(line)?.slice(1) ?? []);
  const errors = result.code === 0 ? [] : errorsIn(lines.filter((line) => !line.startsWith('Warning: ')));
  return [...errors.map((text) => `error: ${text}`), ...warnings.map((text) => `warning: ${text}`)];
}

/** One error stands in the line that says the object is invalid, several in lines of their own. */
function errorsIn(lines: readonly string[]): string[] {
  const [first = ''] = lines;
  const listed = lines.flatMap((line) => /^\* (.*)$/.exec(line)?.slice(1) ?? []);
  return listed.length > 0 ? listed : [/(?:is invalid|denied the request): (.*)$/.exec(first)?.[1] ?? first];
}

/** The findings as the API server and kubectl pass them on: `field: 3:16: message`, and warnings in brief. */
function passedOn(findings: readonly string[]): string[] {
  const of = (severity: string) =>
    findings.filter((text) => text.startsWith(severity)).map((text) => text.slice(severity.length));
  return [
    ...of('error: ').map((text) => `error: ${text.replace(/^(\S+) (\d+:\d+: )/, '$1: $2')}`),
    ...limitWarnings(of('warning: ')).map((text) => `warning: ${text}`),
  ];
}

/** The webhook learns of lifecycles by watching them; all else it asks for. */
async function expectAnswer(
  policy: ClusterImportPolicy,
  world: World,
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
async function expectApiServersAnswer({ refused, findings = [], apiServer }: Verdict): Promise<void> {
  if (refused === undefined) return;
  const answer = await asked(refused, {});
  if (apiServer === 'pruned') expect(answer).toEqual([]);
  else expect(answer.join('\n')).toContain(/^error: (\S+):/.exec(findings[0] ?? '')?.[1]);
}

describe.each(Object.entries(verdicts))('%s', (_, rows: readonly Verdict[]) => {
  it.each(rows)('$sentence', async (verdict) => {
    const { refused, findings = [], twin, warnings = [], world = {}, apiServer } = verdict;
    await make(world, refused ?? twin);
    if (apiServer !== undefined) await expectApiServersAnswer(verdict);
    else if (refused !== undefined) await expectAnswer(refused, world, findings);
    if (world.deletion === true) await kubectl.apply(manifests(twin));
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
