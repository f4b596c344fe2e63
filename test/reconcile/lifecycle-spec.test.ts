import { describe, expect, it } from 'vitest';
import { FINALIZER, POLICY_LABEL } from '../../src/api/index.ts';
import {
  followsPolicy,
  lifecycleSpec,
  newLifecycle,
  sourceKeyText,
  sourceOf,
  updateOfLifecycle,
} from '../../src/reconcile/index.ts';
import { SOURCE_KEY, SPEC, TEMPLATE, lifecycle, negotiated } from './objects.ts';

const owner = {
  apiVersion: 'policy.clusterpedia.io/v1alpha1',
  kind: 'ClusterImportPolicy',
  name: 'mcp',
  uid: 'uid-of-mcp',
  controller: true,
  blockOwnerDeletion: true,
};

describe('a new lifecycle', () => {
  it('is complete: finalizer, owner, source, references with one version each, settings', () => {
    const policy = negotiated({ deletionPolicy: 'Orphan', updatePolicy: 'All', suspend: false });
    expect(newLifecycle(policy, { ...SOURCE_KEY, namespace: 'ns' }, 'mcp-c1')).toEqual({
      apiVersion: 'policy.clusterpedia.io/v1alpha1',
      kind: 'PediaClusterLifecycle',
      metadata: {
        name: 'mcp-c1',
        labels: { [POLICY_LABEL]: 'mcp' },
        finalizers: [FINALIZER],
        ownerReferences: [owner],
      },
      spec: {
        source: {
          group: 'cluster.mcp.io',
          version: 'v1alpha1',
          resource: 'clusters',
          namespace: 'ns',
          name: 'c1',
        },
        references: [
          {
            key: 'auth',
            group: '',
            resource: 'secrets',
            version: 'v1',
            namespaceTemplate: '{{ .source.spec.authSecretRef.namespace }}',
            nameTemplate: '{{ .source.spec.authSecretRef.name }}',
          },
        ],
        template: TEMPLATE,
        creationCondition: 'true',
        deletionPolicy: 'Orphan',
        updatePolicy: 'All',
      },
    });
  });

  it('has the default creation condition where the policy has none, and copies allowedNamespaces', () => {
    const [reference] = SPEC.references ?? [];
    if (reference === undefined) throw new Error('the policy of the tests has a reference');
    const { creationCondition: _, ...rest } = SPEC;
    const policy = negotiated();
    const bare = { ...rest, references: [{ ...reference, allowedNamespaces: ['a'] }] };
    const spec = lifecycleSpec({ ...policy, object: { ...policy.object, spec: bare } }, SOURCE_KEY);
    expect(spec.creationCondition).toBe('true');
    expect(spec.references?.[0]?.allowedNamespaces).toEqual(['a']);
  });
});

describe('an existing lifecycle', () => {
  it('needs no update while it says what its policy says', () => {
    expect(followsPolicy(lifecycle(), negotiated())).toBe(true);
    expect(updateOfLifecycle(lifecycle(), negotiated())).toBeUndefined();
  });

  it.each([
    ['its own suspend', { suspend: true }],
    ['an empty namespace', { source: { ...lifecycle().spec.source, namespace: '' } }],
  ])('needs none for %s', (_, spec) => {
    expect(updateOfLifecycle(lifecycle(undefined, {}, spec), negotiated())).toBeUndefined();
  });

  it('takes over an edited template in the version that was read', () => {
    expect(updateOfLifecycle(lifecycle(), negotiated({ template: 'spec: {}' }))).toMatchObject({
      verb: 'patch',
      name: 'mcp-c1',
      patch: { metadata: { uid: 'uid-of-lifecycle', resourceVersion: '40' }, spec: { template: 'spec: {}' } },
    });
  });

  it('loses what the policy no longer has, but not its own suspend', () => {
    const before = lifecycle(negotiated({ deletionCondition: 'true' }), {}, { suspend: true });
    const update = updateOfLifecycle(before, negotiated());
    expect(update).toMatchObject({ patch: { spec: { deletionCondition: null } } });
    expect(update).not.toHaveProperty('patch.spec.suspend');
  });

  it('follows another negotiated version', () => {
    const policy = { ...negotiated(), sourceVersion: 'v1beta1' };
    expect(updateOfLifecycle(lifecycle(), policy)).toMatchObject({
      patch: { spec: { source: { version: 'v1beta1' } } },
    });
  });

  it('gets back a finalizer that somebody took, after those of others', () => {
    expect(updateOfLifecycle(lifecycle(undefined, { finalizers: ['x/y'] }), negotiated())).toMatchObject({
      patch: { metadata: { finalizers: ['x/y', FINALIZER] } },
    });
  });

  it('is adopted by a policy that was deleted and made again', () => {
    const again = negotiated({}, { uid: 'new-uid' });
    const update = updateOfLifecycle(lifecycle(), again);
    expect(update).toMatchObject({
      patch: { metadata: { ownerReferences: [{ ...owner, uid: 'new-uid' }] } },
    });
    expect(update).not.toHaveProperty('patch.spec');
  });
});

describe('a source key', () => {
  it('is read from a lifecycle, without an empty namespace', () => {
    const namespaced = { ...lifecycle().spec.source, namespace: '' };
    expect(sourceOf(lifecycle(undefined, {}, { source: namespaced }))).toEqual(SOURCE_KEY);
  });

  it('has one text', () => {
    expect(sourceKeyText({ ...SOURCE_KEY, namespace: 'ns' })).toBe('cluster.mcp.io/clusters/ns/c1');
    expect(sourceKeyText({ ...SOURCE_KEY, group: '' })).toBe('/clusters//c1');
  });
});
