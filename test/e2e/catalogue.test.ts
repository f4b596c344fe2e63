import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { CLUSTER_IMPORT_POLICY, PEDIA_CLUSTER, PEDIA_CLUSTER_LIFECYCLE } from '../../src/api/index.ts';
import type { Platform } from '../../src/cli/demo/platforms.ts';
import { installPlatform, registerClusters } from '../../src/cli/demo/platforms.ts';
import { installDefinitions, startController, startWebhook } from '../../src/cli/demo/product.ts';
import { loadClient } from '../../src/kube/index.ts';
import type { KubeClient, ResourceType } from '../../src/kube/index.ts';
import { eventually, Kubectl, startControlPlane } from '../control-plane/index.ts';
import type { ControlPlane } from '../control-plane/index.ts';
import type { Rule } from '../kustomize/manifests.ts';
import { installed, isRole } from '../kustomize/manifests.ts';
import { CATALOGUE, objectsIn, platforms, policyFile } from '../policies/catalogue.ts';

const NAMESPACE = 'clusterpedia-import-system';
const accounts = { controller: 'clusterpedia-import-controller', webhook: 'clusterpedia-import-webhook' };
type Process = keyof typeof accounts;
const userOf = (process: Process) => `system:serviceaccount:${NAMESPACE}:${accounts[process]}`;

// A control plane of its own: which requests were made, and which were refused, is to be known to the last one.
let controlPlane: ControlPlane;
let kubectl: Kubectl;
let client: KubeClient;
let folder: string;

const asPlatform = (name: string): Platform => ({
  name,
  title: name,
  sources: [],
  hasDefinitions: existsSync(join(CATALOGUE, name, 'testdata/crds.yaml')),
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clusterpedia-import-catalogue-'));
  controlPlane = await startControlPlane({
    assets: inject('assets'),
    audit: {
      logPath: join(folder, 'audit.log'),
      rules: [
        // In every stage: a watch that is open has not ended yet.
        { level: 'Metadata', users: [userOf('controller'), userOf('webhook')] },
        { level: 'None' },
      ],
    },
  });
  kubectl = new Kubectl(controlPlane.assets, controlPlane.kubeconfigPath, folder);
  client = await loadClient({ kubeconfig: controlPlane.kubeconfigPath });
  await installDefinitions(kubectl);
  for (const platform of platforms) await installPlatform(kubectl, asPlatform(platform));
  await startWebhook(controlPlane, kubectl);
  await startController(controlPlane);
});

afterAll(async () => {
  await client?.close();
  await controlPlane?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Registers the sample clusters, as the platform's own controllers would: of KubeSphere's, the status is no subresource. */
async function register(platform: string): Promise<void> {
  if (platform === 'kubesphere') {
    await kubectl.apply(await readFile(join(CATALOGUE, platform, 'testdata/objects.yaml'), 'utf8'));
  } else {
    await registerClusters(kubectl, client, asPlatform(platform));
  }
}

const listed = async (resource: ResourceType) => (await client.list(resource)).items;

interface AuditEvent {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly requestURI: string;
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code: number };
}

async function requestsOf(process: Process): Promise<readonly AuditEvent[]> {
  const lines = (await readFile(join(folder, 'audit.log'), 'utf8')).split('\n').filter((line) => line !== '');
  return lines
    .map((line) => JSON.parse(line) as AuditEvent)
    .filter(({ user }) => user.username === userOf(process));
}

const refused = (requests: readonly AuditEvent[]) =>
  requests
    .filter(({ responseStatus }) => responseStatus?.code === 403)
    .map(({ verb, requestURI }) => `${verb} ${requestURI}`);

/**
 * `verb group/resource`, with the subresource after another slash. A streaming list is a watch that does what a list is for;
 * the right to list is what remains for API servers that have no streaming lists, or refuse one.
 */
function rightsUsedBy({ verb, requestURI, objectRef }: AuditEvent): readonly string[] {
  if (objectRef === undefined) return [];
  const { apiGroup = '', resource, subresource } = objectRef;
  const what = `${apiGroup}/${resource}${subresource === undefined ? '' : `/${subresource}`}`;
  const verbs = requestURI.includes('sendInitialEvents=true') ? [verb, 'list'] : [verb];
  return verbs.map((used) => `${used} ${what}`);
}

const rightsOf = ({ apiGroups, resources, verbs }: Rule): readonly string[] =>
  apiGroups.flatMap((group) =>
    resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`)),
  );

/** Rights for what does not happen here. */
const rare: ReadonlySet<string> = new Set([
  // A lifecycle whose policy the cache does not hold.
  'get policy.clusterpedia.io/clusterimportpolicies',
  // An event that is repeated.
  'patch events.k8s.io/events',
  // A CRD whose schema has changed: test/e2e/controller-rules.test.ts.
  'get apiextensions.k8s.io/customresourcedefinitions',
  // Asked for by the admission plugin OwnerReferencesPermissionEnforcement, which is off by default.
  'update policy.clusterpedia.io/clusterimportpolicies/finalizers',
  'update policy.clusterpedia.io/pediaclusterlifecycles/finalizers',
]);

describe('with the rights of the base and of the policies, and no others', () => {
  it.each(platforms)('the webhook admits the policy of %s', async (platform) => {
    await register(platform);
    await kubectl.apply(await readFile(policyFile(platform), 'utf8'));
  });

  it.each(platforms)('the controller imports the clusters of %s', async (platform) => {
    const expected = await objectsIn(join(CATALOGUE, platform, 'testdata/expected.yaml'));
    await eventually(`what ${platform} is to become`, async () => {
      const made = [...(await listed(PEDIA_CLUSTER)), ...(await listed(PEDIA_CLUSTER_LIFECYCLE))];
      for (const { kind, metadata, spec } of expected) {
        const found = made.find((object) => object.kind === kind && object.metadata.name === metadata.name);
        expect(found?.['spec'], `${kind} ${metadata.name}`).toMatchObject(spec as object);
      }
    });
    await eventually(`the policy ${platform} to be settled`, async () => {
      const { status } = await client.get(CLUSTER_IMPORT_POLICY, platform);
      const { conditions } = status as {
        readonly conditions: readonly { readonly type: string; readonly status: string }[];
      };
      expect(conditions.map(({ type, status }) => `${type} ${status}`).sort()).toEqual([
        'Ready True',
        'Reconciling False',
        'Stalled False',
        'Validated True',
      ]);
    });
  });

  it('the controller makes nothing of the samples but what is expected', async () => {
    const expected = await Promise.all(
      platforms.map((platform) => objectsIn(join(CATALOGUE, platform, 'testdata/expected.yaml'))),
    );
    const namesOf = (kind: string) =>
      expected
        .flat()
        .filter((object) => object.kind === kind)
        .map(({ metadata }) => metadata.name)
        .sort();
    const made = async (resource: ResourceType) =>
      (await listed(resource)).map(({ metadata }) => metadata.name).sort();
    expect(await made(PEDIA_CLUSTER)).toEqual(namesOf('PediaCluster'));
    expect(await made(PEDIA_CLUSTER_LIFECYCLE)).toEqual(namesOf('PediaClusterLifecycle'));
  });

  it('credentials follow their Secret', async () => {
    const token = Buffer.from('rotated').toString('base64');
    const patch = JSON.stringify({ data: { token } });
    await kubectl.run(['patch', 'secret', 'member1', '--namespace=karmada-cluster', `--patch=${patch}`]);
    await eventually('the PediaCluster to follow', async () => {
      const { spec } = await client.get(PEDIA_CLUSTER, 'karmada-member1');
      expect(spec).toMatchObject({ tokenData: token });
    });
  });

  it('a Secret that disappears is told in an event, and the PediaCluster stays', async () => {
    await kubectl.run(['delete', 'secret', 'cluster-1', '--namespace=default']);
    await eventually('the event', async () => {
      const events = await kubectl.list('events.events.k8s.io');
      expect(events.map(({ reason, regarding }) => ({ reason, regarding }))).toContainEqual({
        reason: 'ReferenceNotFound',
        regarding: expect.objectContaining({
          kind: 'PediaClusterLifecycle',
          name: 'mcp-cluster-1',
        }) as object,
      });
    });
    await expect(client.get(PEDIA_CLUSTER, 'mcp-cluster-1')).resolves.toBeDefined();
  });

  it('PediaClusters go with their policies', async () => {
    await kubectl.run(['delete', 'clusterimportpolicies', '--all', '--wait', '--timeout=120s']);
    expect(await listed(PEDIA_CLUSTER_LIFECYCLE)).toEqual([]);
    expect(await listed(PEDIA_CLUSTER)).toEqual([]);
  });

  it.each(['controller', 'webhook'] as const)('the API server refused the %s nothing', async (process) => {
    const requests = await requestsOf(process);
    expect(requests.length).toBeGreaterThan(0);
    expect(refused(requests)).toEqual([]);
  });

  it.each(['controller', 'webhook'] as const)('the %s used every right that it has', async (process) => {
    const used = new Set((await requestsOf(process)).flatMap(rightsUsedBy));
    const granted = installed('default')
      .filter(isRole)
      .filter(({ metadata }) => metadata.name === accounts[process])
      .flatMap(({ rules = [] }) => rules.flatMap(rightsOf));
    const unused = granted.filter((right) => !used.has(right) && !rare.has(right));
    expect(unused).toEqual([]);
  });
});
