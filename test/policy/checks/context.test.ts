import { describe, expect, it } from 'vitest';
import type { ClusterImportPolicySpec } from '../../../src/api/index.ts';
import { checkContext } from '../../../src/policy/checks/context.ts';
import { compilePolicy, formatFinding } from '../../../src/policy/index.ts';
import { mcp, policyWith } from '../policies.ts';

function found(change: Partial<ClusterImportPolicySpec>): string[] {
  const { spec } = policyWith(change);
  const keys = (spec.references ?? []).map(({ key }) => key);
  return checkContext(compilePolicy(spec).templates, keys).map(formatFinding);
}

const [reference = undefined as never] = mcp.spec.references ?? [];
const second = { ...reference, key: 'second' };

describe('a name that the context lacks is refused', () => {
  it.each<[string, Partial<ClusterImportPolicySpec>, string[]]>([
    [
      'a name at the top that is neither',
      { template: 'spec:\n  apiserver: "{{ .sorce.spec.apiEndpoint }}"' },
      [
        'spec.template 2:18: .sorce is not defined; templates see .source and .references; did you mean ".source"?',
      ],
    ],
    [
      'a reference that is not declared, told once for each template',
      { template: '{{ .references.authSecrt.data.ca }}{{ .references.authSecrt.data.token }}' },
      [
        'spec.template 1:4: .references.authSecrt is not declared in spec.references; did you mean ".references.authSecret"?',
      ],
    ],
    [
      'a reference by index',
      { template: '{{ (index .references "nosuch").data.ca }}' },
      ['spec.template 1:5: .references.nosuch is not declared in spec.references, which has "authSecret"'],
    ],
    [
      'a reference in nameTemplate',
      { nameTemplate: '{{ .references.authSecret.metadata.name }}' },
      ['spec.nameTemplate 1:4: .references is not available here: this template sees .source only'],
    ],
    [
      'a reference in the selector',
      { source: { ...mcp.spec.source, selectorTemplate: '{{ if .references }}true{{ end }}' } },
      [
        'spec.source.selectorTemplate 1:7: .references is not available here: this template sees .source only',
      ],
    ],
    [
      'a reference that is resolved later',
      { references: [{ ...reference, nameTemplate: '{{ .references.second.metadata.name }}' }, second] },
      [
        'spec.references[0].nameTemplate 1:4: .references.second is resolved later; a reference sees only those before it',
      ],
    ],
    [
      'a reference to itself',
      {
        references: [{ ...reference, namespaceTemplate: '{{ .references.authSecret.metadata.namespace }}' }],
      },
      [
        'spec.references[0].namespaceTemplate 1:4: .references.authSecret is resolved later; a reference sees only those before it',
      ],
    ],
  ])('%s', (_, change, findings) => {
    expect(found(change)).toEqual(findings);
  });
});

describe('what the context has passes', () => {
  it.each<[string, Partial<ClusterImportPolicySpec>]>([
    ['the worked example', {}],
    [
      'an earlier reference',
      { references: [reference, { ...second, nameTemplate: '{{ .references.authSecret.data.next }}' }] },
    ],
    [
      'whatever is ranged over',
      { template: '{{ range $key, $object := .references }}{{ $key }}{{ $object.metadata.name }}{{ end }}' },
    ],
    ['all of it', { nameTemplate: '{{ toJson . | sha256sum }}' }],
    [
      'a variable, and the dot within',
      { nameTemplate: '{{ $s := .source }}{{ with $s.spec }}{{ .x }}{{ end }}' },
    ],
    [
      'the dot of a defined template',
      { nameTemplate: '{{ define "n" }}{{ .name }}{{ end }}{{ template "n" .source.metadata }}' },
    ],
    [
      'the dot in Handlebars',
      {
        templateEngine: 'Handlebars',
        references: [],
        nameTemplate: '{{#each source.status.conditions}}{{type}}{{/each}}',
        template: '{{#with source.spec}}{{apiEndpoint}}{{/with}}',
        creationCondition: 'true',
      },
    ],
  ])('%s', (_, change) => {
    expect(found(change)).toEqual([]);
  });
});
