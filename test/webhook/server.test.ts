import { describe, expect, test } from 'vitest';
import { MUTATE_PATH, VALIDATE_PATH } from '../../webhook/configuration.ts';
import { MemoryCluster } from './memory-cluster.ts';
import { admissionReview, brokenSpec, policy, validSpec } from './requests.ts';
import { readAll, startServer } from './server.ts';

const UID = admissionReview().request.uid;

describe('a review', () => {
  test('of a valid policy is answered with an admission', async () => {
    const { post } = await startServer();
    const { code, body } = await post(admissionReview(), { path: `${VALIDATE_PATH}?timeout=5s` });
    expect(code).toBe(200);
    expect(body).toMatchObject({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid: UID, allowed: true, status: { code: 200 } },
    });
  });

  test('of a broken policy is answered with what is wrong, and where', async () => {
    const { post } = await startServer();
    const { code, body } = await post(admissionReview({ object: policy(brokenSpec) }));
    expect(code).toBe(200);
    expect(body).toMatchObject({
      response: {
        uid: UID,
        allowed: false,
        status: {
          code: 422,
          reason: 'Invalid',
          message: 'spec.template 2:55: function "b64decc" is not defined; did you mean "b64dec"?',
        },
        auditAnnotations: { outcome: 'denied' },
      },
    });
  });

  test('to be mutated is answered with the finalizer', async () => {
    const { post } = await startServer();
    const { body } = await post(admissionReview(), { path: MUTATE_PATH });
    expect(body).toMatchObject({ response: { uid: UID, allowed: true, patchType: 'JSONPatch' } });
  });

  test('is counted and timed', async () => {
    const { post, metrics } = await startServer();
    await post(admissionReview({ object: policy(brokenSpec) }));
    await post('{');
    const text = await metrics.registry.metrics();
    expect(text).toContain(
      'clusterpedia_import_webhook_requests_total{webhook="validate",operation="CREATE",outcome="denied"} 1',
    );
    expect(text).toContain(
      'clusterpedia_import_webhook_request_duration_seconds_count{webhook="validate"} 1',
    );
    expect(text).toContain('clusterpedia_import_webhook_http_errors_total{code="400"} 1');
  });

  test('counts the branches that its trial took and those that it did not take', async () => {
    const { post, metrics } = await startServer();
    // No sample has a text with this checksum.
    const template = `${validSpec.template}{{ if eq (sha256sum .source.spec.a) "5e" }}# a{{ else }}# b{{ end }}`;
    await post(admissionReview({ object: policy({ ...validSpec, template }) }));
    const text = await metrics.registry.metrics();
    expect(text).toContain('clusterpedia_import_webhook_trial_branches_total{taken="true"} 1');
    expect(text).toContain('clusterpedia_import_webhook_trial_branches_total{taken="false"} 1');
  });

  test('is logged without the policy', async () => {
    const { post, log } = await startServer();
    await post(admissionReview({ object: policy(brokenSpec), dryRun: true }));
    expect(JSON.parse(log())).toMatchObject({
      msg: 'reviewed',
      webhook: 'validate',
      operation: 'CREATE',
      policy: 'capi',
      user: 'ada',
      dryRun: true,
      uid: UID,
      outcome: 'denied',
    });
    expect(log()).not.toContain('b64decc');
  });
});

describe('a request that is no review', () => {
  test.each<[string, { body: unknown; path?: string; type?: string }, number, string, string]>([
    ['at another path', { body: {}, path: '/other' }, 404, 'NotFound', 'POST /other is not served'],
    [
      'where the API server posts before the webhook has written its path',
      { body: {}, path: '/' },
      503,
      'ServiceUnavailable',
      'the webhook has not written its path into the webhook configuration yet; try again',
    ],
    [
      'of another type',
      { body: '{}', type: 'text/plain' },
      415,
      'UnsupportedMediaType',
      'the content type must be application/json',
    ],
    [
      'with parameters of its type',
      { body: '{', type: 'application/json; charset=utf-8' },
      400,
      'BadRequest',
      'the body is not JSON',
    ],
    [
      'of a form',
      { body: 'a=1', type: 'application/x-www-form-urlencoded' },
      415,
      'UnsupportedMediaType',
      'the content type must be application/json',
    ],
    ['that is empty', { body: '' }, 400, 'BadRequest', 'the body is empty; send an AdmissionReview as JSON'],
    ['that is no JSON', { body: '{"token": hunter2' }, 400, 'BadRequest', 'the body is not JSON'],
    [
      'that nests too deep',
      { body: '['.repeat(100_000) },
      400,
      'BadRequest',
      'the body nests objects and lists deeper than 256 levels',
    ],
    [
      'that is too large',
      { body: ' '.repeat(7 * 1024 * 1024 + 1) },
      413,
      'RequestEntityTooLarge',
      'the request is larger than 7340032 bytes',
    ],
  ])(
    '(%s) is answered with a Status that says why',
    async (_case, { body, ...options }, code, reason, message) => {
      const { post } = await startServer();
      const answer = await post(body, options);
      expect(answer.code).toBe(code);
      expect(answer.body).toEqual({
        apiVersion: 'v1',
        kind: 'Status',
        status: 'Failure',
        reason,
        code,
        message,
      });
    },
  );

  test('with a method that is not served says so', async () => {
    const { dial } = await startServer();
    const socket = await dial();
    socket.write(`GET ${VALIDATE_PATH} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    expect(await readAll(socket)).toContain(`GET ${VALIDATE_PATH} is not served`);
  });

  test.each<[string, unknown, object]>([
    ['no AdmissionReview', { kind: 'Secret' }, { uid: '', status: { code: 400 } }],
    ['a list', [], { uid: '', status: { code: 400 } }],
    [
      'a review of an older version',
      { ...admissionReview(), apiVersion: 'admission.k8s.io/v1beta1' },
      {
        uid: UID,
        status: { code: 400, message: 'AdmissionReview apiVersion must be "admission.k8s.io/v1"' },
      },
    ],
    [
      'a review of another group',
      admissionReview({ kind: { group: 'apps', version: 'v1', kind: 'Deployment' } }),
      {
        uid: UID,
        status: { code: 400, message: expect.stringContaining('not CREATE of Deployment of apps') as string },
      },
    ],
    [
      'a creation without object',
      admissionReview({ object: null }),
      {
        uid: UID,
        status: {
          code: 400,
          message: 'AdmissionReview request.object must be an object with metadata for operation CREATE',
        },
      },
    ],
    [
      'an update without the object before',
      admissionReview({ operation: 'UPDATE' }),
      {
        uid: UID,
        status: {
          code: 400,
          message: 'AdmissionReview request.oldObject must be an object with metadata for operation UPDATE',
        },
      },
    ],
    [
      'a deletion without the object before',
      admissionReview({ operation: 'DELETE', object: null }),
      { uid: UID, status: { code: 400 } },
    ],
  ])('but JSON (%s) is answered with a review that refuses', async (_case, body, response) => {
    const { post } = await startServer();
    const answer = await post(body);
    expect(answer.code).toBe(200);
    expect(answer.body).toMatchObject({ kind: 'AdmissionReview', response: { ...response, allowed: false } });
  });

  test('with a body of seven MiB of policy is judged', async () => {
    const { post } = await startServer();
    const padding = 'x'.repeat(3 * 1024 * 1024);
    const large = policy(undefined, { annotations: { padding } });
    const { code, body } = await post(
      admissionReview({
        operation: 'UPDATE',
        object: large,
        oldObject: policy({}, { annotations: { padding } }),
      }),
    );
    expect([code, body]).toMatchObject([200, { response: { allowed: true } }]);
  });
});

test('a fault of ours is answered as such, its text goes to the log alone, and the next request is served', async () => {
  const cluster = new MemoryCluster();
  let calls = 0;
  const faulty = Object.assign(cluster, {
    lifecycles: () => {
      if (calls++ === 0) throw new Error('Bearer abcdef0123456789 is undefined');
      return [];
    },
  });
  const { post, log } = await startServer({ cluster: faulty });
  const { code, body } = await post(admissionReview());
  expect([code, body]).toMatchObject([
    200,
    { response: { uid: UID, allowed: false, status: { code: 500, reason: 'InternalError' } } },
  ]);
  expect(JSON.stringify(body)).not.toContain('undefined');
  expect(log()).toContain('Bearer [redacted] is undefined');
  expect((await post(admissionReview())).body).toMatchObject({ response: { allowed: true } });
});
