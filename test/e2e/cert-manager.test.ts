import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFailed } from 'vitest';
import { CLUSTER_IMPORT_POLICY } from '../../src/api/index.ts';
import type { ResourceType } from '../../src/kube/index.ts';
import { locateCertManager, startCertManager } from '../control-plane/cert-manager.ts';
import { Cluster, inCluster } from '../control-plane/cluster.ts';
import { eventually } from '../control-plane/index.ts';
import { policy, policyFile } from '../controller/world.ts';
import type { ClusterImportPolicySpec } from '../../src/api/index.ts';
import { KUSTOMIZE } from '../kustomize/manifests.ts';
import { unless } from '../skips.ts';

/* cert-manager's own controller, injector and webhook, and the overlay "default" as its users apply it. */

const NAMESPACE = 'clusterpedia-import-system';
const certificatesResource: ResourceType = {
  group: 'cert-manager.io',
  version: 'v1',
  resource: 'certificates',
  kind: 'Certificate',
  namespaced: true,
};
const configurations = ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'] as const;

const programs = await locateCertManager().catch((error: unknown) => error as Error);
const missing =
  programs instanceof Error
    ? unless(`cert-manager cannot be built (${programs.message}): install Go, with a way to a module proxy`)
    : inCluster;

let cluster: Cluster;

/** A certificate and the one that signed it, from the Secret that cert-manager keeps. */
async function certificates(): Promise<{ readonly own: X509Certificate; readonly authority: string }> {
  const secret = await cluster.kubectl.get('secrets', 'clusterpedia-import-webhook-certificates', NAMESPACE);
  const data = (secret?.['data'] ?? {}) as { readonly [name: string]: string };
  const own = new X509Certificate(Buffer.from(data['tls.crt'] ?? '', 'base64'));
  return { own, authority: data['ca.crt'] ?? '' };
}

async function trusted(): Promise<ReadonlySet<string | undefined>> {
  const found = await Promise.all(
    configurations.map((kind) => cluster.kubectl.get(kind, 'clusterpedia-import')),
  );
  const webhooks = found.flatMap((object) => object?.['webhooks']) as readonly {
    readonly clientConfig: { readonly caBundle?: string };
  }[];
  return new Set(webhooks.map(({ clientConfig }) => clientConfig.caBundle));
}

describe('the overlay default, with cert-manager', missing, () => {
  beforeAll(async () => {
    cluster = await Cluster.start();
    await startCertManager(cluster, programs as string);
  });

  afterAll(() => cluster?.stop());

  beforeEach(() => {
    onTestFailed(() => {
      process.stderr.write(cluster.logs());
    });
  });

  const available = () =>
    cluster.kubectl.run(
      [
        'wait',
        'deployment',
        '--all',
        `--namespace=${NAMESPACE}`,
        '--for=condition=Available',
        '--timeout=5m',
      ],
      { timeoutMs: 330_000 },
    );

  /** Has policies be admitted until `work` is done. @returns how many were, and what was said of the others */
  async function admitting(
    spec: ClusterImportPolicySpec,
    work: () => Promise<void>,
  ): Promise<{ readonly admitted: number; readonly failures: readonly string[] }> {
    const done = new AbortController();
    const failures: string[] = [];
    let admitted = 0;
    const workers = [0, 1, 2, 3].map(async (worker) => {
      for (let turn = 0; !done.signal.aborted; turn += 1) {
        const object = policy(`load-${String(worker)}-${String(turn)}`, spec);
        await cluster.client.create(CLUSTER_IMPORT_POLICY, object, { dryRun: true }).then(
          () => (admitted += 1),
          (error: unknown) => failures.push(String(error)),
        );
      }
    });
    try {
      await work();
    } finally {
      done.abort();
      await Promise.all(workers);
    }
    return { admitted, failures };
  }

  it('gets its certificate, and the authority is written into both webhook configurations', async () => {
    const text = await readFile(join(KUSTOMIZE, 'install/default.yaml'), 'utf8');
    // Before 1.21, PodDisruptionBudgets are served as policy/v1beta1 only; kustomize has a component for that.
    const versions = (await cluster.kubectl.run(['api-versions'])).split('\n');
    const servable = versions.includes('policy/v1')
      ? text
      : text.replaceAll(/^apiVersion: policy\/v1$/gm, '$&beta1');
    await cluster.kubectl.run(['apply', '--filename=-'], { stdin: servable });
    await available();
    const { own, authority } = await certificates();
    expect(own.verify(new X509Certificate(Buffer.from(authority, 'base64')).publicKey)).toBe(true);
    expect(own.checkHost(`clusterpedia-import-webhook.${NAMESPACE}.svc`)).toBeDefined();
    await eventually('the authority to be trusted', async () => {
      expect(await trusted()).toEqual(new Set([authority]));
    });
  });

  it('is renewed, and its pods are replaced, under load without one failed admission', async () => {
    const [manifest] = await policyFile('mcp/policy.yaml');
    const spec = manifest?.['spec'] as ClusterImportPolicySpec;
    // The kind of its sources is known to no one yet, which is a warning.
    await eventually('the first policy to be admitted', () =>
      cluster.client.create(CLUSTER_IMPORT_POLICY, policy('first', spec), { dryRun: true }),
    );
    const before = await certificates();

    const { admitted, failures } = await admitting(spec, async () => {
      // What `cmctl renew` does.
      const issuing = {
        type: 'Issuing',
        status: 'True',
        reason: 'ManuallyTriggered',
        message: 'Certificate re-issuance manually triggered',
        lastTransitionTime: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
      };
      const { status } = await cluster.client.get(
        certificatesResource,
        'clusterpedia-import-webhook',
        NAMESPACE,
      );
      const { conditions } = status as { readonly conditions: readonly object[] };
      await cluster.client.patchStatus(
        certificatesResource,
        'clusterpedia-import-webhook',
        NAMESPACE,
        { status: { conditions: [...conditions, issuing] } },
        { type: 'merge' },
      );
      await eventually('another certificate', async () => {
        expect((await certificates()).own.serialNumber).not.toBe(before.own.serialNumber);
      });
      await cluster.kubectl.run([
        'rollout',
        'restart',
        'deployment',
        'clusterpedia-import-webhook',
        `--namespace=${NAMESPACE}`,
      ]);
      await cluster.kubectl.run(
        [
          'rollout',
          'status',
          'deployment',
          'clusterpedia-import-webhook',
          `--namespace=${NAMESPACE}`,
          '--timeout=5m',
        ],
        { timeoutMs: 330_000 },
      );
    });

    expect(failures).toEqual([]);
    expect(admitted).toBeGreaterThan(0);
    expect((await certificates()).authority).toBe(before.authority);
  });
});
