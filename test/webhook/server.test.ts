import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { checkPair } from '../../webhook/certificates/pair.ts';
import { MUTATE_PATH, VALIDATE_PATH } from '../../webhook/configuration.ts';
import { selfDial } from '../../webhook/self-dial.ts';
import { away, MemoryCluster, silent } from './memory-cluster.ts';
import { serverPair } from './pairs.ts';
import { admissionReview, brokenSpec, policy, validSpec } from './requests.ts';
import { readAll, startServer } from './server.ts';

const UID = admissionReview().request.uid;

const head = (length: number | string, extra = ''): string =>
  `POST ${VALIDATE_PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${extra}${
    typeof length === 'number' ? `Content-Length: ${String(length)}` : length
  }\r\n\r\n`;

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

describe('a sender that is too slow', () => {
  const bodies: [string, string][] = [
    ['with its body', head(1000) + '{"a'],
    ['with its body, in chunks', `${head('Transfer-Encoding: chunked')}3\r\n{"a\r\n`],
  ];

  test.each(bodies)('%s is told and dropped, and nobody else is disturbed', async (_case, bytes) => {
    const { dial, post, metrics } = await startServer({ limits: { receiveSeconds: 0.2 } });
    const socket = await dial();
    socket.write(bytes);
    const answer = await readAll(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('"message":"the request did not arrive within 0.2 s"');
    expect((await post(admissionReview())).code).toBe(200);
    expect(await metrics.registry.metrics()).toContain('http_errors_total{code="408"} 1');
  });

  test('with its headers is told and dropped, on a connection that was idle before as well', async () => {
    const { dial, post } = await startServer({ limits: { receiveSeconds: 0.2 } });
    const socket = await dial();
    const body = JSON.stringify(admissionReview());
    socket.write(head(Buffer.byteLength(body)) + body);
    await new Promise((resolve) => socket.once('data', resolve));
    const unused = await dial();
    for (const connection of [socket, unused]) {
      connection.write(`POST ${VALIDATE_PATH} HTTP/1.1\r\nHost:`);
      expect(await readAll(connection)).toMatch(
        /HTTP\/1\.1 408 Request Timeout\r\nConnection: close\r\n\r\n$/,
      );
    }
    expect((await post(admissionReview())).code).toBe(200);
  });

  test('with its headers may send a byte now and then, and is dropped all the same', async () => {
    const { dial } = await startServer({ limits: { receiveSeconds: 0.2 } });
    const socket = await dial();
    socket.write(`POST ${VALIDATE_PATH} HTTP/1.1\r\n`);
    const dripping = setInterval(() => socket.write('x'), 20);
    onTestFinished(() => clearInterval(dripping));
    expect(await readAll(socket)).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('does not keep its place', async () => {
    const { dial, post } = await startServer({
      limits: { receiveSeconds: 0.2, requests: 1, concurrency: 1 },
    });
    const socket = await dial();
    socket.write(head(1000) + '{"a');
    await readAll(socket);
    expect((await post(admissionReview())).code).toBe(200);
  });

  test('that is refused for its type before its body has arrived is dropped as well', async () => {
    const { dial } = await startServer({ limits: { receiveSeconds: 0.2 } });
    const socket = await dial();
    socket.write(head(1000).replace('application/json', 'text/plain'));
    expect(await readAll(socket)).toMatch(/^HTTP\/1\.1 415 /);
  });

  test('is not one that has connected and sends later: the API server opens connections in advance', async () => {
    const { dial } = await startServer({ limits: { receiveSeconds: 0.2 } });
    const early = await dial();
    const slow = await dial();
    slow.write(head(1000) + '{"a');
    await readAll(slow);
    const body = JSON.stringify(admissionReview());
    early.write(head(Buffer.byteLength(body), 'Connection: close\r\n') + body);
    expect(await readAll(early)).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('more connections than there may be', () => {
  const kept = { path: `${VALIDATE_PATH}/known` };
  const callers = {
    knows: ({ secret }: { secret: string | undefined }) => secret === 'known',
  };

  /** Opens connections that are refused or kept, as the server likes. */
  async function crowd(port: number, count: number, bytes: string): Promise<TLSSocket[]> {
    return Promise.all(
      Array.from({ length: count }, async () => {
        const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
        onTestFinished(() => void socket.destroy());
        await new Promise((resolve) => {
          socket.once('secureConnect', resolve);
          socket.once('error', resolve);
          socket.once('close', resolve);
        });
        socket.on('error', () => undefined);
        if (bytes !== '' && !socket.destroyed) socket.write(bytes);
        return socket;
      }),
    );
  }

  test.each([
    ['unfinished headers', `POST ${VALIDATE_PATH} HTTP/1.1\r\nHost:`],
    ['nothing sent', ''],
  ])(
    '(1,100 with %s) leave room for new ones, and do not end an idle one of the API server',
    async (_case, bytes) => {
      const { post, dial, port } = await startServer({ callers, limits: { receiveSeconds: 60 } });
      const idle = await dial();
      const body = JSON.stringify(admissionReview());
      const review = head(Buffer.byteLength(body)).replace(VALIDATE_PATH, kept.path) + body;
      const answered = () =>
        new Promise<string>((resolve) => idle.once('data', (data) => resolve(String(data))));
      idle.write(review);
      expect(await answered()).toMatch(/^HTTP\/1\.1 200 /);

      for (let count = 0; count < 1100; count += 100) await crowd(port, 100, bytes);
      expect((await post(admissionReview(), kept)).body).toMatchObject({ response: { allowed: true } });
      const fingerprint = checkPair(await serverPair()).fingerprint;
      expect(await selfDial(port, '127.0.0.1', fingerprint, 10_000)).toMatch(/another certificate/);
      idle.write(review);
      expect(await answered()).toMatch(/^HTTP\/1\.1 200 /);
    },
    // Two thousand handshakes take their time where other tests run beside.
    300_000,
  );

  test('that are all at work: the newest goes', async () => {
    const { cluster, busy, release } = heldCluster();
    const { post, dial } = await startServer({ cluster, limits: { connections: 1 } });
    const first = post(admissionReview());
    await busy(1);
    await expect(dial()).rejects.toThrow();
    release();
    expect((await first).body).toMatchObject({ response: { allowed: true } });
  });
});

describe('who is not known to be the API server', () => {
  test('has a part of the requests under way only, so that others go on', async () => {
    const callers = { knows: ({ secret }: { secret: string | undefined }) => secret === 'known' };
    const { dial, post } = await startServer({ callers, limits: { requests: 8, concurrency: 8 } });
    const strangers = await Promise.all(Array.from({ length: 12 }, () => dial()));
    for (const socket of strangers) socket.write(head(1000));
    await Promise.all(
      strangers.slice(2).map((socket) => new Promise((resolve) => socket.once('data', resolve))),
    );
    const { body } = await post(admissionReview(), { path: `${VALIDATE_PATH}/known` });
    expect(body).toMatchObject({ response: { allowed: true } });
  });
});

describe('a handshake', () => {
  const handshake = (port: number, ciphers: string, maxVersion: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3') =>
    new Promise<string>((resolve) => {
      const socket = connect({
        port,
        host: '127.0.0.1',
        rejectUnauthorized: false,
        minVersion: 'TLSv1',
        maxVersion,
        ciphers,
      });
      onTestFinished(() => void socket.destroy());
      socket.once('secureConnect', () => resolve(socket.getCipher().name));
      socket.once('error', () => resolve('refused'));
    });

  test.each([
    ['ECDHE-ECDSA-AES128-GCM-SHA256', 'TLSv1.2', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
    ['ECDHE-ECDSA-CHACHA20-POLY1305', 'TLSv1.2', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
    ['TLS_AES_128_GCM_SHA256', 'TLSv1.3', 'TLS_AES_128_GCM_SHA256'],
    ['ECDHE-ECDSA-AES128-SHA256', 'TLSv1.2', 'refused'],
    ['ECDHE-ECDSA-AES256-SHA', 'TLSv1.2', 'refused'],
    ['AES128-GCM-SHA256', 'TLSv1.2', 'refused'],
    ['AES256-SHA', 'TLSv1.2', 'refused'],
    ['DHE-RSA-AES128-GCM-SHA256', 'TLSv1.2', 'refused'],
    ['ALL:@SECLEVEL=0', 'TLSv1.1', 'refused'],
  ] as const)('with %s (%s): %s', async (ciphers, version, expected) => {
    const { port } = await startServer();
    expect(await handshake(port, ciphers, version)).toBe(expected);
  });
});

describe('bytes that are no HTTP', () => {
  test.each([
    ['noise', '\0\x01\x02\r\n\r\n'],
    ['headers that are too large', `POST / HTTP/1.1\r\nx: ${'y'.repeat(32 * 1024)}\r\n\r\n`],
    ['two lengths', head(2, 'Content-Length: 3\r\n') + '{}'],
    ['a length and chunks', head(2, 'Transfer-Encoding: chunked\r\n') + '{}'],
  ])('(%s) end that connection only', async (_case, bytes) => {
    const { dial, post } = await startServer();
    const socket = await dial();
    socket.write(bytes);
    expect(await readAll(socket)).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect((await post(admissionReview())).code).toBe(200);
  });

  test('nor does a sender that goes away in the middle', async () => {
    const { dial, post, app } = await startServer();
    for (let index = 0; index < 20; index++) {
      const socket = await dial();
      socket.write(head(1000) + '{"a');
      socket.destroy();
    }
    expect((await post(admissionReview())).code).toBe(200);
    expect(app.server.listening).toBe(true);
  });
});

describe('connections', () => {
  test('are kept for longer than the API server keeps idle ones', async () => {
    const { post, app } = await startServer();
    const { headers } = await post(admissionReview());
    expect(headers['connection']).toBe('keep-alive');
    expect(app.server.keepAliveTimeout).toBe(120_000);
  });

  test('are closed after their answer while the process drains', async () => {
    const { post } = await startServer({ draining: () => true });
    const { code, headers } = await post(admissionReview());
    expect([code, headers['connection']]).toEqual([200, 'close']);
  });
});

/** A cluster that takes questions, and answers none before it is released. */
function heldCluster() {
  const release = Promise.withResolvers<undefined>();
  const held = async (): Promise<void> => {
    await release.promise;
  };
  const cluster = new MemoryCluster({}, { resource: held });
  const busy = async (questions: number): Promise<void> => {
    while (cluster.asked.filter((question) => question.startsWith('resource')).length < questions) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { cluster, busy, release: () => release.resolve(undefined) };
}

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

describe('a request that is not known to come from the API server', () => {
  const stranger = { knows: () => false };

  test('is judged on its text: what is wrong there is told', async () => {
    const { post } = await startServer({ callers: stranger });
    const { body } = await post(admissionReview({ object: policy(brokenSpec) }));
    expect(body).toMatchObject({ response: { allowed: false, status: { code: 422 } } });
    expect(JSON.stringify(body)).toContain('function \\"b64decc\\" is not defined');
  });

  test('asks the cluster nothing, whoever it says to be, and is refused for want of rights', async () => {
    const cluster = new MemoryCluster();
    const { post } = await startServer({ cluster, callers: stranger });
    const admin = { username: 'admin', groups: ['system:masters'] };
    const { body } = await post(admissionReview({ userInfo: admin }));
    expect(cluster.asked).toEqual([]);
    expect(body).toMatchObject({ response: { allowed: false, status: { code: 503 } } });
    expect(JSON.stringify(body)).toContain('this request is not known to come from the API server');
  });

  test('is not told which names are taken', async () => {
    const taken = {
      name: 'default-a',
      policyUid: '1',
      source: { group: '', resource: 'secrets', name: 'a' },
    };
    const spec = { ...validSpec, nameTemplate: 'default-a' };
    const answers = await Promise.all(
      [[taken], []].map(async (lifecycles) => {
        const { post } = await startServer({ cluster: new MemoryCluster({ lifecycles }), callers: stranger });
        return (await post(admissionReview({ object: policy(spec) }))).body;
      }),
    );
    expect(answers[0]).toEqual(answers[1]);
  });

  test('is one with another secret in its path, and makes the webhook look whether it is a new one', async () => {
    let looks = 0;
    const callers = {
      knows: ({ secret }: { secret: string | undefined }) => secret === 'right',
      onUnknown: () => void looks++,
    };
    const { post } = await startServer({ callers });
    const outcomes = [];
    for (const path of ['/right', '/wrong', '']) {
      const { body } = await post(admissionReview(), { path: `${VALIDATE_PATH}${path}` });
      outcomes.push((body['response'] as { allowed: boolean }).allowed);
    }
    expect([outcomes, looks]).toEqual([[true, false, false], 2]);
  });
});

test('the secret of a request that was answered too late is not trusted any longer: the API server has quoted it', async () => {
  const distrusted: unknown[] = [];
  const callers = { distrust: ({ secret }: { secret: string | undefined }) => void distrusted.push(secret) };
  const standStill = (): Promise<void> => {
    const end = performance.now() + 150;
    while (performance.now() < end);
    return Promise.resolve();
  };
  const cluster = new MemoryCluster({}, { mayAccess: standStill });
  const { post } = await startServer({ cluster, callers });
  await post(admissionReview(), { path: `${VALIDATE_PATH}/kept?timeout=30s` });
  await post(admissionReview(), { path: `${VALIDATE_PATH}/leaked?timeout=150ms` });
  while (distrusted.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(distrusted).toEqual(['leaked']);
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
