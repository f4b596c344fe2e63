import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClusterImportPolicySpec, Schema } from '../../src/api/index.ts';
import type { AdmissionFacts } from '../../src/policy/index.ts';
import { builtins } from '../../src/template/index.ts';
import { allFunctions } from '../../src/sprig/index.ts';
import { formatFinding, reviewPolicy } from '../../src/policy/index.ts';
import { clusterFacts, mcp, secretFacts } from './policies.ts';

/** In no message, in no form that could be turned back by eye: plain, encoded, or in another case. */
const SECRET = 'Tr0ub4dor&3: "x"\n{hunter2}';
const leaks = /tr0ub4dor|hunter2|VHIwdWI0ZG9y/i;

const functions = [...builtins.keys(), ...allFunctions.keys()];
const literal = fc.constantFrom(
  '1',
  '-7',
  '1.5',
  '"a"',
  '"["',
  '"%d %q"',
  'true',
  'nil',
  '(list 1 "b")',
  '(dict "k" 1)',
);
const read = fc.constantFrom(
  '.references.authSecret.data.token',
  '(b64dec .references.authSecret.data.token)',
  '.references.authSecret.data',
  '.references.authSecret',
  '.source.spec.secret',
  '.source.spec',
  '.source',
  '$',
);

/** Any value, through any functions with any arguments. */
const pipeline = fc
  .tuple(
    read,
    fc.array(fc.tuple(fc.constantFrom(...functions), fc.array(fc.oneof(literal, read), { maxLength: 2 })), {
      minLength: 1,
      maxLength: 2,
    }),
  )
  .map(([value, calls]) => [value, ...calls.map(([name, args]) => [name, ...args].join(' '))].join(' | '));

const places: readonly ((action: string) => Partial<ClusterImportPolicySpec>)[] = [
  (action) => ({ nameTemplate: `{{ ${action} }}` }),
  (action) => ({ nameTemplate: `{{ .source.metadata.name }}{{ ${action} }}` }),
  (action) => ({ creationCondition: `{{ ${action} }}` }),
  (action) => ({ source: { ...mcp.spec.source, selectorTemplate: `{{ ${action} }}` } }),
  (action) => ({ template: `spec:\n  apiserver: {{ ${action} }}\n  syncResources: []\n` }),
  (action) => ({ template: `spec:\n  tokenData: "{{ ${action} }}"\n  syncResources: []\n` }),
  (action) => ({ template: `spec:\n  {{ ${action} }}: x\n  syncResources: {{ ${action} }}\n` }),
  (action) => ({ template: `{{ ${action} }}` }),
  (action) => ({ template: `spec: &{{ ${action} }}\n  syncResources: *{{ ${action} }}\n` }),
  (action) => ({
    references: [{ key: 'authSecret', group: '', resource: 'secrets', nameTemplate: `{{ ${action} }}` }],
  }),
];

const facts = (spec: ClusterImportPolicySpec): AdmissionFacts => ({
  operation: 'CREATE',
  object: { ...mcp, spec },
  source: { ...clusterFacts, schema: openSchema },
  references: new Map([['authSecret', secretFacts]]),
  liveSources: {
    items: ['one', 'two'].map((name) => ({
      source: {
        apiVersion: 'cluster.mcp.io/v1alpha1',
        kind: 'Cluster',
        metadata: { name },
        spec: { secret: SECRET, apiEndpoint: 'https://x', authSecretRef: { name: 'c', namespace: 'd' } },
        status: { conditions: [{ type: 'Ready', status: 'True' }] },
      },
      references: {
        authSecret: {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 'c', namespace: 'd' },
          data: { token: Buffer.from(SECRET).toString('base64') },
        },
      },
    })),
    truncated: false,
  },
  lifecycles: [],
});

const openSchema: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

describe('whatever a policy does with a secret', () => {
  it('its review comes to a verdict, always the same, without the secret in it', () => {
    fc.assert(
      fc.property(fc.constantFrom(...places), pipeline, (place, action) => {
        const spec = { ...mcp.spec, ...place(action) };
        const review = reviewPolicy(facts(spec));
        expect(review.findings.map(formatFinding).join('\n')).not.toMatch(leaks);
        expect(JSON.stringify(review.findings)).not.toMatch(leaks);
        expect(reviewPolicy(facts(spec))).toEqual(review);
      }),
      { numRuns: 500 },
    );
  });
});

describe('whatever a CRD says of its fields', () => {
  const { schema } = fc.letrec<{ schema: Schema }>((tie) => ({
    schema: fc.record(
      {
        type: fc.constantFrom('object', 'array', 'string', 'boolean', 'integer', 'number'),
        format: fc.constantFrom('byte', 'date-time', 'int64', 'uri', 'nonsense'),
        enum: fc.array(fc.oneof(fc.string(), fc.integer()), { maxLength: 3 }) as fc.Arbitrary<string[]>,
        default: fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<string>,
        pattern: fc.constantFrom('^[a-z]+$', '(?<x>a)', '[', '\\p{Lu}', '^(a+)+$'),
        minimum: fc.integer(),
        minLength: fc.nat(300),
        minItems: fc.nat(1_000_000),
        required: fc.subarray(['spec', 'name', 'secret', 'conditions']),
        properties: fc.dictionary(
          fc.constantFrom('spec', 'status', 'name', 'secret', 'conditions', 'metadata', 'constructor'),
          tie('schema'),
          { maxKeys: 3 },
        ),
        additionalProperties: fc.oneof(tie('schema'), fc.boolean() as unknown as fc.Arbitrary<Schema>),
        items: tie('schema'),
        'x-kubernetes-preserve-unknown-fields': fc.boolean(),
        'x-kubernetes-embedded-resource': fc.boolean(),
        'x-kubernetes-int-or-string': fc.boolean(),
        nullable: fc.boolean(),
      },
      { requiredKeys: [] },
    ),
  }));

  const template = fc.constantFrom(
    '{{ .source.spec.name }}',
    '{{ range $k, $v := .source.spec }}{{ $k }}{{ $v }}{{ end }}',
    '{{ index .source.spec.conditions 3 "name" }}',
    '{{ (first .source.spec.conditions).secret.name }}',
    '{{ toYaml .source | sha256sum }}',
    '{{ .source.spec.constructor.name }}',
    '{{ with .source.spec.secret }}{{ range . }}{{ .name | upper }}{{ end }}{{ end }}',
  );

  it('a review comes to a verdict, always the same', () => {
    fc.assert(
      fc.property(schema, template, template, (declared, nameTemplate, condition) => {
        const spec = { ...mcp.spec, nameTemplate, creationCondition: condition };
        const given = { ...facts(spec), source: { ...clusterFacts, schema: declared } };
        const review = reviewPolicy(given);
        expect(reviewPolicy(given)).toEqual(review);
      }),
      { numRuns: 30 },
    );
  });
});
