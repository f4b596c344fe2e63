import { describe, expect, it } from 'vitest';
import type { ClusterImportPolicySpec, Schema } from '../../../src/api/index.ts';
import { checkPaths } from '../../../src/policy/checks/paths.ts';
import { compilePolicy, formatFinding } from '../../../src/policy/index.ts';
import { clusterFacts, policyWith, secretFacts } from '../policies.ts';

const text: Schema = { type: 'string' };
const object = (properties: Schema['properties'], more: Schema = {}): Schema => ({
  type: 'object',
  ...(properties === undefined ? {} : { properties }),
  ...more,
});
const open = { 'x-kubernetes-preserve-unknown-fields': true } as const;

/** A schema of every kind that CRDs have. */
const schema = object({
  spec: object({
    endpoint: text,
    list: { type: 'array', items: object({ host: text }) },
    rows: { type: 'array', items: { type: 'array', items: object({ host: text }) } },
    map: object(undefined, { additionalProperties: object({ url: text }) }),
    any: object(undefined, { additionalProperties: true as never }),
    free: object(undefined, open),
    open: object({ timeout: text }, open),
    bare: { type: 'object' },
    machine: object({ spec: object({ image: text }) }, { 'x-kubernetes-embedded-resource': true }),
    port: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, text] } as Schema,
    aws: object({ arn: text }),
    gcp: object({ project: text }),
  }),
});

function found(template: string, change: Partial<ClusterImportPolicySpec> = {}): string[] {
  const { templates } = compilePolicy(policyWith({ ...change, template, creationCondition: 'true' }).spec);
  const own = templates.filter(({ field }) => field === 'spec.template');
  const findings = checkPaths(own, { ...clusterFacts, schema }, new Map([['authSecret', secretFacts]]));
  return findings.map((finding) => `${finding.severity}: ${formatFinding(finding)}`);
}

const missing = (place: string, path: string, meant?: string, kind = 'Cluster cluster.mcp.io/v1alpha1') =>
  `spec.template ${place}: ${path} is not a field of ${kind}${meant === undefined ? '' : `; did you mean "${meant}"?`}`;

describe('a field that a closed schema lacks is refused, where it is read', () => {
  it.each<[string, string, string[]]>([
    [
      'misspelt',
      '{{ .source.spec.endpont }}',
      [`error: ${missing('1:4', '.source.spec.endpont', '.source.spec.endpoint')}`],
    ],
    [
      'in the third line, behind text and other actions',
      'a: 1\nb: 2\nc: "x{{ .source.spec.endpoint }} {{- .source.spec.endpont | quote }}"\n',
      [`error: ${missing('3:38', '.source.spec.endpont', '.source.spec.endpoint')}`],
    ],
    [
      'of the wrong case',
      '{{ .source.Spec.endpoint }}',
      [`error: ${missing('1:4', '.source.Spec', '.source.spec')}`],
    ],
    [
      'of the items of a list',
      '{{ range .source.spec.list }}{{ .hst }}{{ end }}',
      [`error: ${missing('1:33', '.source.spec.list.*.hst', '.source.spec.list.*.host')}`],
    ],
    [
      'of the items of a list, where the data are meant',
      '{{ range .source.spec.list }}{{ .source.spec.endpoint }}{{ end }}',
      [`error: ${missing('1:33', '.source.spec.list.*.source', '$.source')}`],
    ],
    [
      'of an item by its index',
      '{{ (index .source.spec.rows 0 1).hst }}',
      [`error: ${missing('1:33', '.source.spec.rows.0.1.hst', '.source.spec.rows.0.1.host')}`],
    ],
    [
      'of the values of a map',
      '{{ .source.spec.map.eu.ur }}',
      [`error: ${missing('1:4', '.source.spec.map.eu.ur', '.source.spec.map.eu.url')}`],
    ],
    [
      'through a variable',
      '{{ $s := .source.spec }}{{ $s.endpont }}',
      [`error: ${missing('1:28', '.source.spec.endpont', '.source.spec.endpoint')}`],
    ],
    [
      'of an embedded object',
      '{{ .source.spec.machine.spec.imag }}',
      [`error: ${missing('1:4', '.source.spec.machine.spec.imag', '.source.spec.machine.spec.image')}`],
    ],
    [
      'of the metadata',
      '{{ .source.metadata.label.x }}',
      [`error: ${missing('1:4', '.source.metadata.label', '.source.metadata.labels')}`],
    ],
    [
      'of a Secret',
      '{{ .references.authSecret.stringData.x }}',
      [`error: ${missing('1:4', '.references.authSecret.stringData', undefined, 'Secret v1')}`],
    ],
    [
      'read twice, told once',
      '{{ .source.spec.endpont }}{{ .source.spec.endpont }}',
      [`error: ${missing('1:4', '.source.spec.endpont', '.source.spec.endpoint')}`],
    ],
  ])('%s', (_, template, findings) => {
    expect(found(template)).toEqual(findings);
  });
});

describe('where unknown fields are kept', () => {
  it('one that looks like a known one is a warning', () => {
    expect(found('{{ .source.spec.open.timeoutt }}')).toEqual([
      `warning: ${missing('1:4', '.source.spec.open.timeoutt', '.source.spec.open.timeout')}`,
    ]);
  });
});

describe('a field that there may be passes', () => {
  it.each([
    ['one that is declared', '{{ .source.spec.endpoint }}'],
    ['one of several alternatives (oneOf)', '{{ .source.spec.aws.arn }}{{ .source.spec.gcp.project }}'],
    ['of the values of any map', '{{ .source.spec.any.a.b }}'],
    ['of an object of which nothing is said', '{{ .source.spec.bare.x }}{{ .source.spec.free.x.y }}'],
    ['an unknown one, where unknown ones are kept', '{{ .source.spec.open.somethingElse }}'],
    ['apiVersion, kind and metadata', '{{ .source.apiVersion }}{{ .source.kind }}{{ .source.metadata.uid }}'],
    [
      'what an embedded object has',
      '{{ .source.spec.machine.kind }}{{ .source.spec.machine.metadata.name }}',
    ],
    [
      'labels and annotations, with whatever key',
      '{{ index .source.metadata.labels "a.b/c-d" }}{{ .source.metadata.annotations.x }}',
    ],
    [
      'managed fields and owners',
      '{{ range .source.metadata.managedFields }}{{ .manager }}{{ end }}{{ (first .source.metadata.ownerReferences).uid }}',
    ],
    ['a port', '{{ .source.spec.port }}'],
    ['a field of what was decoded', '{{ (fromJson .source.spec.endpoint).clusters }}'],
    ['a key that is computed', '{{ index .source.spec .source.spec.endpoint }}'],
    ['a key that is looked for', '{{ hasKey .source.spec "endpont" }}{{ get .source.spec "endpont" }}'],
    [
      'keys of a Secret',
      '{{ .references.authSecret.data.anything }}{{ index .references.authSecret.data "ca.crt" }}',
    ],
    [
      'a metadata field of older versions',
      '{{ .source.metadata.clusterName }}{{ .source.metadata.selfLink }}',
    ],
  ])('%s', (_, template) => {
    expect(found(template)).toEqual([]);
  });

  it('anything, of a kind whose schema is not known', () => {
    const { templates } = compilePolicy(policyWith({}).spec);
    const { schema: _, ...facts } = clusterFacts;
    expect(checkPaths(templates, facts, new Map())).toEqual([]);
  });
});

describe('a template of one long line', () => {
  it('has findings with a short excerpt, and is gone through once', () => {
    const template = Array.from({ length: 2000 }, (_, i) => `{{ .source.spec.nosuch${String(i)} }}`).join('');
    const { templates } = compilePolicy(policyWith({ template }).spec);
    const findings = checkPaths(templates, { ...clusterFacts, schema }, new Map());
    const own = findings.filter(({ field }) => field === 'spec.template');
    expect(own).toHaveLength(2000);
    expect(Math.max(...own.map(({ excerpt = '' }) => excerpt.length))).toBeLessThan(200);
    const [, second] = own;
    expect(second?.column).toBe('{{ .source.spec.nosuch0 }}'.length + 4);
    const [line = '', caret = ''] = second?.excerpt?.split('\n') ?? [];
    expect(line.slice(caret.length - 1)).toMatch(/^\.source\.spec\.nosuch1 /);
  });
});
