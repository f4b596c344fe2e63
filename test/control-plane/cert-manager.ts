import { execFile } from 'node:child_process';
import { access, cp, mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../../src/control-plane/cache-folder.ts';
import { platformName } from '../../src/control-plane/download.ts';
import { buildFromModules } from '../../src/control-plane/from-modules.ts';
import { withLock } from '../../src/control-plane/lock.ts';
import type { Cluster } from './cluster.ts';
import { createProcessGroup } from '../../src/control-plane/processes.ts';
import { eventually, freePort, throwIfEnded } from './index.ts';

/** The last version whose programs are in one module: those of later ones are modules that the proxy lacks. */
const VERSION = '1.11.5';
const MODULE = 'github.com/cert-manager/cert-manager';
const programs = ['controller', 'cainjector', 'webhook'] as const;
const NAMESPACE = 'cert-manager';
const SERVICE = 'cert-manager-webhook';

/**
 * The folder with cert-manager's programs and definitions. They are built once, from its Go module.
 *
 * @throws Error where they cannot be had, with Go's words
 */
export async function locateCertManager(): Promise<string> {
  const cache = cacheFolder('cert-manager');
  const folder = join(cache, `v${VERSION}-${platformName()}`);
  await mkdir(cache, { recursive: true });
  await withLock(join(cache, '.lock'), async () => {
    if (
      await access(folder).then(
        () => true,
        () => false,
      )
    )
      return;
    const work = await createProcessGroup(cache);
    try {
      const out = join(work.dir, 'out');
      const packages = Object.fromEntries(programs.map((name) => [name, `${MODULE}/cmd/${name}`]));
      const log = (line: string) => process.stderr.write(`cert-manager: ${line}\n`);
      await buildFromModules({ module: MODULE, version: VERSION, packages }, work, out, {
        log,
        env: process.env,
      });
      const { stdout } = await promisify(execFile)(
        'go',
        ['mod', 'download', '-json', `${MODULE}@v${VERSION}`],
        {
          cwd: work.dir,
        },
      );
      const { Dir } = JSON.parse(stdout) as { readonly Dir: string };
      await cp(join(Dir, 'deploy/crds'), join(out, 'crds'), { recursive: true });
      await rename(out, folder);
    } finally {
      await work.stop();
    }
  });
  return folder;
}

/** Installs cert-manager in a cluster: its definitions, its webhook configurations, and its programs as processes. */
export async function startCertManager(cluster: Cluster, folder: string): Promise<void> {
  const { kubectl, controlPlane } = cluster;
  for (const file of await readdir(join(folder, 'crds'))) {
    if (!file.endsWith('.yaml')) continue;
    // They are part of a Helm chart, which fills in labels.
    const text = await readFile(join(folder, 'crds', file), 'utf8');
    await kubectl.apply(text.replaceAll(/'\{\{.*?\}\}'/g, NAMESPACE));
  }
  await kubectl.run(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
  await kubectl.apply(MANIFESTS);

  const [securePort, healthzPort, metricsPort] = [await freePort(), await freePort(), await freePort()];
  const names = [SERVICE, `${SERVICE}.${NAMESPACE}`, `${SERVICE}.${NAMESPACE}.svc`];
  const args = {
    webhook: [
      `--secure-port=${String(securePort)}`,
      `--healthz-port=${String(healthzPort)}`,
      `--dynamic-serving-ca-secret-namespace=${NAMESPACE}`,
      `--dynamic-serving-ca-secret-name=${SERVICE}-ca`,
      `--dynamic-serving-dns-names=${names.join(',')}`,
    ],
    cainjector: ['--leader-elect=false'],
    controller: [
      '--leader-elect=false',
      `--cluster-resource-namespace=${NAMESPACE}`,
      `--metrics-listen-address=127.0.0.1:${String(metricsPort)}`,
    ],
  };
  await cluster.serve(NAMESPACE, SERVICE, securePort);
  for (const name of programs) {
    const all = [`--kubeconfig=${controlPlane.kubeconfigPath}`, ...args[name]];
    const child = await controlPlane.processes.spawn(`cert-manager-${name}`, join(folder, name), all);
    if (name !== 'webhook') continue;
    await eventually("cert-manager's webhook to be ready", async () => {
      throwIfEnded(child);
      const { ok, status } = await fetch(`http://127.0.0.1:${String(healthzPort)}/healthz`);
      if (!ok) throw new Error(`it answers ${String(status)}`);
    });
  }
  await eventually("cert-manager's authority in its webhook configuration", async () => {
    const found = await kubectl.get('validatingwebhookconfigurations', SERVICE);
    const [webhook] = found?.['webhooks'] as readonly {
      readonly clientConfig: { readonly caBundle?: string };
    }[];
    if (!webhook?.clientConfig.caBundle) throw new Error('there is none');
  });
}

const webhookConfiguration = (kind: string, path: string): string => `
apiVersion: admissionregistration.k8s.io/v1
kind: ${kind}
metadata:
  name: ${SERVICE}
  annotations: { cert-manager.io/inject-ca-from-secret: ${NAMESPACE}/${SERVICE}-ca }
webhooks:
  - name: webhook.cert-manager.io
    rules:
      - apiGroups: [cert-manager.io, acme.cert-manager.io]
        apiVersions: [v1]
        operations: [CREATE, UPDATE]
        resources: ['*/*']
    admissionReviewVersions: [v1]
    matchPolicy: Equivalent
    timeoutSeconds: 10
    failurePolicy: Fail
    sideEffects: None
    clientConfig: { service: { name: ${SERVICE}, namespace: ${NAMESPACE}, path: ${path} } }
`;

/** As cert-manager's chart has them. */
const MANIFESTS = [
  `
apiVersion: v1
kind: Namespace
metadata: { name: ${NAMESPACE} }
`,
  `
apiVersion: v1
kind: Service
metadata: { name: ${SERVICE}, namespace: ${NAMESPACE} }
spec: { ports: [{ name: https, port: 443, protocol: TCP }] }
`,
  webhookConfiguration('ValidatingWebhookConfiguration', '/validate'),
  webhookConfiguration('MutatingWebhookConfiguration', '/mutate'),
].join('---');
