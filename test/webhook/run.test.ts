import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createLog, parseConfig } from '../../config/index.ts';
import type { ConfigOverrides } from '../../config/index.ts';
import { VALIDATE_PATH } from '../../webhook/configuration.ts';
import { runWebhook } from '../../webhook/main.ts';
import { authorityPem, serverPair } from './pairs.ts';
import { admissionReview, brokenSpec, policy } from './requests.ts';
import { post } from './server.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clusterpedia-import-webhook-'));
  return () => rm(folder, { recursive: true });
});

async function writeCertificate(pair: { certPem: string; keyPem: string }): Promise<void> {
  await writeFile(join(folder, 'tls.crt'), pair.certPem);
  await writeFile(join(folder, 'tls.key'), pair.keyPem);
}

/** A kubeconfig of an API server that nobody runs. */
async function kubeconfigOfNobody(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const file = join(folder, 'kubeconfig');
  await writeFile(
    file,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'a', cluster: { server: `https://127.0.0.1:${String(port)}` } }],
      users: [{ name: 'a', user: {} }],
      contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
      'current-context': 'a',
    }),
  );
  return file;
}

/** Runs the webhook's process, without the process. */
async function start(webhook: ConfigOverrides['webhook'] = {}) {
  const lines: string[] = [];
  const config = parseConfig('', {
    kubeconfig: await kubeconfigOfNobody(),
    webhook: {
      address: '127.0.0.1',
      port: 0,
      probes: { address: '127.0.0.1', port: 0 },
      certificates: { directory: folder, pollSeconds: 1 },
      shutdownDelaySeconds: 0,
      // There is nobody to ask about rights, and without them nothing is admitted.
      rights: 'Off',
      ...webhook,
    },
  });
  const stop = new AbortController();
  const listening = Promise.withResolvers<{ port: number; probesPort: number }>();
  const probes = Promise.withResolvers<number>();
  const log = createLog({ logLevel: 'info', logFormat: 'json' }, 'webhook', {
    write(line: string) {
      lines.push(line);
      const { msg, port } = JSON.parse(line) as { msg: string; port: number };
      if (msg === 'serving probes and metrics') probes.resolve(port);
    },
  });
  const ended = runWebhook(config, { log, signal: stop.signal, onListening: listening.resolve });
  ended.catch(listening.reject);
  // Not every test waits for it.
  listening.promise.catch(() => undefined);
  const agent = new Agent({ connect: { ca: await authorityPem } });
  onTestFinished(async () => {
    stop.abort();
    await agent.destroy();
    await ended.catch(() => undefined);
  });
  const probe = async (path: string) => {
    const { statusCode, body } = await request(`http://127.0.0.1:${String(await probes.promise)}${path}`, {
      reset: true,
    });
    return { code: statusCode, text: await body.text() };
  };
  const url = async () => `https://127.0.0.1:${String((await listening.promise).port)}${VALIDATE_PATH}`;
  return { ended, listening: listening.promise, probe, stop, lines, agent, url };
}

describe('without an API server', () => {
  test('the webhook serves, is alive, and says why it is not ready', async () => {
    await writeCertificate(await serverPair());
    const { probe, agent, url } = await start();
    expect(
      (await post(agent, await url(), admissionReview({ object: policy(brokenSpec) }))).body,
    ).toMatchObject({
      response: { allowed: false, status: { code: 422 } },
    });
    expect(await probe('/livez')).toEqual({ code: 200, text: 'ok\n' });
    const { code, text } = await probe('/readyz');
    expect(code).toBe(503);
    expect(text).toContain(
      '[+]shutdown ok\n[+]certificate ok\n[+]tls ok\n[-]callers failed: the path is not in the webhook configuration yet\n[-]caches failed: ',
    );
  });
});

describe('without a certificate', () => {
  test('the webhook is alive and waits, and serves once there is one', async () => {
    const { probe, listening } = await start();
    expect((await probe('/livez')).code).toBe(200);
    const { code, text } = await probe('/readyz');
    expect(code).toBe(503);
    expect(text).toContain(
      '[-]certificate failed: there is no certificate yet\n[-]tls failed: not listening yet',
    );
    await writeCertificate(await serverPair());
    await listening;
    expect((await probe('/readyz')).text).toContain('[+]certificate ok\n[+]tls ok');
  });

  test('the webhook can be stopped', async () => {
    const { probe, stop, ended } = await start();
    await probe('/livez');
    stop.abort();
    await expect(ended).resolves.toBeUndefined();
  });
});

describe('certificates that change', () => {
  test('are shown from the next connection on, without one request failing', async () => {
    await writeCertificate(await serverPair());
    const { url, lines } = await start();
    const target = await url();
    const ca = await authorityPem;
    let running = true;
    let answered = 0;
    // Half of the requests on connections that are kept, half on new ones.
    const load = async (kept: boolean): Promise<void> => {
      const agent = new Agent({ connect: { ca }, ...(kept ? {} : { pipelining: 0 }) });
      while (running) {
        expect((await post(agent, target, admissionReview())).body).toMatchObject({
          response: { allowed: true },
        });
        answered++;
      }
      await agent.close();
    };
    const loads = Promise.all([load(true), load(false)]);
    const taken = () => lines.filter((line) => line.includes('using a new certificate')).length;
    for (let round = 2; round <= 4; round++) {
      await writeCertificate(await serverPair());
      const before = answered;
      while (taken() < round || answered < before + 4) await new Promise((resolve) => setImmediate(resolve));
    }
    running = false;
    await loads;
    expect(taken()).toBe(4);
  });

  test('to something broken are not used; the ones in use stay, and the webhook stays ready', async () => {
    await writeCertificate(await serverPair());
    const { url, agent, probe, lines } = await start();
    const target = await url();
    await writeFile(join(folder, 'tls.crt'), 'half a certificate');
    while (!lines.some((line) => line.includes('no new certificate')))
      await new Promise((resolve) => setImmediate(resolve));
    expect((await post(agent, target, admissionReview())).code).toBe(200);
    expect((await probe('/readyz')).text).toContain('[+]certificate ok\n[+]tls ok');
  });
});

describe('stopping', () => {
  test('fails readiness first, serves meanwhile on connections that it then closes, and ends', async () => {
    await writeCertificate(await serverPair());
    const { stop, probe, agent, url, ended, lines } = await start({ shutdownDelaySeconds: 1 });
    const target = await url();
    expect((await post(agent, target, admissionReview())).headers['connection']).toBe('keep-alive');
    stop.abort();
    expect((await probe('/readyz')).text).toContain('[-]shutdown failed: the process is stopping');
    expect((await probe('/livez')).code).toBe(200);
    const meanwhile = await post(agent, target, admissionReview());
    expect([meanwhile.code, meanwhile.headers['connection']]).toEqual([200, 'close']);
    await ended;
    await expect(post(agent, target, admissionReview())).rejects.toThrow();
    expect(lines.at(-1)).toContain('"msg":"stopped"');
  });

  test('lets requests under way end', async () => {
    await writeCertificate(await serverPair());
    const { stop, agent, url, ended } = await start();
    const target = await url();
    const payload = JSON.stringify(admissionReview());
    // The second half of the body is sent only after the stop was asked for.
    const half = Promise.withResolvers<undefined>();
    const underWay = request(target, {
      method: 'POST',
      dispatcher: agent,
      headers: { 'content-type': 'application/json' },
      body: Readable.from(
        (async function* () {
          yield Buffer.from(payload.slice(0, 100));
          await half.promise;
          yield Buffer.from(payload.slice(100));
        })(),
      ),
    });
    await post(agent, target, admissionReview());
    stop.abort();
    half.resolve(undefined);
    const { statusCode, body } = await underWay;
    expect([statusCode, await body.json()]).toMatchObject([200, { response: { allowed: true } }]);
    await ended;
  });

  test('does not wait for ever for a request under way', async () => {
    await writeCertificate(await serverPair());
    const { stop, agent, url, ended } = await start({ drainSeconds: 0.1, limits: { receiveSeconds: 300 } });
    const never = new Promise<never>(() => undefined);
    const stuck = request(await url(), {
      method: 'POST',
      dispatcher: agent,
      headers: { 'content-type': 'application/json' },
      body: Readable.from(
        (async function* () {
          yield Buffer.from('{');
          await never;
        })(),
      ),
    });
    const cut = expect(stuck).rejects.toThrow();
    await post(agent, await url(), admissionReview());
    stop.abort();
    await Promise.all([cut, ended]);
  });
});

test('a port that is taken is named, and nothing is left behind', async () => {
  await writeCertificate(await serverPair());
  const first = await start();
  const { port } = await first.listening;
  const second = await start({ port });
  await expect(second.ended).rejects.toThrow(new RegExp(`EADDRINUSE.*127\\.0\\.0\\.1:${String(port)}`));
  await expect(second.probe('/livez')).rejects.toThrow();
});
