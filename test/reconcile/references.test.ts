import { describe, expect, it } from 'vitest';
import type { LifecycleReference } from '../../src/api/index.ts';
import { compileLifecycle } from '../../src/policy/index.ts';
import type { ReferenceLookup } from '../../src/reconcile/index.ts';
import { describeReference, failure, referenceStatus, resolveReferences } from '../../src/reconcile/index.ts';
import { lifecycle, secret, source } from './objects.ts';

const auth: LifecycleReference = {
  key: 'auth',
  group: '',
  resource: 'secrets',
  version: 'v1',
  namespaceTemplate: '{{ .source.spec.authSecretRef.namespace }}',
  nameTemplate: '{{ .source.spec.authSecretRef.name }}',
};
/** Its name is what the first one's data says. */
const later: LifecycleReference = {
  ...auth,
  key: 'later',
  nameTemplate: '{{ .references.auth.data.token | b64dec }}',
};

const compile = (references: readonly LifecycleReference[]) =>
  compileLifecycle(lifecycle(undefined, {}, { references, template: 'spec: { syncResources: [] }' }).spec);

function resolve(
  references: readonly LifecycleReference[],
  answers: { readonly [name: string]: ReferenceLookup },
  from = source(),
) {
  return resolveReferences(
    compile(references),
    references,
    from,
    ({ name }) => answers[name] ?? { kind: 'absent' },
  );
}

const found: ReferenceLookup = { kind: 'found', object: secret() };
const located = {
  key: 'auth',
  group: '',
  version: 'v1',
  resource: 'secrets',
  namespace: 'default',
  name: 'c1',
};

describe('the references of a lifecycle', () => {
  it('are located by the source and looked up in order', () => {
    const second = { kind: 'found', object: secret('token') } as const;
    expect(resolve([auth, later], { c1: found, token: second })).toEqual({
      located: [located, { ...located, key: 'later', name: 'token' }],
      objects: { auth: secret(), later: secret('token') },
      missing: [],
    });
  });

  it('that do not exist are missing, and so are those that depend on them', () => {
    expect(resolve([auth, later], {})).toEqual({
      located: [located],
      objects: {},
      missing: ['auth', 'later'],
    });
  });

  it('are fetched one after the other', () => {
    expect(resolve([auth, later], { c1: { kind: 'pending' } })).toEqual({
      located: [located],
      objects: {},
      missing: [],
      pending: located,
    });
  });

  it('point nowhere where the source names nothing yet, even where namespaces are limited', () => {
    const bare = { ...source(), spec: {} };
    expect(resolve([{ ...auth, allowedNamespaces: ['default'] }], {}, bare)).toEqual({
      located: [],
      objects: {},
      missing: ['auth'],
    });
  });

  it('outside their allowed namespaces are refused before anything is looked up', () => {
    const resolution = resolve([{ ...auth, allowedNamespaces: ['platform'] }], { c1: found });
    expect(resolution).toMatchObject({
      located: [],
      problem: { reason: 'NamespaceNotAllowed', failed: true },
    });
    expect(resolution.problem?.message).toContain('platform');
  });

  it('within their allowed namespaces are marked as limited', () => {
    expect(resolve([{ ...auth, allowedNamespaces: ['default'] }], { c1: found }).located).toEqual([
      { ...located, limited: true },
    ]);
  });

  it('that cannot be known are a problem, not an absence', () => {
    const problem = failure('ReferenceForbidden', 'not allowed');
    expect(resolve([auth], { c1: { kind: 'unavailable', problem } })).toEqual({
      located: [located],
      objects: {},
      missing: [],
      problem,
    });
  });

  it('whose template fails are a problem that names the field and no value', () => {
    const broken = { ...auth, nameTemplate: '{{ index .source.spec.authSecretRef.name 100 }}' };
    const { problem } = resolve([broken], {});
    expect(problem).toMatchObject({ reason: 'RenderFailed', failed: true });
    expect(problem?.message).toMatch(/^spec\.references\[0\]\.nameTemplate 1:/);
  });
});

describe('a reference', () => {
  it('is described with its namespace and group', () => {
    expect(describeReference(located)).toBe('secrets "default/c1"');
    expect(describeReference({ key: 'x', group: 'a.b', version: 'v1', resource: 'things', name: 'n' })).toBe(
      'things.a.b "n"',
    );
  });

  it('is recorded in the status without how it is watched', () => {
    expect(referenceStatus([{ ...located, limited: true }])).toEqual([located]);
  });
});
