import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Schema } from '../../src/api/index.ts';
import { allFunctions } from '../../src/sprig/index.ts';
import { compile, TemplateError, types } from '../../src/template/index.ts';
import type { Value } from '../../src/template/index.ts';
import { typeOfObjects } from '../../src/policy/typing/schema-type.ts';

const text: Schema = { type: 'string' };
const whole = (properties: NonNullable<Schema['properties']>): Schema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
});

const schema = whole({
  spec: whole({
    region: text,
    replicas: { type: 'integer' },
    load: { type: 'number' },
    paused: { type: 'boolean' },
    mode: { type: 'string', enum: ['Push', 'Pull'] },
    sites: { type: 'array', items: text },
    nodes: { type: 'array', items: whole({ host: text, port: { type: 'integer' } }) },
    limits: { type: 'object', additionalProperties: { type: 'integer' } },
    aws: whole({ arn: text }),
    port: { 'x-kubernetes-int-or-string': true } as Schema,
    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  }),
});

const someText = fc.constantFrom('', 'a', 'eu-west', 'v1.30.2', 'true', '1');
const someInteger = fc.constantFrom(0, 1, 2, -3);

/** A source that fits the schema and has every field, with at least one item in each list. */
const source = fc.record({
  apiVersion: fc.constant('a/v1'),
  kind: fc.constant('Cluster'),
  metadata: fc.record({ name: fc.constant('n'), uid: fc.constant('u') }),
  spec: fc.record({
    region: someText,
    replicas: someInteger,
    load: fc.constantFrom(1, 1.5),
    paused: fc.boolean(),
    mode: fc.constantFrom('Push', 'Pull'),
    sites: fc.array(someText, { minLength: 1, maxLength: 3 }),
    nodes: fc.array(fc.record({ host: someText, port: someInteger }), { minLength: 1, maxLength: 2 }),
    limits: fc.record({ a: someInteger, b: someInteger }, { requiredKeys: ['a'] }),
    aws: fc.record({ arn: someText }),
    port: fc.oneof(someText, someInteger),
    free: fc.constantFrom<object>({}, { a: 1 }, { a: { b: 'c' } }),
  }),
});

const { expression } = fc.letrec<{ expression: string }>((tie) => {
  const fields = fc.constantFrom(
    ...[
      'region',
      'replicas',
      'load',
      'paused',
      'mode',
      'sites',
      'nodes',
      'limits',
      'aws',
      'port',
      'free',
    ].map((name) => `.source.spec.${name}`),
  );
  // Of an open map the one key that is always there.
  const deeper = fc
    .tuple(fields, fc.constantFrom('arn', 'a', 'host'))
    .map(([base, name]) => (base.endsWith('limits') ? `${base}.a` : `${base}.${name}`));
  const constant = fc.constantFrom('"a"', '"Push"', '"Psh"', '3', '0', 'true', '1.5', '"eu-west"');
  const one = fc.constantFrom(
    'trim',
    'len',
    'first',
    'keys',
    'toString',
    'int',
    'not',
    'empty',
    'kindOf',
    'toYaml',
    'uniq',
    'add1',
    'list',
    'b64enc',
    'ternary 1 2',
    'kindIs "string"',
    'hasPrefix "eu"',
    'default "d"',
    'repeat 2',
    'printf "%v"',
    'has "a"',
    'join ","',
    'trimPrefix "a"',
    'dig "a" "none"',
    'until',
  );
  // Not `and` and `or`: what they leave out is not evaluated, though the run passes by.
  const two = fc.constantFrom(
    'eq',
    'ne',
    'lt',
    'gt',
    'index',
    'hasKey',
    'append',
    'concat',
    'get',
    'coalesce',
  );
  const nested = tie('expression').map((inner) => `(${inner})`);
  const operand = fc.oneof({ weight: 4, arbitrary: fields }, deeper, constant, {
    weight: 2,
    arbitrary: nested,
  });
  return {
    expression: fc.oneof(
      { depthSize: 'small' },
      fields,
      deeper,
      fc.tuple(one, operand).map(([name, argument]) => `${name} ${argument}`),
      fc.tuple(two, operand, operand).map(([name, ...args]) => `${name} ${args.join(' ')}`),
      fc.tuple(operand, one).map(([argument, name]) => `${argument} | ${name}`),
    ),
  };
});

interface Part {
  readonly kind: 'emit' | 'if' | 'with' | 'range' | 'set';
  readonly expression: string;
  readonly inner: string;
}

const part: fc.Arbitrary<Part> = fc.record({
  kind: fc.constantFrom('emit', 'if', 'with', 'range', 'set'),
  expression,
  inner: fc.oneof(
    expression.map((text) => text.replaceAll('.source', '$.source')),
    fc.constantFrom('.', '.host', '.a', 'trim .', 'add1 .', 'upper $v', '$v.host'),
  ),
});

/** A place of a template that a run is known to have passed when its mark is printed. */
interface Marked {
  readonly from: number;
  readonly to: number;
  readonly mark: string;
}

/** A template of some parts. Behind each expression stands a mark. */
function written(parts: readonly Part[]): { readonly template: string; readonly places: readonly Marked[] } {
  let template = '{{ $v := "" }}';
  const places: Marked[] = [];
  const add = (action: string) => {
    const from = template.length;
    const mark = `<${String(places.length)}>`;
    template += `${action}${mark}`;
    places.push({ from, to: from + action.length, mark });
  };
  for (const { kind, expression: outer, inner } of parts) {
    if (kind === 'emit') add(`{{ ${outer} }}`);
    else if (kind === 'set') add(`{{ $v = ${outer} }}`);
    else {
      const from = template.length;
      const opening = `{{ ${kind} ${outer} }}`;
      const mark = `<${String(places.length)}>`;
      places.push({ from, to: from + opening.length, mark });
      template += `${opening}${mark}`;
      add(`{{ ${inner} }}`);
      template += `{{ else }}${mark}`;
      add(`{{ ${inner} }}`);
      template += '{{ end }}';
    }
  }
  return { template, places };
}

const type = types.mapOf({ source: typeOfObjects(schema) });

/** What a run prints up to its end, or its failure; `undefined` where it fails and nothing is known of what it passed. */
function printed(template: string, data: Value): string | undefined {
  try {
    return compile(template, { functions: allFunctions }).execute(data);
  } catch (error) {
    if (error instanceof TemplateError) return undefined;
    throw error;
  }
}

it('no source that fits the schema and has all fields renders past a place that types refuse', () => {
  let refused = 0;
  let passed = 0;
  fc.assert(
    fc.property(
      fc.array(part, { minLength: 1, maxLength: 3 }),
      fc.array(source, { minLength: 3, maxLength: 3 }),
      (parts, sources) => {
        const { template, places } = written(parts);
        const lines = template.split('\n');
        expect(lines).toHaveLength(1);
        const { findings } = compile(template, { functions: allFunctions }).typesFor(type);
        const faults = findings.filter(({ kind }) => kind === 'fails');
        if (faults.length > 0) refused++;
        for (const data of sources) {
          const output = printed(template, { source: data } as Value);
          if (output === undefined) continue;
          passed++;
          for (const { column, message } of faults) {
            const place = places.find(({ from, to }) => from <= column - 1 && column - 1 < to);
            expect([template, message, place === undefined || output.includes(place.mark)]).toEqual([
              template,
              message,
              false,
            ]);
          }
        }
      },
    ),
    { numRuns: 3000 },
  );
  // Both kinds occur, or nothing was shown.
  expect(refused).toBeGreaterThan(300);
  expect(passed).toBeGreaterThan(300);
});
