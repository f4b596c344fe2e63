import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { CLUSTER_IMPORT_POLICY } from '../../src/api/index.ts';
import { MUTATE_PATH, VALIDATE_PATH, webhookConfigurations } from '../../webhook/configuration.ts';

describe('the webhook configurations', () => {
  const [validating, mutating] = webhookConfigurations({
    target: { url: 'https://127.0.0.1:9443/' },
    caBundle: 'PEM',
  });

  test('let nothing through while the webhook is away', () => {
    for (const { webhooks } of [validating, mutating]) {
      expect(webhooks[0]).toMatchObject({
        failurePolicy: 'Fail',
        sideEffects: 'None',
        timeoutSeconds: 5,
        matchPolicy: 'Equivalent',
        admissionReviewVersions: ['v1'],
      });
    }
  });

  test('send creations, updates and deletions of policies, and of nothing else, to be validated', () => {
    expect(validating.webhooks[0].rules).toEqual([
      {
        apiGroups: [CLUSTER_IMPORT_POLICY.group],
        apiVersions: [CLUSTER_IMPORT_POLICY.version],
        resources: [CLUSTER_IMPORT_POLICY.resource],
        operations: ['CREATE', 'UPDATE', 'DELETE'],
        scope: 'Cluster',
      },
    ]);
  });

  test('send creations only to be mutated', () => {
    expect(mutating.webhooks[0].rules[0]?.operations).toEqual(['CREATE']);
  });

  test('lead to the paths that are served, by URL', () => {
    expect(validating.webhooks[0].clientConfig).toEqual({
      url: `https://127.0.0.1:9443${VALIDATE_PATH}`,
      caBundle: 'UEVN',
    });
    expect(mutating.webhooks[0].clientConfig).toMatchObject({ url: `https://127.0.0.1:9443${MUTATE_PATH}` });
  });

  test('lead to a Service, without an authority where something injects it, and without the path that the webhook writes', () => {
    const configurations = webhookConfigurations({ target: { service: { namespace: 'a', name: 'b' } } });
    expect(configurations.map(({ webhooks }) => webhooks[0].clientConfig)).toEqual([
      { service: { namespace: 'a', name: 'b', port: 443 } },
      { service: { namespace: 'a', name: 'b', port: 443, path: MUTATE_PATH } },
    ]);
  });

  test('are what the manifests install', async () => {
    const text = await readFile('kustomize/base/webhook/configurations.yaml', 'utf8');
    const installed = parseAllDocuments(text).map((document) => document.toJS() as object);
    const labels = {
      'app.kubernetes.io/name': 'clusterpedia-import',
      'app.kubernetes.io/component': 'webhook',
      'app.kubernetes.io/part-of': 'clusterpedia',
    };
    const service = { namespace: 'clusterpedia-import-system', name: 'clusterpedia-import-webhook' };
    const written = webhookConfigurations({ target: { service }, labels });
    expect(installed).toHaveLength(2);
    expect(installed).toEqual(expect.arrayContaining(written));
  });
});
