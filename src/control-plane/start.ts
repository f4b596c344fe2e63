import { generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import type { RequestOptions } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import semver from 'semver';
import {
  createCertificateAuthority,
  issueClientCertificate,
  issueServerCertificate,
  validFor,
} from '../../config/certificates.ts';
import type { CertificatePair } from '../../config/certificates.ts';
import { locateAssets } from './locate.ts';
import { freePort } from './ports.ts';
import { createProcessGroup } from './processes.ts';
import type { ManagedProcess, ProcessGroup } from './processes.ts';
import { becomesReady } from './readiness.ts';
import { kubernetesVersion } from './versions.ts';
import type { KubernetesChoice } from './versions.ts';

export interface ControlPlaneOptions {
  /** Folder with etcd, kube-apiserver and kubectl. @default what {@link locateAssets} finds or makes */
  readonly assets?: string;
  /** Which Kubernetes, where no folder is given. @default as for {@link locateAssets} */
  readonly kubernetes?: KubernetesChoice | undefined;
  /** Called with one line of progress at a time. @default nothing is reported */
  readonly log?: (line: string) => void;
  /** Writes one JSON line per request to `logPath`, as the rules of an audit.k8s.io/v1 Policy say. */
  readonly audit?: { readonly rules: readonly object[]; readonly logPath: string };
  /** Added to the flags of kube-apiserver, where they override the ones given here: `--max-requests-inflight=10`. */
  readonly apiServerFlags?: readonly string[];
  /**
   * Runs kube-controller-manager with these controllers, by the names that they had before 1.28 and still answer to:
   * `namespace`, `garbagecollector`. @default none: it doesn't run
   */
  readonly controllers?: readonly string[];
  /** Gives up starting. */
  readonly signal?: AbortSignal;
}

/** A running etcd and kube-apiserver with throw-away certificates and data. */
export interface ControlPlane {
  /** `https://127.0.0.1:PORT`, the same after a restart. */
  readonly url: string;
  /** The authority that signed the API server's certificate. */
  readonly caPem: string;
  /** A kubeconfig of the group system:masters, with everything inline: the file and its text. */
  readonly kubeconfigPath: string;
  readonly kubeconfig: string;
  /** Folder with the binaries: etcd, kube-apiserver, kubectl. */
  readonly assets: string;
  /** Whatever is spawned in this group ends with the control plane; its folder may hold the files of these processes. */
  readonly processes: ProcessGroup;
  /** Writes a kubeconfig of another user into the folder of the process group, and returns its path. */
  writeKubeconfig(user: { readonly name: string; readonly groups?: readonly string[] }): Promise<string>;
  etcd(): ManagedProcess;
  /** Where etcd listens for clients, without TLS. */
  readonly etcdUrl: string;
  /** The present kube-apiserver process; after {@link stopApiServer} the last one. */
  apiServer(): ManagedProcess;
  /** Undefined where no controllers were asked for. */
  controllerManager(): ManagedProcess | undefined;
  /** Ends kube-apiserver (default SIGKILL, as a crash would); the data stays in etcd. */
  stopApiServer(signal?: NodeJS.Signals): Promise<void>;
  /**
   * Starts kube-apiserver again, on the same port with the same data, and waits until it is ready.
   *
   * @param flags in addition to those of before
   */
  startApiServer(flags?: readonly string[]): Promise<void>;
  restartApiServer(signal?: NodeJS.Signals): Promise<void>;
  /** Kills every process of the group and removes the folder. May be called more than once. */
  stop(): Promise<void>;
}

const CERTIFICATE_DAYS = 30;
const adminUser = { name: 'admin', groups: ['system:masters'] };

/**
 * Starts a control plane on free loopback ports: real etcd and kube-apiserver (1.20 and later), RBAC, all default
 * admission plugins except ServiceAccount (no controller makes the accounts that it asks for), and those controllers of
 * kube-controller-manager that are named.
 *
 * @throws Error when there are no binaries, or one of them doesn't become ready; then nothing stays behind
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const { kubernetes, log = () => undefined, signal } = options;
  const assets = options.assets ?? (await locateAssets({ kubernetes, log, signal }));
  signal?.throwIfAborted();
  const processes = await createProcessGroup();
  try {
    return await startIn(processes, assets, options, log);
  } catch (error) {
    await processes.stop();
    throw error;
  }
}

async function startIn(
  processes: ProcessGroup,
  assets: string,
  { audit, apiServerFlags = [], controllers = [], signal }: ControlPlaneOptions,
  log: (line: string) => void,
): Promise<ControlPlane> {
  const credentials = await makeCredentials();
  await writeCredentials(processes.dir, credentials);
  if (audit !== undefined) await writeAuditPolicy(processes.dir, audit.rules);
  log('starting etcd');
  const { etcd, etcdUrl } = await startEtcd(processes, assets, signal);

  log('starting kube-apiserver');
  const port = await freePort();
  const url = `https://127.0.0.1:${String(port)}`;
  const flags = [
    ...flagsOfApiServer(processes.dir, port, etcdUrl),
    ...auditFlags(processes.dir, audit),
    ...apiServerFlags,
  ];
  const start = async (more: readonly string[] = []): Promise<ManagedProcess> => {
    const command = join(assets, 'kube-apiserver');
    const child = await processes.spawn('kube-apiserver', command, [...flags, ...more]);
    await becomesReady(child, () => apiServerIsReady(url, credentials), signal);
    return child;
  };
  let apiServer = await start();

  const kubeconfig = kubeconfigText(url, credentials.ca.certPem, adminUser.name, credentials.admin);
  const kubeconfigPath = join(processes.dir, 'kubeconfig');
  await writeFile(kubeconfigPath, kubeconfig, { mode: 0o600 });
  log(`kube-apiserver is ready at ${url}`);
  const controllerManager =
    controllers.length === 0
      ? undefined
      : await startControllerManager(processes, assets, controllers, kubeconfigPath, signal);

  const stopApiServer = async (how: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    await apiServer.stop({ signal: how });
  };
  const startApiServer = async (more?: readonly string[]): Promise<void> => {
    if (apiServer.exit === undefined) throw new Error('Cannot start kube-apiserver: it is running');
    apiServer = await start(more);
  };
  return {
    url,
    caPem: credentials.ca.certPem,
    kubeconfigPath,
    kubeconfig,
    assets,
    processes,
    writeKubeconfig: async (user) => {
      const pair = await issueClientCertificate(credentials.ca, user, validFor(CERTIFICATE_DAYS));
      const path = join(processes.dir, `kubeconfig-${encodeURIComponent(user.name)}`);
      await writeFile(path, kubeconfigText(url, credentials.ca.certPem, user.name, pair), { mode: 0o600 });
      return path;
    },
    etcd: () => etcd,
    etcdUrl,
    apiServer: () => apiServer,
    controllerManager: () => controllerManager,
    stopApiServer,
    startApiServer,
    restartApiServer: async (how) => {
      await stopApiServer(how);
      await startApiServer();
    },
    stop: () => processes.stop(),
  };
}

interface Credentials {
  readonly ca: CertificatePair;
  readonly server: CertificatePair;
  readonly admin: CertificatePair;
  /** Signs and verifies service account tokens. */
  readonly serviceAccounts: { readonly publicKey: string; readonly privateKey: string };
}

async function makeCredentials(): Promise<Credentials> {
  const validity = validFor(CERTIFICATE_DAYS);
  const ca = await createCertificateAuthority('clusterpedia-import-control-plane', validity);
  const names = {
    dnsNames: ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'],
    ips: ['127.0.0.1', '10.0.0.1'],
  };
  return {
    ca,
    server: await issueServerCertificate(ca, names, validity),
    admin: await issueClientCertificate(ca, adminUser, validity),
    serviceAccounts: generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'sec1', format: 'pem' },
    }),
  };
}

async function writeCredentials(dir: string, credentials: Credentials): Promise<void> {
  const files = {
    'ca.crt': credentials.ca.certPem,
    'server.crt': credentials.server.certPem,
    'server.key': credentials.server.keyPem,
    'service-accounts.pub': credentials.serviceAccounts.publicKey,
    'service-accounts.key': credentials.serviceAccounts.privateKey,
  };
  await mkdir(join(dir, 'pki'));
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(dir, 'pki', name), content, { mode: 0o600 });
  }
}

async function startEtcd(
  processes: ProcessGroup,
  assets: string,
  signal: AbortSignal | undefined,
): Promise<{ etcd: ManagedProcess; etcdUrl: string }> {
  const etcdUrl = `http://127.0.0.1:${String(await freePort())}`;
  const peerUrl = `http://127.0.0.1:${String(await freePort())}`;
  const etcd = await processes.spawn('etcd', join(assets, 'etcd'), [
    `--data-dir=${join(processes.dir, 'etcd')}`,
    `--listen-client-urls=${etcdUrl}`,
    `--advertise-client-urls=${etcdUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=default=${peerUrl}`,
    // The data outlives no crash of the machine, so waiting for the disk buys nothing.
    '--unsafe-no-fsync',
  ]);
  await becomesReady(
    etcd,
    async () => {
      const response = await fetch(`${etcdUrl}/health`);
      const body = await response.text();
      if (!response.ok) throw new Error(`${etcdUrl}/health answers ${String(response.status)}: ${body}`);
    },
    signal,
  );
  return { etcd, etcdUrl };
}

function flagsOfApiServer(dir: string, port: number, etcdUrl: string): string[] {
  const pki = (name: string): string => join(dir, 'pki', name);
  return [
    `--etcd-servers=${etcdUrl}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${String(port)}`,
    // An endpoint on loopback is invalid, and nothing here looks for one.
    '--endpoint-reconciler-type=none',
    `--cert-dir=${join(dir, 'pki')}`,
    `--tls-cert-file=${pki('server.crt')}`,
    `--tls-private-key-file=${pki('server.key')}`,
    `--client-ca-file=${pki('ca.crt')}`,
    '--authorization-mode=RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${pki('service-accounts.pub')}`,
    `--service-account-signing-key-file=${pki('service-accounts.key')}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    '--enable-admission-plugins=MutatingAdmissionWebhook,ValidatingAdmissionWebhook',
    '--disable-admission-plugins=ServiceAccount',
  ];
}

async function startControllerManager(
  processes: ProcessGroup,
  assets: string,
  controllers: readonly string[],
  kubeconfigPath: string,
  signal: AbortSignal | undefined,
): Promise<ManagedProcess> {
  const port = await freePort();
  const pki = (name: string): string => join(processes.dir, 'pki', name);
  const child = await processes.spawn('kube-controller-manager', join(assets, 'kube-controller-manager'), [
    `--kubeconfig=${kubeconfigPath}`,
    `--controllers=${controllers.join(',')}`,
    '--leader-elect=false',
    '--bind-address=127.0.0.1',
    `--secure-port=${String(port)}`,
    // Until 1.23 it listens on a second, fixed port by default.
    ...(semver.lt(await kubernetesVersion(assets), '1.24.0') ? ['--port=0'] : []),
    `--cert-dir=${join(processes.dir, 'pki')}`,
    `--root-ca-file=${pki('ca.crt')}`,
    `--service-account-private-key-file=${pki('service-accounts.key')}`,
    // Nothing else shares this API server; the default, 20 requests a second, is for large clusters.
    '--kube-api-qps=200',
    '--kube-api-burst=400',
  ]);
  const isReady = async (): Promise<void> => {
    const { status, body } = await get(`https://127.0.0.1:${String(port)}/healthz`, {
      rejectUnauthorized: false,
    });
    if (status !== 200) throw new Error(`kube-controller-manager answers ${String(status)}: ${body}`);
  };
  await becomesReady(child, isReady, signal);
  return child;
}

const AUDIT_POLICY_FILE = 'audit-policy.json';

async function writeAuditPolicy(dir: string, rules: readonly object[]): Promise<void> {
  const policy = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules };
  await writeFile(join(dir, AUDIT_POLICY_FILE), JSON.stringify(policy));
}

function auditFlags(dir: string, audit: ControlPlaneOptions['audit']): string[] {
  if (audit === undefined) return [];
  return [
    `--audit-policy-file=${join(dir, AUDIT_POLICY_FILE)}`,
    `--audit-log-path=${audit.logPath}`,
    // A request's line is in the file before its answer is sent, so a test may count them.
    '--audit-log-mode=blocking',
  ];
}

/** Ready means that the API server says so and has created the namespace `default`. */
async function apiServerIsReady(url: string, { ca, admin }: Credentials): Promise<void> {
  for (const path of ['/readyz', '/api/v1/namespaces/default']) {
    const { status, body } = await get(`${url}${path}`, {
      ca: ca.certPem,
      cert: admin.certPem,
      key: admin.keyPem,
    });
    if (status !== 200) throw new Error(`${url}${path} answers ${String(status)}: ${body}`);
  }
}

function get(
  url: string,
  tls: Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'rejectUnauthorized'>,
): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { ...tls, agent: false, timeout: 10_000 }, (response) => {
      text(response).then((body) => {
        resolve({ status: response.statusCode, body });
      }, reject);
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`${url} did not answer within 10 s`)));
    outgoing.on('error', reject);
    outgoing.end();
  });
}

function kubeconfigText(url: string, caPem: string, user: string, pair: CertificatePair): string {
  const base64 = (pem: string): string => Buffer.from(pem).toString('base64');
  return `apiVersion: v1
kind: Config
current-context: clusterpedia-import
clusters:
- name: clusterpedia-import
  cluster:
    server: ${url}
    certificate-authority-data: ${base64(caPem)}
contexts:
- name: clusterpedia-import
  context:
    cluster: clusterpedia-import
    user: ${JSON.stringify(user)}
users:
- name: ${JSON.stringify(user)}
  user:
    client-certificate-data: ${base64(pair.certPem)}
    client-key-data: ${base64(pair.keyPem)}
`;
}
