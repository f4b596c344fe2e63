import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testCases } from '../../src/cli/commands/test.ts';
import { folderWith, keptOutput, mcpFile } from './workspace.ts';

const policy = await mcpFile('policy.yaml');
const crds = await mcpFile('testdata/crds.yaml');
const objects = await mcpFile('testdata/objects.yaml');
const expected = await mcpFile('testdata/expected.yaml');

async function run(folder: string, update?: true) {
  const output = keptOutput();
  const code = await testCases(folder, update === undefined ? {} : { update }, output);
  return { code, lines: output.lines, messages: output.messages };
}

describe('a golden file that is a link', () => {
  it.each(['expected.yaml', 'expected-problems.txt'])('is neither read nor written: %s', async (name) => {
    const folder = await folderWith({
      'case/policy.yaml': policy,
      'case/objects.yaml': objects,
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
      'mcp/policy.yaml': policy,
      'mcp/all.yaml': `${crds}\n---\n${objects}`,
      'mcp/expected.yaml': expected,
    });
    const { code, lines } = await run(folder);
    expect(lines.at(-1)).toBe('1 passed, 0 failed');
    expect(lines[0]).toMatch(/^passed .*\/mcp$/);
    expect(code).toBe(0);
  });

  it('prints the difference of a case that fails, without its credentials', async () => {
    const wrong = expected
      .replace('https://172.10.10.10:6443', 'https://elsewhere')
      .replace(/tokenData: .*/, 'tokenData: c2VjcmV0');
    const folder = await folderWith({
      'policy.yaml': policy,
      'objects.yaml': objects,
      'expected.yaml': wrong,
    });
    const { code, lines } = await run(folder);
    expect(code).toBe(1);
    const text = lines.join('\n');
    expect(text).toContain('~ change PediaCluster/mcp-cluster-1');
    expect(text).toContain('-  apiserver: https://elsewhere\n+  apiserver: https://172.10.10.10:6443');
    expect(text).toMatch(/-  tokenData: <sha256 [0-9a-f]{12}, 6 bytes>/);
    expect(text).not.toContain('c2VjcmV0');
    expect(lines.at(-1)).toBe('0 passed, 1 failed');
  });

  it('fails where something comes out that is not expected, and where something does not', async () => {
    const folder = await folderWith({
      'more/policy.yaml': policy,
      'more/objects.yaml': objects,
      'more/expected.yaml': expected.slice(0, expected.indexOf('---')),
      'less/policy.yaml': policy,
      'less/objects.yaml': objects.replace("'True'", "'False'"),
      'less/expected.yaml': expected,
    });
    const { code, lines } = await run(folder);
    expect(code).toBe(1);
    expect(lines).toContain('- delete PediaCluster/mcp-cluster-1');
    expect(lines).toContain('+ create PediaCluster/mcp-cluster-1');
  });

  it('lets the cases of a folder share the policy above them', async () => {
    const folder = await folderWith({
      'policy.yaml': policy,
      'kustomization.yaml': 'resources: [policy.yaml]\n',
      'cases/ready/objects.yaml': objects,
      'cases/ready/expected.yaml': expected,
      'cases/not-ready/objects.yaml': objects.replace("'True'", "'False'"),
      'cases/not-ready/expected.yaml': expected.slice(0, expected.indexOf('---')),
    });
    const { code, lines } = await run(folder);
    expect(lines.at(-1)).toBe('2 passed, 0 failed');
    expect(code).toBe(0);
  });

  it('fails a case without a golden file; --update writes one that then passes', async () => {
    const folder = await folderWith({ 'policy.yaml': policy, 'objects.yaml': objects });
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
    const own = `# what the MCP example makes\n${expected}`;
    const folder = await folderWith({ 'policy.yaml': policy, 'objects.yaml': objects, 'expected.yaml': own });
    await run(folder, true);
    expect(await readFile(join(folder, 'expected.yaml'), 'utf8')).toBe(own);
  });

  it('expects problems by name: those of a broken policy, and sources that fail', async () => {
    const folder = await folderWith({
      'policy.yaml': policy.replace(
        '"{{ .source.spec.apiEndpoint }}"',
        '"{{ index .source.status.conditions 7 }}"',
      ),
      'objects.yaml': objects,
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

    await writeFile(join(folder, 'policy.yaml'), policy);
    await run(folder, true);
    expect(await readFile(join(folder, 'expected-problems.txt'), 'utf8')).toBe('');
    expect((await run(folder)).code).toBe(0);
  });

  it('passes over files that hold no Kubernetes object', async () => {
    const folder = await folderWith({
      'policy.yaml': policy,
      'objects.yaml': objects,
      'expected.yaml': expected,
      'values.yaml': 'a: 1\n',
    });
    const { code, messages } = await run(folder);
    expect(code).toBe(0);
    expect(messages).toEqual([`passed over ${join(folder, 'values.yaml')}: it holds no Kubernetes object`]);
  });

  it.each([
    ['a folder without cases', { 'policy.yaml': policy }, /^no case in /],
    [
      'golden files without a policy',
      { 'expected.yaml': expected },
      /has golden files, but there is no ClusterImportPolicy/,
    ],
  ])('refuses %s', async (_case, files, message) => {
    await expect(run(await folderWith(files))).rejects.toThrow(message);
  });

  it('refuses a folder that is not there', async () => {
    await expect(run('/nowhere/at/all')).rejects.toThrow('/nowhere/at/all: cannot be read: ENOENT');
  });
});
