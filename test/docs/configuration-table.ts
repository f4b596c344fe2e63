import { configSchema } from '../../config/index.ts';
import { configFields } from '../../config/schema.ts';
import type { ConfigField, ConfigSchema, ObjectField } from '../../config/schema.ts';

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
      ? `${schema.type} from ${String(schema.minimum)}`
      : `${schema.type} from ${String(schema.minimum)} to ${String(schema.maximum)}`;
  }
  return schema.type;
}

function defaultText(schema: Exclude<ConfigSchema, ObjectField>): string {
  return schema.default === undefined ? '' : `\`${JSON.stringify(schema.default)}\``;
}
