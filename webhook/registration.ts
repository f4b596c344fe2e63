import { isNotFound } from '../src/kube/index.ts';
import type { KubeClient, StoredObject, ResourceType } from '../src/kube/index.ts';

/**
 * How the API server reaches a webhook: the fields of `admissionregistration.k8s.io/v1` WebhookClientConfig that are
 * written here.
 */
export interface ClientConfig {
  readonly caBundle?: string;
  readonly url?: string;
  readonly service?: { readonly path?: string };
}

interface WebhookConfigurationObject extends StoredObject {
  readonly webhooks?: readonly { readonly name: string; readonly clientConfig?: ClientConfig }[];
}

const webhookConfigurationsOf = (verb: 'Validating' | 'Mutating'): ResourceType => ({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  resource: `${verb.toLowerCase()}webhookconfigurations`,
  kind: `${verb}WebhookConfiguration`,
  namespaced: false,
});

export const VALIDATING_WEBHOOK_CONFIGURATIONS = webhookConfigurationsOf('Validating');
export const MUTATING_WEBHOOK_CONFIGURATIONS = webhookConfigurationsOf('Mutating');

/**
 * Writes fields into the entries of a webhook configuration if they are missing or differ. Nothing else in an entry is
 * changed. The manifest that installed the configuration need not have these fields, so no other writer competes for
 * them.
 * If the configuration does not exist, nothing is done.
 *
 * @param wanted makes the fields from the present entry
 * @throws KubeError, TransportError
 */
export async function register(
  client: KubeClient,
  resource: ResourceType,
  name: string,
  wanted: (present: ClientConfig) => ClientConfig,
  signal: AbortSignal,
): Promise<void> {
  try {
    const { webhooks = [] } = await client.get<WebhookConfigurationObject>(resource, name, undefined, {
      signal,
    });
    const patches = webhooks.flatMap(({ name: entry, clientConfig = {} }) => {
      const fields = wanted(clientConfig);
      return holds(clientConfig, fields) ? [] : [{ name: entry, clientConfig: fields }];
    });
    if (patches.length === 0) return;
    // A strategic merge patch merges the entries by name.
    await client.patch(resource, name, undefined, { webhooks: patches }, { type: 'strategic', signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

function holds(present: ClientConfig, { caBundle, url, service }: ClientConfig): boolean {
  return (
    (caBundle === undefined || present.caBundle === caBundle) &&
    (url === undefined || present.url === url) &&
    (service?.path === undefined || present.service?.path === service.path)
  );
}
