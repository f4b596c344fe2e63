import { describe, expect, it } from 'vitest';
import type { ClusterImportPolicySpec, Schema } from '../../../src/api/index.ts';
import { checkTypes } from '../../../src/policy/checks/types.ts';
import { compilePolicy, formatFinding } from '../../../src/policy/index.ts';
import { PolicyTypes } from '../../../src/policy/typing/policy-types.ts';
import { clusterFacts, policyWith, secretFacts } from '../policies.ts';

const text: Schema = { type: 'string' };
const object = (properties: Schema['properties'], more: Schema = {}): Schema => ({
  type: 'object',
  ...(properties === undefined ? {} : { properties }),
  ...more,
});
const condition = object({ type: text, status: { type: 'string', enum: ['True', 'False', 'Unknown'] } });

/** A schema of every kind that CRDs have. */
const schema = object({
  spec: object({
    region: text,
    replicas: { type: 'integer' },
    load: { type: 'number' },
    paused: { type: 'boolean' },
    sites: { type: 'array', items: text },
    nodes: { type: 'array', items: object({ host: text, port: { type: 'integer' } }) },
    limits: object(undefined, { additionalProperties: { type: 'integer' } }),
    aws: object({ arn: text }),
    free: object(undefined, { 'x-kubernetes-preserve-unknown-fields': true }),
    anything: { 'x-kubernetes-preserve-unknown-fields': true },
    port: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, text] } as Schema,
    note: { type: 'string', nullable: true } as Schema,
  }),
  status: object({
    phase: { type: 'string', enum: ['Pending', 'Ready', 'Failed'] },
    conditions: { type: 'array', items: condition },
    reports: {
      type: 'array',
      items: object({
        type: text,
        status: text,
        lastTransitionTime: { type: 'string', format: 'date-time' },
      }),
    },
  }),
});

function found(template: string, change: Partial<ClusterImportPolicySpec> = {}): string[] {
  const { templates } = compilePolicy(policyWith({ ...change, template, creationCondition: 'true' }).spec);
  const own = templates.filter(({ field }) => field === 'spec.template');
  const types = new PolicyTypes({ ...clusterFacts, schema }, new Map([['authSecret', secretFacts]]));
  const findings = checkTypes(own, types);
  return findings.map((finding) => `${finding.severity}: ${formatFinding(finding)}`);
}

const error = (message: string) => `error: spec.template ${message}`;
const warning = (message: string) => `warning: spec.template ${message}`;

describe('what fails on every value that can be there is refused', () => {
  it.each<[string, string, string[]]>([
    [
      'a field of a string',
      '{{ .source.spec.region.name }}',
      [error('1:4: field "name" is read from .source.spec.region, which is a string and has no fields')],
    ],
    [
      'a field of a list',
      '{{ .source.spec.nodes.host }}',
      [
        error(
          '1:4: field "host" is read from .source.spec.nodes, which is a list of maps and has no fields; go over the items with "range", or pick one with "index"',
        ),
      ],
    ],
    [
      'range over a string',
      '{{ range .source.spec.region }}x{{ end }}',
      [error('1:10: "range" goes over a list or a map, but .source.spec.region is a string')],
    ],
    [
      'a list for a string',
      '{{ trimPrefix "a" .source.spec.sites }}',
      [
        error(
          '1:19: "trimPrefix" takes a string, but .source.spec.sites is a list of strings; pick an item with "index" or "first", or put them together with "join"',
        ),
      ],
    ],
    [
      'a string for a number',
      '{{ repeat .source.spec.region "x" }}',
      [error('1:11: "repeat" takes an int, but .source.spec.region is a string')],
    ],
    [
      'a whole number of the data for an int',
      '{{ repeat .source.spec.replicas "x" }}',
      [error('1:11: "repeat" takes an int, but .source.spec.replicas is an integer; convert it with "int"')],
    ],
    [
      'a string for a map',
      '{{ hasKey .source.spec.region "a" }}',
      [error('1:11: "hasKey" takes a map, but .source.spec.region is a string')],
    ],
    [
      'a string for a boolean',
      '{{ ternary 1 2 .source.spec.region }}',
      [error('1:16: "ternary" takes a boolean, but .source.spec.region is a string; compare it with "eq"')],
    ],
    [
      'a string compared with a number, a list with a string',
      '{{ eq .source.spec.region 3 }}{{ lt .source.spec.sites "a" }}',
      [
        error('1:4: eq .source.spec.region 3: a string cannot be compared with the integer 3'),
        error('1:34: lt .source.spec.sites "a": a list of strings cannot be compared with the string "a"'),
      ],
    ],
    [
      'a string for a list, where the function takes anything',
      '{{ first .source.spec.region }}{{ has "a" .source.spec.aws }}{{ concat .source.spec.sites .source.spec.region }}',
      [
        error('1:4: first .source.spec.region: a list is needed, not a string'),
        error('1:35: has "a" .source.spec.aws: a list is needed, not a map'),
        error('1:65: concat .source.spec.sites .source.spec.region: a list is needed, not a string'),
      ],
    ],
    [
      'an index that does not fit',
      '{{ index .source.spec.sites "a" }}{{ index .source.spec.limits 0 }}{{ index .source.spec.replicas 0 }}{{ len .source.spec.paused }}',
      [
        error('1:4: index .source.spec.sites "a": a list of strings cannot be indexed with the string "a"'),
        error('1:38: index .source.spec.limits 0: a map cannot be indexed with the integer 0'),
        error('1:71: index .source.spec.replicas 0: an integer cannot be indexed'),
        error('1:106: len .source.spec.paused: a boolean has no length'),
      ],
    ],
    [
      'in the item of a list',
      '{{ range .source.spec.nodes }}{{ .host.x }}{{ end }}',
      [error('1:34: field "x" is read from .host, which is a string and has no fields')],
    ],
    [
      'in a block whose dot is a string, where the data are meant',
      '{{ with .source.spec.region }}{{ .source.spec.region }}{{ end }}',
      [
        error(
          '1:34: field "source" is read from ., which is a string and has no fields; here the dot is another value, so write $.source',
        ),
      ],
    ],
    [
      'through a variable and a called template',
      '{{ define "t" }}{{ .region.x }}{{ end }}{{ $s := .source.spec }}{{ template "t" $s }}',
      [error('1:20: field "x" is read from .region, which is a string and has no fields')],
    ],
    [
      'in a branch, in its else, and after the search through conditions',
      [
        '{{ $ready := false }}',
        '{{ range .source.status.conditions }}{{ if eq .type "Ready" }}{{ $ready = true }}{{ end }}{{ end }}',
        '{{ if $ready }}{{ .source.spec.region.a }}{{ else }}{{ .source.spec.region.b }}{{ end }}',
      ].join('\n'),
      [
        error('3:19: field "a" is read from .source.spec.region, which is a string and has no fields'),
        error('3:56: field "b" is read from .source.spec.region, which is a string and has no fields'),
      ],
    ],
    [
      'of a Secret, whose data are strings',
      '{{ .references.authSecret.data.ca.crt }}',
      [
        error(
          '1:4: field "crt" is read from .references.authSecret.data.ca, which is a base64 string and has no fields; for a key with a point write index .references.authSecret.data "ca.crt"',
        ),
      ],
    ],
  ])('%s', (_, template, findings) => {
    expect(found(template)).toEqual(findings);
  });

  it.each<[string, string, string[]]>([
    [
      'a field of a string',
      '{{ source.spec.region.name }}',
      [error('1:4: field "name" is read from source.spec.region, which is a string and has no fields')],
    ],
    [
      'each over a string',
      '{{#each source.spec.region}}x{{/each}}',
      [error('1:9: "each" goes over a list or a map, but source.spec.region is a string')],
    ],
    [
      'a list for a string, in a block parameter',
      '{{#with source.spec as |s|}}{{ trimPrefix "a" s.sites }}{{/with}}',
      [
        error(
          '1:47: "trimPrefix" takes a string, but s.sites is a list of strings; pick an item with "index" or "first", or put them together with "join"',
        ),
      ],
    ],
    [
      'in what is around',
      '{{#each source.spec.nodes}}{{ ../source.spec.region.x }}{{/each}}',
      [error('1:31: field "x" is read from ../source.spec.region, which is a string and has no fields')],
    ],
  ])('in Handlebars: %s', (_, template, findings) => {
    expect(found(template, { templateEngine: 'Handlebars', ...handlebarsTemplates })).toEqual(findings);
  });
});

const handlebarsTemplates: Partial<ClusterImportPolicySpec> = {
  nameTemplate: '{{ source.metadata.name }}',
  references: [
    { key: 'authSecret', group: '', resource: 'secrets', nameTemplate: 'x', namespaceTemplate: 'y' },
  ],
};

describe('a comparison that the enum rules out is told, with what was probably meant', () => {
  it.each<[string, string, string[]]>([
    [
      'a misspelt constant',
      '{{ if eq .source.status.phase "Redy" }}x{{ end }}',
      [
        warning(
          '1:31: .source.status.phase is never "Redy": it is one of the strings "Pending", "Ready", "Failed"; did you mean "Ready"?',
        ),
      ],
    ],
    [
      'on the left, and with ne',
      '{{ ne "true" .source.status.phase }}',
      [
        warning(
          '1:7: .source.status.phase is never "true": it is one of the strings "Pending", "Ready", "Failed"',
        ),
      ],
    ],
    [
      'one of several',
      '{{ eq .source.status.phase "Ready" "Faild" }}',
      [
        warning(
          '1:36: .source.status.phase is never "Faild": it is one of the strings "Pending", "Ready", "Failed"; did you mean "Failed"?',
        ),
      ],
    ],
    [
      'a status of a condition whose schema does not list its statuses',
      '{{ range .source.status.reports }}{{ if and (eq .type "Ready") (eq .status "true") }}x{{ end }}{{ end }}',
      [
        warning(
          '1:76: .status is never "true": it is one of the strings "True", "False", "Unknown"; did you mean "True"?',
        ),
      ],
    ],
    [
      'of the item of a list, in an `and`',
      '{{ range .source.status.conditions }}{{ if and (eq .type "Ready") (eq .status "true") }}x{{ end }}{{ end }}',
      [
        warning(
          '1:79: .status is never "true": it is one of the strings "True", "False", "Unknown"; did you mean "True"?',
        ),
      ],
    ],
  ])('%s', (_, template, findings) => {
    expect(found(template)).toEqual(findings);
  });
});

describe('what may well be right passes', () => {
  it.each([
    ['a constant of the enum', '{{ eq .source.status.phase "Ready" }}'],
    ['whether an enum is set', '{{ ne .source.status.phase "" }}'],
    ['a string that may be any', '{{ eq .source.spec.region "eu" }}'],
    [
      'a list, and a map, in a range',
      '{{ range .source.spec.sites }}{{ . }}{{ end }}{{ range $k, $v := .source.spec.limits }}{{ $k }}{{ add $v 1 }}{{ end }}',
    ],
    ['an integer in a range', '{{ range .source.spec.replicas }}x{{ end }}'],
    ['a port that may be a string', '{{ trimPrefix "x" .source.spec.port }}{{ add .source.spec.port 1 }}'],
    [
      'what the kind of a value decides',
      '{{ if kindIs "string" .source.spec.port }}{{ trim .source.spec.port }}{{ end }}',
    ],
    [
      'what a condition has ruled out',
      '{{ if and (ne .source.status.phase "Ready") (ne .source.status.phase "Pending") }}{{ if eq .source.status.phase "Failed" }}x{{ end }}{{ end }}',
    ],
    [
      'what is never reached',
      '{{ if not (kindIs "string" .source.spec.port) }}{{ add .source.spec.port 1 }}{{ else if kindIs "map" .source.spec.port }}{{ .source.spec.port.x }}{{ end }}',
    ],
    [
      'what has been made sure before',
      '{{ if not (hasKey .source.spec "aws") }}{{ fail "no aws" }}{{ end }}{{ .source.spec.aws.arn }}',
    ],
    [
      'a map that is changed in place',
      '{{ $d := dict "a" 1 }}{{ $_ := set $d "a" (dict "b" 2) }}{{ $d.a.b }}',
    ],
    ['an object of which nothing is said', '{{ .source.spec.free.a.b }}{{ trim .source.spec.free.a }}'],
    ['a field without a type', '{{ range .source.spec.anything.x }}{{ .y }}{{ end }}'],
    [
      'what was decoded',
      '{{ (fromJson .source.spec.region).a.b }}{{ range (fromYaml .source.spec.region).x }}{{ . }}{{ end }}',
    ],
    ['a field that another check refuses', '{{ trim .source.spec.regoin }}{{ .source.spec.regoin.x }}'],
    ['a name that the context lacks', '{{ .sourc.spec.x.y }}'],
    ['a default of another type', '{{ (default (dict "a" 1) .source.spec.aws).arn }}'],
    [
      'a converted number',
      '{{ repeat (int .source.spec.replicas) "x" }}{{ printf "%d" .source.spec.replicas }}',
    ],
    [
      'a key that is looked up',
      '{{ index .source.spec.limits .source.spec.region }}{{ (index .source.spec.nodes 0).host }}',
    ],
  ])('%s', (_, template) => {
    expect(found(template)).toEqual([]);
  });

  it('anything, of a kind whose schema is not known', () => {
    const { templates } = compilePolicy(policyWith({ template: '{{ .source.spec.region.x }}' }).spec);
    const { schema: _, ...facts } = clusterFacts;
    expect(checkTypes(templates, new PolicyTypes(facts, new Map()))).toEqual([]);
  });
});

describe('a field that the result of a function never has is refused', () => {
  it.each<[string, string[]]>([
    [
      '{{ (urlParse .source.spec.region).hots }}',
      [
        error(
          '1:34: (urlParse .source.spec.region).hots is never there: it has scheme, host, hostname, path, query, opaque, fragment, userinfo; did you mean "host"?',
        ),
      ],
    ],
    [
      '{{ $inside := fromKubeconfig .source.spec.region }}{{ with $inside.tokenDate }}{{ . }}{{ end }}',
      [
        error(
          '1:60: $inside.tokenDate is never there: it has server, caData, tokenData, certData, keyData, username, password, proxyURL, tlsServerName, namespace, insecure; did you mean "tokenData"?',
        ),
      ],
    ],
    ['{{ $url := urlParse .source.spec.region }}{{ $url.host }}{{ get $url "port" }}', []],
    ['{{ (dict "host" "a").hots }}', []],
  ])('%s', (template, findings) => {
    expect(found(template)).toEqual(findings);
  });
});
