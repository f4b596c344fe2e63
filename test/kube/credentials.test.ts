import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KubeClient } from '../../src/kube/index.ts';
import {
  createCertificateAuthority,
  issueClientCertificate,
  issueServerCertificate,
  validFor,
} from '../../config/certificates.ts';
import type { CertificatePair } from '../../config/certificates.ts';
import { FakeClock } from './fake-clock.ts';
import { ScriptedServer, json, kubeConfig, status, until } from './scripted-server.ts';
import { startHttpProxy, startSocksProxy } from './forward-proxy.ts';
import { THINGS, thing } from './things.ts';

let server: ScriptedServer;
let clock: FakeClock;
let client: KubeClient;
let folder: string;

beforeEach(async () => {
  server = await ScriptedServer.start();
  clock = new FakeClock();
  client = server.client({ clock });
  folder = await mkdtemp(path.join(tmpdir(), 'transport-'));
});

afterEach(async () => {
  await client.close();
  await until(() => expect(server.sockets.size).toBe(0));
  await server.kill();
  await rm(folder, { recursive: true });
  expect(server.unexpected).toEqual([]);
  expect(clock.pending).toEqual([]);
});

const rejection = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.unreachable('it should fail'),
    (error: unknown) => error,
  );

describe('credentials', () => {
  const bearer = (): (string | undefined)[] =>
    server.requests.map((request) => request.headers.authorization);

  it('sends a static token', async () => {
    server.script(json({}));
    const user = KubeClient.fromKubeConfig(kubeConfig(server.url, { token: 't0ken' }), { clock });
    await user.get(THINGS, 'x', 'a');
    await user.close();
    expect(bearer()).toEqual(['Bearer t0ken']);
  });

  it('reads a token file again when the server refuses the token, once', async () => {
    const tokenFile = path.join(folder, 'token');
    await writeFile(tokenFile, 'first\n');
    const user = KubeClient.fromKubeConfig(
      kubeConfig(server.url, { authProvider: { name: 'tokenFile', config: { tokenFile } } }),
      { clock },
    );
    server.script(
      json({}),
      (response, request) => {
        void writeFile(tokenFile, 'second\n').then(() =>
          status(401, 'Unauthorized', 'expired')(response, request),
        );
      },
      json({}),
      status(401, 'Unauthorized', 'expired'),
    );
    await user.get(THINGS, 'x', 'a');
    await user.get(THINGS, 'x', 'a');
    // The file has not changed since: asking again makes no sense.
    expect(await rejection(user.get(THINGS, 'x', 'a'))).toMatchObject({ status: 401 });
    await user.close();
    expect(bearer()).toEqual(['Bearer first', 'Bearer first', 'Bearer second', 'Bearer second']);
  });

  it('reads a token file again after a minute', async () => {
    const tokenFile = path.join(folder, 'token');
    await writeFile(tokenFile, 'first');
    const user = KubeClient.fromKubeConfig(
      kubeConfig(server.url, { authProvider: { name: 'tokenFile', config: { tokenFile } } }),
      { clock },
    );
    server.script(json({}), json({}), json({}), json({}));
    await user.get(THINGS, 'x', 'a');
    await writeFile(tokenFile, 'second');
    await user.get(THINGS, 'x', 'a');
    clock.advance(60_000);
    await user.get(THINGS, 'x', 'a');
    // While the file is away (a volume being remounted), the last token serves on.
    await rm(tokenFile);
    clock.advance(60_000);
    await user.get(THINGS, 'x', 'a');
    await user.close();
    expect(bearer()).toEqual(['Bearer first', 'Bearer first', 'Bearer second', 'Bearer second']);
  });

  it('asks an exec plugin, tells it what the API server would, and asks again when its token expires', async () => {
    const plugin = path.join(folder, 'plugin.sh');
    await writeFile(
      plugin,
      `#!/bin/sh
n=$(cat ${folder}/n 2>/dev/null || echo 0); n=$((n + 1)); echo $n > ${folder}/n
printf '%s' "$KUBERNETES_EXEC_INFO" > ${folder}/info
printf '{"kind":"ExecCredential","status":{"token":"%s-%s-%s","expirationTimestamp":"2024-01-01T01:00:00Z"}}' "$1" "$PREFIX" "$n"
`,
    );
    await chmod(plugin, 0o755);
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: plugin,
      args: ['arg'],
      env: [{ name: 'PREFIX', value: 'env' }],
      provideClusterInfo: true,
    };
    const user = KubeClient.fromKubeConfig(kubeConfig(server.url, { exec }), { clock });
    server.script(json({}), json({}), json({}));
    await Promise.all([user.get(THINGS, 'x', 'a'), user.get(THINGS, 'x', 'a')]);
    clock.advance(3_600_000);
    await user.get(THINGS, 'x', 'a');
    await user.close();
    expect(bearer()).toEqual(['Bearer arg-env-1', 'Bearer arg-env-1', 'Bearer arg-env-2']);
    expect(JSON.parse(await readFile(path.join(folder, 'info'), 'utf8'))).toEqual({
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      spec: { interactive: false, cluster: { server: server.url, 'insecure-skip-tls-verify': false } },
    });
  });

  it('says what an exec plugin complained about, without secrets', async () => {
    const exec = { command: 'sh', args: ['-c', 'echo "login first, token: abcdefghijklmnop" >&2; exit 3'] };
    const user = KubeClient.fromKubeConfig(kubeConfig(server.url, { exec }), { clock });
    expect(await rejection(user.get(THINGS, 'x', 'a'))).toMatchObject({
      code: 'Credentials',
      message: "the kubeconfig's exec plugin sh ended with exit code 3: login first, token: [redacted]",
    });
    await user.close();
  });

  it('names a file that is not there', async () => {
    const user = KubeClient.fromKubeConfig(kubeConfig(server.url, { certFile: '/nowhere/tls.crt' }), {
      clock,
    });
    expect(await rejection(user.get(THINGS, 'x', 'a'))).toMatchObject({
      code: 'Credentials',
      message: 'cannot read the client-certificate /nowhere/tls.crt: ENOENT',
    });
    await user.close();
  });

  it('opens a watch with the renewed token, too', async () => {
    const tokenFile = path.join(folder, 'token');
    await writeFile(tokenFile, 'first');
    const user = KubeClient.fromKubeConfig(
      kubeConfig(server.url, { authProvider: { name: 'tokenFile', config: { tokenFile } } }),
      { clock },
    );
    server.script((response, request) => {
      void writeFile(tokenFile, 'second').then(() =>
        status(401, 'Unauthorized', 'expired')(response, request),
      );
    });
    const opened = server.watch();
    const stream = await user.watch(THINGS, { timeoutSeconds: 300, resourceVersion: '1' });
    (await opened).bookmark('2');
    for await (const events of stream) {
      expect(events).toEqual([{ type: 'BOOKMARK', resourceVersion: '2', initialEventsEnd: false }]);
      break;
    }
    await user.close();
    expect(bearer()).toEqual(['Bearer first', 'Bearer second']);
  });

  it('leaves auth-providers to the client package, whose KubeConfig it takes as it is', async () => {
    const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
    // The package judges expiry by the machine's clock.
    const idToken = `${encode({ alg: 'none' })}.${encode({ exp: 4_102_444_800 })}.c2ln`;
    const config = new KubeConfig();
    // The package takes a server without TLS only where TLS is not to be verified.
    config.loadFromClusterAndUser(
      { name: 'c', server: server.url, skipTLSVerify: true },
      { name: 'u', authProvider: { name: 'oidc', config: { 'id-token': idToken } } },
    );
    const user = KubeClient.fromKubeConfig(config, { clock });
    server.script(json({}));
    await user.get(THINGS, 'x', 'a');
    await user.close();
    expect(bearer()).toEqual([`Bearer ${idToken}`]);
  });

  it('sends impersonation and basic authentication', async () => {
    server.script(json({}));
    const user = KubeClient.fromKubeConfig(
      kubeConfig(server.url, { username: 'u', password: 'p', impersonateUser: 'jane' }),
      { clock },
    );
    await user.get(THINGS, 'x', 'a');
    await user.close();
    expect(server.requests[0]?.headers).toMatchObject({
      authorization: 'Basic dTpw',
      'impersonate-user': 'jane',
    });
  });
});

describe('a proxy', () => {
  it.each([
    ['HTTP', startHttpProxy],
    ['SOCKS5', startSocksProxy],
  ] as const)('of kind %s carries requests and watches', async (_name, start) => {
    const proxy = await start();
    const config = kubeConfig(server.url);
    const clusters = config.clusters.map((cluster) => ({ ...cluster, proxyUrl: proxy.url }));
    const user = KubeClient.fromKubeConfig({ ...config, clusters }, { clock });
    server.script(json(thing('x', '1')));
    expect((await user.get(THINGS, 'x', 'a')).metadata.name).toBe('x');
    const opened = server.watch();
    const stream = await user.watch(THINGS, { timeoutSeconds: 300, resourceVersion: '1' });
    (await opened).send('ADDED', thing('y', '2'));
    for await (const [event] of stream) {
      expect(event).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'y' } } });
      break;
    }
    await user.close();
    expect(proxy.carried()).toBeGreaterThanOrEqual(2);
    await proxy.stop();
  });
});

describe('TLS', () => {
  it("trusts the kubeconfig's CA alone, shows its client certificate, and takes a renewed one", async () => {
    const [mine, other] = await Promise.all([authority('mine'), authority('other')]);
    const serving = await issueServerCertificate(mine, { ips: ['127.0.0.1'] }, validFor(1));
    const shown: (string | undefined)[] = [];
    const tls = createServer(
      { cert: serving.certPem, key: serving.keyPem, ca: mine.certPem, requestCert: true },
      (request, response) => {
        shown.push((request.socket as TLSSocket).getPeerCertificate().subject?.CN?.toString());
        response.end('{}');
      },
    );
    await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${String((tls.address() as AddressInfo).port)}`;
    const files = { certFile: path.join(folder, 'tls.crt'), keyFile: path.join(folder, 'tls.key') };
    const issue = async (name: string): Promise<void> => {
      const pair = await issueClientCertificate(mine, { name }, validFor(1));
      await writeFile(files.certFile, pair.certPem);
      await writeFile(files.keyFile, pair.keyPem);
    };
    const trusting = (ca: string | undefined, skipTLSVerify = false): KubeClient => {
      const caData = ca === undefined ? {} : { caData: Buffer.from(ca).toString('base64') };
      const clusters = [{ name: 'c', server: url, skipTLSVerify, ...caData }];
      return KubeClient.fromKubeConfig({ ...kubeConfig(url, files), clusters }, { clock });
    };
    const ask = (each: KubeClient): Promise<unknown> =>
      each.request({ method: 'GET', path: '/', maxRetries: 0 });
    const [good, bad, unchecked] = [
      trusting(mine.certPem),
      trusting(other.certPem),
      trusting(undefined, true),
    ];

    await issue('jane');
    expect(await ask(good)).toEqual({});
    expect(await rejection(ask(bad))).toMatchObject({
      code: 'ConnectionFailed',
      message: expect.stringContaining('SELF_SIGNED_CERT_IN_CHAIN') as string,
    });
    expect(await ask(unchecked)).toEqual({});
    await issue('joan');
    clock.advance(60_000);
    expect(await ask(good)).toEqual({});
    expect(shown).toEqual(['jane', 'jane', 'joan']);

    await Promise.all([good.close(), bad.close(), unchecked.close()]);
    await new Promise((resolve) => tls.close(resolve));
  });
});

const authority = (name: string): Promise<CertificatePair> => createCertificateAuthority(name, validFor(1));
