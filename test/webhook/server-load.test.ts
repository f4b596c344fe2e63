import { describe, expect, test } from 'vitest';
import { VALIDATE_PATH } from '../../webhook/configuration.ts';
import { away, heldCluster, MemoryCluster, silent } from './memory-cluster.ts';
import { admissionReview, brokenSpec, policy } from './requests.ts';
import { head, readAll, startServer } from './server.ts';

const UID = admissionReview().request.uid;

describe('under load', () => {
  test('requests beyond the limit are turned away before their body has arrived', async () => {
    const { cluster, busy, release } = heldCluster();
    const { post, dial } = await startServer({ cluster, limits: { concurrency: 1, requests: 1 } });
    const first = post(admissionReview());
    await busy(1);
    const socket = await dial();
    // Nothing but the head is sent.
    socket.end(head(1000));
    const answer = await readAll(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 429 /);
    expect(answer.toLowerCase()).toContain('\r\nretry-after: 1\r\n');
    expect(answer).toContain('"reason":"TooManyRequests"');
    release();
    expect((await first).body).toMatchObject({ response: { allowed: true } });
    expect((await post(admissionReview())).code).toBe(200);
  });

  test('requests that are too large together are turned away, one alone is not', async () => {
    const { cluster, busy, release } = heldCluster();
    const large = admissionReview({
      object: policy(undefined, { annotations: { padding: 'x'.repeat(2000) } }),
    });
    const { post, metrics } = await startServer({ cluster, limits: { totalBodyBytes: 3000 } });
    const first = post(large);
    await busy(1);
    expect((await post(large)).code).toBe(429);
    release();
    expect((await first).body).toMatchObject({ response: { allowed: true } });
    // The answer leaves a moment before the request counts as gone.
    while ((await metrics.inFlight.get()).values[0]?.value !== 0)
      await new Promise((resolve) => setImmediate(resolve));
    const muchLarger = admissionReview({
      object: policy(undefined, { annotations: { padding: 'x'.repeat(9000) } }),
    });
    expect((await post(muchLarger)).code).toBe(200);
  });

  test('requests that wait for too long are turned away by a review, in time', async () => {
    const { cluster, busy, release } = heldCluster();
    const { post } = await startServer({ cluster, limits: { concurrency: 1, requests: 8 } });
    const first = post(admissionReview());
    await busy(1);
    const second = await post(admissionReview(), { path: `${VALIDATE_PATH}?timeout=400ms` });
    expect(second).toMatchObject({
      code: 200,
      body: {
        response: {
          uid: UID,
          allowed: false,
          status: { code: 429, reason: 'TooManyRequests', details: { retryAfterSeconds: 1 } },
        },
      },
    });
    release();
    expect((await first).body).toMatchObject({ response: { allowed: true } });
  });

  test('requests that wait are served when it is their turn', async () => {
    const { cluster, busy, release } = heldCluster();
    const { post } = await startServer({ cluster, limits: { concurrency: 1, requests: 8 } });
    const all = Promise.all(Array.from({ length: 5 }, () => post(admissionReview())));
    await busy(1);
    release();
    expect((await all).map(({ body }) => body)).toMatchObject(Array(5).fill({ response: { allowed: true } }));
  });
});

describe('a request that takes too long', () => {
  test('is answered before the API server gives up, though the work never ends', async () => {
    const { cluster, release } = heldCluster();
    const { post } = await startServer({ cluster });
    const { code, body } = await post(admissionReview(), { path: `${VALIDATE_PATH}?timeout=400ms` });
    expect([code, body]).toMatchObject([
      200,
      { response: { uid: UID, allowed: false, status: { code: 504, reason: 'Timeout' } } },
    ]);
    release();
  });

  test.each([
    ['does not answer', silent],
    ['is away', away],
  ])('for want of the API server, which %s, is judged without it and says so', async (_case, trouble) => {
    const everything = { resource: trouble, list: trouble, get: trouble, mayAccess: trouble };
    const cluster = new MemoryCluster({ lifecycles: undefined }, everything);
    const { post } = await startServer({ cluster, rights: 'Warn' });
    const path = `${VALIDATE_PATH}?timeout=1s`;
    const good = await post(admissionReview(), { path });
    expect(good.body).toMatchObject({ response: { allowed: true } });
    const { warnings } = good.body['response'] as { warnings: string[] };
    expect(warnings).toContainEqual(
      expect.stringMatching(/^spec\.source: not checked against the cluster: /),
    );
    expect(warnings).toContainEqual(
      expect.stringMatching(/^whether other policies hold the names was not checked/),
    );
    const bad = await post(admissionReview({ object: policy(brokenSpec) }), { path });
    expect(bad.body).toMatchObject({ response: { allowed: false, status: { code: 422 } } });
  });

  test('to find out about rights is refused for now, however little patience the API server is told to have', async () => {
    const cluster = new MemoryCluster({}, { mayAccess: silent });
    const { post, metrics } = await startServer({ cluster });
    const { body } = await post(admissionReview(), { path: `${VALIDATE_PATH}?timeout=2s` });
    expect(body).toMatchObject({
      response: {
        uid: UID,
        allowed: false,
        status: {
          code: 503,
          reason: 'ServiceUnavailable',
          message: expect.stringMatching(
            /^2 errors\n {2}spec\.source: whether you may list \S+ is not known: the API server did not answer in time\n[^]*; try again$/,
          ) as string,
          details: { retryAfterSeconds: 1 },
        },
      },
    });
    expect(await metrics.registry.metrics()).toContain('outcome="undecided"} 1');
  });
});
