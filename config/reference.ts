import { controllerSchema } from './controller.ts';
import { configFields } from './schema.ts';
import type { ConfigField, ConfigOf, ConfigSchema, ObjectField } from './schema.ts';
import { webhookSchema } from './webhook.ts';

/** What `apiVersion` and `kind` of a configuration file say. */
export const CONFIG_API_VERSION = 'config.policy.clusterpedia.io/v1alpha1';
export const CONFIG_KIND = 'ClusterImportConfiguration';

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

/** The reference page: one Markdown table row per field, with its type, default and meaning. */
export function configReference(schema: ObjectField = configSchema): string {
  const rows = configFields(schema).map(
    (field) =>
      `| \`${field.path.join('.')}\` | ${typeText(field)} | ${defaultText(field.schema)} | ${field.schema.description} |`,
  );
  return ['| field | type | default | meaning |', '| --- | --- | --- | --- |', ...rows, ''].join('\n');
}

function typeText({ schema }: ConfigField): string {
  if (schema.type === 'array') return `list of ${schema.items.type}s`;
  if (schema.type === 'string' && schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if ((schema.type === 'number' || schema.type === 'integer') && schema.minimum !== undefined) {
    return schema.maximum === undefined
      ? `${schema.type} from ${schema.minimum}`
      : `${schema.type} from ${schema.minimum} to ${schema.maximum}`;
  }
  return schema.type;
}

function defaultText(schema: Exclude<ConfigSchema, ObjectField>): string {
  return schema.default === undefined ? '' : `\`${JSON.stringify(schema.default)}\``;
}
