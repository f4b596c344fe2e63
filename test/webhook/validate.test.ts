import { describe, expect, test } from 'vitest';
import { DELETION_PROTECTION_ANNOTATION } from '../../src/api/index.ts';
import type { AdmissionRequest } from '../../webhook/admission.ts';
import { validatePolicy } from '../../webhook/validate.ts';
import type { ClusterContent } from './memory-cluster.ts';
import { MemoryCluster } from './memory-cluster.ts';
import { admissionRequest, brokenSpec, policy, taskOf, validSpec } from './requests.ts';

async function validate(
  changes: Partial<AdmissionRequest>,
  content: ClusterContent = {},
  rights: 'Enforce' | 'Warn' | 'Off' = 'Enforce',
) {
  const cluster = new MemoryCluster(content);
  const response = await validatePolicy(admissionRequest(changes), taskOf(), {
    cluster,
    options: { rights, maximumLiveSources: 20, liveSourcesTimeoutMs: 1000 },
  });
  return { ...response, asked: cluster.asked };
}

describe('an update', () => {
  const update = (object: object, oldObject: object): Partial<AdmissionRequest> => ({
    operation: 'UPDATE',
    object,
    oldObject,
  });

  test('of metadata only is admitted, whatever is wrong with the policy', async () => {
    const before = policy(brokenSpec, { finalizers: ['a'] });
    const { outcome, asked } = await validate(update(policy(brokenSpec, { labels: { a: 'b' } }), before));
    expect([outcome, asked]).toEqual(['exempt', []]);
  });

  test('of a policy that is being deleted is admitted, so that its finalizer can go', async () => {
    const deleted = { deletionTimestamp: '2026-01-01T00:00:00Z' };
    const { outcome } = await validate(update(policy(brokenSpec, deleted), policy(validSpec, deleted)));
    expect(outcome).toBe('exempt');
  });

  test('that breaks a policy is refused', async () => {
    const { outcome } = await validate(update(policy(brokenSpec), policy(validSpec)));
    expect(outcome).toBe('denied');
  });

  test('that repairs a broken policy is admitted', async () => {
    const { outcome } = await validate(update(policy(validSpec), policy(brokenSpec)));
    expect(outcome).toBe('allowed');
  });
});

describe('a dry run', () => {
  test.each([
    ['a valid policy', validSpec],
    ['a broken policy', brokenSpec],
  ])('of %s gets the same answer', async (_case, spec) => {
    const object = policy(spec);
    expect(await validate({ object, dryRun: true })).toEqual(await validate({ object, dryRun: false }));
  });
});

describe('a deletion', () => {
  const deletion = (annotations: object): Partial<AdmissionRequest> => ({
    operation: 'DELETE',
    object: null,
    oldObject: policy(brokenSpec, { annotations }),
  });

  test('is admitted, whatever is wrong with the policy', async () => {
    const { outcome, asked } = await validate(deletion({}));
    expect([outcome, asked]).toEqual(['allowed', []]);
  });

  test('of a protected policy is refused, naming the annotation', async () => {
    const { outcome, refusal } = await validate(deletion({ [DELETION_PROTECTION_ANNOTATION]: 'true' }));
    expect(outcome).toBe('denied');
    expect(refusal?.message).toContain(DELETION_PROTECTION_ANNOTATION);
  });

  test('of a policy whose protection is off is admitted', async () => {
    const { outcome } = await validate(deletion({ [DELETION_PROTECTION_ANNOTATION]: 'false' }));
    expect(outcome).toBe('allowed');
  });
});

describe('somebody who may not read Secrets', () => {
  const content: ClusterContent = { mayAccess: (_user, { resource }) => resource !== 'secrets' };

  test('may not apply a policy that does', async () => {
    const { outcome, refusal } = await validate({}, content);
    expect(outcome).toBe('denied');
    expect(refusal?.message).toMatch(/^spec\.references\[0\].*"ada" may not get/);
  });

  test('is warned where that is how it is configured', async () => {
    const { outcome, evidence } = await validate({}, content, 'Warn');
    expect(outcome).toBe('allowed');
    expect(evidence?.warnings).toContainEqual(
      expect.stringMatching(/^spec\.references\[0\].*"ada" may not get/),
    );
  });

  test('may do so where nobody asks', async () => {
    const { outcome, evidence } = await validate({}, content, 'Off');
    expect(outcome).toBe('allowed');
    expect(evidence?.warnings).not.toContainEqual(expect.stringContaining('may not'));
  });
});

test('the values of a live Secret are in no answer, though rendering them fails', async () => {
  const resource = (group: string, name: string, kind: string, version: string) =>
    ({ group, resource: name, known: true, version, served: [version], kind, namespaced: true }) as const;
  const value = 'aHVudGVyMi1odW50ZXIyOiAiIHsgWyAmICog';
  const { outcome, refusal, evidence } = await validate(
    {
      object: policy({
        ...validSpec,
        template: 'spec:\n  syncResources: {{ fromYaml (b64dec .references.kubeconfig.data.value) }}\n',
      }),
    },
    {
      resources: [
        resource('cluster.x-k8s.io', 'clusters', 'Cluster', 'v1beta1'),
        resource('', 'secrets', 'Secret', 'v1'),
      ],
      objects: [
        {
          apiVersion: 'cluster.x-k8s.io/v1beta1',
          kind: 'Cluster',
          metadata: { name: 'a', namespace: 'default' },
        },
        {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 'a-kubeconfig', namespace: 'default' },
          ...{ data: { value } },
        },
      ],
    },
  );
  expect(outcome).toBe('denied');
  const text = JSON.stringify([refusal, evidence]);
  expect(text).not.toContain('hunter2');
  expect(text).not.toContain(value);
});
