import { describe, expect, it } from 'vitest';
import type { ClusterEntry } from '../../../src/cli/kubeconfig/merge.ts';
import { mergeShortcuts } from '../../../src/cli/kubeconfig/merge.ts';
import { shortcutsFor } from '../../../src/cli/kubeconfig/shortcuts.ts';

const SERVER = 'https://10.0.0.1:6443';
const RESOURCES = `${SERVER}/apis/clusterpedia.io/v1beta1/resources`;

const base: ClusterEntry = {
  name: 'kind',
  cluster: {
    server: SERVER,
    'certificate-authority-data': 'Q0E=',
    'tls-server-name': 'api',
    extensions: [{ name: 'theirs', extension: {} }],
  },
};

const merge = (entries: readonly ClusterEntry[], names: readonly string[], prefix = '') =>
  mergeShortcuts([base, ...entries], base, shortcutsFor(base.cluster.server, names, prefix));

/** The entries after the changes of a merge. */
function merged(entries: readonly ClusterEntry[], names: readonly string[]): readonly ClusterEntry[] {
  const result = new Map(entries.map((entry) => [entry.name, entry]));
  for (const change of merge(entries, names).changes) {
    if (change.verb === 'remove') result.delete(change.name);
    else result.set(change.entry.name, change.entry);
  }
  return [...result.values()];
}

const told = ({ changes }: ReturnType<typeof merge>) =>
  changes.map((change) => `${change.verb} ${change.verb === 'remove' ? change.name : change.entry.name}`);

describe('shortcutsFor', () => {
  it('are one to all clusters, and one to each PediaCluster, by name', () => {
    expect(shortcutsFor(`${SERVER}/`, ['b', 'a'], '')).toEqual([
      { name: 'clusterpedia', server: RESOURCES },
      { name: 'a', server: `${RESOURCES}/clusters/a` },
      { name: 'b', server: `${RESOURCES}/clusters/b` },
    ]);
  });

  it('have the prefix in their names alone', () => {
    expect(shortcutsFor(SERVER, ['a'], 'eu-')).toEqual([
      { name: 'eu-clusterpedia', server: RESOURCES },
      { name: 'eu-a', server: `${RESOURCES}/clusters/a` },
    ]);
  });

  it('leave out a PediaCluster that has the name of the shortcut to all', () => {
    expect(shortcutsFor(SERVER, ['clusterpedia'], '').map(({ server }) => server)).toEqual([RESOURCES]);
  });
});

describe('mergeShortcuts', () => {
  it('adds entries that reach and trust the API server as its own entry does, marked as made here', () => {
    const { changes } = merge([], []);
    expect(changes).toEqual([
      {
        verb: 'add',
        entry: {
          name: 'clusterpedia',
          cluster: {
            server: RESOURCES,
            'certificate-authority-data': 'Q0E=',
            'tls-server-name': 'api',
            extensions: [{ name: 'clusterpedia-import', extension: { cluster: 'kind', server: SERVER } }],
          },
        },
      },
    ]);
  });

  it('changes nothing the second time', () => {
    const entries = merged([], ['a']);
    expect(merge(entries, ['a'])).toEqual({ changes: [], conflicts: [], unchanged: 2 });
  });

  it('removes what it has made where the PediaCluster is gone', () => {
    expect(told(merge(merged([], ['a', 'b']), ['b', 'c']))).toEqual(['add c', 'remove a']);
  });

  it('removes all that it has made, and only that, where there is to be none', () => {
    const entries = [...merged([], ['a']), { name: 'mine', cluster: { server: `${RESOURCES}/clusters/x` } }];
    expect(told({ ...mergeShortcuts([base, ...entries], base, []) })).toEqual([
      'remove clusterpedia',
      'remove a',
    ]);
  });

  it('follows an API server that has another address than before', () => {
    const moved = { ...base, cluster: { ...base.cluster, server: 'https://127.0.0.1:40001' } };
    const shortcuts = shortcutsFor(moved.cluster.server, ['a', 'c'], '');
    const result = mergeShortcuts([moved, ...merged([], ['a', 'b'])], moved, shortcuts);
    expect(result.conflicts).toEqual([]);
    expect(told(result)).toEqual(['update clusterpedia', 'update a', 'add c', 'remove b']);
    const [first] = result.changes;
    expect(first).toMatchObject({
      entry: { cluster: { server: 'https://127.0.0.1:40001/apis/clusterpedia.io/v1beta1/resources' } },
    });
  });

  it('never touches what it has made for another API server', () => {
    const other = { name: 'elsewhere', cluster: { server: 'https://other', extensions: [] } };
    const theirs = mergeShortcuts([other], other, shortcutsFor('https://other', ['a'], 'other-'));
    const entries = theirs.changes.flatMap((change) => (change.verb === 'remove' ? [] : [change.entry]));
    expect(told(merge(entries, []))).toEqual(['add clusterpedia']);
  });

  it('leaves an entry of the same name that is somebody else’s, and says so', () => {
    const theirs = { name: 'a', cluster: { server: 'https://their-a:6443' } };
    const result = merge([theirs], ['a']);
    expect(told(result)).toEqual(['add clusterpedia']);
    expect(result.conflicts).toEqual([{ name: 'a', server: 'https://their-a:6443' }]);
  });

  it('takes over such a shortcut that somebody else has made, e.g. Clusterpedia’s script', () => {
    const scripted = {
      name: 'a',
      cluster: { server: `${RESOURCES}/clusters/a`, 'certificate-authority-data': 'old' },
    };
    expect(told(merge([scripted], ['a']))).toEqual(['add clusterpedia', 'update a']);
  });

  it('takes extensions that are no list, as kubectl does not write them, for none', () => {
    const odd = { name: 'a', cluster: { server: `${RESOURCES}/clusters/a`, extensions: { odd: true } } };
    expect(told(merge([odd as unknown as ClusterEntry], ['a']))).toEqual(['add clusterpedia', 'update a']);
  });

  it('follows the API server’s entry, and keeps what else an entry has', () => {
    const [all, a] = merged([], ['a']);
    if (all === undefined || a === undefined) throw new Error('two entries were added');
    const own = { name: 'mine', extension: {} };
    const edited = {
      ...a,
      cluster: {
        ...a.cluster,
        'tls-server-name': 'old',
        note: 1,
        extensions: [own, ...(a.cluster.extensions ?? [])],
      },
    };
    const [change] = merge([all, edited], ['a']).changes;
    expect(change).toMatchObject({
      verb: 'update',
      entry: {
        cluster: { 'tls-server-name': 'api', note: 1, extensions: [own, { name: 'clusterpedia-import' }] },
      },
    });
  });
});
