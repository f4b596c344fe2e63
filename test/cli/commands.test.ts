import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import type { Log } from 'sarif';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { createProgram } from '../../src/cli/program.ts';
import type { ReportData } from '../../src/cli/report/index.ts';
import { folderWith, keptOutput, MCP, mcpFile, runCli, startCli } from './workspace.ts';

const POLICY = await mcpFile('policy.yaml');
const CRDS = await mcpFile('testdata/crds.yaml');
const OBJECTS = await mcpFile('testdata/objects.yaml');
const BROKEN_POLICY = POLICY.replace(
  '.references.authSecret.data.ca }}',
  '.references.authSecret.data.ca | b64decc }}',
);

const everything = { 'policy.yaml': POLICY, 'crds.yaml': CRDS, 'clusters.yaml': OBJECTS };

const program = await createProgram(keptOutput());

describe('help', () => {
  const commandNames = program.commands.map((command) => command.name());

  function helpOf(name: string): { readonly command: Command; readonly help: string } {
    const command = program.commands.find((each) => each.name() === name);
    if (command === undefined) throw new Error(`there is no command ${name}`);
    let help = '';
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    return { command, help };
  }

  it.each(commandNames)('of %s says what it does', (name) => {
    const { command, help } = helpOf(name);
    expect(help).toContain(`Usage: clusterpedia-import ${name}`);
    expect(command.description()).not.toBe('');
    expect(command.options.every(({ description }) => description !== '')).toBe(true);
  });

  it('documents the exit codes', async () => {
    const { code, stdout } = await runCli(['--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('Exit codes:\n  0  good\n  1  there are findings');
  });

  it.each(commandNames)('of %s shows examples', (name) => {
    const { help } = helpOf(name);
    const shown = help
      .slice(help.indexOf('\nExamples:\n'))
      .split('\n')
      .filter((line) => /^ {2}.*clusterpedia-import /.test(line));
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.some((line) => line.includes(`clusterpedia-import ${name}`))).toBe(true);
  });

  it.each(commandNames)('of %s shows examples whose options it has', (name) => {
    const { command, help } = helpOf(name);
    const known = [...command.options.flatMap(({ short, long }) => [short, long]), '-A'];
    const own = help
      .split('\n')
      .filter((line) => line.startsWith('  '))
      .flatMap((line) => line.split('|'))
      .filter((part) => part.trim().startsWith(`clusterpedia-import ${name}`))
      .flatMap((part) => part.replaceAll(/'[^']*'/g, '').match(/(?<= )--?[a-z][a-z-]*/g) ?? []);
    expect(own.filter((option) => !known.includes(option))).toEqual([]);
  });
});

describe('wrong use', () => {
  it.each([
    [['valdate', 'x'], "error: unknown command 'valdate'\n(Did you mean validate?)"],
    [['validate'], "error: missing required argument 'path'"],
    [
      ['validate', '-o', 'xml', 'x'],
      "argument 'xml' is invalid. Allowed choices are human, json, yaml, github, sarif, junit.",
    ],
    [['validate', '/nowhere.yaml'], 'error: /nowhere.yaml: cannot be read: ENOENT'],
    [
      ['render', '--diff', 'x'],
      'error: --diff compares with a cluster or with files: add --server, or --expected <path>',
    ],
    [['render', '--expected', 'y', 'x'], 'error: --expected needs --diff'],
    [['render', '--context', 'y', 'x'], 'error: --kubeconfig and --context need --server'],
    [['kubeconfig', '--kubeconfig', '/nowhere'], 'error: no kubeconfig: /nowhere does not exist'],
    [
      ['render', '--server', '--kubeconfig', '/nowhere', join(MCP, 'policy.yaml')],
      'error: kubeconfig /nowhere does not exist',
    ],
    [['playground', '--port', 'high'], 'error: --port high: must be 0 to 65535'],
    [['completion', 'tcsh'], 'Allowed choices are bash, zsh, fish.'],
    [['webhook', '--config', '/nowhere.yaml'], '/nowhere.yaml'],
  ])('%j exits 2 and says why', async (args, message) => {
    const { code, stdout, stderr } = await runCli(args);
    expect(stderr).toContain(message);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

describe('validate', () => {
  it('exits 0 for a good policy', async () => {
    const cwd = await folderWith(everything);
    expect(await runCli(['validate', 'policy.yaml'], { cwd })).toEqual({
      code: 0,
      stdout:
        "policy.yaml:1:1: not checked: the fields of clusters.cluster.mcp.io (no definition among the files); your sources (none among the files); the controller's rights (no ClusterRole for it among the files)\npolicy.yaml:1:1: tried: 8 of 8 branches, 0 samples of yours\n1 policy: 0 errors, 0 warnings\n",
      stderr: '',
    });
  });

  it('is strict about fields that it could not check, and tells of a policy that its kustomization does not name', async () => {
    const cwd = await folderWith({
      ...everything,
      'kustomization.yaml': 'resources: [./policy.yaml]\n',
      'other/kustomization.yaml': 'resources: [rbac.yaml]\n',
      'other/policy.yaml': POLICY.replace('name: mcp', 'name: other').replace('mcp-{{', 'other-{{'),
    });
    const codeOf = async (...args: readonly string[]) => (await runCli(['validate', ...args], { cwd })).code;
    expect([await codeOf('policy.yaml'), await codeOf('--strict', 'policy.yaml')]).toEqual([0, 1]);
    expect(await codeOf('--strict', 'policy.yaml', 'crds.yaml')).toBe(0);
    const { code, stdout } = await runCli(['validate', 'other', 'crds.yaml'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain(
      'other/policy.yaml:1:1: warning: other/kustomization.yaml does not name this file, so the policy is not applied with it\n',
    );
    expect(stdout.match(/does not name/g)).toHaveLength(1);
  });

  it.each([
    [
      'named with its folder',
      'resources: [policies]\n',
      'resources: [mcp]\n',
      'resources: [policy.yaml]\n',
      undefined,
    ],
    [
      'named file by file from above',
      'resources: [policies]\n',
      'resources: [mcp/policy.yaml]\n',
      undefined,
      undefined,
    ],
    [
      'in a folder that nothing above names',
      undefined,
      'resources: [other]\n',
      'resources: [policy.yaml]\n',
      'policies/kustomization.yaml does not name the folder policies/mcp',
    ],
    [
      'in a folder without one, not named from above',
      undefined,
      'resources: [other]\n',
      undefined,
      'policies/kustomization.yaml does not name this file',
    ],
    [
      'below a folder that nothing names',
      'resources: [other]\n',
      'resources: [mcp]\n',
      'resources: [policy.yaml]\n',
      'kustomization.yaml does not name the folder policies',
    ],
    ['where there is no kustomization above', undefined, undefined, 'resources: [policy.yaml]\n', undefined],
  ])('tells of a policy that no kustomization leads to: one %s', async (_, top, above, own, expected) => {
    const files = {
      'kustomization.yaml': top,
      'policies/kustomization.yaml': above,
      'policies/mcp/kustomization.yaml': own,
    };
    const given = Object.entries(files).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const cwd = await folderWith({ ...Object.fromEntries(given), 'policies/mcp/policy.yaml': POLICY });
    const { stdout } = await runCli(['validate', 'policies'], { cwd });
    expect(/warning: (.*), so the policy is not applied/.exec(stdout)?.[1]).toBe(expected);
  });

  it('exits 1 for a broken one, and shows where and what', async () => {
    const cwd = await folderWith({ 'policies/mcp.yaml': BROKEN_POLICY, 'crds/mcp.yaml': CRDS });
    const { code, stdout } = await runCli(['validate', 'policies/', 'crds/'], { cwd });
    expect(code).toBe(1);
    const line = BROKEN_POLICY.split('\n').findIndex((text) => text.includes('b64decc'));
    const column = BROKEN_POLICY.split('\n')[line]?.indexOf('b64decc') ?? -1;
    expect(stdout).toContain(
      `policies/mcp.yaml:${String(line + 1)}:${String(column + 1)}: error: spec.template `,
    );
    expect(stdout).toContain('function "b64decc" is not defined; did you mean "b64dec"?');
  });

  it('reads the output of kustomize from standard input', async () => {
    const { code, stdout } = await runCli(['validate', '-'], { stdin: `${CRDS}\n---\n${BROKEN_POLICY}` });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^stdin:\d+:\d+: error: /);
  });

  it('writes SARIF', async () => {
    const cwd = await folderWith({ 'policies/mcp.yaml': BROKEN_POLICY });
    const { code, stdout } = await runCli(['validate', '-o', 'sarif', 'policies/'], { cwd });
    expect(code).toBe(1);
    const uri = (JSON.parse(stdout) as Log).runs[0]?.results?.[0]?.locations?.[0]?.physicalLocation
      ?.artifactLocation?.uri;
    expect(uri).toBe('policies/mcp.yaml');
  });

  it('finds a misspelt field with the CRD among the manifests', async () => {
    const cwd = await folderWith({
      ...everything,
      'policy.yaml': POLICY.replace('.source.spec.apiEndpoint }}', '.source.spec.apiEndpont }}'),
    });
    const { code, stdout } = await runCli(['validate', '-o', 'json', '.'], { cwd });
    expect(code).toBe(1);
    expect((JSON.parse(stdout) as ReportData).policies[0]?.findings[0]).toMatchObject({
      code: 'unknown-field',
      suggestion: '.source.spec.apiEndpoint',
    });
  });

  it('counts warnings as errors with --strict', async () => {
    const cwd = await folderWith({
      'policy.yaml': POLICY.replace('versions: []', 'versions: [v9]'),
      'crds.yaml': CRDS,
    });
    expect((await runCli(['validate', '.'], { cwd })).code).toBe(0);
    expect((await runCli(['validate', '--strict', '.'], { cwd })).code).toBe(1);
  });

  it('colours on request only', async () => {
    const cwd = await folderWith(everything);
    const { stdout } = await runCli(['validate', 'policy.yaml'], {
      cwd,
      env: { NO_COLOR: undefined, FORCE_COLOR: '1' },
    });
    expect(stdout).toMatch(/\u001b\[32m1 policy: 0 errors, 0 warnings\u001b\[39m\n$/);
    expect(
      (await runCli(['validate', 'policy.yaml'], { cwd, env: { NO_COLOR: undefined } })).stdout,
    ).not.toContain('\u001b');
  });

  it('reports a file that is no YAML among the findings, and checks the others', async () => {
    const cwd = await folderWith({ 'a.yaml': 'kind: [\n', 'policies/mcp.yaml': BROKEN_POLICY });
    const { code, stdout, stderr } = await runCli(['validate', '-o', 'github', '.'], { cwd });
    expect(stdout.split('\n').map((line) => line.split(',title')[0])).toEqual([
      expect.stringMatching(/^::error file=a\.yaml,line=\d,col=\d$/),
      expect.stringMatching(/^::error file=policies\/mcp\.yaml,line=23,col=\d+$/),
      '',
    ]);
    expect(stderr).toBe('');
    expect(code).toBe(1);
  });

  it('takes one source of several cases for one source', async () => {
    const cwd = await folderWith({
      'policy.yaml': POLICY,
      'ready/objects.yaml': OBJECTS,
      'renamed/objects.yaml': OBJECTS.replace('172.10.10.10', '172.10.10.11'),
    });
    const { code, stdout, stderr } = await runCli(['validate', '.'], { cwd });
    expect(stdout).toMatch(
      /^policy.yaml:1:1: not checked: .*\n.*: tried: 8 of 8 branches, 1 sample of yours\n1 policy: 0 errors, 0 warnings\n$/,
    );
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  it('refuses manifests without a policy', async () => {
    const { code, stderr } = await runCli(['validate', '-'], { stdin: CRDS });
    expect(code).toBe(2);
    expect(stderr).toBe('error: no ClusterImportPolicy in -\n');
  });
});

describe('a policy without spec', () => {
  const text =
    'apiVersion: policy.clusterpedia.io/v1alpha1\nkind: ClusterImportPolicy\nmetadata: {name: empty}\n';

  it.each([
    ['render', 'acme'],
    ['test', 'acme'],
    ['status', 'acme'],
    ['explain', 'pediacluster/a', 'acme'],
  ])('is named by %s, which says who tells the place', async (...args) => {
    const cwd = await folderWith({ 'acme/policy.yaml': text });
    const { code, stderr } = await runCli(args, { cwd });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        'error: ClusterImportPolicy empty: spec: required field spec is missing; clusterpedia-import validate shows where\n',
    });
  });
});

describe('render', () => {
  it('prints what is made, as YAML that can be applied', async () => {
    const cwd = await folderWith(everything);
    const { code, stdout, stderr } = await runCli(['render', 'policy.yaml', 'crds.yaml', 'clusters.yaml'], {
      cwd,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const documents = parseAllDocuments(stdout).map((document) => document.toJS() as unknown);
    const pediaCluster = {
      kind: 'PediaCluster',
      metadata: { name: 'mcp-cluster-1' },
      spec: { apiserver: 'https://172.10.10.10:6443' },
    };
    const lifecycle = { kind: 'PediaClusterLifecycle', metadata: { name: 'mcp-cluster-1' } };
    expect(documents).toMatchObject([pediaCluster, lifecycle]);
    for (const only of [pediaCluster, lifecycle]) {
      const { stdout: one } = await runCli(['render', '--only', only.kind, '.'], { cwd });
      expect(parseAllDocuments(one).map((document) => document.toJS() as unknown)).toMatchObject([only]);
    }
  });

  it('prints JSON, and a table', async () => {
    const cwd = await folderWith(everything);
    const list = JSON.parse((await runCli(['render', '-o', 'json', '.'], { cwd })).stdout) as {
      kind: string;
      items: unknown[];
    };
    expect([list.kind, list.items.length]).toEqual(['List', 2]);
    expect((await runCli(['render', '-o', 'human', '.'], { cwd })).stdout).toBe(
      'POLICY   SOURCE      NAME            CREATED   REASON    APISERVER\n' +
        'mcp      cluster-1   mcp-cluster-1   True      Created   https://172.10.10.10:6443\n',
    );
  });

  const kubeconfig = (text: string) => `kubeconfig: "{{ \`${text}\` | b64enc }}"`;
  const whole = (server: string) =>
    `{current-context: a, contexts: [{name: a, context: {cluster: a, user: a}}], clusters: [{name: a, cluster: {server: '${server}'}}], users: [{name: a, user: {token: made-up}}]}`;

  it.each([
    [
      'whose server is shown',
      kubeconfig(whole('https://inside.example:6443')),
      'https://inside.example:6443',
    ],
    [
      'whose server has a password',
      kubeconfig(whole('https://admin:hunter2@inside.example')),
      'https://[redacted]@inside.example',
    ],
    [
      'beside an apiserver, which Clusterpedia does not use',
      `${kubeconfig(whole('https://inside.example'))}\n      apiserver: https://other.example`,
      'https://inside.example',
    ],
    [
      'that is in a Secret of its own',
      'authenticationFrom: { kubeconfig: { name: a, key: b } }',
      'from kubeconfig',
    ],
  ])('its table has the address of a kubeconfig %s', async (_, access, address) => {
    const policy = POLICY.replace(/apiserver: .*\n.*caData: .*\n.*tokenData: .*/, access);
    expect(policy).not.toBe(POLICY);
    const cwd = await folderWith({ ...everything, 'policy.yaml': policy });
    const { stdout } = await runCli(['render', '-o', 'human', '.'], { cwd });
    expect(
      stdout
        .trimEnd()
        .split(/ {3,}|\n/)
        .slice(-2),
    ).toEqual(['Created', address]);
  });

  it('takes objects from standard input, and exits 1 where a source fails', async () => {
    const cwd = await folderWith({ 'policy.yaml': POLICY.replace('"mcp-{{', '"MCP-{{') });
    const { code, stderr } = await runCli(['render', 'policy.yaml', '-'], { cwd, stdin: OBJECTS });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^policy mcp, source cluster-1: RenderFailed: spec\.nameTemplate 1:1: the rendered name /,
    );
  });

  it('compares with what is expected', async () => {
    const cwd = await folderWith({ ...everything, 'expected.yaml': await mcpFile('testdata/expected.yaml') });
    const args = [
      'render',
      '--diff',
      '--expected',
      'expected.yaml',
      'policy.yaml',
      'crds.yaml',
      'clusters.yaml',
    ];
    expect(await runCli(args, { cwd })).toEqual({
      code: 0,
      stdout: '',
      stderr: '0 to create, 0 to change, 0 to delete\n',
    });

    const other = await folderWith({
      ...everything,
      'expected.yaml': (await mcpFile('testdata/expected.yaml'))
        .replace('172.10.10.10', '172.10.10.11')
        .replace(/tokenData: .*/, 'tokenData: c2VjcmV0'),
    });
    const differs = await runCli(args, { cwd: other });
    expect(differs.code).toBe(1);
    expect(differs.stdout).toContain(
      '-  apiserver: https://172.10.10.11:6443\n+  apiserver: https://172.10.10.10:6443\n',
    );
    expect(differs.stdout).not.toContain('c2VjcmV0');
    expect((await runCli([...args, '--show-secrets'], { cwd: other })).stdout).toContain(
      '-  tokenData: c2VjcmV0',
    );
    const data = JSON.parse((await runCli([...args, '-o', 'json'], { cwd: other })).stdout) as {
      changes: unknown;
    };
    expect(data.changes).toMatchObject([{ verb: 'update', kind: 'PediaCluster', name: 'mcp-cluster-1' }]);
  });
});

describe('an object that is given twice', () => {
  it('counts as the last one says, as with kubectl apply', async () => {
    const cwd = await folderWith({
      'a.yaml': POLICY,
      'b.yaml': POLICY.replace('mcp-{{', 'renamed-{{'),
      'clusters.yaml': OBJECTS,
    });
    const { code, stdout, stderr } = await runCli(['render', 'a.yaml', 'b.yaml', 'clusters.yaml'], { cwd });
    expect(stderr).toBe(
      'ClusterImportPolicy mcp is given twice: b.yaml:1:1 stands in the place of a.yaml:1:1\n',
    );
    expect(parseAllDocuments(stdout).map((document) => document.getIn(['metadata', 'name']))).toEqual([
      'renamed-cluster-1',
      'renamed-cluster-1',
    ]);
    expect(code).toBe(0);
  });
});

describe('test', () => {
  it('passes the whole catalogue of policies', async () => {
    const { code, stdout } = await runCli(['test', join(MCP, '..')]);
    expect(stdout).toMatch(/\n[1-9]\d* passed, 0 failed\n$/);
    expect(code).toBe(0);
  });

  it('takes one case out of a folder, with the policy above it', async () => {
    const cwd = await folderWith({
      'package.json': '{ "name": "not a manifest" }',
      'broken.yaml': 'kind: [',
      'cases/policy.yaml': POLICY,
      'cases/one/objects.yaml': OBJECTS,
      'cases/one/expected.yaml': await mcpFile('testdata/expected.yaml'),
    });
    const { code, stdout, stderr } = await runCli(['test', 'cases/one'], { cwd });
    expect(stdout).toBe('passed one\n1 passed, 0 failed\n');
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  it('writes golden files', async () => {
    const cwd = await folderWith({ 'case/policy.yaml': POLICY, 'case/clusters.yaml': OBJECTS });
    expect((await runCli(['test', 'case'], { cwd })).code).toBe(1);
    expect(await runCli(['test', '--update', 'case'], { cwd })).toEqual({
      code: 0,
      stdout: 'updated case\n1 case\n',
      stderr: '',
    });
    expect((await runCli(['test', 'case'], { cwd })).stdout).toBe('passed case\n1 passed, 0 failed\n');
  });
});

describe('template', () => {
  it('renders an expression with a source from a file and a reference', async () => {
    const cwd = await folderWith({
      'cluster.yaml': 'metadata: { name: one }',
      'secret.yaml': 'data: { token: dA== }',
      'name.tmpl': '{{ .source.metadata.name }}-{{ .references.secret.data.token | b64dec }}',
    });
    expect(
      (
        await runCli(['template', '-e', '{{ .source.metadata.name | upper }}', '--source', 'cluster.yaml'], {
          cwd,
        })
      ).stdout,
    ).toBe('ONE\n');
    expect(
      (
        await runCli(
          ['template', 'name.tmpl', '--source', 'cluster.yaml', '--reference', 'secret=secret.yaml'],
          { cwd },
        )
      ).stdout,
    ).toBe('one-t\n');
  });

  it('renders data from standard input', async () => {
    const { stdout } = await runCli(['template', '-e', '{{ .source.spec | toYaml }}', '--source', '-'], {
      stdin: '{"spec": {"a": 1}}',
    });
    expect(stdout.trim()).toBe('a: 1');
  });

  it('says what a template reads', async () => {
    const { stdout } = await runCli([
      'template',
      '--reads',
      '-e',
      '{{ range .source.status.conditions }}{{ .type }}{{ end }}',
    ]);
    expect(stdout).toMatch(/^\.source\.status\.conditions\.\*\.type {2}\(1:\d+\)\n$/);
  });

  it('exits 1 for a template that does not compile', async () => {
    const { code, stderr } = await runCli(['template', '-e', '{{ nope }}']);
    expect(code).toBe(1);
    expect(stderr).toContain('template:1:4: function "nope" is not defined');
  });
});

describe('crds', () => {
  it('prints definitions, and all of them on request', async () => {
    const kinds = (stdout: string) =>
      parseAllDocuments(stdout).map((document) => document.getIn(['spec', 'names', 'kind']));
    expect(kinds((await runCli(['crds'])).stdout)).toEqual(['ClusterImportPolicy', 'PediaClusterLifecycle']);
    expect(kinds((await runCli(['crds', '--all'])).stdout)).toEqual([
      'ClusterImportPolicy',
      'PediaClusterLifecycle',
      'PediaCluster',
    ]);
  });

  it('writes files', async () => {
    const cwd = await folderWith({});
    const { code, stderr } = await runCli(['crds', '--write', 'out'], { cwd });
    expect(code).toBe(0);
    expect(stderr.trim().split('\n')).toHaveLength(3);
    const written = await readFile(
      join(cwd, 'out/crds/policy.clusterpedia.io_clusterimportpolicies.yaml'),
      'utf8',
    );
    expect(written).toContain('kind: CustomResourceDefinition');
  });
});

describe('playground', () => {
  it('serves the page at the address that it prints, until it is told to stop', async () => {
    const child = startCli(['playground', '--port', '0']);
    const exited = once(child, 'exit');
    const [first] = (await once(createInterface(child.stdout), 'line')) as [string];
    expect(first).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    const response = await fetch(first);
    expect(await response.text()).toContain('<title>Policy playground');
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  });
});

describe('version and completion', () => {
  it('print the version of the package', async () => {
    const { version } = JSON.parse(
      await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
    ) as { version: string };
    expect((await runCli(['version'])).stdout).toBe(`${version}\n`);
    expect(await runCli(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.each(['bash', 'zsh', 'fish'])('print a script for %s', async (shell) => {
    const { code, stdout } = await runCli(['completion', shell]);
    expect(code).toBe(0);
    expect(stdout).toContain('clusterpedia-import');
  });
});
