import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { parseManifests } from '../../src/cli/manifests/manifests.ts';
import { readManifests } from '../../src/cli/manifests/read-manifests.ts';
import { repetitions } from '../../src/cli/manifests/repetitions.ts';

const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function folderWith(files: { readonly [path: string]: string }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'clusterpedia-import-manifests-'));
  folders.push(folder);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

const configMap = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\n`;

const names = (text: string) => parseManifests(text, 'f.yaml').map(({ object }) => object.metadata.name);

describe('parseManifests', () => {
  it('takes documents and lists apart, and passes over what is empty', () => {
    expect(names(`---\n${configMap('a')}---\n# nothing\n---\n${configMap('b')}...\n`)).toEqual(['a', 'b']);
    expect(names('')).toEqual([]);
    const list = {
      apiVersion: 'v1',
      kind: 'List',
      items: [{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } }],
    };
    expect(names(JSON.stringify(list))).toEqual(['s']);
  });

  it('gives the items of a typed list, as the API server returns them, the kind that they do not repeat', () => {
    const [manifest] = parseManifests(
      'apiVersion: cluster.x-k8s.io/v1beta1\nkind: ClusterList\nitems:\n- metadata: { name: one }\n',
      'f.yaml',
    );
    expect(manifest?.object).toEqual({
      apiVersion: 'cluster.x-k8s.io/v1beta1',
      kind: 'Cluster',
      metadata: { name: 'one' },
    });
    expect(manifest?.positionOf('metadata.name')).toEqual({ file: 'f.yaml', line: 4, column: 15 });
  });

  it('reads plain scalars as kubectl does', () => {
    const [manifest] = parseManifests(
      `${configMap('a')}data: { a: yes, b: off, c: 0777, d: 1_000, e: 9223372036854775807, f: 1.5, g: "yes", h: 0x1F, i: 0b11, j: -12, k: 99999999999999999999 }\n`,
      'f.yaml',
    );
    expect(manifest?.object['data']).toEqual({
      a: true,
      b: false,
      c: 511,
      d: 1000,
      e: 9223372036854775807n,
      f: 1.5,
      g: 'yes',
      h: 31,
      i: 3,
      j: -12,
      k: 1e20,
    });
  });

  it('tells of objects whose name only the API server will know', () => {
    const told: string[] = [];
    parseManifests('apiVersion: batch/v1\nkind: Job\nmetadata: { generateName: job- }\n', 'f.yaml', (note) =>
      told.push(note),
    );
    expect(told).toEqual(['f.yaml:1:1: passed over Job job-…: only the API server will know its name']);
  });

  it('takes a policy whose name is generated for one with such a name', () => {
    const [manifest] = parseManifests(
      'apiVersion: policy.clusterpedia.io/v1alpha1\nkind: ClusterImportPolicy\nmetadata: { generateName: p- }\n',
      'f.yaml',
    );
    expect([manifest?.generatedName, manifest?.object.metadata.name]).toEqual(['p-', 'p-xxxxx']);
  });

  const secret = (fields: string) => `apiVersion: v1\nkind: Secret\nmetadata: { name: s }\n${fields}\n`;

  it.each([
    ['stringData is encoded', 'stringData: { a: é }', { a: 'w6k=' }],
    ['stringData wins', 'data: { a: eA==, b: eQ== }\nstringData: { a: z }', { a: 'eg==', b: 'eQ==' }],
    ['nothing is nothing', 'data: { a: }', { a: '' }],
    ['line breaks within base64 are gone', 'data:\n  a: |\n    eHh4\n    eA==', { a: 'eHh4eA==' }],
  ])('reads a Secret as the API server stores it: %s', (_, fields, data) => {
    const [manifest] = parseManifests(secret(fields), 'f.yaml');
    expect(manifest?.object['data']).toEqual(data);
    expect(manifest?.object).not.toHaveProperty('stringData');
  });

  it.each([
    [
      'text',
      'data: { a: hunter2! }',
      'data.a is not base64, as the API server takes it; put text into stringData',
    ],
    [
      'base64 without its end',
      'data: { a: eA }',
      'data.a is not base64, as the API server takes it; put text into stringData',
    ],
    [
      'base64 for URLs',
      'data: { a: _-8= }',
      'data.a is not base64, as the API server takes it; put text into stringData',
    ],
    [
      'a number',
      'data: { a: 1234 }',
      'data.a is not base64, as the API server takes it; put text into stringData',
    ],
    ['a number as text', 'stringData: { a: 12 }', 'stringData.a is not text to YAML; put it in quotes'],
  ])('refuses a Secret with %s, without quoting it', (_, fields, problem) => {
    expect(() => parseManifests(secret(fields), 'f.yaml')).toThrow(
      new RegExp(`^f\\.yaml:4:\\d+: Secret s: ${problem.replaceAll('.', '\\.')}$`),
    );
  });

  it.each([
    [
      'a merge key without a mapping',
      'a: 1\nb:\n  <<: 7\n',
      '3:3: not YAML: the merge key << needs a mapping, or a list of mappings',
    ],
    [
      'a merge key with a list of others',
      'a: &a [1]\nb: { <<: *a }\n',
      '2:6: not YAML: the merge key << needs a mapping, or a list of mappings',
    ],
    [
      'an anchor within itself',
      'a: &s {self: *s}\n',
      '1:14: not YAML: the alias *s stands in what it leads to',
    ],
    [
      'an alias that leads nowhere',
      'a: 1\nb: *nowhere\n',
      '2:4: not YAML: the alias *nowhere leads to no anchor',
    ],
  ])('refuses %s, with its place', (_, text, problem) => {
    expect(() => parseManifests(text, 'f.yaml')).toThrow(`f.yaml:${problem}`);
  });

  it('merges mappings, and takes a merge key in quotes for a key', () => {
    const [manifest] = parseManifests(
      `${configMap('a')}one: &one { x: 1 }\nall: { <<: [*one, { z: 2 }] }\nkey: { "<<": 7 }\n`,
      'f.yaml',
    );
    expect(manifest?.object['all']).toEqual({ x: 1, z: 2 });
    expect(manifest?.object['key']).toEqual({ '<<': 7 });
  });

  it('passes over kustomizations and objects without a name of their own', () => {
    expect(
      names(
        'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n---\nresources: [a.yaml]\n---\n' +
          `apiVersion: batch/v1\nkind: Job\nmetadata: { generateName: job- }\n---\n${configMap('a')}`,
      ),
    ).toEqual(['a']);
  });

  it.each([
    ['text that is not YAML', 'a: b: c\n', /^f\.yaml:1:4: not YAML: /],
    ['an alias without an anchor', `${configMap('a')}data: *none\n`, /^f\.yaml:4:7: not YAML: .*none/],
    ['a duplicate key', `${configMap('a')}kind: B\n`, /^f\.yaml:4:1: not YAML: Map keys must be unique/],
    [
      'a tab for indentation',
      `${configMap('a')}data:\n\ta: b\n`,
      /^f\.yaml:5:1: not YAML: a tab indents the line; indent with spaces$/,
    ],
    [
      'a tab in a line of a template',
      `${configMap('a')}data:\n  t: |\n    spec:\n\tapiserver: x\n`,
      /^f\.yaml:7:1: not YAML: a tab indents the line; indent with spaces$/,
    ],
    [
      'a tab in the first line of a template',
      `${configMap('a')}data:\n  t: |\n\tspec: x\n`,
      /^f\.yaml:6:1: not YAML: a tab indents the line; indent with spaces$/,
    ],
    [
      'a tab behind spaces',
      `${configMap('a')}data:\n  - a: b\n  \tc: d\n`,
      /^f\.yaml:6:1: not YAML: a tab indents the line; indent with spaces$/,
    ],
    ['a list', '- a\n', /^f\.yaml:1:1: not a Kubernetes object: /],
    ['an object without apiVersion', 'kind: A\n', /^f\.yaml:1:1: apiVersion is missing$/],
    ['an object without kind', `${configMap('a')}---\napiVersion: v1\n`, /^f\.yaml:5:1: kind is missing$/],
    ['an object without name', 'apiVersion: v1\nkind: A\n', /^f\.yaml:1:1: A has no metadata\.name$/],
    [
      'a name that YAML takes for something else',
      configMap('no'),
      /^f\.yaml:1:1: metadata\.name is not text to YAML; put it in quotes$/,
    ],
    [
      'a template without quotes',
      `${configMap('a')}data:\n  text: {{ .source.metadata.name }}\n`,
      /^f\.yaml:5:10: a template that begins with \{\{ needs quotes around it$/,
    ],
    [
      'a template without quotes that goes on behind its first action',
      `${configMap('a')}data:\n  text: {{ .a }}-{{ .b }}\n`,
      /^f\.yaml:5:\d+: not YAML: .*; a template that begins with \{\{ needs quotes around it$/,
    ],
    [
      'a line of a template outside its block',
      `${configMap('a')}data:\n  text: |\n    a\n{{ end }}\n`,
      /^f\.yaml:7:\d+: .*a template that begins with \{\{ needs quotes around it$/,
    ],
    [
      'a key that is a list',
      `${configMap('a')}data:\n  [a, b]: c\n`,
      /^f\.yaml:5:3: a key that is a mapping or a list has no place in JSON$/,
    ],
    [
      'an item of a list',
      'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: A\n',
      /^f\.yaml:4:3: A has no metadata\.name$/,
    ],
  ])('refuses %s, with its place', (_case, text, message) => {
    expect(() => parseManifests(text, 'f.yaml')).toThrow(message);
  });
});

describe('positionOf', () => {
  const text = `${configMap('first')}---
apiVersion: v1
kind: Thing
metadata:
  name: second
base: &base
  shared: |
    one
    two
spec:
  <<: *base
  alias: *base
  list:
    - name: x
      text: "{{ .a }}\\n{{ .b }}"
  📦: { template: "a" }
`;
  const position = (field: string, line?: number, column?: number) => {
    const found = parseManifests(text, 'f.yaml')[1]?.positionOf(field, line, column);
    return found && `${String(found.line)}:${String(found.column)}`;
  };

  it.each([
    ['the object, where no field is named', '', '5:1'],
    ['a field, at its key', 'spec', '13:1'],
    ['an item of a list', 'spec.list[0]', '17:7'],
    ['a field of an item', 'spec.list[0].text', '18:7'],
    ['the nearest parent of a field that is absent', 'spec.list[0].absent.deeper', '17:7'],
    ['the nearest parent of an item that is absent', 'spec.list[3]', '16:3'],
    ['the object, where nothing of the path is there', 'nothing.at[0].all', '5:1'],
    ['a merged field, at its anchor', 'spec.shared', '10:3'],
    ['a field of an alias, at its anchor', 'spec.alias.shared', '10:3'],
    ['columns in characters', 'spec.📦.template', '19:8'],
  ])('is that of %s', (_case, field, expected) => {
    expect(position(field)).toBe(expected);
  });

  it.each([
    ['a literal block', 'base.shared', 2, 2, '12:6'],
    ['a merged literal block', 'spec.shared', 1, 1, '11:5'],
    ['a quoted scalar, behind an escaped line break', 'spec.list[0].text', 2, 4, '18:27'],
    ['a scalar in characters', 'spec.📦.template', 1, 1, '19:19'],
    ['a line beyond the last', 'base.shared', 9, 1, '13:1'],
    ['a value that is no text, at the value', 'spec.list', 1, 1, '16:3'],
  ])('is a place within %s', (_case, field, line, column, expected) => {
    expect(position(field, line, column)).toBe(expected);
  });
});

describe('readManifests', () => {
  const read = async (paths: readonly string[], stdin = '') => {
    const progress: string[] = [];
    const manifests = await readManifests(paths, {
      stdin: Readable.from([stdin]),
      progress: (line) => progress.push(line),
    });
    return { names: manifests.map(({ object }) => object.metadata.name), progress };
  };

  it('reads files, folders below folders in order of their names, links, and standard input', async () => {
    const folder = await folderWith({
      'b.yml': configMap('b'),
      'a/z.json': JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'z' } }),
      'a/x.yaml': configMap('x'),
      'other.txt': configMap('not-read'),
      '.github/w.yaml': configMap('hidden'),
    });
    await symlink(join(folder, 'other.txt'), join(folder, 'c.yaml'));
    expect((await read([folder, '-'], configMap('in'))).names).toEqual(['x', 'z', 'b', 'not-read', 'in']);
  });

  it('reads a file once, however often it is named', async () => {
    const folder = await folderWith({ 'a.yaml': configMap('a') });
    expect((await read([folder, join(folder, 'a.yaml')])).names).toEqual(['a']);
  });

  it('tells broken texts, where it is asked to, and reads the rest', async () => {
    const folder = await folderWith({ 'a.yaml': `${configMap('a')}b: c: d\n`, 'b.yaml': configMap('b') });
    const broken: string[] = [];
    const manifests = await readManifests([folder, '-'], {
      stdin: Readable.from(['kind: A']),
      broken: (error) => broken.push(error.message),
    });
    expect(manifests.map(({ object }) => object.metadata.name)).toEqual(['b']);
    expect(broken).toEqual([
      expect.stringMatching(/a\.yaml:4:4: not YAML: /),
      'stdin:1:1: apiVersion is missing',
    ]);
  });

  it.each([
    ['UTF-8', (text: string) => Buffer.from(`\u{feff}${text}`)],
    ['UTF-16 of Windows’ shells', (text: string) => Buffer.from(`\u{feff}${text}`, 'utf16le')],
    ['UTF-16, big-endian', (text: string) => Buffer.from(`\u{feff}${text}`, 'utf16le').swap16()],
  ])('reads a file that begins with a byte order mark: %s', async (_encoding, encode) => {
    const folder = await folderWith({});
    await writeFile(
      join(folder, 'a.yaml'),
      encode(`{"apiVersion": "v1", "kind": "A", "metadata": {"name": "ä"}}`),
    );
    const [manifest] = await readManifests([join(folder, 'a.yaml')]);
    expect(manifest?.object.metadata.name).toBe('ä');
    expect(manifest?.positionOf('metadata')).toMatchObject({ line: 1, column: 35 });
  });

  it('passes over what is no Kubernetes object in a folder, and says so', async () => {
    const folder = await folderWith({
      'a.yaml': configMap('a'),
      'values.yaml': 'replicas: 3\n',
      'j.json': '{"kind":"A","apiVersion":"v1","metadata":{"name":"j"}}',
    });
    expect(await read([folder])).toEqual({
      names: ['a', 'j'],
      progress: [`passed over ${join(folder, 'values.yaml')}: it holds no Kubernetes object`],
    });
  });

  it('refuses a file that is named and holds no Kubernetes object', async () => {
    const folder = await folderWith({ 'values.yaml': 'replicas: 3\n' });
    await expect(read([join(folder, 'values.yaml')])).rejects.toThrow(
      'values.yaml:1:1: apiVersion is missing',
    );
  });

  it('announces a text that takes long to parse', async () => {
    const { names: found, progress } = await read(
      ['-'],
      `${'# a long comment\n'.repeat(200_000)}${configMap('a')}`,
    );
    expect(found).toEqual(['a']);
    expect(progress).toEqual(['parsing stdin, 3 MB']);
  });

  it('names a path that cannot be read', async () => {
    await expect(read(['/nowhere/at-all.yaml'])).rejects.toThrow(
      /^\/nowhere\/at-all\.yaml: cannot be read: ENOENT/,
    );
  });
});

describe('repetitions', () => {
  it('tells which objects are given twice and not alike, in any version of their API', () => {
    const policy = (version: string, label: string) =>
      `apiVersion: x.io/${version}\nkind: Policy\nmetadata: { name: p, labels: { at: ${label} } }\n`;
    const manifests = [
      ...parseManifests(`${configMap('same')}---\n${policy('v1', 'a')}`, 'a.yaml'),
      ...parseManifests(`${configMap('same')}---\n${policy('v2', 'b')}`, 'b.yaml'),
    ];
    expect(repetitions(manifests)).toEqual([
      'Policy p is given twice: b.yaml:5:1 stands in the place of a.yaml:5:1',
    ]);
  });
});
