/**
 * `npm run -s bench -- webhook [--rate N] [--seconds N] [--profile FILE]`
 *
 * The webhook as a process on a real API server, with 20 clusters to try policies on; 200 valid policies and 200 broken
 * ones over TLS on kept connections, at a fixed rate, then as fast as they are answered, then far more than that. Next to
 * it, in turns, a fastify route that answers at once. One JSON line on standard output; progress on standard error.
 *
 * With `--profile`, where the webhook's time goes is written to a file that Chrome's tools read. That costs time itself, so
 * the figures beside it do not count.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { createCertificateAuthority, issueServerCertificate, validFor } from '../../config/certificates.ts';
import { parseConfig } from '../../config/index.ts';
import { Kubectl } from '../../src/control-plane/kubectl.ts';
import { freePort } from '../../src/control-plane/ports.ts';
import type { ManagedProcess } from '../../src/control-plane/processes.ts';
import type { ControlPlane } from '../../src/control-plane/start.ts';
import { startControlPlane } from '../../src/control-plane/start.ts';
import { kubernetesVersion } from '../../src/control-plane/versions.ts';
import { eventually } from '../../src/control-plane/wait.ts';
import { clusterApi, installPlatform } from '../../src/cli/demo/platforms.ts';
import { installDefinitions } from '../../src/cli/demo/product.ts';
import { loadClient } from '../../src/kube/index.ts';
import type { StoredObject } from '../../src/kube/index.ts';
import { VALIDATE_PATH } from '../../webhook/configuration.ts';
import { admissionReview, policy } from '../webhook/requests.ts';
import { INSPECTED, Inspector } from './inspector.ts';
import type { LoadResult, Target, Verdict } from './load.ts';
import { asFastAsPossible, atRate, rounded } from './load.ts';

const PRODUCT = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const BARE_ROUTE = fileURLToPath(new URL('./bare-route.ts', import.meta.url));
const POLICIES = 200;
const CLUSTERS = 20;
const CONNECTIONS = 16;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** Runs the benchmark. */
export default async function webhookBench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rate: { type: 'string', default: '100' },
      seconds: { type: 'string', default: '10' },
      profile: { type: 'string' },
    },
  });
  const rate = positive('--rate', values.rate);
  const seconds = positive('--seconds', values.seconds);
  const controlPlane = await startControlPlane({ log: say });
  try {
    const kubectl = new Kubectl(controlPlane.assets, controlPlane.kubeconfigPath, controlPlane.processes.dir);
    await prepare(kubectl);
    const servers = await startServers(controlPlane, values.profile);
    const kubernetes = await kubernetesVersion(controlPlane.assets);
    const measured = await measure(servers, { rate, seconds, profile: values.profile });
    process.stdout.write(`${JSON.stringify({ kubernetes, ...measured })}\n`);
  } finally {
    await controlPlane.stop();
  }
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${name} must be a positive number: current value is ${text}`);
  return value;
}

async function prepare(kubectl: Kubectl): Promise<void> {
  say(`creating definitions and ${String(CLUSTERS)} clusters`);
  await installDefinitions(kubectl);
  await installPlatform(kubectl, clusterApi);
  const objects = Array.from({ length: CLUSTERS }, (_, index) => [
    {
      apiVersion: 'cluster.x-k8s.io/v1beta1',
      kind: 'Cluster',
      metadata: { name: `c${String(index)}`, namespace: 'default' },
      spec: { controlPlaneEndpoint: { host: `c${String(index)}.example`, port: 6443 } },
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: `c${String(index)}-kubeconfig`, namespace: 'default' },
      stringData: { value: kubeconfigOf(`c${String(index)}.example`) },
    },
  ]).flat();
  await kubectl.apply(objects.map((object) => stringify(object)).join('---\n'));
}

/** One that stands alone, as Cluster API's are. */
const kubeconfigOf = (host: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'c', cluster: { server: `https://${host}:6443`, 'certificate-authority-data': 'Y2E=' } },
    ],
    users: [{ name: 'u', user: { token: 'token' } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });

interface Servers {
  readonly webhook: ManagedProcess;
  readonly bare: ManagedProcess;
  readonly webhookTarget: Target;
  readonly bareTarget: Target;
}

async function startServers(controlPlane: ControlPlane, profile: string | undefined): Promise<Servers> {
  const { processes } = controlPlane;
  const authority = await createCertificateAuthority('bench', validFor(1));
  const pair = await issueServerCertificate(authority, { ips: ['127.0.0.1'] }, validFor(1));
  const directory = join(processes.dir, 'bench-certificates');
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'tls.crt'), pair.certPem);
  await writeFile(join(directory, 'tls.key'), pair.keyPem, { mode: 0o600 });
  const [port, probesPort, barePort] = [await freePort(), await freePort(), await freePort()];
  const config = {
    kubeconfig: await controlPlane.writeKubeconfig({
      name: 'system:serviceaccount:clusterpedia-import-system:clusterpedia-import-webhook',
    }),
    webhook: {
      address: '127.0.0.1',
      port,
      probes: { address: '127.0.0.1', port: probesPort },
      certificates: { directory },
      shutdownDelaySeconds: 0,
    },
  };
  const file = join(processes.dir, 'bench-webhook.yaml');
  await writeFile(file, stringify(config));
  const webhook = await processes.spawn('webhook', process.execPath, [
    ...(profile === undefined ? [] : [INSPECTED]),
    PRODUCT,
    'webhook',
    `--config=${file}`,
  ]);
  const bare = await processes.spawn('bare', process.execPath, [BARE_ROUTE, directory, String(barePort)]);
  const target = (at: number, judge: Target['judge'], path = VALIDATE_PATH): Target => ({
    url: `https://127.0.0.1:${String(at)}${path}?timeout=5s`,
    ca: authority.certPem,
    judge,
  });
  await eventually('the webhook to be ready', async () => {
    if (webhook.exit) throw new Error(webhook.output());
    const { ok } = await fetch(`http://127.0.0.1:${String(probesPort)}/readyz`);
    if (!ok) throw new Error(webhook.output());
  });
  const servers = {
    webhook,
    bare,
    webhookTarget: target(port, judgeReview, await pathOfTheApiServer(controlPlane)),
    bareTarget: target(barePort, (code) => (code === 200 ? 'good' : { fault: `HTTP ${String(code)}` })),
  };
  await eventually('the bare route to be ready', async () => {
    const { errors } = await atRate(servers.bareTarget, ['{}'], { perSecond: 1, seconds: 1, connections: 1 });
    if (errors > 0) throw new Error(bare.output());
  });
  return servers;
}

type PathSecret = StoredObject & { readonly data: { readonly 'paths.json': string } };

/** The path by which the webhook takes requests for the API server's. */
async function pathOfTheApiServer({ kubeconfigPath }: ControlPlane): Promise<string> {
  const client = await loadClient({ kubeconfig: kubeconfigPath });
  try {
    const secrets = { group: '', version: 'v1', resource: 'secrets', kind: 'Secret', namespaced: true };
    const { namespace, secretName } = parseConfig('').webhook.callers;
    const { data } = await client.get<PathSecret>(secrets, secretName, namespace);
    const [path] = JSON.parse(Buffer.from(data['paths.json'], 'base64').toString()) as { secret: string }[];
    return `${VALIDATE_PATH}/${path?.secret ?? ''}`;
  } finally {
    await client.close();
  }
}

/** The first half of the policies is valid, the second broken: an answer that is wrong about that is an error. */
function judgeReview(code: number, body: string, index: number): Verdict {
  if (code === 429) return 'shed';
  if (code !== 200) return { fault: `HTTP ${String(code)}` };
  const { allowed, status } = (
    JSON.parse(body) as { response: { allowed: boolean; status: { code: number } } }
  ).response;
  if (status.code === 429) return 'shed';
  const expected = index % 2 === 0 ? allowed : !allowed && status.code === 422;
  return expected ? 'good' : { fault: `${allowed ? 'admitted' : 'refused'} with ${String(status.code)}` };
}

/** Valid and broken policies by turns, no two alike. */
function reviews(): string[] {
  const spec = (index: number, pipe: string) => ({
    source: { group: 'cluster.x-k8s.io', resource: 'clusters' },
    references: [
      {
        key: 'kubeconfig',
        group: '',
        resource: 'secrets',
        namespaceTemplate: '{{ .source.metadata.namespace }}',
        nameTemplate: '{{ .source.metadata.name }}-kubeconfig',
      },
    ],
    nameTemplate: `p${String(index)}-{{ .source.metadata.namespace }}-{{ .source.metadata.name }}`,
    creationCondition: '{{ ne .source.spec.controlPlaneEndpoint.host "" }}',
    template: `metadata:\n  labels:\n    number: "${String(index)}"\nspec:\n  apiserver: "https://{{ .source.spec.controlPlaneEndpoint.host }}:6443"\n  kubeconfig: "{{ .references.kubeconfig.data.value${pipe} }}"\n  syncResources:\n    - group: ""\n      resources: [pods]\n`,
  });
  const user = { username: 'admin', groups: ['system:masters', 'system:authenticated'] };
  const review = (name: string, body: object, uid: string) =>
    JSON.stringify(admissionReview({ uid, name, userInfo: user, object: policy(body, { name }) }));
  return Array.from({ length: POLICIES }, (_, index) => [
    review(`valid-${String(index)}`, spec(index, ''), `valid-${String(index)}`),
    review(`broken-${String(index)}`, spec(index, ' | nosuch'), `broken-${String(index)}`),
  ]).flat();
}

interface Report {
  readonly bench: 'webhook';
  readonly policies: number;
  readonly rate: number;
  readonly webhook: Measured;
  readonly bareRoute: Measured;
  /** Several times more than is answered. Memory in MiB: resident, before and at most. */
  readonly overload: LoadResult & {
    readonly perSecondOffered: number;
    readonly memoryBefore: number;
    readonly memoryPeak: number;
  };
}

interface Measured {
  readonly atRate: LoadResult;
  readonly fastest: LoadResult;
  /** Milliseconds of processor time per request: what is left of a core does not depend on what else the machine does. */
  readonly processorTime: number;
}

interface Load {
  /** Requests per second. */
  readonly rate: number;
  readonly seconds: number;
  /** Where the webhook's profile is written; none without it. */
  readonly profile: string | undefined;
}

async function measure(servers: Servers, { rate, seconds, profile }: Load): Promise<Report> {
  const bodies = reviews();
  const { webhook, bare, webhookTarget, bareTarget } = servers;
  say('warming up');
  for (const target of [bareTarget, webhookTarget]) {
    await asFastAsPossible(target, bodies, { seconds: Math.min(5, seconds), connections: CONNECTIONS });
  }
  const measured = async (target: Target, { pid }: ManagedProcess): Promise<Measured> => {
    const before = await processorMs(pid);
    const paced = await atRate(target, bodies, { perSecond: rate, seconds, connections: CONNECTIONS });
    const fastest = await asFastAsPossible(target, bodies, { seconds, connections: CONNECTIONS });
    const spent = (await processorMs(pid)) - before;
    return { atRate: paced, fastest, processorTime: rounded(spent / (paced.requests + fastest.requests)) };
  };
  say(
    `measuring the bare route, then the webhook: ${String(rate)} requests/s for ${String(seconds)} s, then as many as possible`,
  );
  const bareRoute = await measured(bareTarget, bare);
  const ours = await profiled(webhook, profile, () => measured(webhookTarget, webhook));
  const offered = Math.ceil(ours.fastest.requestsPerSecond * 4);
  say(`overloading the webhook with ${String(offered)} requests/s`);
  const memoryBefore = await residentMiB(webhook.pid);
  let memoryPeak = memoryBefore;
  const sampling = setInterval(() => {
    void residentMiB(webhook.pid).then((now) => {
      memoryPeak = Math.max(memoryPeak, now);
    });
  }, 100);
  const overload = await atRate(webhookTarget, bodies, { perSecond: offered, seconds, connections: 128 });
  clearInterval(sampling);
  const { code } = await webhook.stop();
  if (code !== 0) throw new Error(`the webhook ended with ${String(code)}: ${webhook.output()}`);
  return {
    bench: 'webhook',
    policies: bodies.length,
    rate,
    webhook: ours,
    bareRoute,
    overload: { ...overload, perSecondOffered: offered, memoryBefore, memoryPeak },
  };
}

async function profiled<T>(
  webhook: ManagedProcess,
  file: string | undefined,
  run: () => Promise<T>,
): Promise<T> {
  if (file === undefined) return run();
  const inspector = await Inspector.of(webhook);
  const result = await inspector.profiled(file, run);
  inspector.close();
  return result;
}

const TICKS_PER_SECOND = 100;

/** Processor time that a process has used, user and system, milliseconds (Linux). */
async function processorMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8');
  // The second field is a name in parentheses, which may hold anything; utime and stime are the 14th and 15th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
}

/** Resident memory of a process, MiB (Linux). */
async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}
