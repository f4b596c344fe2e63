import { X509Certificate } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { stringify } from 'yaml';
import { createCertificateAuthority, issueServerCertificate, validFor } from '../../config/certificates.ts';
import type { CertificatePair } from '../../config/certificates.ts';
import type { ConfigOverrides } from '../../config/index.ts';
import { CLUSTER_IMPORT_POLICY } from '../../src/api/index.ts';
import { applyFiles, installDefinitions } from '../../src/cli/demo/product.ts';
import { loadClient } from '../../src/kube/index.ts';
import type { KubeClient, KubeManifest } from '../../src/kube/index.ts';
import { VALIDATE_PATH, webhookConfigurations } from '../../webhook/configuration.ts';
import { eventually, freePort, Kubectl, MAIN_MODULE, startControlPlane } from '../control-plane/index.ts';
import type { ApiObject, ControlPlane, ManagedProcess } from '../control-plane/index.ts';
import type { Balancer, Endpoint } from './balancer.ts';
import { startBalancer } from './balancer.ts';
import { validPolicy } from './valid-policy.ts';

const NAMESPACE = 'clusterpedia-import-system';
const SECRET = 'clusterpedia-import-webhook-certificates';

type SecretObject = ApiObject & { readonly data: { readonly [key: string]: string } };

let controlPlane: ControlPlane;
let kubectl: Kubectl;
let client: KubeClient;
let balancer: Balancer;
let account: string;

beforeAll(async () => {
  controlPlane = await startControlPlane({ assets: inject('assets') });
  kubectl = new Kubectl(controlPlane.assets, controlPlane.kubeconfigPath, controlPlane.processes.dir);
  client = await loadClient({ kubeconfig: controlPlane.kubeconfigPath });
  await installDefinitions(kubectl);
  await applyFiles(kubectl, ['kustomize/components/self-managed-certificates/rbac.yaml']);
  account = await controlPlane.writeKubeconfig({
    name: `system:serviceaccount:${NAMESPACE}:clusterpedia-import-webhook`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${NAMESPACE}`],
  });
});

afterAll(async () => {
  await client?.close();
  await controlPlane?.stop();
});

beforeEach(async () => {
  balancer = await startBalancer();
});

afterEach(async () => {
  await kubectl.run([
    'delete',
    'validatingwebhookconfigurations,mutatingwebhookconfigurations',
    'clusterpedia-import',
    '--ignore-not-found',
  ]);
  for (const { process } of running.splice(0)) {
    await process.stop();
    logs.push(process.output());
  }
  await balancer.close();
});

interface Replica extends Endpoint {
  readonly process: ManagedProcess;
}

const running: Replica[] = [];
const logs: string[] = [];
let started = 0;

async function startReplica(webhook: ConfigOverrides['webhook']): Promise<Replica> {
  const [port, probesPort] = [await freePort(), await freePort()];
  const config = {
    kubeconfig: account,
    webhook: {
      address: '127.0.0.1',
      port,
      probes: { address: '127.0.0.1', port: probesPort },
      shutdownDelaySeconds: 1,
      callers: { pollSeconds: 1 },
      ...webhook,
    },
  };
  const name = `webhook-${String(started++)}`;
  const file = join(controlPlane.processes.dir, `${name}.yaml`);
  await writeFile(file, stringify(config));
  const process_ = await controlPlane.processes.spawn(name, process.execPath, [
    MAIN_MODULE,
    'webhook',
    `--config=${file}`,
  ]);
  const replica = { port, probesPort, process: process_ };
  running.push(replica);
  balancer.setEndpoints(running);
  return replica;
}

const isReady = ({ port, process }: Replica) =>
  eventually('the replica to be ready', () => {
    if (!balancer.ready().includes(port)) throw new Error(process.output());
  });

/** Makes the API server send policies to the balancer; resolves once a running replica knows it by its path. */
async function register(caBundle?: string): Promise<void> {
  const configurations = webhookConfigurations({
    target: { url: `https://127.0.0.1:${String(balancer.port)}` },
    ...(caBundle === undefined ? {} : { caBundle }),
  });
  await kubectl.apply(configurations.map((configuration) => stringify(configuration)).join('---\n'));
  if (running.length === 0) return;
  await eventually('the path to be written', async () => {
    const configuration = await kubectl.get('validatingwebhookconfigurations', 'clusterpedia-import');
    expect(JSON.stringify(configuration)).toMatch(new RegExp(`${VALIDATE_PATH}/[0-9a-f]{60}"`));
  });
}

const broken: KubeManifest = {
  ...validPolicy,
  spec: { ...validPolicy.spec, nameTemplate: '{{ nosuch }}' },
};

/** Creates policies, on trial, one after the other until stopped; both webhooks are asked each time. */
function constantLoad() {
  let running_ = true;
  const failures: string[] = [];
  let admitted = 0;
  let refused = 0;
  const one = async (manifest: KubeManifest, count: () => void, expected: string | undefined) => {
    while (running_) {
      try {
        await client.create(CLUSTER_IMPORT_POLICY, manifest, { dryRun: true });
        if (expected === undefined) count();
        else failures.push('a broken policy was admitted');
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        if (expected !== undefined && message.includes(expected)) count();
        else failures.push(message);
      }
    }
  };
  const loads = Promise.all([
    one(validPolicy, () => admitted++, undefined),
    one(validPolicy, () => admitted++, undefined),
    one(broken, () => refused++, 'function "nosuch" is not defined'),
  ]);
  /** Resolves when so many more have been judged. */
  const judged = async (more: number): Promise<void> => {
    const target = admitted + more;
    await eventually(`${String(more)} more policies to be judged`, () => {
      if (admitted < target || refused === 0)
        throw new Error(failures.join('\n') || `${String(admitted)} of ${String(target)}`);
    });
  };
  const stop = async () => {
    running_ = false;
    await loads;
    return failures;
  };
  return { judged, stop };
}

/** The certificate that a replica shows to a new connection. */
function shownBy({ port }: Replica): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? '');
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

const fingerprintOf = (pem: string): string => new X509Certificate(pem).fingerprint256;

describe('with certificates in files', () => {
  it('certificates change and replicas restart under constant load without one failed admission', async () => {
    const authority = await createCertificateAuthority('test', validFor(1));
    const directory = join(controlPlane.processes.dir, 'certificates');
    await mkdir(directory, { recursive: true });
    const rotate = async (): Promise<CertificatePair> => {
      const pair = await issueServerCertificate(authority, { ips: ['127.0.0.1'] }, validFor(1));
      for (const [file, text] of [
        ['tls.crt', pair.certPem],
        ['tls.key', pair.keyPem],
      ] as const) {
        await writeFile(join(directory, `.${file}`), text);
        await rename(join(directory, `.${file}`), join(directory, file));
      }
      return pair;
    };
    await rotate();
    const replicas = [await startReplica({ certificates: { directory, pollSeconds: 1 } })];
    replicas.push(await startReplica({ certificates: { directory, pollSeconds: 1 } }));
    await Promise.all(replicas.map(isReady));
    await register(authority.certPem);

    const load = constantLoad();
    await load.judged(10);
    for (let round = 0; round < 2; round++) {
      const { certPem } = await rotate();
      for (const replica of running) {
        await eventually('the new certificate', async () => {
          expect(await shownBy(replica)).toBe(fingerprintOf(certPem));
        });
      }
      await load.judged(10);
      // As a rolling update does: the new one becomes ready, then the old one goes.
      const successor = await startReplica({ certificates: { directory, pollSeconds: 1 } });
      await isReady(successor);
      const [old] = running;
      if (old === undefined) throw new Error('there is no replica');
      old.process.kill('SIGTERM');
      expect(await old.process.exited).toEqual({ code: 0, signal: null });
      running.shift();
      balancer.setEndpoints(running);
      await load.judged(10);
    }
    expect(await load.stop()).toEqual([]);
  }, 300_000);
});

describe('with certificates of its own making', () => {
  const selfManaged = (certificateDays = 90) => ({
    certificates: {
      mode: 'self-managed' as const,
      pollSeconds: 1,
      selfManaged: { namespace: NAMESPACE, extraNames: ['127.0.0.1'], certificateDays },
    },
  });

  it('replicas that start at once agree on one authority, and the API server is made to trust it', async () => {
    await register();
    const replicas = [await startReplica(selfManaged()), await startReplica(selfManaged())];
    await Promise.all(replicas.map(isReady));
    const [one, other] = await Promise.all(replicas.map(shownBy));
    expect(one).toBe(other);
    const load = constantLoad();
    await load.judged(5);
    expect(await load.stop()).toEqual([]);
    const configuration = await kubectl.get('validatingwebhookconfigurations', 'clusterpedia-import');
    const secret = await kubectl.get<SecretObject>('secrets', SECRET, NAMESPACE);
    expect(JSON.stringify(configuration)).toContain(secret?.data['ca.crt']);
  });

  it('the authority is put back where somebody takes it out', async () => {
    await register();
    await isReady(await startReplica(selfManaged()));
    await register(await createCertificateAuthority('stranger', validFor(1)).then(({ certPem }) => certPem));
    await eventually('the authority to be back', async () => {
      await client.create(CLUSTER_IMPORT_POLICY, validPolicy, { dryRun: true });
    });
  });

  it('a Secret that is damaged or deleted is made anew', async () => {
    await register();
    const replica = await startReplica(selfManaged());
    await isReady(replica);
    const first = await shownBy(replica);
    const patch = JSON.stringify({ stringData: { 'tls.key': 'damaged' } });
    await kubectl.run([
      'patch',
      'secret',
      SECRET,
      `--namespace=${NAMESPACE}`,
      '--type=merge',
      `--patch=${patch}`,
    ]);
    const second = await eventually('another certificate', async () => {
      const shown = await shownBy(replica);
      expect(shown).not.toBe(first);
      return shown;
    });
    await kubectl.run(['delete', 'secret', SECRET, `--namespace=${NAMESPACE}`]);
    await eventually('yet another certificate', async () => {
      expect(await shownBy(replica)).not.toBe(second);
    });
    await eventually('the API server to trust it', async () => {
      await client.create(CLUSTER_IMPORT_POLICY, validPolicy, { dryRun: true });
    });
  });
});

it('the keys are in no log of any replica', async () => {
  const secret = await kubectl.get<SecretObject>('secrets', SECRET, NAMESPACE);
  const keys = ['ca.key', 'tls.key'].map((name) =>
    Buffer.from(secret?.data[name] ?? '', 'base64').toString(),
  );
  expect(keys.every((key) => key.includes('PRIVATE KEY'))).toBe(true);
  expect(logs.length).toBeGreaterThan(0);
  for (const log of logs) expect(log).not.toContain('PRIVATE KEY');
});
