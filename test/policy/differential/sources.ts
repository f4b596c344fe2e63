import type { KubeObject, Schema } from '../../../src/api/index.ts';
import type { Field } from './grammar.ts';
import type { Tape } from './tape.ts';

/** What clusters of real platforms have in their texts, and texts that are good for each field of a PediaCluster. */
const texts: readonly [string, ...string[]] = [
  'eu-west',
  'a',
  'https://example.com:6443',
  'dG9rZW4=',
  'true',
  '1',
  'v1.30.2',
  'Ready',
  'eu00',
  'https00//dG9y',
  'Not A Label',
  '',
];

const integers: readonly [number, ...number[]] = [1, 0, 2, 5, -1];

/** How the free values of a source are chosen: texts, numbers and lengths of lists, whatever the field. */
export interface Choices {
  readonly text: () => string;
  readonly integer: () => number;
  /** At most 3. */
  readonly length: () => number;
}

const choicesFrom = (tape: Tape): Choices => ({
  text: () => tape.pick(texts),
  integer: () => tape.pick(integers),
  length: () => tape.pick([1, 2, 0, 3]),
});

/** A source that fits the schema: its free values, and whether optional fields are there, come from the tape. */
export function sourceOf(fields: readonly Field[], tape: Tape): KubeObject {
  const spec = fields.flatMap(({ name, required, schema }) =>
    !required && tape.oneIn(4) ? [] : [[name, valueOf(schema, choicesFrom(tape), tape)] as const],
  );
  return {
    apiVersion: 'cluster.mcp.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name: 'member', uid: 'u' },
    spec: Object.fromEntries(spec),
  };
}

function valueOf(schema: Schema, choices: Choices, tape: Tape): unknown {
  if (schema.enum !== undefined) return schema.enum[tape.below(schema.enum.length)];
  switch (schema.type) {
    case 'boolean':
      return tape.oneIn(2);
    case 'integer':
      return choices.integer();
    case 'array':
      return Array.from({ length: choices.length() }, () => valueOf(schema.items ?? {}, choices, tape));
    case 'object': {
      const { properties } = schema;
      if (properties === undefined)
        return tape.oneIn(3) ? {} : { [tape.pick(['env', 'zone'])]: choices.text(), other: choices.text() };
      return Object.fromEntries(
        Object.entries(properties).map(([name, own]) => [name, valueOf(own, choices, tape)]),
      );
    }
    default:
      return schema.format === 'byte' ? btoa(choices.text()) : choices.text();
  }
}

/**
 * The same source with other free values: texts, integers and lengths of lists, of all fields or of one, and fields that
 * it lacks. Enums and booleans outside of lists stay: each of their values is one that a source may keep.
 */
export function* othersLike(source: KubeObject, fields: readonly Field[]): Generator<KubeObject> {
  for (const base of [source, ...filledOf(source, fields)]) {
    const spec = base['spec'] as Record<string, unknown>;
    for (const only of [undefined, ...fields.map(({ name }) => name)]) {
      for (const change of changes) {
        const changed = fields.flatMap(({ name, schema }) => {
          if (spec[name] === undefined) return [];
          const isChanged = only === undefined || only === name;
          return [[name, isChanged ? changedTo(spec[name], schema, change) : spec[name]] as const];
        });
        yield { ...base, spec: Object.fromEntries(changed) };
      }
    }
    for (const name of ['dg9y', 'a1']) yield { ...base, metadata: { ...base.metadata, name } };
  }
}

const changes: readonly FreeChange[] = [undefined, 0, 1, 2, 3].flatMap((length) => [
  ...[undefined, ...texts].map((text) => ({ text, integer: undefined, length })),
  ...integers.map((integer) => ({ text: undefined, integer, length })),
]);

/**
 * The same source with one thing filled that it lacks or that is empty, or with all: a field, a text, an item of a list,
 * a key of a map.
 */
export function* filledOf(source: KubeObject, fields: readonly Field[]): Generator<KubeObject> {
  const spec = source['spec'] as Record<string, unknown>;
  const fill = (names: readonly string[]) => ({
    ...source,
    spec: Object.fromEntries(
      fields.flatMap(({ name, schema }) => {
        const value = names.includes(name) ? withMore(spec[name], schema) : spec[name];
        return value === undefined ? [] : [[name, value] as const];
      }),
    ),
  });
  for (const { name, schema } of fields) {
    yield fill([name]);
    // The condition may want another than the first one.
    if (spec[name] === undefined)
      for (const choice of schema.enum?.slice(1) ?? [])
        yield { ...source, spec: { ...spec, [name]: choice } };
  }
  yield fill(fields.map(({ name }) => name));
}

function withMore(value: unknown, schema: Schema): unknown {
  if (value === undefined || value === '') return filled(schema);
  if (Array.isArray(value))
    return value.length > 0 ? value.map((item) => withMore(item, schema.items ?? text)) : filled(schema);
  if (typeof value !== 'object' || value === null) return value;
  const own = Object.entries(value).map(([key, item]) => [
    key,
    withMore(item, schema.properties?.[key] ?? text),
  ]);
  const missing = schema.properties === undefined ? filled(schema) : undefined;
  return { ...(missing as object | undefined), ...Object.fromEntries(own) };
}

const text: Schema = { type: 'string' };

interface FreeChange {
  readonly text: string | undefined;
  readonly integer: number | undefined;
  readonly length: number | undefined;
}

function changedTo(value: unknown, schema: Schema, change: FreeChange, inList = false): unknown {
  // The entries of a list come and go, with all that is in them.
  if (schema.enum !== undefined && inList && change.text !== undefined)
    return schema.enum[(change.length ?? 0) % schema.enum.length];
  if (schema.enum !== undefined || schema.type === 'boolean') return value;
  const { text, integer, length } = change;
  switch (schema.type) {
    case 'integer':
      return integer ?? value;
    case 'array': {
      const items = value as readonly unknown[];
      const first = items[0] ?? filled(schema.items ?? {});
      return Array.from({ length: length ?? items.length }, (_, index) =>
        changedTo(items[index] ?? first, schema.items ?? {}, change, true),
      );
    }
    case 'object':
      return Object.fromEntries(
        Object.entries(value as object).map(([key, item]) => [
          key,
          changedTo(item, schema.properties?.[key] ?? { type: 'string' }, change, inList),
        ]),
      );
    default:
      if (text === undefined) return value;
      return schema.format === 'byte' ? btoa(text) : text;
  }
}

function filled(schema: Schema): unknown {
  const first: unknown = schema.enum?.[0];
  if (first !== undefined) return first;
  switch (schema.type) {
    case 'boolean':
      return true;
    case 'integer':
      return 1;
    case 'array':
      return [filled(schema.items ?? {})];
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? { env: { type: 'string' } satisfies Schema }).map(
          ([name, own]) => [name, filled(own)],
        ),
      );
    default:
      return schema.format === 'byte' ? btoa('a') : 'a';
  }
}
