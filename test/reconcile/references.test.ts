import { describe, expect, it } from 'vitest';
import type { LifecycleReference } from '../../src/api/index.ts';
import { compileLifecycle } from '../../src/policy/index.ts';
import type { ReferenceLookup } from '../../src/reconcile/index.ts';
import {
  decideLifecycle,
  decideLifecycleStatus,
  describeReference,
  failure,
  referenceStatus,
  renderLifecycle,
  resolveReferences,
} from '../../src/reconcile/index.ts';
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
      located: [located, { ...located, key: 'later', name: 'token', hidden: ['name'] }],
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

describe('a location that is read from a Secret', () => {
  const VALUE = 'hunter2-the-token';
  const holder: ReferenceLookup = {
    kind: 'found',
    object: { ...secret('c1', Buffer.from(VALUE).toString('base64')), type: 'Opaque' },
  };
  const inDefault = { ...later, namespaceTemplate: 'default' };
  const named = (nameTemplate: string): LifecycleReference => ({ ...inDefault, nameTemplate });
  const fromToken = '{{ .references.auth.data.token | b64dec }}';

  /** What a lifecycle with these references shows: its conditions, the problem of its event, and its status. */
  function shownOf(references: readonly LifecycleReference[], exists: boolean) {
    const object = lifecycle(undefined, {}, { references, template: 'spec: { syncResources: [] }' });
    const compiled = compile(references);
    const resolution = resolve(references, { c1: holder });
    const rendering = renderLifecycle(compiled, source(), resolution, exists);
    const decision = decideLifecycle({
      lifecycle: object,
      pediaCluster: undefined,
      references: resolution,
      rendering,
      deletionReleased: false,
    });
    const status = decideLifecycleStatus(object, decision.conditions, resolution, new Date(0));
    return { problem: decision.problem, status, text: JSON.stringify([decision, status]) };
  }

  it.each<[string, LifecycleReference, string]>([
    ['its name', named(fromToken), 'secrets of the reference "later" in the namespace "default"'],
    [
      'its namespace',
      { ...inDefault, namespaceTemplate: fromToken, nameTemplate: 'known' },
      'secrets "known" of the reference "later"',
    ],
    ['both', { ...named(fromToken), namespaceTemplate: fromToken }, 'secrets of the reference "later"'],
    [
      'a part of its name',
      named('prefix-{{ index .references.auth.data "token" | b64dec }}'),
      'secrets of the reference "later" in the namespace "default"',
    ],
    [
      'its name, by way of a variable and a loop',
      named('{{ $all := .references }}{{ range $k, $v := $all.auth.data }}{{ $v | b64dec }}{{ end }}'),
      'secrets of the reference "later" in the namespace "default"',
    ],
  ])('reaches no message, event or status: %s', (_what, reference, described) => {
    for (const exists of [false, true]) {
      const { problem, status, text } = shownOf([auth, reference], exists);
      expect(problem).toMatchObject({
        reason: 'ReferenceNotFound',
        message: `${described} does not exist`,
        failed: exists,
      });
      expect(status).toMatchObject({ patch: { status: { references: [located] } } });
      expect(text).not.toContain('hunter2');
    }
  });

  it('is not told by a reference that is located by its object, either', () => {
    const reference = (key: string, nameTemplate: string) => ({ ...named(nameTemplate), key });
    const references = [auth, later, reference('third', '{{ .references.later.metadata.name }}-ca')];
    const there: ReferenceLookup = { kind: 'found', object: secret(VALUE) };
    const { located: all } = resolve(references, { c1: holder, [VALUE]: there });
    expect(all.map(({ hidden }) => hidden)).toEqual([undefined, ['name'], ['name']]);
    expect(referenceStatus(all)).toEqual([located]);
  });

  it.each([
    '{{ .references.auth.metadata.name }}-ca',
    '{{ .references.auth.type | lower }}',
    '{{ .source.spec.authSecretRef.name }}-ca',
  ])('is not meant where only what the Secret is called is read: %s', (nameTemplate) => {
    const { located: all } = resolve([auth, named(nameTemplate)], { c1: holder });
    expect(all.map(({ hidden }) => hidden)).toEqual([undefined, undefined]);
  });

  it('counts where the source itself is the Secret', () => {
    const spec = { references: [named('{{ .source.data.token | b64dec }}')], template: 'spec: {}' };
    const { spec: whole } = lifecycle(undefined, {}, spec);
    const hiddenIn = (group: string, resource: string) =>
      compileLifecycle({ ...whole, source: { ...whole.source, group, resource } }).references[0]?.hidden;
    expect(hiddenIn('', 'secrets')).toEqual(['name']);
    expect(hiddenIn('', 'configmaps')).toEqual([]);
  });
});
