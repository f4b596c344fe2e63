import { describe, expect, it } from 'vitest';
import { contentOf } from '../../controller/lifecycle/settled.ts';
import { compilePolicy } from '../../src/policy/index.ts';
import type { StoredObject } from '../../src/kube/index.ts';
import { SPEC } from '../reconcile/objects.ts';

const INLINE =
  'spec: { apiserver: "https://e", tokenData: "{{ .references.auth.data.token }}", syncResources: [] }';
const BY_NAME =
  'spec: { authenticationFrom: { kubeconfig: { name: "{{ .references.auth.metadata.name }}", key: value } }, syncResources: [] }';

/** Digest of what is read of a Secret with these data by a template. */
function digest(template: string, data: { readonly [key: string]: string }): unknown {
  const secret: StoredObject = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: 's',
      namespace: 'n',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '2024-01-01T00:00:00Z',
    },
    data,
  };
  const located = [{ key: 'auth', group: '', version: 'v1', resource: 'secrets', namespace: 'n', name: 's' }];
  return contentOf({ template }, compilePolicy({ ...SPEC, template }), {
    located,
    objects: { auth: secret },
    missing: [],
  });
}

describe('a Secret', () => {
  it.each<[string, string, { readonly [key: string]: string }, boolean]>([
    ['of which a template reads another key', INLINE, { token: 'dA==', value: 'bmV3' }, true],
    ['of which a template reads that key', INLINE, { token: 'bmV3', value: 'b2xk' }, false],
    [
      'that authenticationFrom names: Clusterpedia reads it',
      BY_NAME,
      { token: 'dA==', value: 'bmV3' },
      false,
    ],
  ])('%s is the same or another', (_, template, data, same) => {
    const before = digest(template, { token: 'dA==', value: 'b2xk' });
    expect(digest(template, data) === before).toBe(same);
  });
});
