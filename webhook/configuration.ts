import { CLUSTER_IMPORT_POLICY } from '../src/api/index.ts';

/**
 * The paths to which the API server posts reviews, named after group, version and kind as in kubebuilder. The path of
 * the validating webhook has one more segment, by which the API server is recognized (`callers/secret-path.ts`).
 */
export const VALIDATE_PATH = '/validate-policy-clusterpedia-io-v1alpha1-clusterimportpolicy';
export const MUTATE_PATH = '/mutate-policy-clusterpedia-io-v1alpha1-clusterimportpolicy';

/** Default name of both configurations. */
export const CONFIGURATION_NAME = 'clusterpedia-import';

/** How the API server reaches the webhook: by URL (outside the cluster), or through a Service. */
export type WebhookTarget =
  | {
      /** Without path: `https://127.0.0.1:9443`. */
      readonly url: string;
    }
  | {
      readonly service: {
        readonly namespace: string;
        readonly name: string;
        /** @default 443 */
        readonly port?: number;
      };
    };

export interface WebhookConfigurationsOptions {
  readonly target: WebhookTarget;
  /** PEM of the authority that signed the server's certificate. Absent if another component injects it. */
  readonly caBundle?: string;
  /** @default 'clusterpedia-import' */
  readonly name?: string;
  /** e.g. cert-manager's `cert-manager.io/inject-ca-from`. */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

type Operation = 'CREATE' | 'UPDATE' | 'DELETE';

type ClientConfig = { readonly caBundle?: string } & (
  | { readonly url: string }
  | {
      readonly service: {
        readonly namespace: string;
        readonly name: string;
        readonly port: number;
        readonly path?: string;
      };
    }
);

/** One entry of `webhooks`, `admissionregistration.k8s.io/v1`. */
export interface WebhookEntry {
  readonly name: string;
  readonly admissionReviewVersions: readonly string[];
  readonly clientConfig: ClientConfig;
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly apiVersions: readonly string[];
    readonly resources: readonly string[];
    readonly operations: readonly Operation[];
    readonly scope: 'Cluster';
  }[];
  readonly failurePolicy: 'Fail';
  readonly matchPolicy: 'Equivalent';
  readonly sideEffects: 'None';
  readonly timeoutSeconds: number;
  readonly reinvocationPolicy?: 'Never';
}

export interface WebhookConfiguration {
  readonly apiVersion: 'admissionregistration.k8s.io/v1';
  readonly kind: 'ValidatingWebhookConfiguration' | 'MutatingWebhookConfiguration';
  readonly metadata: {
    readonly name: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly webhooks: readonly [WebhookEntry];
}

/**
 * The two webhook configurations that make the API server call this webhook. If it is called through a Service, the
 * validating one has no path: the webhook writes the path, and applying the manifest again does not remove it.
 */
export function webhookConfigurations(
  options: WebhookConfigurationsOptions,
): [validating: WebhookConfiguration, mutating: WebhookConfiguration] {
  const { name = CONFIGURATION_NAME, annotations, labels } = options;
  const metadata = { name, ...(annotations ? { annotations } : {}), ...(labels ? { labels } : {}) };
  const apiVersion = 'admissionregistration.k8s.io/v1';
  return [
    {
      apiVersion,
      kind: 'ValidatingWebhookConfiguration',
      metadata,
      webhooks: [entry(options, 'validate', VALIDATE_PATH, ['CREATE', 'UPDATE', 'DELETE'])],
    },
    {
      apiVersion,
      kind: 'MutatingWebhookConfiguration',
      metadata,
      webhooks: [{ ...entry(options, 'mutate', MUTATE_PATH, ['CREATE']), reinvocationPolicy: 'Never' }],
    },
  ];
}

function entry(
  options: WebhookConfigurationsOptions,
  verb: string,
  path: string,
  operations: readonly Operation[],
): WebhookEntry {
  const { group, version, resource } = CLUSTER_IMPORT_POLICY;
  return {
    name: `${verb}.${resource}.${group}`,
    admissionReviewVersions: ['v1'],
    clientConfig: clientConfig(options, path),
    rules: [
      { apiGroups: [group], apiVersions: [version], resources: [resource], operations, scope: 'Cluster' },
    ],
    failurePolicy: 'Fail',
    matchPolicy: 'Equivalent',
    sideEffects: 'None',
    timeoutSeconds: 5,
  };
}

function clientConfig({ target, caBundle }: WebhookConfigurationsOptions, path: string): ClientConfig {
  const trust = caBundle === undefined ? {} : { caBundle: Buffer.from(caBundle).toString('base64') };
  if ('url' in target) return { ...trust, url: `${target.url.replace(/\/+$/, '')}${path}` };
  const { namespace, name, port = 443 } = target.service;
  return { ...trust, service: { namespace, name, port, ...(path === VALIDATE_PATH ? {} : { path }) } };
}
