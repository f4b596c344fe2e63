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
  /** What is said of it: an error, unless the expression begins with `warning: `. */
  readonly message?: RegExp;
}

/** A template that writes one of two texts, in its language. */
interface Writing {
  readonly when: (then: string, otherwise: string) => string;
  /** The value of a path. */
  readonly value: (path: string) => string;
  /** A call of functions, as the language writes it. */
  readonly call: (go: string, handlebars: string) => string;
}

interface ResultFault {
  readonly sentence: string;
  readonly wrong: (writing: Writing) => string;
  readonly right: (writing: Writing) => string;
  readonly message: RegExp;
}

const endpointLine = ({ value }: Writing) => `  apiserver: "${value('source.spec.endpoint')}"`;
const authority = ({ value }: Writing) => `  caData: "${value('references.auth.data.ca')}"`;
const token = ({ value }: Writing) => `  tokenData: "${value('references.auth.data.token')}"`;
const document = (...lines: readonly string[]) => ['spec:', '  syncResources: []', ...lines, ''].join('\n');

/** A template that writes a line for some sources and another one for others, beside all else that it takes. */
const lines =
  (some: (writing: Writing) => string, others: (writing: Writing) => string, rest: readonly Line[]) =>
  (writing: Writing): string =>
    document(
      ...rest.map((line) => line(writing)),
      writing.when(`${some(writing)}\n`, `${others(writing)}\n`).trimEnd(),
    );

type Line = (writing: Writing) => string;

/** Both, and the twin that writes another right thing for these sources. */
const pair = (wrong: Line, right: Line, others: Line, rest: readonly Line[]) => ({
  wrong: lines(wrong, others, rest),
  right: lines(right, others, rest),
});

const labelled = (value: string) => (writing: Writing) =>
  `metadata:\n  labels:\n    zone: "${value}"\n${document(endpointLine(writing), authority(writing), token(writing))}`;

/** Faults of results, where sources that take another branch write the same field rightly. */
const resultFaults: readonly ResultFault[] = [
  {
    sentence: 'a label with a blank',
    wrong: (writing) => labelled(writing.when('eu west', 'eu'))(writing),
    right: (writing) => labelled(writing.when('eu-west', 'eu'))(writing),
    message: /metadata\.labels\["zone"\] .* contains white space/,
  },
  {
    sentence: 'a label whose value is put together',
    wrong: (writing) =>
      labelled(`a${writing.when(' b', '')}${writing.value('source.metadata.name')}`)(writing),
    right: (writing) =>
      labelled(`a${writing.when('-b', '')}${writing.value('source.metadata.name')}`)(writing),
    message: /metadata\.labels\["zone"\] .* contains white space/,
  },
  {
    sentence: 'a key of an annotation with two slashes',
    wrong: (writing) =>
      `metadata:\n  annotations:\n    ${writing.when('a/b/c: x', 'd: y')}\n${document(endpointLine(writing), authority(writing), token(writing))}`,
    right: (writing) =>
      `metadata:\n  annotations:\n    ${writing.when('a/b: x', 'd: y')}\n${document(endpointLine(writing), authority(writing), token(writing))}`,
    message: /metadata\.annotations\["a\/b\/c"\] is no annotation key/,
  },
  {
    sentence: 'an endpoint of another protocol',
    ...pair(
      ({ value }) => `  apiserver: "ftp://${value('source.spec.endpoint')}"`,
      ({ value }) => `  apiserver: "https://${value('source.metadata.name')}"`,
      endpointLine,
      [authority, token],
    ),
    message: /the endpoint must begin with https:\/\//,
  },
  {
    sentence: 'an endpoint whose beginning is written twice',
    wrong: (writing) =>
      document(
        `  apiserver: "${writing.when('ftp://', '')}${writing.value('source.spec.endpoint')}"`,
        authority(writing),
        token(writing),
      ),
    right: (writing) =>
      document(
        `  apiserver: "${writing.when('', '')}${writing.value('source.spec.endpoint')}"`,
        authority(writing),
        token(writing),
      ),
    message: /the endpoint must begin with https:\/\//,
  },
  {
    sentence: 'no endpoint',
    ...pair(() => '  shardingName: a', endpointLine, endpointLine, [authority, token]),
    message: /needs an endpoint in apiserver/,
  },
  {
    sentence: 'no credential',
    ...pair(() => '  shardingName: a', token, token, [endpointLine, authority]),
    message: /neither a kubeconfig, a token, nor a certificate with its key/,
  },
  {
    sentence: 'an authority that is no base64',
    ...pair(
      () => '  caData: "a b"',
      () => '  caData: YQ==',
      authority,
      [endpointLine, token],
    ),
    message: /spec\.caData must be base64/,
  },
  {
    sentence: 'a certificate without its key',
    ...pair(
      () => '  certData: YQ==',
      () => '  certData: YQ==\n  keyData: YQ==',
      token,
      [endpointLine, authority],
    ),
    message: /there is a certificate without its key/,
  },
  {
    sentence: 'a certificate of which the Secret has no key',
    ...pair(
      () => '  authenticationFrom: { ca: { name: a, key: ca }, cert: { name: a, key: crt } }',
      () => '  authenticationFrom: { ca: { name: a, key: ca }, token: { name: a, key: token } }',
      token,
      [endpointLine, authority],
    ),
    message: /there is a certificate without its key/,
  },
  {
    sentence: 'a Secret without the key in it',
    ...pair(
      () => '  authenticationFrom: { token: { name: a } }',
      () => '  authenticationFrom: { ca: { name: a, key: ca }, token: { name: a, key: token } }',
      token,
      [endpointLine, authority],
    ),
    message: /required field spec\.authenticationFrom\.token\.key is missing/,
  },
  {
    sentence: 'a group without its resources',
    wrong: (writing) =>
      `spec:\n  syncResources:\n${writing.when('    - group: apps\n', '    - group: ""\n      resources: [pods]\n')}${[endpointLine, authority, token].map((line) => line(writing)).join('\n')}\n`,
    right: (writing) =>
      `spec:\n  syncResources:\n${writing.when('    - group: apps\n      resources: [deployments]\n', '    - group: ""\n      resources: [pods]\n')}${[endpointLine, authority, token].map((line) => line(writing)).join('\n')}\n`,
    message: /required field spec\.syncResources\[0\]\.resources is missing/,
  },
  {
    sentence: 'a part of a text that is not there',
    ...pair(
      ({ call }) =>
        `  shardingName: "${call('index (splitList "/" "a/b") 4', 'index (splitList "/" "a/b") 4')}"`,
      ({ call }) =>
        `  shardingName: "${call('index (splitList "/" "a/b") 1', 'index (splitList "/" "a/b") 1')}"`,
      () => '  shardingName: a',
      [endpointLine, authority, token],
    ),
    message: /"index" failed/,
  },
  {
    sentence: 'a part of a text that need not be there (a warning)',
    ...pair(
      ({ call }) =>
        `  shardingName: "${call('index (splitList "/" .source.spec.secretName) 4', 'index (splitList "/" source.spec.secretName) 4')}"`,
      ({ call }) =>
        `  shardingName: "${call('index (splitList "/" .source.spec.secretName) 0', 'index (splitList "/" source.spec.secretName) 0')}"`,
      () => '  shardingName: a',
      [endpointLine, authority, token],
    ),
    message: /warning: .*"index" failed .*unless the values that are read there/,
  },
];

/** Fields that are left out for some sources, and what is said of it: whether that is a fault depends on why. */
const leftOut: readonly (readonly [sentence: string, go: string, handlebars: string, message?: RegExp])[] = [
  [
    'a state that may pass leaves out (a warning)',
    'ne .source.status.phase "Deleting"',
    '(ne source.status.phase "Deleting")',
    /warning: .*neither a kubeconfig, a token.*for a source with status\.phase: Deleting/,
  ],
  ['a missing value leaves out', '.references.auth.data.token', 'references.auth.data.token'],
  ['an unknown text leaves out', 'eq .source.spec.secretName "a"', '(eq source.spec.secretName "a")'],
];

/** Conditions of which some sources meet each outcome: as many as it takes, for all faults behind each. */
const resultConditions = conditions.filter(([when]) =>
  [
    'an enum is one of its values',
    'a text begins so',
    'a number is large',
    'a text contains a part',
  ].includes(when),
);

const referenceOf = (go: boolean) => ({
  key: 'auth',
  group: '',
  resource: 'secrets',
  namespaceTemplate: go ? '{{ .source.metadata.namespace }}' : '{{source.metadata.namespace}}',
  nameTemplate: go ? '{{ .source.spec.secretName }}' : '{{source.spec.secretName}}',
});

const specOf = (language: (typeof languages)[number]) => {
  const go = language === 'GoTemplate';
  return {
    templateEngine: language,
    nameTemplate: go ? fleetSpec.nameTemplate : '{{source.metadata.namespace}}-{{source.metadata.name}}',
    creationCondition: 'true',
    references: [referenceOf(go)],
  };
};

const writingIn = (go: boolean, goCondition: string, handlebars: string): Writing => ({
  when: (then, otherwise) =>
    go
      ? `{{ if ${goCondition} }}${then}{{ else }}${otherwise}{{ end }}`
      : `{{#if ${handlebars}}}${then}{{else}}${otherwise}{{/if}}`,
  value: (path) => (go ? `{{ .${path} }}` : `{{ ${path} }}`),
  call: (inGo, inHandlebars) => (go ? `{{ ${inGo} }}` : `{{ ${inHandlebars} }}`),
});

function rowsOf(): readonly Row[] {
  const rows: Row[] = [];
  const add = (sentence: string, suffix: string, spec: object, message?: RegExp) => {
    const name = `p${String(rows.length)}-${suffix}`;
    rows.push({ name, sentence, policy: fleetPolicy(spec, { name }), ...(message && { message }) });
  };
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
        const sentence = `${what} where ${when}, in ${language}`;
        add(sentence, 'wrong', { ...specOf(language), template: body(wrong) }, message);
        add(sentence, 'right', { ...specOf(language), template: body(right) });
      }
    }
    for (const [what, goCondition, handlebars, message] of leftOut) {
      const writing = writingIn(go, goCondition, handlebars);
      const template = document(
        endpointLine(writing),
        authority(writing),
        writing.when(`${token(writing)}\n`, '').trimEnd(),
      );
      add(
        `a token that ${what}, in ${language}`,
        message === undefined ? 'right' : 'wrong',
        { ...specOf(language), template },
        message,
      );
    }
    for (const [when, goCondition, handlebars] of resultConditions) {
      const writing = writingIn(go, goCondition, handlebars);
      for (const { sentence: what, wrong, right, message } of resultFaults) {
        const sentence = `${what} where ${when}, in ${language}`;
        add(sentence, 'wrong', { ...specOf(language), template: wrong(writing) }, message);
        add(sentence, 'right', { ...specOf(language), template: right(writing) });
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
      const mayWarn = message?.source.startsWith('warning: ') === true;
      const said = (found.get(name) ?? []).filter((finding) => mayWarn || finding.startsWith('error: '));
      expect(said.join('\n')).toMatch(message ?? /^$/);
    },
  );

  it.each(rows.filter(({ message }) => message === undefined))(
    'is not said of its twin: $sentence',
    ({ name }) => {
      expect(found.get(name)).toEqual([]);
    },
  );
});
