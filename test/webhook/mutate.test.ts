import { describe, expect, test } from 'vitest';
import { FINALIZER } from '../../src/api/index.ts';
import { mutatePolicy } from '../../webhook/mutate.ts';
import { admissionRequest, policy, validSpec } from './requests.ts';

const patchOf = (metadata: object, changes: Parameters<typeof admissionRequest>[0] = {}) =>
  mutatePolicy(admissionRequest({ object: policy(validSpec, metadata), ...changes })).patch;

describe('a policy that is created', () => {
  test.each([
    ['without finalizers', {}, [{ op: 'add', path: '/metadata/finalizers', value: [FINALIZER] }]],
    [
      'with null for finalizers',
      { finalizers: null },
      [{ op: 'add', path: '/metadata/finalizers', value: [FINALIZER] }],
    ],
    [
      'with an empty list',
      { finalizers: [] },
      [{ op: 'add', path: '/metadata/finalizers/-', value: FINALIZER }],
    ],
    [
      'with another finalizer',
      { finalizers: ['a/b'] },
      [{ op: 'add', path: '/metadata/finalizers/-', value: FINALIZER }],
    ],
  ])('%s gets the finalizer of the controller', (_case, metadata, patch) => {
    expect(patchOf(metadata)).toEqual(patch);
  });

  test('with the finalizer is left alone, so that asking twice is the same as once', () => {
    expect(patchOf({ finalizers: ['a/b', FINALIZER] })).toBeUndefined();
  });

  test('on trial (dry run) is treated alike', () => {
    expect(patchOf({}, { dryRun: true })).toEqual(patchOf({}, { dryRun: false }));
  });

  test('with a generated name is treated alike', () => {
    expect(patchOf({ name: undefined, generateName: 'capi-' }, { name: '' })).toHaveLength(1);
  });
});

describe('nothing is changed', () => {
  test.each(['UPDATE', 'DELETE'] as const)('on %s', (operation) => {
    expect(mutatePolicy(admissionRequest({ operation, oldObject: policy() }))).toEqual({
      outcome: 'allowed',
    });
  });

  test.each([[null], [{}], [{ metadata: null }], [{ metadata: 'x' }]])(
    'in %j, which is no policy',
    (object) => {
      expect(mutatePolicy(admissionRequest({ object }))).toEqual({ outcome: 'allowed' });
    },
  );
});

test('an object of another kind is refused', () => {
  const kind = { group: '', version: 'v1', kind: 'Secret' };
  expect(mutatePolicy(admissionRequest({ kind })).refusal).toMatchObject({ code: 400 });
});
