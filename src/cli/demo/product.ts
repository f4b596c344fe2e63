import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import {
  createCertificateAuthority,
  issueServerCertificate,
  validFor,
} from '../../../config/certificates.ts';
import { webhookConfigurations } from '../../../webhook/configuration.ts';
import type { Kubectl } from '../../control-plane/kubectl.ts';
import { freePort } from '../../control-plane/ports.ts';
import type { ManagedProcess } from '../../control-plane/processes.ts';
import { becomesReady } from '../../control-plane/readiness.ts';
import type { ControlPlane } from '../../control-plane/start.ts';

import { MAIN_MODULE, productFile } from './product-files.ts';

/** The namespace of the product's service accounts and its Lease. */
export const PRODUCT_NAMESPACE = 'clusterpedia-import-system';

const CERTIFICATE_DAYS = 7;

export interface StartOptions {
  readonly signal?: AbortSignal | undefined;
  /** Fields of the process's section of the configuration, instead of the demo's own. */
  readonly overrides?: object;
  /** Flags of Node.js. */
  readonly nodeFlags?: readonly string[];
}

/** Creates the CRDs (PediaCluster's included), the namespace, the service accounts and their rights. */
export async function installDefinitions(kubectl: Kubectl): Promise<void> {
  await applyFiles(kubectl, [
    'kustomize/crds/policy.clusterpedia.io_clusterimportpolicies.yaml',
    'kustomize/crds/policy.clusterpedia.io_pediaclusterlifecycles.yaml',
    'kustomize/components/pediacluster-crd/cluster.clusterpedia.io_pediaclusters.yaml',
    'kustomize/base/namespace.yaml',
  ]);
  const ofTheNamespace = [
    'kustomize/base/platforms.yaml',
    'kustomize/base/controller/service-account.yaml',
    'kustomize/base/controller/rbac.yaml',
    'kustomize/base/webhook/service-account.yaml',
    'kustomize/base/webhook/rbac.yaml',
  ];
  await applyFiles(kubectl, ofTheNamespace, [`--namespace=${PRODUCT_NAMESPACE}`]);
  await definitionsAreServed(kubectl);
}

/** Waits until all existing CRDs are served. */
export async function definitionsAreServed(kubectl: Kubectl): Promise<void> {
  await kubectl.run([
    'wait',
    '--for=condition=Established',
    'customresourcedefinitions',
    '--all',
    '--timeout=60s',
  ]);
}

/** Applies files of the product. */
export async function applyFiles(
  kubectl: Kubectl,
  files: readonly string[],
  flags: readonly string[] = [],
): Promise<void> {
  const names = files.map((file) => `--filename=${productFile(file)}`);
  await kubectl.run(['apply', '--server-side', '--force-conflicts', ...flags, ...names]);
}

/**
 * Fills the rules of aggregated ClusterRoles. In a cluster, kube-controller-manager does that. A control plane of etcd
 * and kube-apiserver alone has no component that does
 * (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles).
 */
export async function aggregateRoles(kubectl: Kubectl): Promise<void> {
  const roles = (await kubectl.list('clusterroles')) as readonly AggregatedRole[];
  const aggregated = roles.filter((role) => role.metadata.name.startsWith('clusterpedia-import'));
  for (const { metadata, aggregationRule } of aggregated) {
    if (aggregationRule === undefined) continue;
    const isSelected = ({ metadata: { labels = {} } }: AggregatedRole): boolean =>
      aggregationRule.clusterRoleSelectors.some(({ matchLabels }) =>
        Object.entries(matchLabels).every(([name, value]) => labels[name] === value),
      );
    const rules = roles.filter(isSelected).flatMap((role) => role.rules ?? []);
    const patch = JSON.stringify({ rules });
    await kubectl.run(['patch', 'clusterrole', metadata.name, '--type=merge', `--patch=${patch}`]);
  }
}

interface AggregatedRole {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly rules?: readonly object[];
  readonly aggregationRule?: {
    readonly clusterRoleSelectors: readonly { readonly matchLabels: Readonly<Record<string, string>> }[];
  };
}

/**
 * Registers the webhook with the API server, then starts it as a process with a certificate of a temporary authority.
 * The webhook is ready once it has written the path by which it recognizes the API server. No policy is admitted
 * without it, not even before it has started.
 */
export async function startWebhook(
  controlPlane: ControlPlane,
  kubectl: Kubectl,
  options: StartOptions = {},
): Promise<ManagedProcess> {
  const authority = await createCertificateAuthority('clusterpedia-import-demo', validFor(CERTIFICATE_DAYS));
  const pair = await issueServerCertificate(authority, { ips: ['127.0.0.1'] }, validFor(CERTIFICATE_DAYS));
  const directory = join(controlPlane.processes.dir, 'webhook-certificates');
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'tls.crt'), pair.certPem);
  await writeFile(join(directory, 'tls.key'), pair.keyPem, { mode: 0o600 });

  const port = await freePort();
  const configurations = webhookConfigurations({
    target: { url: `https://127.0.0.1:${String(port)}` },
    caBundle: authority.certPem,
  });
  await kubectl.apply(configurations.map((configuration) => stringify(configuration)).join('---\n'));
  return startProcess(controlPlane, 'webhook', options, {
    address: '127.0.0.1',
    port,
    certificates: { directory },
    // Only this machine's API server has to notice that the webhook stops.
    shutdownDelaySeconds: 0,
  });
}

/** Starts the controller as a process and waits until it is ready. */
export function startController(
  controlPlane: ControlPlane,
  options: StartOptions = {},
): Promise<ManagedProcess> {
  return startProcess(controlPlane, 'controller', options, {
    leaderElection: {
      namespace: PRODUCT_NAMESPACE,
      // With the same identity, a restarted controller takes its Lease over at once instead of waiting for it to
      // expire.
      identity: 'demo',
    },
  });
}

/** Starts `clusterpedia-import SUBCOMMAND`, with the rights of the service account that it has in a cluster. */
async function startProcess(
  controlPlane: ControlPlane,
  subcommand: 'webhook' | 'controller',
  { signal, overrides, nodeFlags = [] }: StartOptions,
  section: object,
): Promise<ManagedProcess> {
  const { processes } = controlPlane;
  const user = {
    name: `system:serviceaccount:${PRODUCT_NAMESPACE}:clusterpedia-import-${subcommand}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${PRODUCT_NAMESPACE}`],
  };
  const probesPort = await freePort();
  const config = {
    apiVersion: 'config.policy.clusterpedia.io/v1alpha1',
    kind: 'ClusterImportConfiguration',
    kubeconfig: await controlPlane.writeKubeconfig(user),
    logFormat: 'text',
    [subcommand]: { ...section, probes: { address: '127.0.0.1', port: probesPort }, ...overrides },
  };
  const configPath = join(processes.dir, `${subcommand}.yaml`);
  await writeFile(configPath, stringify(config));
  const child = await processes.spawn(subcommand, process.execPath, [
    ...nodeFlags,
    MAIN_MODULE,
    subcommand,
    `--config=${configPath}`,
  ]);
  const isReady = async (): Promise<void> => {
    const response = await fetch(`http://127.0.0.1:${String(probesPort)}/readyz`);
    const body = await response.text();
    if (!response.ok) throw new Error(body);
  };
  await becomesReady(child, isReady, signal);
  return child;
}
