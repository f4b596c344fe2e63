import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { ClusterImportPolicy } from '../../src/api/index.ts';
import { validate } from '../../src/cli/commands/validate.ts';
import { keptOutput } from '../cli/workspace.ts';
import { fleetDefinition, fleetPolicy, fleetSpec } from './fleet.ts';

/*
 * A fault in a branch that few sources take, behind every kind of condition, in both languages; each beside its twin whose
 * branch is right. `validate` is what the webhook does, over the same facts.
 */

/** Conditions over the schema of the fleet, in Go templates and in Handlebars. */
const conditions: readonly (readonly [sentence: string, go: string, handlebars: string])[] = [
  ['an enum is one of its values', 'eq .source.spec.site "Paris"', '(eq source.spec.site "Paris")'],
  ['a text is not a constant', 'ne .source.spec.endpoint "none"', '(ne source.spec.endpoint "none")'],
  ['a text is a constant', 'eq .source.spec.enabled "forced"', '(eq source.spec.enabled "forced")'],
  [
    'a text begins so',
    'hasPrefix "prod-" .source.spec.secretName',
    '(hasPrefix "prod-" source.spec.secretName)',
  ],
  [
    'a text ends so',
    'hasSuffix ".internal" .source.spec.endpoint',
    '(hasSuffix ".internal" source.spec.endpoint)',
  ],
  ['a text contains a part', 'contains "eu" .source.spec.endpoint', '(contains "eu" source.spec.endpoint)'],
  [
    'a text matches',
    'regexMatch "^[a-z]+[0-9]$" .source.spec.endpoint',
    '(regexMatch "^[a-z]+[0-9]$" source.spec.endpoint)',
  ],
  ['a number is large', 'gt .source.spec.access.port 9000', '(gt source.spec.access.port 9000)'],
  ['a list is long', 'gt (len .source.spec.rows) 1', '(gt (len source.spec.rows) 1)'],
  ['a label is there', 'hasKey .source.spec.labels "legacy"', '(hasKey source.spec.labels "legacy")'],
  [
    'two things hold',
    'and (eq .source.spec.site "oslo") (eq .source.status.phase "Ready")',
    '(and (eq source.spec.site "oslo") (eq source.status.phase "Ready"))',
  ],
  ['a field is missing', 'not .source.spec.displayName', '(not source.spec.displayName)'],
  [
    'a text is one of two',
    'or (eq .source.status.phase "A") (eq .source.status.phase "B")',
    '(or (eq source.status.phase "A") (eq source.status.phase "B"))',
  ],
];

/** Lines that are wrong, their right twins, and what is said of the wrong ones. */
const faults: readonly (readonly [sentence: string, wrong: string, right: string, message: RegExp])[] = [
  ['a field that PediaCluster lacks', 'shardName: x', 'shardingName: x', /unknown field spec\.shardName/],
  [
    'a text for a boolean',
    'syncAllCustomResources: "true"',
    'syncAllCustomResources: true',
    /must be a boolean/,
  ],
  ['what is no base64', 'keyData: "a b"', 'shardingName: "a b"', /must be base64/],
  ['broken YAML', 'shardingName: [', 'shardingName: y', /is not YAML/],
];

const rest = (go: boolean): readonly string[] => {
  const value = (path: string) => (go ? `{{ .${path} }}` : `{{ ${path} }}`);
  return [
    `  apiserver: "${value('source.spec.endpoint')}"`,
    `  caData: "${value('references.auth.data.ca')}"`,
    `  tokenData: "${value('references.auth.data.token')}"`,
  ];
};

const languages = ['GoTemplate', 'Handlebars'] as const;

interface Row {
  readonly name: string;
  readonly sentence: string;
  readonly policy: ClusterImportPolicy;
  readonly message?: RegExp;
}

function rowsOf(): readonly Row[] {
  const rows: Row[] = [];
  for (const language of languages) {
    const go = language === 'GoTemplate';
    for (const [when, goCondition, handlebars] of conditions) {
      for (const [what, wrong, right, message] of faults) {
        const body = (line: string) =>
          [
            'spec:',
            '  syncResources: []',
            ...rest(go),
            go ? `  {{- if ${goCondition} }}` : `{{#if ${handlebars}}}`,
            `  ${line}`,
            go ? '  {{- end }}' : '{{/if}}',
            '',
          ].join('\n');
        const spec = {
          templateEngine: language,
          nameTemplate: go
            ? fleetSpec.nameTemplate
            : '{{source.metadata.namespace}}-{{source.metadata.name}}',
          creationCondition: 'true',
          references: [
            {
              key: 'auth',
              group: '',
              resource: 'secrets',
              namespaceTemplate: go ? '{{ .source.metadata.namespace }}' : '{{source.metadata.namespace}}',
              nameTemplate: go ? '{{ .source.spec.secretName }}' : '{{source.spec.secretName}}',
            },
          ],
        };
        const add = (suffix: string, line: string, expected?: RegExp) => {
          const name = `p${String(rows.length)}-${suffix}`;
          const policy = fleetPolicy({ ...spec, template: body(line) }, { name });
          const sentence = `${what} where ${when}, in ${language}`;
          rows.push({ name, sentence, policy, ...(expected && { message: expected }) });
        };
        add('wrong', wrong, message);
        add('right', right);
      }
    }
  }
  return rows;
}

const rows = rowsOf();

interface Report {
  readonly policies: readonly {
    readonly name: string;
    readonly findings: readonly {
      readonly severity: string;
      readonly message: string;
      readonly suggestion?: string;
    }[];
  }[];
}

async function validateAll(): Promise<ReadonlyMap<string, readonly string[]>> {
  const folder = await mkdtemp(join(tmpdir(), 'clusterpedia-import-branches-'));
  await writeFile(join(folder, 'policies.yaml'), rows.map(({ policy }) => stringify(policy)).join('---\n'));
  await writeFile(join(folder, 'crds.yaml'), stringify(fleetDefinition, { aliasDuplicateObjects: false }));
  const output = keptOutput();
  await validate([folder], { output: 'json' }, output);
  await rm(folder, { recursive: true });
  const { policies } = JSON.parse(output.lines.join('\n')) as Report;
  return new Map(
    policies.map(({ name, findings }) => [
      name,
      findings.map(
        ({ severity, message, suggestion }) =>
          `${severity}: ${message}${suggestion === undefined ? '' : `; did you mean "${suggestion}"?`}`,
      ),
    ]),
  );
}

describe('a fault in a branch', async () => {
  const found = await validateAll();

  it.each(rows.filter(({ message }) => message !== undefined))(
    'is refused: $sentence',
    ({ name, message }) => {
      const errors = (found.get(name) ?? []).filter((finding) => finding.startsWith('error: '));
      expect(errors.join('\n')).toMatch(message ?? /^$/);
    },
  );

  it.each(rows.filter(({ message }) => message === undefined))(
    'is not said of its twin: $sentence',
    ({ name }) => {
      expect(found.get(name)).toEqual([]);
    },
  );
});
