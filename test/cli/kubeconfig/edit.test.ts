import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { editKubeconfig } from '../../../src/cli/kubeconfig/edit.ts';
import type { ClusterEntry, KubeconfigChange } from '../../../src/cli/kubeconfig/merge.ts';

const entry = (name: string, server = `https://${name}`): ClusterEntry => ({ name, cluster: { server } });
const add = (name: string): KubeconfigChange => ({ verb: 'add', entry: entry(name) });
const update = (name: string): KubeconfigChange => ({ verb: 'update', entry: entry(name, 'https://new') });
const remove = (name: string): KubeconfigChange => ({ verb: 'remove', name });

const KUBECTL_STYLE = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: AAAA
    server: https://one
  name: one
- cluster:
    server: https://two
  name: two
contexts: []
current-context: ""
kind: Config
preferences: {}
users: []
`;

const HAND_WRITTEN = `# my clusters
kind: Config
apiVersion: v1
unknown-field: { kept: yes }   # as it is

clusters:
    # the first one
    - name:   one          # odd spaces
      cluster: {server: 'https://one'}

    # the second - with a dash
    - # of its own
      cluster:
          server: "https://two"
      name: two   # behind

# after the clusters
users: [ ]
`;

describe('editKubeconfig', () => {
  it('adds behind the last entry, as kubectl writes it, and changes nothing else', () => {
    const edited = editKubeconfig(KUBECTL_STYLE, [add('three'), add('four')]);
    expect(edited).toBe(
      KUBECTL_STYLE.replace(
        '  name: two\n',
        '  name: two\n- name: three\n  cluster:\n    server: https://three\n- name: four\n  cluster:\n    server: https://four\n',
      ),
    );
  });

  it('keeps comments, order, indentation and unknown fields of a file written by hand', () => {
    expect(editKubeconfig(HAND_WRITTEN, [add('three')])).toBe(
      HAND_WRITTEN.replace(
        '      name: two   # behind\n',
        '      name: two   # behind\n    - name: three\n      cluster:\n        server: https://three\n',
      ),
    );
  });

  it('replaces one entry in its place', () => {
    expect(editKubeconfig(HAND_WRITTEN, [update('one')])).toBe(
      HAND_WRITTEN.replace(
        "    - name:   one          # odd spaces\n      cluster: {server: 'https://one'}\n",
        '    - name: one\n      cluster:\n        server: https://new\n',
      ),
    );
    expect(editKubeconfig(HAND_WRITTEN, [update('two')])).toBe(
      HAND_WRITTEN.replace(
        '    - # of its own\n      cluster:\n          server: "https://two"\n      name: two   # behind\n',
        '    - name: two\n      cluster:\n        server: https://new\n',
      ),
    );
  });

  it('removes one entry', () => {
    expect(editKubeconfig(KUBECTL_STYLE, [remove('one')])).toBe(
      KUBECTL_STYLE.replace(
        '- cluster:\n    certificate-authority-data: AAAA\n    server: https://one\n  name: one\n',
        '',
      ),
    );
  });

  it('adds, replaces and removes at once', () => {
    const edited = editKubeconfig(KUBECTL_STYLE, [add('three'), update('two'), remove('one')]);
    expect((parse(edited) as { clusters: unknown }).clusters).toEqual([
      { name: 'two', cluster: { server: 'https://new' } },
      { name: 'three', cluster: { server: 'https://three' } },
    ]);
    expect(edited.endsWith(KUBECTL_STYLE.slice(KUBECTL_STYLE.indexOf('contexts:')))).toBe(true);
  });

  it('ends the last line of a file that has no line break at its end', () => {
    const text = 'clusters:\n- name: one\n  cluster: { server: "https://one" }';
    expect(editKubeconfig(text, [add('two')])).toBe(
      `${text}\n- name: two\n  cluster:\n    server: https://two\n`,
    );
  });

  it.each([
    ['a flow list', 'clusters: [{name: one, cluster: {server: "https://one"}}] # kept\nkind: Config\n'],
    ['an empty list', '# kept\nclusters: []\nkind: Config\n'],
    ['no list', '# kept\nkind: Config\n'],
    ['null', '# kept\nclusters:\nkind: Config\n'],
  ])('edits %s', (_case, text) => {
    const edited = editKubeconfig(text, [add('two')]);
    expect(edited).toContain('# kept');
    const { clusters, kind } = parse(edited) as { clusters: readonly ClusterEntry[]; kind: string };
    expect(kind).toBe('Config');
    expect(clusters.at(-1)).toEqual(entry('two'));
  });

  it('leaves an empty list where the last entry goes', () => {
    expect(parse(editKubeconfig(KUBECTL_STYLE, [remove('one'), remove('two')]))).toMatchObject({
      clusters: [],
      kind: 'Config',
    });
  });

  it('keeps JSON JSON', () => {
    const text = JSON.stringify({ kind: 'Config', clusters: [entry('one'), entry('two')], extra: 1 });
    expect(JSON.parse(editKubeconfig(text, [add('three'), update('two'), remove('one')]))).toEqual({
      kind: 'Config',
      clusters: [entry('two', 'https://new'), entry('three')],
      extra: 1,
    });
  });

  it('changes nothing where nothing changes', () => {
    expect(editKubeconfig(HAND_WRITTEN, [])).toBe(HAND_WRITTEN);
  });
});
