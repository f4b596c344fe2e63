import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { checkPair } from '../../webhook/certificates/pair.ts';
import { VALIDATE_PATH } from '../../webhook/configuration.ts';
import { selfDial } from '../../webhook/self-dial.ts';
import { heldCluster } from './memory-cluster.ts';
import { serverPair } from './pairs.ts';
import { admissionReview } from './requests.ts';
import { head, readAll, startServer } from './server.ts';

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
