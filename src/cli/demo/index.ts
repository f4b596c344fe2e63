import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { join, relative } from 'node:path';
import { parse, stringify } from 'yaml';
import {
  createCertificateAuthority,
  issueClientCertificate,
  validFor,
} from '../../../config/certificates.ts';
import { CLUSTER_IMPORT_POLICY, PEDIA_CLUSTER, PEDIA_CLUSTER_LIFECYCLE } from '../../api/index.ts';
import { isNotFound, loadClient, SECRET } from '../../kube/index.ts';
import type { KubeClient, StoredObject, ResourceType } from '../../kube/index.ts';
import { Kubectl } from '../../control-plane/kubectl.ts';
import type { KubectlResult } from '../../control-plane/kubectl.ts';
import { hasControllerManager, locateAssets } from '../../control-plane/locate.ts';
import { startControlPlane } from '../../control-plane/start.ts';
import type { ControlPlane } from '../../control-plane/start.ts';
import type { KubernetesChoice } from '../../control-plane/versions.ts';
import { EXIT } from '../errors.ts';
import type { ExitCode } from '../errors.ts';
import type { Output } from '../output.ts';
import { BROKEN_POLICY } from './broken-policy.ts';
import {
  expectedObjects,
  installPlatform,
  madeType,
  platforms,
  policyFile,
  registerClusters,
} from './platforms.ts';
import type { Platform } from './platforms.ts';
import { installDefinitions, startController, startWebhook } from './product.ts';
import { productFile } from './product-files.ts';
import { Stage } from './stage.ts';

export interface DemoOptions {
  /** Ends when everything has been shown, instead of waiting for the signal. */
  readonly once: boolean;
  /** @default as for {@link startControlPlane} */
  readonly kubernetes?: KubernetesChoice | undefined;
  readonly output: Output;
  /** Aborted to end the demo, at any time. */
  readonly signal: AbortSignal;
}

/** What the demo's scenes work with. */
interface Scene {
  readonly stage: Stage;
  readonly kubectl: Kubectl;
  readonly client: KubeClient;
}

/**
 * Shows the product at work on a control plane of its own: policies go in, PediaClusters come out and follow their
 * sources, a broken policy is rejected. Leaves no process and no file behind, however it ends.
 *
 * @returns 0; 1 when not everything was shown: standard error says why
 */
export async function runDemo({
  once: endsByItself,
  kubernetes,
  output,
  signal,
}: DemoOptions): Promise<ExitCode> {
  const stage = new Stage(output, signal);
  let controlPlane: ControlPlane | undefined;
  let client: KubeClient | undefined;
  try {
    stage.begin('Starting a control plane: etcd and kube-apiserver');
    const log = (line: string) => {
      stage.say(`   ${line}`);
    };
    const found = await locateAssets({ kubernetes, log, signal });
    // With this controller, aggregated roles get their rules as in a cluster, also those applied later.
    const controllers = (await hasControllerManager(found)) ? ['clusterrole-aggregation'] : [];
    controlPlane = await startControlPlane({ assets: found, controllers, log, signal });
    client = await loadClient({ kubeconfig: controlPlane.kubeconfigPath });
    const { assets, kubeconfigPath, processes } = controlPlane;
    const kubectl = new Kubectl(assets, kubeconfigPath, join(processes.dir, 'kubectl'));
    await play(controlPlane, { stage, kubectl, client }, signal);
    if (!endsByItself) await stayUp(stage, controlPlane, signal);
    return EXIT.good;
  } catch (error) {
    // A demo that stays up ends with Ctrl-C. A demo that was to show everything has not done so.
    if (signal.aborted) return endsByItself ? EXIT.findings : EXIT.good;
    stage.report(error);
    return EXIT.findings;
  } finally {
    await client?.close();
    await controlPlane?.stop();
  }
}

async function play(controlPlane: ControlPlane, scene: Scene, signal: AbortSignal): Promise<void> {
  const { stage, kubectl } = scene;
  stage.begin('Installing the definitions, the webhook and the controller');
  await installDefinitions(kubectl);
  stage.watch(await startWebhook(controlPlane, kubectl, { signal }));
  stage.watch(await startController(controlPlane, { signal }));
  stage.say('   both run as processes of their own, with the rights that they have in a cluster');

  for (const platform of platforms) await importPlatform(scene, platform);
  stage.begin('What Clusterpedia gets');
  stage.say(
    '   It connects to each PediaCluster and fills in READY, VERSION and APISERVER. Its address is in the spec,',
  );
  stage.say('   or in the kubeconfig there.');
  await stage.show(kubectl, ['get', 'pediacluster', SPEC_COLUMNS]);
  await rejectBrokenPolicy(scene);
  await rotateCredentials(scene);
  await deleteSource(scene);
}

async function importPlatform({ stage, kubectl, client }: Scene, platform: Platform): Promise<void> {
  stage.begin(`${platform.title}: its clusters become PediaClusters`);
  await installPlatform(kubectl, platform);
  await registerClusters(kubectl, client, platform);
  await stage.show(kubectl, ['get', ...platform.sources]);
  const { code } = await apply(stage, kubectl, shortPath(productFile(policyFile(platform))));
  if (code !== 0) throw new Error(`the policy ${platform.name} was refused`);

  const expected = await expectedObjects(platform);
  await stage.until(`the policy ${platform.name} is ready, and so is all that it makes`, async () => {
    for (const object of expected) await isMade(client, madeType(object.kind), object);
    await hasCondition(client, CLUSTER_IMPORT_POLICY, platform.name, 'Ready');
  });
  await showObjects(stage, kubectl);
}

/**
 * The API server gives a webhook five seconds. On a very busy machine that may be too short, and asking again helps.
 */
const ATTEMPTS = 5;

async function apply(stage: Stage, kubectl: Kubectl, file: string, stdin?: string): Promise<KubectlResult> {
  for (let attempt = 1; ; attempt++) {
    const result = await stage.show(kubectl, ['apply', `--filename=${file}`], stdin);
    const unreached = result.code !== 0 && result.stderr.includes('failed calling webhook');
    if (!unreached) return result;
    if (attempt === ATTEMPTS)
      throw new Error(`the API server did not reach the webhook ${String(ATTEMPTS)} times`);
  }
}

/** The path from the working directory, if the file is below it. */
function shortPath(path: string): string {
  const fromHere = relative('', path);
  return fromHere.startsWith('..') ? path : fromHere;
}

/** The fields that policies set in PediaClusters. A kubeconfig contains its own API server. */
const SPEC_COLUMNS = '--output=custom-columns=NAME:.metadata.name,APISERVER:.spec.apiserver';

async function showObjects(stage: Stage, kubectl: Kubectl): Promise<void> {
  for (const kind of ['clusterimportpolicy', 'pediaclusterlifecycle', 'pediacluster']) {
    await stage.show(kubectl, ['get', kind]);
  }
}

async function isMade(
  client: KubeClient,
  type: ResourceType,
  expected: { metadata: { name: string } },
): Promise<void> {
  const { name } = expected.metadata;
  const object = await client.get(type, name);
  if (type !== PEDIA_CLUSTER_LIFECYCLE) return;
  if (conditionsOf(object).length === 0) throw new Error(`the lifecycle ${name} has no conditions yet`);
}

async function hasCondition(
  client: KubeClient,
  type: ResourceType,
  name: string,
  wanted: string,
): Promise<void> {
  const conditions = conditionsOf(await client.get(type, name));
  const found = conditions.find((condition) => condition.type === wanted);
  if (found?.status !== 'True')
    throw new Error(`${type.kind} ${name}: ${wanted} is ${found?.status ?? 'not there'}`);
}

interface Condition {
  readonly type: string;
  readonly status: string;
}

function conditionsOf(object: StoredObject): readonly Condition[] {
  return (object['status'] as { conditions?: readonly Condition[] } | undefined)?.conditions ?? [];
}

async function rejectBrokenPolicy({ stage, kubectl }: Scene): Promise<void> {
  stage.begin('A broken policy is rejected when it is applied');
  stage.say(...BROKEN_POLICY.trimEnd().split('\n'));
  const { code } = await apply(stage, kubectl, '-', BROKEN_POLICY);
  if (code === 0) throw new Error('the broken policy was accepted');
}

const rotated = {
  secret: { type: SECRET, namespace: 'default', name: 'capi-quickstart-kubeconfig', key: 'value' },
  pediaCluster: 'default-capi-quickstart',
} as const;

async function rotateCredentials({ stage, client }: Scene): Promise<void> {
  const { secret, pediaCluster } = rotated;
  stage.begin(`The credentials in Secret ${secret.name} are renewed: the PediaCluster follows`);
  const before = await kubeconfigOf(client, pediaCluster);
  stage.say(`   kubeconfig of ${pediaCluster}: ${fingerprint(before)}`);
  const renewed = await renewClientCertificate(before);
  const data = { [secret.key]: renewed };
  await client.patch(secret.type, secret.name, secret.namespace, { data }, { type: 'merge' });
  stage.say(`   kubeconfig in the Secret, renewed:     ${fingerprint(renewed)}`);
  await stage.until(`${pediaCluster} has the renewed kubeconfig`, async () => {
    const now = await kubeconfigOf(client, pediaCluster);
    if (now !== renewed) throw new Error(`it has ${fingerprint(now)}`);
  });
}

async function kubeconfigOf(client: KubeClient, pediaCluster: string): Promise<string> {
  const { spec } = await client.get(PEDIA_CLUSTER, pediaCluster);
  return (spec as { kubeconfig: string }).kubeconfig;
}

/** Enough to tell two values apart without showing either. */
function fingerprint(value: string): string {
  return `sha256:${createHash('sha256').update(value).digest('hex').slice(0, 12)}`;
}

/** The same kubeconfig with another client certificate, as a platform makes before the old one expires (base64 each). */
async function renewClientCertificate(kubeconfig: string): Promise<string> {
  const config = parse(Buffer.from(kubeconfig, 'base64').toString('utf8')) as { users: { user: object }[] };
  const authority = await createCertificateAuthority('kubernetes', validFor(365));
  const user = { name: 'kubernetes-admin', groups: ['system:masters'] };
  const pair = await issueClientCertificate(authority, user, validFor(365));
  const encode = (text: string): string => Buffer.from(text).toString('base64');
  const credentials = {
    'client-certificate-data': encode(pair.certPem),
    'client-key-data': encode(pair.keyPem),
  };
  const users = config.users.map((entry) => ({ ...entry, user: { ...entry.user, ...credentials } }));
  return encode(stringify({ ...config, users }));
}

async function deleteSource({ stage, kubectl, client }: Scene): Promise<void> {
  const [cluster, made] = ['capi-quickstart-2', 'default-capi-quickstart-2'];
  stage.begin(`Cluster ${cluster} is deleted: its PediaCluster goes`);
  await stage.show(kubectl, ['delete', 'clusters.cluster.x-k8s.io', cluster]);
  await stage.until(`${made}, its lifecycle and its PediaCluster, is gone`, async () => {
    for (const type of [PEDIA_CLUSTER, PEDIA_CLUSTER_LIFECYCLE]) await isAbsent(client, type, made);
  });
  await stage.until('the policy counts one cluster', async () => {
    const policy = await client.get(CLUSTER_IMPORT_POLICY, 'cluster-api');
    const { pediaClusters } = policy['status'] as { pediaClusters: number };
    if (pediaClusters !== 1) throw new Error(`it counts ${String(pediaClusters)}`);
  });
  await showObjects(stage, kubectl);
}

async function isAbsent(client: KubeClient, type: ResourceType, name: string): Promise<void> {
  try {
    await client.get(type, name);
  } catch (error) {
    if (isNotFound(error)) return;
    throw error;
  }
  throw new Error(`${type.kind} ${name} is still there`);
}

async function stayUp(
  stage: Stage,
  { kubeconfigPath, assets }: ControlPlane,
  signal: AbortSignal,
): Promise<void> {
  stage.begin('Everything stays up until you press Ctrl-C. In another terminal:');
  stage.say(
    `export KUBECONFIG=${kubeconfigPath}`,
    `export PATH=${assets}:$PATH`,
    'kubectl get pediacluster',
    '',
    'What to try next, from a checkout:',
    'npm run -s cli -- status --server',
    'npm run -s cli -- explain --server pediacluster/default-capi-quickstart',
    `kubectl apply --filename=${shortPath(productFile('docs/examples/acme/two-clusters/crds.yaml'))}`,
    `kubectl apply --filename=${shortPath(productFile('docs/examples/broken.yaml'))}   # is refused, with what to mend`,
  );
  if (!signal.aborted) await once(signal, 'abort');
}
