import { beforeEach, describe, expect, it } from 'vitest';
import type { FollowedSource } from '../../controller/lifecycle/followed-source.ts';
import type { Resolution } from '../../controller/lifecycle/resolutions.ts';
import { Resolutions } from '../../controller/lifecycle/resolutions.ts';
import type { LifecycleReference, PediaClusterLifecycle } from '../../src/api/index.ts';
import type { StoredObject } from '../../src/kube/index.ts';
import type { CompiledLifecycle } from '../../src/policy/index.ts';
import { compileLifecycle } from '../../src/policy/index.ts';
import { digestOf, owningPolicy } from '../../src/reconcile/index.ts';
import { lifecycle, secret } from '../reconcile/objects.ts';

const reference = (key: string): LifecycleReference => ({
  key,
  group: '',
  resource: 'secrets',
  version: 'v1',
  namespaceTemplate: 'default',
  nameTemplate: key,
});
const spec = { references: [reference('a'), reference('b')], template: 'spec: { syncResources: [] }' };
const one = named('one');
const compiled = compileLifecycle(one.spec);
const object: StoredObject = {
  apiVersion: 'cluster.mcp.io/v1alpha1',
  kind: 'Cluster',
  metadata: { name: 'c1', uid: 'uid-of-c1', resourceVersion: '1', creationTimestamp: '2024-01-01T00:00:00Z' },
};
const followed: FollowedSource = { object, digest: digestOf('as it was') };

function named(name: string): PediaClusterLifecycle {
  const made = lifecycle(undefined, {}, spec);
  return { ...made, metadata: { ...made.metadata, name } };
}

let resolutions: Resolutions;
/** Versions as the watch has them. */
let versions: { [name: string]: string | undefined };

beforeEach(() => {
  resolutions = new Resolutions();
  versions = { a: secret().metadata.resourceVersion, b: '' };
});

const begin = (
  of = one,
  { by = compiled, from = followed }: { by?: CompiledLifecycle; from?: FollowedSource } = {},
): Resolution => resolutions.of(of, by, from, ({ name }) => versions[name]);

/** The first reference is found; the second one does not exist. */
function resolveAll({ resolver }: Resolution): void {
  resolver.advance(() => ({ kind: 'found', object: secret() }));
  resolver.advance(() => ({ kind: 'absent' }));
}

const POLICY = owningPolicy(one)?.name ?? '';

describe('a lifecycle that is put off in the middle of its references', () => {
  it('goes on with what was resolved', () => {
    const begun = begin();
    resolveAll(begun);
    expect(resolutions.keep('one')).toBe(true);
    expect(begin()).toBe(begun);
  });

  it.each<[string, () => Resolution]>([
    ['an object has changed', () => ((versions['a'] = '1000'), begin())],
    ['an object has come into being', () => ((versions['b'] = '7'), begin())],
    ['its source has changed', () => begin(one, { from: { ...followed, digest: digestOf('as it is') } })],
    ['its templates have changed', () => begin(one, { by: compileLifecycle(one.spec) })],
  ])('begins anew where %s', (_, again) => {
    const begun = begin();
    resolveAll(begun);
    resolutions.keep('one');
    expect(again()).not.toBe(begun);
  });

  it('goes on where nobody knows whether an object has changed: whoever finds out comes back', () => {
    const begun = begin();
    resolveAll(begun);
    resolutions.keep('one');
    versions = {};
    expect(begin()).toBe(begun);
  });

  it('begins anew where an object could not be read', () => {
    const begun = begin();
    begun.resolver.advance(() => ({
      kind: 'unavailable',
      problem: { reason: 'ReferenceForbidden', message: 'no', failed: true },
    }));
    resolutions.keep('one');
    expect(begin()).not.toBe(begun);
  });

  it('has the other lifecycles of its policy wait until it comes to its end, and nothing is kept for them', () => {
    begin();
    const other = begin(named('two'));
    resolutions.keep('one');
    expect(resolutions.keep('two')).toBe(false);
    expect(resolutions.isBehindAnother(named('two'), POLICY)).toBe(true);
    expect(resolutions.isBehindAnother(named('two'), 'another policy')).toBe(false);
    expect(resolutions.isBehindAnother(one, POLICY)).toBe(false);
    resolutions.end('one');
    expect(resolutions.isBehindAnother(named('two'), POLICY)).toBe(false);
    expect(begin(named('two'))).not.toBe(other);
  });

  it('leaves nobody waiting when it begins anew and comes to its end', () => {
    begin();
    resolutions.keep('one');
    begin(one, { from: { ...followed, digest: digestOf('as it is') } });
    resolutions.end('one');
    expect(resolutions.isBehindAnother(named('two'), POLICY)).toBe(false);
  });
});
