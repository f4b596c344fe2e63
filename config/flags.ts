import type { ConfigOverrides } from './load.ts';
import { configSchema } from './configuration.ts';
import { configFields } from './schema.ts';
import type { ConfigField, ObjectField } from './schema.ts';

/** One flag of a subcommand: sets one field of the configuration. */
export interface ConfigFlag {
  /** `--webhook-certificates-poll-seconds`. */
  readonly long: string;
  /** What stands for the value in a usage text: `<number>`. */
  readonly placeholder: string;
  /** From the top of the configuration: `['webhook', 'port']`. */
  readonly path: readonly string[];
  readonly description: string;
  readonly default?: string | number | boolean | readonly (string | number)[];
}

/**
 * The flags of a subcommand: one per field of its section, without the section's name (`webhook.port` is `--port`), and
 * one per field outside the sections (`--log-level`).
 *
 * @param section the section whose process is started
 */
export function configFlags(section: 'webhook' | 'controller'): ConfigFlag[] {
  return configFields(configSchema).flatMap((field) => {
    const [first = '', ...rest] = field.path;
    if (first === 'apiVersion' || first === 'kind') return [];
    if (rest.length > 0 && first !== section) return [];
    return [flagOf(field, rest.length > 0 ? rest : field.path)];
  });
}

function flagOf({ path, schema }: ConfigField, words: readonly string[]): ConfigFlag {
  const type = schema.type === 'array' ? `${schema.items.type},…` : schema.type;
  const choice = schema.type === 'string' && schema.enum ? schema.enum.join('|') : type;
  return {
    long: `--${words.map(kebabCase).join('-')}`,
    placeholder: `<${choice}>`,
    path,
    description: schema.description,
    ...(schema.default === undefined ? {} : { default: schema.default }),
  };
}

const kebabCase = (word: string): string => word.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/**
 * What flags say, as overrides for `loadConfig`. Values come as text; numbers, booleans and lists (separated by commas)
 * are told from the field's type. Text that is no such value is passed on, so that loading names the field and the fix.
 */
export function overridesFrom(
  values: Iterable<readonly [path: readonly string[], text: string]>,
): ConfigOverrides {
  const overrides: Record<string, unknown> = {};
  for (const [path, text] of values) {
    let section = overrides;
    for (const name of path.slice(0, -1)) section = sectionOf(section, name);
    section[path.at(-1) ?? ''] = decode(path, text);
  }
  return overrides;
}

function sectionOf(parent: Record<string, unknown>, name: string): Record<string, unknown> {
  const existing = parent[name];
  if (typeof existing === 'object' && existing !== null) return existing as Record<string, unknown>;
  const created: Record<string, unknown> = {};
  parent[name] = created;
  return created;
}

function decode(path: readonly string[], text: string): unknown {
  const field = configFields(configSchema satisfies ObjectField).find(
    (known) => known.path.join('.') === path.join('.'),
  );
  switch (field?.schema.type) {
    case 'integer':
    case 'number':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'array':
      return text === '' ? [] : text.split(',');
    default:
      return text;
  }
}
