import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { ReportData } from '../../src/cli/report/index.ts';
import { definitionText } from '../api/definition-text.ts';
import { folderWith, MCP, runCli } from './workspace.ts';

const DEFINITION = definitionText({
  group: 'fleet.acme.example',
  plural: 'kubeclusters',
  kind: 'KubeCluster',
  version: 'v1beta1',
  schema: {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          endpoint: { type: 'string' },
          region: { type: 'string' },
          secretName: { type: 'string' },
        },
      },
    },
  },
});

interface Parts {
  readonly name?: string;
  readonly apiserver?: readonly string[];
  readonly credentials?: readonly string[];
  readonly metadata?: readonly string[];
}

const RIGHT = 'apiserver: "{{ .source.spec.endpoint }}"';
const TOKEN = 'tokenData: "{{ .references.credentials.data.token }}"';

const indented = (lines: readonly string[]) => lines.map((line) => `      ${line}\n`).join('');

const policyOf = ({
  name = 'acme-{{ .source.metadata.name }}',
  apiserver = [RIGHT],
  credentials = [TOKEN],
  metadata = ['labels: {}'],
}: Parts) =>
  `apiVersion: policy.clusterpedia.io/v1alpha1
kind: ClusterImportPolicy
metadata: { name: acme }
spec:
  source: { group: fleet.acme.example, resource: kubeclusters, namespaces: [fleet] }
  nameTemplate: '${name}'
  references:
    - key: credentials
      group: ''
      resource: secrets
      namespaceTemplate: '{{ .source.metadata.namespace }}'
      nameTemplate: 'of-{{ .source.spec.secretName }}'
  template: |
    metadata:
${indented(metadata)}    spec:
${indented([...apiserver, ...credentials, 'syncResources: []'])}`;

/** What `validate --explain` shows below the first finding, as it would be copied. */
function shownManifest(stdout: string): string {
  const lines = stdout.split('\n');
  const start = lines.findIndex((line) => line.startsWith('    # a sample that shows it'));
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('    '));
  expect(start).toBeGreaterThan(0);
  return `${lines.slice(start, end).join('\n')}\n`;
}

const faults: readonly (readonly [sentence: string, parts: Parts, message: string])[] = [
  [
    'a name that cannot be one',
    { name: 'acme_{{ .source.metadata.name }}' },
    'the rendered name contains characters that a name cannot have',
  ],
  [
    'a value that is no base64',
    { credentials: ['tokenData: "{{ .references.credentials.data.token }}!"'] },
    'spec.tokenData must be base64',
  ],
  [
    'a label with blanks',
    { metadata: ['labels: { region: "west of {{ .source.metadata.name }}" }'] },
    'metadata.labels["region"] has a value that no label may have: it contains white space; pipe the value through trim, nospace or replace " " "-"',
  ],
  [
    'a function that fails',
    { credentials: [TOKEN, 'shardingName: "{{ mustFromJson (printf "{%s" .source.spec.endpoint) }}"'] },
    '"mustFromJson" failed on its arguments',
  ],
];

/** Where nothing is known of the fields, another value might be right there. */
const branchFaults: typeof faults = [
  [
    'a value that is no base64, in a branch',
    {
      credentials: [
        '{{ if eq .source.spec.region "eu-west" }}',
        'caData: "{{ .source.spec.endpoint }}?"',
        '{{ end }}',
        TOKEN,
      ],
    },
    'spec.caData must be base64',
  ],
];

describe('validate --explain', () => {
  describe.each([
    ['with the definition', { 'crds.yaml': DEFINITION }, [...faults, ...branchFaults]],
    ['without it', {}, faults],
  ])('%s', (_, files: { readonly [path: string]: string }, met) => {
    it.each(met)('shows a manifest by which render meets %s', async (_sentence, parts, message) => {
      const cwd = await folderWith({ 'policy.yaml': policyOf(parts), ...files });
      const validated = await runCli(['validate', '--explain', 'policy.yaml', ...Object.keys(files)], {
        cwd,
      });
      expect(validated.stdout).toContain(message);
      await writeFile(join(cwd, 'witness.yaml'), shownManifest(validated.stdout));
      const rendered = await runCli(['render', 'policy.yaml', 'witness.yaml', ...Object.keys(files)], {
        cwd,
      });
      expect(rendered.stderr).toContain(message);
      expect(rendered.code).toBe(1);
    });
  });

  it('shows a manifest by which render prints a PediaCluster that cannot be used', async () => {
    const apiserver = [
      '{{ if eq .source.spec.region "eu-west" }}',
      'apiserver: "{{ .source.metadata.name }}:x"',
      '{{ else }}',
      RIGHT,
      '{{ end }}',
    ];
    const cwd = await folderWith({ 'policy.yaml': policyOf({ apiserver }), 'crds.yaml': DEFINITION });
    const { stdout } = await runCli(['validate', '--explain', '.'], { cwd });
    expect(stdout).toContain(
      'the port of the endpoint is no number from 0 to 65535, for a source with spec.region: eu-west\n',
    );
    await writeFile(join(cwd, 'witness.yaml'), shownManifest(stdout));
    const rendered = await runCli(['render', '--only', 'PediaCluster', '.'], { cwd });
    expect(parse(rendered.stdout)).toMatchObject({ spec: { apiserver: 'synthetic:x' } });
  });

  it('puts the source into a namespace of the policy, each reference where the policy looks, and no field that is not read', async () => {
    const cwd = await folderWith({
      'policy.yaml': policyOf({ credentials: [`${TOKEN.slice(0, -1)}!"`] }),
      'crds.yaml': DEFINITION,
    });
    const { stdout } = await runCli(['validate', '--explain', '.'], { cwd });
    expect(parse(shownManifest(stdout))).toEqual({
      apiVersion: 'v1',
      kind: 'List',
      items: [
        {
          apiVersion: 'fleet.acme.example/v1beta1',
          kind: 'KubeCluster',
          metadata: { name: 'synthetic', namespace: 'fleet' },
          spec: { endpoint: 'https://192.0.2.1:6443', secretName: 'synthetictxt' },
        },
        {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 'of-synthetictxt', namespace: 'fleet' },
          data: { token: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/) as string },
        },
      ],
    });
  });

  it('says the same without samples where it is not asked for them', async () => {
    const cwd = await folderWith({ 'policy.yaml': policyOf({ name: 'acme_{{ .source.metadata.name }}' }) });
    const explained = await runCli(['validate', '--explain', 'policy.yaml'], { cwd });
    const plain = await runCli(['validate', 'policy.yaml'], { cwd });
    expect(plain.stdout).toBe(
      explained.stdout.replaceAll(/^ {4}# a sample that shows it.*\n(?: {4}.*\n)*/gm, ''),
    );
    expect(plain.stdout).not.toContain('List');
  });
});

describe('what was tried', () => {
  const kubeCluster = (name: string) =>
    `apiVersion: fleet.acme.example/v1beta1\nkind: KubeCluster\nmetadata: { name: ${name}, namespace: fleet }\nspec: { endpoint: 'https://10.0.0.1', secretName: s }\n`;

  const branch = ['{{ if eq .source.spec.region "eu-west" }}', RIGHT, '{{ else }}', RIGHT, '{{ end }}'];

  it.each([
    ['no source', {}, [], 'no branches, 0 samples of yours'],
    ['one source', {}, ['a'], 'no branches, 1 sample of yours'],
    [
      'two sources, in two branches',
      { apiserver: branch },
      ['a', 'b'],
      '2 of 2 branches, 2 samples of yours',
    ],
  ])('is told for %s', async (_, parts, names, expected) => {
    const cwd = await folderWith({
      'policy.yaml': policyOf(parts),
      'crds.yaml': DEFINITION,
      'sources.yaml': names.map(kubeCluster).join('---\n') || DEFINITION,
    });
    const { stdout } = await runCli(['validate', '.'], { cwd });
    expect(stdout).toContain(`policy.yaml:1:1: tried: ${expected}\n`);
  });

  it('a source of a file has what the API server sets, another uid for each', async () => {
    const cwd = await folderWith({
      'policy.yaml': policyOf({ name: 'c-{{ .source.metadata.uid | sha256sum | trunc 12 }}' }),
      'crds.yaml': DEFINITION,
      'sources.yaml': ['a', 'b'].map(kubeCluster).join('---\n'),
    });
    const { code, stdout } = await runCli(['validate', '.'], { cwd });
    expect(stdout).toMatch(/tried: .*2 samples of yours\n1 policy: 0 errors, 1 warning\n$/u);
    expect(code).toBe(0);
  });

  it('is told for the worked example, to programs too', async () => {
    const { stdout } = await runCli(['validate', MCP]);
    expect(stdout).toMatch(/policy\.yaml:1:1: tried: 8 of 8 branches, \d+ samples of yours\n/);
    const data = JSON.parse((await runCli(['validate', '-o', 'json', MCP])).stdout) as ReportData;
    expect(data.policies[0]?.coverage).toMatchObject({ branches: 8, reached: 8 });
  });

  it('is not told where nothing was rendered', async () => {
    const cwd = await folderWith({ 'policy.yaml': policyOf({ name: '{{ uper }}' }) });
    expect((await runCli(['validate', 'policy.yaml'], { cwd })).stdout).not.toContain('tried');
    const { stdout } = await runCli(['validate', '-o', 'json', 'policy.yaml'], { cwd });
    expect((JSON.parse(stdout) as ReportData).policies[0]).not.toHaveProperty('coverage');
  });
});
