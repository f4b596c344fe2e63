import { readFile } from 'node:fs/promises';
import type { Log } from 'sarif';
import { SaxesParser } from 'saxes';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ManifestError } from '../../src/cli/errors.ts';
import { parseManifests } from '../../src/cli/manifests/manifests.ts';
import type { ReportData, ReportFormat } from '../../src/cli/report/index.ts';
import { reportFormats } from '../../src/cli/report/index.ts';
import type { PolicyReport } from '../../src/cli/manifests/review.ts';
import { reportOnBroken, reviewManifests } from '../../src/cli/manifests/review.ts';
import { FINDING_CODES } from '../../src/policy/index.ts';
import { ERROR_CODES } from '../../src/template/index.ts';
import { definitionText } from '../api/definition-text.ts';

const BROKEN = `apiVersion: policy.clusterpedia.io/v1alpha1
kind: ClusterImportPolicy
metadata: { name: broken }
spec:
  source: { group: cluster.mcp.io, resource: clusters }
  nameTemplate: "mcp-{{ .source.metadata.name | uper }}"
  template: |
    spec:
      apiserver: "{{ .source.spec.apiEndpoint | b64decc }}"
      syncResources: []
`;

const GOOD = `apiVersion: policy.clusterpedia.io/v1alpha1
kind: ClusterImportPolicy
metadata: { name: good }
spec:
  source: { group: cluster.mcp.io, resource: clusters }
  nameTemplate: "mcp-{{ .source.metadata.name }}"
  template: |
    spec:
      apiserver: "{{ .source.spec.apiEndpoint }}"
      kubeconfig: eDog
      syncResources: []
`;

const reports: readonly PolicyReport[] = reviewManifests([
  ...parseManifests(BROKEN, 'policies/broken.yaml'),
  ...parseManifests(GOOD, 'policies/good.yaml'),
]).map(({ notChecked: _, ...report }) => report);

/** A report with characters that each format has to escape. */
const nasty: readonly PolicyReport[] = [
  {
    subject: 'ClusterImportPolicy',
    name: 'a"<b>',
    position: { file: 'dir, with: odd %/näme.yaml', line: 1, column: 1 },
    findings: [
      {
        finding: {
          severity: 'error',
          code: 'schema',
          field: 'spec',
          message: '100% <wrong> & "bad"\r\nsecond: line, \u0000\ud800',
        },
        position: { file: 'dir, with: odd %/näme.yaml', line: 3, column: 7 },
      },
      {
        finding: { severity: 'warning', code: 'not-checked', field: 'spec.source', message: 'left out' },
        position: { file: 'dir, with: odd %/näme.yaml', line: 4, column: 1 },
      },
    ],
  },
];

const surroundings = {
  colour: (_: string, text: string) => text,
  version: '1.2.3',
  workingDirectory: '/work',
};

const print = (format: ReportFormat, which = reports) => reportFormats[format](which, surroundings);

describe('human', () => {
  it('prints each finding with its place in the file, the line with a caret, and counts', () => {
    expect(print('human'))
      .toBe(`policies/broken.yaml:6:49: error: spec.nameTemplate 1:32: function "uper" is not defined; did you mean "upper"?
    mcp-{{ .source.metadata.name | uper }}
                                   ^
policies/broken.yaml:9:49: error: spec.template 2:45: function "b64decc" is not defined; did you mean "b64dec"?
      apiserver: "{{ .source.spec.apiEndpoint | b64decc }}"
                                                ^
policies/good.yaml:1:1: tried: no branches, 0 samples of yours
2 policies: 2 errors, 0 warnings`);
  });

  it('colours severity and totals', () => {
    const colour = (name: string, text: string) => `<${name}>${text}</${name}>`;
    const text = reportFormats.human(reports, { ...surroundings, colour });
    expect(text).toContain('<bold>policies/broken.yaml:6:49</bold>: <red>error</red>: ');
    expect(text).toContain('<red>2 policies: 2 errors, 0 warnings</red>');
    expect(reportFormats.human(reports.slice(1), { ...surroundings, colour })).toBe(
      '<bold>policies/good.yaml:1:1</bold>: tried: no branches, 0 samples of yours\n<green>1 policy: 0 errors, 0 warnings</green>',
    );
  });
});

describe('what was not checked', () => {
  const review = (...texts: readonly string[]) =>
    reviewManifests(parseManifests(texts.join('\n---\n'), 'all.yaml'));
  const definition = (plural: string, group = 'cluster.mcp.io') =>
    definitionText({ group, plural, kind: 'Cluster', scope: 'Cluster' });
  const role = (
    verbs: string,
    label = 'aggregate-to-import-controller',
  ) => `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: r, labels: { rbac.clusterpedia.io/${label}: 'true' } }
rules: [{ apiGroups: [cluster.mcp.io], resources: [clusters], verbs: [${verbs}] }]
`;
  const source =
    "apiVersion: cluster.mcp.io/v1\nkind: Cluster\nmetadata: { name: one }\nspec: { apiEndpoint: 'https://10.0.0.1' }\n";

  it.each([
    [
      'everything, for a policy alone',
      [],
      "the fields of clusters.cluster.mcp.io (no definition among the files); your sources (none among the files); the controller's rights (no ClusterRole for it among the files)",
    ],
    ['nothing, for all that it needs', [definition('clusters'), source, role('get, list, watch')], ''],
    [
      'a group that is misspelt beside its definition',
      [definition('clusters', 'cluster.mpc.io'), source, role("'*'")],
      'the fields of clusters.cluster.mcp.io (no definition among the files; did you mean the group "cluster.mpc.io"?)',
    ],
    [
      'a role of somebody else',
      [definition('clusters'), source, role('list', 'other')],
      "the controller's rights (no ClusterRole for it among the files)",
    ],
  ])('is %s', (_, more, expected) => {
    const [report] = review(GOOD, ...more);
    expect((report?.notChecked ?? []).map(({ text }) => text).join('; ')).toBe(expected);
  });

  it('is not sources among the files, where a syntax error keeps them from being tried', () => {
    const broken = GOOD.replace('template: |', 'template: |\n    {{ if }}');
    const [report] = review(broken, definition('clusters'), source, role('get, list, watch'));
    expect(report?.findings.some(({ finding }) => finding.severity === 'error')).toBe(true);
    expect(report?.notChecked).toEqual([]);
  });

  it('is said by the report for people', () => {
    expect(print('human', review(GOOD, definition('clusters'), role('list, watch')))).toContain(
      'all.yaml:1:1: not checked: your sources (none among the files)\nall.yaml:1:1: tried: no branches, 0 samples of yours\n1 policy',
    );
  });

  it('is no resource that is misspelt beside its definition: that is a warning', () => {
    const [report] = review(GOOD.replace('resource: clusters', 'resource: cluster'), definition('clusters'));
    expect(report?.findings.map(({ finding }) => [finding.code, finding.suggestion])).toContainEqual([
      'unknown-resource',
      'clusters',
    ]);
  });

  it('is no right that a role lacks: that is a warning', () => {
    const [report] = review(GOOD, definition('clusters'), source, role('get, list'));
    expect(
      report?.findings.map(({ finding }) => `${finding.field}: ${finding.code}: ${finding.message}`),
    ).toContain(
      'spec.source: missing-right: no role among the files lets the controller watch clusters.cluster.mcp.io',
    );
  });
});

describe('a credential that is no base64', () => {
  const objects = `apiVersion: cluster.mcp.io/v1
kind: Cluster
metadata: { name: one }
spec: { apiEndpoint: 'https://10.0.0.1' }
---
apiVersion: v1
kind: Secret
metadata: { name: one, namespace: mcp }
stringData: { token: 'made up', json: '{"token":"made up"}' }
`;
  const policyWith = (tokenData: string) => `apiVersion: policy.clusterpedia.io/v1alpha1
kind: ClusterImportPolicy
metadata: { name: decoding }
spec:
  source: { group: cluster.mcp.io, resource: clusters }
  references:
    - { key: secret, group: '', resource: secrets, namespaceTemplate: mcp, nameTemplate: one }
  nameTemplate: one
  template: |
    spec:
      apiserver: https://10.0.0.1
      tokenData: ${tokenData}
      syncResources: []
`;

  it.each([
    [
      'b64dec in a pipeline',
      '"{{ .references.secret.data.token | b64dec }}"',
      'leave out b64dec, which decodes the value',
    ],
    [
      'b64dec as a function',
      '"{{ b64dec .references.secret.data.token }}"',
      'leave out b64dec, which decodes the value',
    ],
    [
      'b64dec for a part of what it decodes',
      '"{{ (.references.secret.data.json | b64dec | fromJson).token }}"',
      'pipe the value through b64enc if it is not encoded yet',
    ],
    [
      'no function',
      '"{{ .source.spec.apiEndpoint }}"',
      'pipe the value through b64enc if it is not encoded yet',
    ],
  ])('has the way out that fits the template, which writes it by %s', (_, tokenData, wayOut) => {
    const [report] = reviewManifests(parseManifests(`${policyWith(tokenData)}---\n${objects}`, 'all.yaml'));
    const errors = (report?.findings ?? []).filter(({ finding }) => finding.severity === 'error');
    expect(errors.map(({ finding }) => finding.message)).toContainEqual(
      expect.stringMatching(new RegExp(`spec\\.tokenData must be base64; ${wayOut}$`)),
    );
  });
});

describe('policies that are given with others', () => {
  const named = (name: string, text = GOOD) => text.replace('name: good', `name: ${name}`);
  const objects = `apiVersion: cluster.mcp.io/v1
kind: Cluster
metadata: { name: cluster-1 }
spec: { apiEndpoint: 'https://10.0.0.1' }
`;
  const findingsOf = (...texts: readonly string[]) =>
    reviewManifests(texts.flatMap((text, index) => parseManifests(text, `p${String(index)}.yaml`))).map(
      ({ name, findings }) => [name, ...findings.map(({ finding }) => `${finding.code}: ${finding.message}`)],
    );

  it('are told of each other where they have one name', () => {
    const told = (place: string) =>
      `given-twice: the policy is given at ${place} too; what is applied last counts`;
    expect(findingsOf(GOOD, GOOD)).toMatchObject([
      ['good', told('p1.yaml:1:1')],
      ['good', told('p0.yaml:1:1')],
    ]);
  });

  it('are refused where they render one name for the sources at hand', () => {
    const twice = findingsOf(named('one'), named('two'), objects);
    expect(twice[0]).toContain('name-conflict: the name "mcp-cluster-1" is held by policy "two"');
    expect(twice[1]).toContain('name-conflict: the name "mcp-cluster-1" is held by policy "one"');
    expect(
      findingsOf(named('one'), named('two').replace('mcp-{{', 'other-{{'), objects).map(([name]) => name),
    ).toEqual(['one', 'two']);
  });

  it('are refused for a name that the API server does not take', () => {
    expect(findingsOf(GOOD.replace('name: good', 'name: Good_one'))).toMatchObject([
      [
        'Good_one',
        'invalid-policy-name: the name of the policy contains upper-case letters; only a-z, 0-9, "-" and "." are allowed',
      ],
    ]);
    expect(findingsOf(GOOD)).toEqual([['good']]);
  });

  it('are told that a generated name makes another one each time', () => {
    expect(findingsOf(GOOD.replace('name: good', 'generateName: mcp-'))[0]?.[1]).toContain(
      'generated-name: each time',
    );
  });
});

describe('a text that is no manifest', () => {
  const position = { file: 'policies/half.yaml', line: 3, column: 9 };
  const half = [reportOnBroken(new ManifestError(position, 'not YAML: no end')), ...reports.slice(1)];

  it.each([
    [
      'human',
      'policies/half.yaml:3:9: error: not YAML: no end\npolicies/good.yaml:1:1: tried: no branches, 0 samples of yours\n1 policy: 1 error, 0 warnings',
    ],
    [
      'github',
      '::error file=policies/half.yaml,line=3,col=9,title=manifest policies/half.yaml%3A invalid-manifest::not YAML: no end',
    ],
    [
      'junit',
      '<testcase name="policies/half.yaml" classname="manifest" file="policies/half.yaml">\n' +
        '      <failure message="not YAML: no end" type="invalid-manifest">policies/half.yaml:3:9: not YAML: no end</failure>',
    ],
  ] as const)('is an error in its place in %s', (format, expected) => {
    expect(print(format, half)).toContain(expected);
  });

  it('is an error in its place in sarif', () => {
    const [result] = (JSON.parse(print('sarif', half)) as Log).runs[0]?.results ?? [];
    expect(result).toMatchObject({
      ruleId: 'invalid-manifest',
      level: 'error',
      message: { text: 'not YAML: no end' },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'policies/half.yaml' },
            region: { startLine: 3, startColumn: 9 },
          },
          logicalLocations: [
            { name: 'policies/half.yaml', fullyQualifiedName: 'manifest/policies/half.yaml' },
          ],
        },
      ],
    });
  });

  it('is no policy among the totals of json', () => {
    const data = JSON.parse(print('json', half)) as ReportData;
    expect(data.summary).toEqual({ policies: 1, errors: 1, warnings: 0 });
    expect(data.policies[0]).toMatchObject({ subject: 'manifest', name: 'policies/half.yaml', valid: false });
  });
});

describe('json and yaml', () => {
  it('hold the same: policies, findings with their places in file and template, totals', () => {
    const data = JSON.parse(print('json')) as ReportData;
    expect(data.summary).toEqual({ policies: 2, errors: 2, warnings: 0 });
    expect(data.policies.map(({ name, valid }) => [name, valid])).toEqual([
      ['broken', false],
      ['good', true],
    ]);
    expect(data.policies[0]?.findings[0]).toEqual({
      severity: 'error',
      code: 'unknown-function',
      field: 'spec.nameTemplate',
      message: 'function "uper" is not defined',
      suggestion: 'upper',
      excerpt: 'mcp-{{ .source.metadata.name | uper }}\n                               ^',
      file: 'policies/broken.yaml',
      line: 6,
      column: 49,
      template: { line: 1, column: 32 },
    });
    expect(parse(print('yaml'))).toEqual(data);
  });
});

describe('github', () => {
  it('prints a workflow command for each finding', () => {
    expect(print('github').split('\n')).toEqual([
      '::error file=policies/broken.yaml,line=6,col=49,title=ClusterImportPolicy broken%3A unknown-function::spec.nameTemplate 1:32: function "uper" is not defined; did you mean "upper"?',
      '::error file=policies/broken.yaml,line=9,col=49,title=ClusterImportPolicy broken%3A unknown-function::spec.template 2:45: function "b64decc" is not defined; did you mean "b64dec"?',
    ]);
  });

  it('escapes what would end a command or a property', () => {
    const [first] = print('github', nasty).split('\n');
    expect(first).toBe(
      '::error file=dir%2C with%3A odd %25/näme.yaml,line=3,col=7,title=ClusterImportPolicy a"<b>%3A schema::spec: 100%25 <wrong> & "bad"%0D%0Asecond: line, \u0000\ud800',
    );
  });

  it('names files below the working directory relative to it, and no file for standard input', () => {
    const at = (file: string) =>
      nasty.map((report) => ({
        ...report,
        findings: report.findings
          .slice(1)
          .map((placed) => ({ ...placed, position: { ...placed.position, file } })),
      }));
    expect(print('github', at('/work/a/b.yaml'))).toContain('::warning file=a/b.yaml,line=4,');
    expect(print('github', at('../b.yaml'))).toContain('::warning file=/b.yaml,line=4,');
    expect(print('github', at('stdin'))).toMatch(/^::warning title=/);
  });

  it('prints nothing where there is nothing to say', () => {
    expect(print('github', reports.slice(1))).toBe('');
  });
});

describe('sarif', () => {
  const log = (which = reports) => JSON.parse(print('sarif', which)) as Log;

  it('is a log of version 2.1.0 with one run of this tool', () => {
    const { version, $schema, runs } = log();
    expect(version).toBe('2.1.0');
    expect($schema).toMatch(
      /^https:\/\/docs\.oasis-open\.org\/sarif\/sarif\/v2\.1\.0\/.*sarif-schema-2\.1\.0\.json$/,
    );
    expect(runs).toHaveLength(1);
    expect(runs[0]?.tool.driver).toMatchObject({ name: 'clusterpedia-import', semanticVersion: '1.2.3' });
    expect(runs[0]?.columnKind).toBe('unicodeCodePoints');
  });

  it('has every code as a rule, with what it means', () => {
    const rules = log().runs[0]?.tool.driver.rules ?? [];
    expect(rules.map(({ id }) => id).sort()).toEqual(
      [...Object.keys(FINDING_CODES), ...Object.keys(ERROR_CODES)].sort(),
    );
    expect(rules.every(({ shortDescription }) => (shortDescription?.text ?? '') !== '')).toBe(true);
  });

  it('says of every code what to do, and links to its row of the page', async () => {
    const pages = new URL('../../docs/reference/', import.meta.url);
    const errors = await readFile(new URL('errors.md', pages), 'utf8');
    const rules = log().runs[0]?.tool.driver.rules ?? [];
    for (const { id, help } of rules) {
      expect(help?.markdown, id).toContain(`See [${id}](docs/reference/errors.md#${id}).`);
      expect(errors, id).toContain(`<a id="${id}"></a>`);
      for (const [, target = ''] of help?.markdown?.matchAll(/\]\(([^)#]+)/g) ?? [])
        expect(await readFile(new URL(`../../${target}`, import.meta.url), 'utf8'), target).not.toBe('');
      expect(help?.text, id).not.toMatch(/\]\(/);
    }
    expect(rules.find(({ id }) => id === 'unknown-function')?.help?.text).toBe(
      'A function is not defined. Use one of the functions (docs/reference/functions.md). See docs/reference/errors.md#unknown-function.',
    );
  });

  it('places each result in the file, relative to the root of the sources', () => {
    const [run] = log().runs;
    const [first] = run?.results ?? [];
    expect(run?.results).toHaveLength(2);
    expect(first).toMatchObject({
      ruleId: 'unknown-function',
      level: 'error',
      message: { text: 'spec.nameTemplate 1:32: function "uper" is not defined; did you mean "upper"?' },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'policies/broken.yaml', uriBaseId: '%SRCROOT%' },
            region: { startLine: 6, startColumn: 49 },
          },
          logicalLocations: [{ fullyQualifiedName: 'ClusterImportPolicy/broken/spec.nameTemplate' }],
        },
      ],
    });
    expect(run?.tool.driver.rules?.[first?.ruleIndex ?? -1]?.id).toBe('unknown-function');
  });

  it('writes paths as URIs', () => {
    const location = log(nasty).runs[0]?.results?.[0]?.locations?.[0]?.physicalLocation?.artifactLocation;
    expect(location?.uri).toBe('dir%2C%20with%3A%20odd%20%25/n%C3%A4me.yaml');
    expect(decodeURIComponent(location?.uri ?? '')).toBe('dir, with: odd %/näme.yaml');
  });

  it('is a log without results where there is nothing to say', () => {
    expect(log(reports.slice(1)).runs[0]?.results).toEqual([]);
  });
});

interface Element {
  readonly name: string;
  readonly attributes: { readonly [name: string]: string };
  readonly children: Element[];
  text: string;
}

/** Parses XML strictly: what is not well-formed throws. */
function parseXml(xml: string): Element {
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    const element: Element = { name, attributes, children: [], text: '' };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('text', (text) => {
    const element = open.at(-1);
    if (element !== undefined) element.text += text;
  });
  parser.on('closetag', () => open.pop());
  parser.write(xml).close();
  return root.children[0] ?? root;
}

/** What the common JUnit schema allows: attributes and children of each element. */
const junit: {
  readonly [name: string]: { readonly attributes: readonly string[]; readonly children: readonly string[] };
} = {
  testsuites: {
    attributes: ['name', 'tests', 'failures', 'errors', 'skipped', 'time'],
    children: ['testsuite'],
  },
  testsuite: {
    attributes: ['name', 'tests', 'failures', 'errors', 'skipped', 'time', 'timestamp', 'file'],
    children: ['properties', 'testcase', 'system-out', 'system-err'],
  },
  testcase: {
    attributes: ['name', 'classname', 'assertions', 'time', 'file', 'line'],
    children: ['skipped', 'error', 'failure', 'system-out', 'system-err'],
  },
  failure: { attributes: ['message', 'type'], children: [] },
  'system-out': { attributes: [], children: [] },
};

function conforms({ name, attributes, children }: Element): boolean {
  const allowed = junit[name];
  return (
    allowed !== undefined &&
    Object.keys(attributes).every((attribute) => allowed.attributes.includes(attribute)) &&
    children.every((child) => allowed.children.includes(child.name) && conforms(child))
  );
}

describe('junit', () => {
  it('has a suite for each file and a test for each policy', () => {
    const root = parseXml(print('junit'));
    expect(conforms(root)).toBe(true);
    expect(root.attributes).toMatchObject({ tests: '2', failures: '1', errors: '0' });
    expect(root.children.map(({ attributes }) => attributes['name'])).toEqual([
      'policies/broken.yaml',
      'policies/good.yaml',
    ]);
    const [test] = root.children[0]?.children ?? [];
    expect(test?.attributes).toEqual({
      name: 'broken',
      classname: 'ClusterImportPolicy',
      file: 'policies/broken.yaml',
    });
    expect(test?.children[0]?.attributes['type']).toBe('unknown-function');
    expect(test?.children[0]?.text.split('\n')).toEqual([
      'policies/broken.yaml:6:49: spec.nameTemplate 1:32: function "uper" is not defined; did you mean "upper"?',
      'policies/broken.yaml:9:49: spec.template 2:45: function "b64decc" is not defined; did you mean "b64dec"?',
    ]);
    expect(root.children[1]?.children[0]?.children).toEqual([]);
  });

  it('escapes markup, and replaces what XML cannot hold', () => {
    const root = parseXml(print('junit', nasty));
    expect(conforms(root)).toBe(true);
    const [test] = root.children[0]?.children ?? [];
    expect(test?.attributes['name']).toBe('a"<b>');
    expect(test?.children[0]?.attributes['message']).toBe(
      'spec: 100% <wrong> & "bad"\r\nsecond: line, \ufffd\ufffd',
    );
    expect(test?.children[1]?.name).toBe('system-out');
    expect(test?.children[1]?.text).toContain('spec.source: left out');
  });
});
