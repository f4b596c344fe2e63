import { controllerSchema } from './controller.ts';
import type { ConfigOf, ObjectField } from './schema.ts';
import { webhookSchema } from './webhook.ts';

/** What `apiVersion` and `kind` of a configuration file say. */
const CONFIG_API_VERSION = 'config.policy.clusterpedia.io/v1alpha1';
const CONFIG_KIND = 'ClusterImportConfiguration';

/** The whole configuration file, for both processes. */
export const configSchema = {
  type: 'object',
  description: 'Configuration of the webhook and of the controller.',
  properties: {
    apiVersion: {
      type: 'string',
      enum: [CONFIG_API_VERSION],
      default: CONFIG_API_VERSION,
      description: 'Version of this format.',
    },
    kind: { type: 'string', enum: [CONFIG_KIND], default: CONFIG_KIND, description: 'Kind of this file.' },
    kubeconfig: {
      type: 'string',
      minLength: 1,
      description:
        "Path of a kubeconfig. Absent: $KUBECONFIG, ~/.kube/config, or the pod's service account, in this order.",
    },
    logLevel: {
      type: 'string',
      enum: ['trace', 'debug', 'info', 'warn', 'error', 'silent'],
      default: 'info',
      description: 'Least severity that is logged.',
    },
    logFormat: {
      type: 'string',
      enum: ['json', 'text'],
      default: 'json',
      description: 'json: one object per line; text: for reading in a terminal.',
    },
    webhook: webhookSchema,
    controller: controllerSchema,
  },
} as const satisfies ObjectField;

/** A loaded configuration: every default filled in, valid, deeply frozen. */
export type Config = ConfigOf<typeof configSchema>;
