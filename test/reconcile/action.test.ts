import { describe, expect, it } from 'vitest';
import { applyMergePatch, identityOf, patch, patchStatus, remove } from '../../src/reconcile/index.ts';
import { pediaCluster } from './objects.ts';

const target = { name: 'x', uid: 'u', resourceVersion: '7' };

describe('an action', () => {
  it('patches one version of one incarnation', () => {
    expect(
      patch('pediaCluster', target, { metadata: { labels: { a: 'b' } }, spec: { apiserver: null } }),
    ).toEqual({
      verb: 'patch',
      kind: 'pediaCluster',
      name: 'x',
      patch: { metadata: { labels: { a: 'b' }, uid: 'u', resourceVersion: '7' }, spec: { apiserver: null } },
    });
  });

  it('patches the status of an incarnation in whatever version', () => {
    expect(patchStatus('lifecycle', target, { conditions: [] })).toEqual({
      verb: 'patch',
      kind: 'lifecycle',
      name: 'x',
      subresource: 'status',
      patch: { metadata: { uid: 'u' }, status: { conditions: [] } },
    });
  });

  it('deletes one incarnation', () => {
    expect(remove('pediaCluster', identityOf(pediaCluster()))).toEqual({
      verb: 'delete',
      kind: 'pediaCluster',
      name: 'mcp-c1',
      uid: 'uid-of-pediacluster',
    });
  });
});

// The examples of RFC 7386, appendix A.
describe.each([
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ a: 'foo' }, 'bar', 'bar'],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])('a merge patch of %j', (before, change, after) => {
  it(`by ${JSON.stringify(change)} makes ${JSON.stringify(after)}`, () => {
    expect(applyMergePatch(before, change)).toEqual(after);
  });
});
