import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SaxesParser } from 'saxes';
import { fileURLToPath } from 'node:url';
import type { TestOptions } from '../../src/cli/commands/test.ts';
import { testCases } from '../../src/cli/commands/test.ts';
import { folderWith, keptOutput, mcpFile } from './workspace.ts';

const POLICY = await mcpFile('policy.yaml');
const CRDS = await mcpFile('testdata/crds.yaml');
const OBJECTS = await mcpFile('testdata/objects.yaml');
const EXPECTED = await mcpFile('testdata/expected.yaml');

async function run(folder: string, update?: true) {
  const output = keptOutput();
  const code = await testCases(folder, update === undefined ? {} : { update }, output);
  return { code, lines: output.lines, messages: output.messages };
}

describe('a golden file that is a link', () => {
  it.each(['expected.yaml', 'expected-problems.txt'])('is neither read nor written: %s', async (name) => {
    const folder = await folderWith({
      'case/policy.yaml': POLICY,
      'case/objects.yaml': OBJECTS,
      'other.txt': 'mine\n',
    });
    await symlink('../other.txt', join(folder, 'case', name));
    for (const update of [undefined, true] as const)
      await expect(run(folder, update)).rejects.toThrow(
        `${name}: is a link; a golden file must be a file of its own`,
      );
    expect(await readFile(join(folder, 'other.txt'), 'utf8')).toBe('mine\n');
  });
});

describe('test', () => {
  it('passes a case whose golden file says what comes out', async () => {
    const folder = await folderWith({
      'mcp/policy.yaml': POLICY,
      'mcp/all.yaml': `${CRDS}\n---\n${OBJECTS}`,
      'mcp/expected.yaml': EXPECTED,
    });
    const { code, lines } = await run(folder);
    expect(lines.at(-1)).toBe('1 passed, 0 failed');
    expect(lines[0]).toMatch(/^passed .*\/mcp$/);
    expect(code).toBe(0);
  });

  it('prints the difference of a case that fails, without its credentials', async () => {
    const wrong = EXPECTED.replace('https://172.10.10.10:6443', 'https://elsewhere').replace(
      /tokenData: .*/,
      'tokenData: c2VjcmV0',
    );
    const folder = await folderWith({
      'policy.yaml': POLICY,
      'objects.yaml': OBJECTS,
      'expected.yaml': wrong,
    });
    const { code, lines } = await run(folder);
    expect(code).toBe(1);
    const text = lines.join('\n');
    expect(text).toContain('~ change PediaCluster/mcp-cluster-1');
    // The place of the object in the golden file, as a terminal or an editor opens it.
    expect(text).toMatch(/^\S*expected\.yaml:\d+:1:$/m);
    expect(text).toContain('-  apiserver: https://elsewhere\n+  apiserver: https://172.10.10.10:6443');
    expect(text).toMatch(/-  tokenData: <sha256 [0-9a-f]{12}, 6 bytes>/);
    expect(text).not.toContain('c2VjcmV0');
    expect(lines.at(-1)).toBe('0 passed, 1 failed');
  });

  it('fails where something comes out that is not expected, and where something does not', async () => {
    const folder = await folderWith({
      'more/policy.yaml': POLICY,
      'more/objects.yaml': OBJECTS,
      'more/expected.yaml': EXPECTED.slice(EXPECTED.indexOf('---\n') + 4),
      'less/policy.yaml': POLICY,
      'less/objects.yaml': OBJECTS.replace("'True'", "'False'"),
      'less/expected.yaml': EXPECTED,
    });
    const { code, lines } = await run(folder);
    expect(code).toBe(1);
    expect(lines).toContain('- delete PediaCluster/mcp-cluster-1');
    expect(lines).toContain('+ create PediaCluster/mcp-cluster-1');
  });

  it('lets the cases of a folder share the policy above them', async () => {
    const folder = await folderWith({
      'policy.yaml': POLICY,
      'kustomization.yaml': 'resources: [policy.yaml]\n',
      'cases/ready/objects.yaml': OBJECTS,
      'cases/ready/expected.yaml': EXPECTED,
      'cases/not-ready/objects.yaml': OBJECTS.replace("'True'", "'False'"),
      'cases/not-ready/expected.yaml': EXPECTED.slice(EXPECTED.indexOf('---\n') + 4),
    });
    const { code, lines } = await run(folder);
    expect(lines.at(-1)).toBe('2 passed, 0 failed');
    expect(code).toBe(0);
  });

  it('fails a case without a golden file; --update writes one that then passes', async () => {
    const folder = await folderWith({ 'policy.yaml': POLICY, 'objects.yaml': OBJECTS });
    const first = await run(folder);
    expect(first.code).toBe(1);
    expect(first.lines).toContain(
      'there is no expected.yaml: check what comes out, and write it with --update',
    );
    const update = await run(folder, true);
    expect(update.code).toBe(0);
    expect(update.lines[0]).toMatch(/^updated /);
    expect((await run(folder)).code).toBe(0);
    expect((await run(folder, true)).lines[0]).toMatch(/^unchanged /);
  });

  it('leaves a golden file alone that says the same in its own words', async () => {
    const own = `# what the MCP example makes\n${EXPECTED}`;
    const folder = await folderWith({ 'policy.yaml': POLICY, 'objects.yaml': OBJECTS, 'expected.yaml': own });
    await run(folder, true);
    expect(await readFile(join(folder, 'expected.yaml'), 'utf8')).toBe(own);
  });

  it('expects problems by name: those of a broken policy, and sources that fail', async () => {
    const folder = await folderWith({
      'policy.yaml': POLICY.replace(
        '"{{ .source.spec.apiEndpoint }}"',
        '"{{ index .source.status.conditions 7 }}"',
      ),
      'objects.yaml': OBJECTS,
    });
    await run(folder, true);
    const problems = await readFile(join(folder, 'expected-problems.txt'), 'utf8');
    expect(problems).toMatch(
      /^policy mcp: spec\.template .*\npolicy mcp, source cluster-1: RenderFailed: .*\n$/,
    );
    expect((await run(folder)).code).toBe(0);

    await writeFile(join(folder, 'expected-problems.txt'), 'something else\n');
    const { code, lines } = await run(folder);
    expect(code).toBe(1);
    expect(
      lines.some((line) => line.startsWith('not expected: policy mcp, source cluster-1: RenderFailed')),
    ).toBe(true);
    expect(lines).toContain('expected, but did not happen: something else');

    await writeFile(join(folder, 'policy.yaml'), POLICY);
    await run(folder, true);
    expect(await readFile(join(folder, 'expected-problems.txt'), 'utf8')).toBe('');
    expect((await run(folder)).code).toBe(0);
  });

  it('passes over files that hold no Kubernetes object', async () => {
    const folder = await folderWith({
      'policy.yaml': POLICY,
      'objects.yaml': OBJECTS,
      'expected.yaml': EXPECTED,
      'values.yaml': 'a: 1\n',
    });
    const { code, messages } = await run(folder);
    expect(code).toBe(0);
    expect(messages).toEqual([`passed over ${join(folder, 'values.yaml')}: it holds no Kubernetes object`]);
  });

  it.each([
    ['a folder without cases', { 'policy.yaml': POLICY }, /^no case in /],
    [
      'golden files without a policy',
      { 'expected.yaml': EXPECTED },
      /has golden files, but there is no ClusterImportPolicy/,
    ],
  ])('refuses %s', async (_case, files, message) => {
    await expect(run(await folderWith(files))).rejects.toThrow(message);
  });

  it('refuses a folder that is not there', async () => {
    await expect(run('/nowhere/at/all')).rejects.toThrow('/nowhere/at/all: cannot be read: ENOENT');
  });
});

describe('the result of test', () => {
  const wrong = EXPECTED.replace('https://172.10.10.10:6443', 'https://elsewhere');
  const other = POLICY.replace('name: mcp', 'name: other').replace('mcp-{{', 'other-{{');
  const files = {
    'good/policy.yaml': POLICY,
    'good/all.yaml': `${CRDS}\n---\n${OBJECTS}`,
    'good/expected.yaml': EXPECTED,
    'wrong/policy.yaml': POLICY,
    'wrong/objects.yaml': OBJECTS,
    'wrong/expected.yaml': wrong,
    'lonely/policy.yaml': other,
  };

  async function printed(options: Omit<TestOptions, 'update'>) {
    const folder = await folderWith(files);
    const output = keptOutput();
    const code = await testCases(folder, options, output);
    return { code, folder, text: output.lines.join('\n'), messages: output.messages };
  }

  it('names the policies that no case is of', async () => {
    const { text } = await printed({});
    expect(text).toMatch(/^no case: policy other, \S*lonely\/policy\.yaml:\d+:1$/m);
    expect(text).toMatch(/^1 passed, 1 failed$/m);
  });

  it('is JUnit XML in which a failure has the difference', async () => {
    const { code, text } = await printed({ output: 'junit' });
    expect(code).toBe(1);
    const parser = new SaxesParser();
    const tags: string[] = [];
    parser.on('opentag', ({ name, attributes }) =>
      tags.push([name, attributes['classname'], attributes['message']].filter(Boolean).join(' ')),
    );
    parser.write(text).close();
    expect(tags).toEqual([
      'testsuites',
      'testsuite',
      'testcase case',
      'testcase case',
      'failure not as expected: PediaCluster/mcp-cluster-1',
      'testcase policy',
      'skipped no case is of it',
    ]);
    expect(text).toContain('tests="3" failures="1" errors="0" skipped="1"');
  });

  it('is annotations at the place in the golden file, for GitHub', async () => {
    const { text } = await printed({ output: 'github' });
    const [error = '', warning = ''] = text.split('\n');
    expect(error).toMatch(
      /^::error file=\S*wrong\/expected\.yaml,line=\d+,col=1,title=case .*\/wrong::not as expected: PediaCluster\/mcp-cluster-1%0A---/,
    );
    expect(warning).toMatch(/^::warning file=\S*lonely\/policy\.yaml,line=\d+,col=1,title=no case::/);
  });

  it('is data for programs, without credentials', async () => {
    const { text } = await printed({ output: 'json' });
    expect(JSON.parse(text)).toMatchObject({
      cases: [
        { passed: true },
        { passed: false, differences: [{ verb: 'update', name: 'mcp-cluster-1', place: { column: 1 } }] },
      ],
      policiesWithoutCase: [{ name: 'other' }],
      summary: { passed: 1, failed: 1 },
    });
    expect(text).not.toMatch(/"tokenData": "(?!<sha256)/);
  });

  it('tells which outcomes of the decisions no case takes, and fails under a share', async () => {
    const { code, text, messages, folder } = await printed({ coverage: true, failUnder: '90' });
    expect(text).toMatch(
      /^not taken: \S*good\/policy\.yaml:\d+:\d+: policy mcp, spec\.creationCondition: no case takes "no items" of range$/m,
    );
    // Three policies with the same four decisions: the cases take one outcome of each of two of them.
    expect(text).toMatch(/^coverage: 8 of 24 outcomes of 12 decisions, 12 of 18 expressions, 47\.6 %$/m);
    expect(messages).toContain('the coverage is 47.6 %, less than 90 %');
    // Of a template that no case renders, one line.
    expect(
      text.match(/^not taken: \S*lonely\/policy\.yaml:\d+:\d+: policy other, spec\.template: .*$/gm),
    ).toEqual([expect.stringMatching(/no case renders it$/)]);
    expect(code).toBe(1);
    expect(folder).not.toBe('');
  });

  it('counts both outcomes of a condition whose sources take both', async () => {
    const second = OBJECTS.replaceAll('cluster-1', 'cluster-2').replace("status: 'True'", "status: 'False'");
    const folder = await folderWith({ 'policy.yaml': POLICY, 'a.yaml': OBJECTS, 'b.yaml': second });
    const output = keptOutput();
    await testCases(folder, { coverage: true, lcov: join(folder, 'lcov.info') }, output);
    expect(output.lines.join('\n')).not.toMatch(/no case takes .*of if$.*36:/m);
    const lcov = await readFile(join(folder, 'lcov.info'), 'utf8');
    expect(lcov).toMatch(/^SF:\S*policy\.yaml$/m);
    // The condition of the Ready condition: both outcomes, once each.
    const line = POLICY.split('\n').findIndex((text) => text.includes('eq .status "True"')) + 1;
    expect(
      [...lcov.matchAll(new RegExp(`^BRDA:${String(line)},\\d+,\\d+,(\\d+)$`, 'gm'))].map(
        ([, taken]) => taken,
      ),
    ).toEqual(['1', '1']);
    expect(lcov).toContain(`DA:${String(line)},2\n`);
    // An expression in no branch: once for each of the two sources.
    const name = POLICY.split('\n').findIndex((text) => text.includes('nameTemplate: "mcp-')) + 1;
    expect(lcov).toContain(`DA:${String(name)},2\n`);
    expect(lcov.endsWith('end_of_record\n')).toBe(true);
  });

  it('refuses a share that is none', async () => {
    await expect(printed({ failUnder: 'most' })).rejects.toThrow(
      '--fail-under most: must be a number from 0 to 100',
    );
  });
});

describe('docs/examples/acme', () => {
  it('passes', async () => {
    const { code, lines } = await run(fileURLToPath(new URL('../../docs/examples/acme', import.meta.url)));
    expect({ code, lines }).toEqual({ code: 0, lines: ['passed acme/two-clusters', '1 passed, 0 failed'] });
  });
});
