import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { Ajv } from 'ajv';
import type { ErrorObject } from 'ajv';
import { LineCounter, parseDocument } from 'yaml';
import { configSchema } from './configuration.ts';
import type { Config } from './configuration.ts';
import type { ConfigSchema, Partially } from './schema.ts';
import { closest } from '../src/template/index.ts';

/** Fields that win over the file's: what the command line's flags give. */
export type ConfigOverrides = Partially<Config>;

/** A configuration that cannot be used. `message` has one line per problem, each naming the field and the fix. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(problems: readonly string[], origin: string) {
    super(problems.map((problem) => `${origin}: ${problem}`).join('\n'));
  }
}

/**
 * Reads, completes, validates and freezes the configuration.
 *
 * @param file path of a YAML (or JSON) file; without it, all defaults
 * @throws ConfigError naming every problem, also when the file cannot be read
 */
export async function loadConfig(file?: string, overrides: ConfigOverrides = {}): Promise<Config> {
  if (file === undefined) return parseConfig('', overrides);
  let text;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError([`cannot be read: ${reason}`], file);
  }
  return parseConfig(text, overrides, file);
}

/**
 * The same from the text of a file.
 *
 * @param origin what messages call the text
 * @throws ConfigError
 */
export function parseConfig(text: string, overrides: ConfigOverrides = {}, origin = 'configuration'): Config {
  const merged = merge(parseYaml(text, origin), overrides);
  if (!validate(merged)) {
    throw new ConfigError((validate.errors ?? []).filter(isTelling).map(describe), origin);
  }
  const problems = contradictions(merged);
  if (problems.length > 0) throw new ConfigError(problems, origin);
  return freeze(merged);
}

function parseYaml(text: string, origin: string): object {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const [error] = document.errors;
  if (error) {
    const { line, col } = lineCounter.linePos(error.pos[0]);
    throw new ConfigError([`${String(line)}:${String(col)}: not YAML: ${error.message}`], origin);
  }
  let value: unknown;
  try {
    value = document.toJS();
  } catch (aliases) {
    throw new ConfigError(
      [`not YAML: ${aliases instanceof Error ? aliases.message : String(aliases)}`],
      origin,
    );
  }
  if (value === null || value === undefined) return {};
  if (!isObject(value)) throw new ConfigError(['must be a mapping of fields'], origin);
  return value;
}

/** A copy of `base` with the defined fields of `over` in place of its own. Lists are replaced, not joined. */
function merge(base: object, over: object): object {
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const below = result[key];
    result[key] = isObject(value) ? merge(isObject(below) ? below : {}, value) : (value as unknown);
  }
  return result;
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const ajv = new Ajv({
  allErrors: true,
  useDefaults: true,
  verbose: true,
  strict: true,
  // A test validates the schema, so a start-up need not.
  validateSchema: false,
});
ajv.addKeyword({ keyword: 'patternMeaning', schemaType: 'string' });
const validate = ajv.compile<Config>(jsonSchema(configSchema));

/** The schema for ajv: closed, and with sections defaulting to `{}` so that the defaults in them are reached. */
function jsonSchema(schema: ConfigSchema): object {
  if (schema.type !== 'object') return schema;
  const properties = Object.entries(schema.properties).map(([name, field]) => [
    name,
    field.type === 'object' ? { ...jsonSchema(field), default: {} } : jsonSchema(field),
  ]);
  return {
    type: 'object',
    description: schema.description,
    additionalProperties: false,
    properties: Object.fromEntries(properties) as object,
  };
}

/** ajv reports each keyword separately, so the error of a pattern repeats that of an enum or of a length. */
const isTelling = (error: ErrorObject, index: number, all: readonly ErrorObject[]): boolean =>
  all.findIndex((other) => other.instancePath === error.instancePath && nameOf(other) === nameOf(error)) ===
  index;

const nameOf = (error: ErrorObject): string =>
  error.keyword === 'additionalProperties'
    ? (error.params as { additionalProperty: string }).additionalProperty
    : '';

function describe(error: ErrorObject): string {
  const field = error.instancePath.slice(1).replaceAll('/', '.');
  if (error.keyword === 'additionalProperties') {
    const name = nameOf(error);
    const known = Object.keys((error.parentSchema as { properties: object }).properties);
    const suggestion = closest(name, known);
    const full = field === '' ? name : `${field}.${name}`;
    return suggestion === undefined
      ? `${full} is not a field; the fields here are ${known.join(', ')}`
      : `${full} is not a field; did you mean "${suggestion}"?`;
  }
  const subject = field === '' ? 'the configuration' : field;
  return `${subject} must be ${requirement(error)}: current value is ${shown(error.data)}`;
}

function requirement(error: ErrorObject): string {
  const params = error.params as { limit?: number; allowedValues?: readonly string[]; type?: string };
  switch (error.keyword) {
    case 'enum':
      return `one of ${String(params.allowedValues?.map((value) => `"${value}"`).join(', '))}`;
    case 'minimum':
      return `at least ${String(params.limit)}`;
    case 'maximum':
      return `at most ${String(params.limit)}`;
    case 'minLength':
      return `at least ${String(params.limit)} character${params.limit === 1 ? '' : 's'} long`;
    case 'minItems':
      return `a list of at least ${String(params.limit)} entr${params.limit === 1 ? 'y' : 'ies'}`;
    case 'pattern':
      return (error.parentSchema as { patternMeaning?: string }).patternMeaning ?? String(error.schema);
    case 'type':
      return articled(params.type ?? '');
    default:
      return error.message ?? error.keyword;
  }
}

const articled = (type: string): string => {
  if (type === 'object') return 'a mapping of fields';
  if (type === 'array') return 'a list';
  return type === 'integer' ? 'an integer' : `a ${type}`;
};

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** Problems between fields, which the schema of a single field cannot express. */
function contradictions({ webhook, controller }: Config): string[] {
  const { leaderElection } = controller;
  return [
    ...ipAddress('webhook.address', webhook.address),
    ...ipAddress('webhook.probes.address', webhook.probes.address),
    ...ipAddress('controller.probes.address', controller.probes.address),
    ...(webhook.callers.mode === 'certificate' && webhook.callers.names.length === 0
      ? [
          'webhook.callers.names must name the API server\'s client certificate where webhook.callers.mode is "certificate": current value is []',
        ]
      : []),
    ...below(
      'webhook.limits.marginSeconds',
      webhook.limits.marginSeconds,
      'webhook.limits.deadlineSeconds',
      webhook.limits.deadlineSeconds,
    ),
    ...below(
      'webhook.limits.concurrency',
      webhook.limits.concurrency,
      'webhook.limits.requests',
      webhook.limits.requests + 1,
      webhook.limits.requests,
    ),
    ...below(
      'controller.leaderElection.retryPeriodSeconds',
      leaderElection.retryPeriodSeconds,
      'controller.leaderElection.renewDeadlineSeconds',
      leaderElection.renewDeadlineSeconds,
    ),
    ...below(
      'controller.leaderElection.renewDeadlineSeconds',
      leaderElection.renewDeadlineSeconds,
      'controller.leaderElection.leaseDurationSeconds',
      leaderElection.leaseDurationSeconds,
    ),
  ];
}

/** A host name would have to be looked up, and may stand for several addresses. */
function ipAddress(field: string, value: string): string[] {
  return isIP(value) === 0 ? [`${field} must be an IP address: current value is ${shown(value)}`] : [];
}

function below(lesser: string, value: number, greater: string, limit: number, shownLimit = limit): string[] {
  if (value < limit) return [];
  const relation = shownLimit === limit ? 'less than' : 'at most';
  return [
    `${lesser} must be ${relation} ${greater} (${String(shownLimit)}): current value is ${String(value)}`,
  ];
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const child of Object.values(value) as unknown[]) freeze(child);
    Object.freeze(value);
  }
  return value;
}
