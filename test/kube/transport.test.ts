import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  KubeClient,
  TransportError,
  isAlreadyExists,
  isConflict,
  isForbidden,
  isGone,
  isInvalid,
  isNotFound,
  isTooManyRequests,
} from '../../src/kube/index.ts';
import type { RequestInfo } from '../../src/kube/index.ts';
import { FakeClock } from './fake-clock.ts';
import { ScriptedServer, json, kubeConfig, list, reset, silence, status, until } from './scripted-server.ts';
import type { Step } from './scripted-server.ts';
import { THINGS, thing } from './things.ts';

let server: ScriptedServer;
let clock: FakeClock;
let client: KubeClient;

beforeEach(async () => {
  server = await ScriptedServer.start();
  clock = new FakeClock();
  client = server.client({ clock });
});

afterEach(async () => {
  await client.close();
  await until(() => expect(server.sockets.size).toBe(0));
  await server.kill();
  expect(server.unexpected).toEqual([]);
  expect(clock.pending).toEqual([]);
});

const rejection = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.unreachable('it should fail'),
    (error: unknown) => error,
  );

describe('requests', () => {
  it.each([
    [
      'get',
      () => client.get(THINGS, 'x', 'a'),
      'GET',
      '/apis/test.io/v1/namespaces/a/things/x',
      {},
      undefined,
      undefined,
    ],
    [
      'list with everything',
      () =>
        client.list(THINGS, {
          namespace: 'a',
          labelSelector: 'l=1',
          fieldSelector: 'f=2',
          limit: 3,
          continue: 'c',
          resourceVersion: '4',
          resourceVersionMatch: 'Exact',
        }),
      'GET',
      '/apis/test.io/v1/namespaces/a/things',
      {
        labelSelector: 'l=1',
        fieldSelector: 'f=2',
        limit: '3',
        continue: 'c',
        resourceVersion: '4',
        resourceVersionMatch: 'Exact',
      },
      undefined,
      undefined,
    ],
    [
      'list of all namespaces',
      () => client.list(THINGS),
      'GET',
      '/apis/test.io/v1/things',
      {},
      undefined,
      undefined,
    ],
    [
      'create',
      () =>
        client.create(
          THINGS,
          { apiVersion: 'test.io/v1', kind: 'Thing', metadata: { name: 'x', namespace: 'a' } },
          { dryRun: true },
        ),
      'POST',
      '/apis/test.io/v1/namespaces/a/things',
      { fieldManager: 'clusterpedia-import', dryRun: 'All' },
      'application/json',
      { apiVersion: 'test.io/v1', kind: 'Thing', metadata: { name: 'x', namespace: 'a' } },
    ],
    [
      'update of a status',
      () =>
        client.update(
          THINGS,
          { apiVersion: 'test.io/v1', kind: 'Thing', metadata: { name: 'x', namespace: 'a' } },
          { fieldManager: 'me', subresource: 'status' },
        ),
      'PUT',
      '/apis/test.io/v1/namespaces/a/things/x/status',
      { fieldManager: 'me' },
      'application/json',
      { apiVersion: 'test.io/v1', kind: 'Thing', metadata: { name: 'x', namespace: 'a' } },
    ],
    [
      'merge patch',
      () => client.patch(THINGS, 'x', 'a', { spec: { color: null } }, { type: 'merge' }),
      'PATCH',
      '/apis/test.io/v1/namespaces/a/things/x',
      { fieldManager: 'clusterpedia-import' },
      'application/merge-patch+json',
      { spec: { color: null } },
    ],
    [
      'JSON patch of a status',
      () =>
        client.patchStatus(THINGS, 'x', 'a', [{ op: 'add', path: '/status', value: {} }], { type: 'json' }),
      'PATCH',
      '/apis/test.io/v1/namespaces/a/things/x/status',
      { fieldManager: 'clusterpedia-import' },
      'application/json-patch+json',
      [{ op: 'add', path: '/status', value: {} }],
    ],
    [
      'server-side apply',
      () =>
        client.patch(
          THINGS,
          'x',
          'a',
          { apiVersion: 'test.io/v1', kind: 'Thing' },
          { type: 'apply', force: true, fieldManager: 'me' },
        ),
      'PATCH',
      '/apis/test.io/v1/namespaces/a/things/x',
      { fieldManager: 'me', force: 'true' },
      'application/apply-patch+yaml',
      { apiVersion: 'test.io/v1', kind: 'Thing' },
    ],
    [
      'delete with preconditions',
      () =>
        client.delete(THINGS, 'x', 'a', {
          uid: 'u',
          resourceVersion: '7',
          propagationPolicy: 'Background',
          dryRun: true,
        }),
      'DELETE',
      '/apis/test.io/v1/namespaces/a/things/x',
      {},
      'application/json',
      {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        preconditions: { uid: 'u', resourceVersion: '7' },
        propagationPolicy: 'Background',
        dryRun: ['All'],
      },
    ],
    [
      'plain delete',
      () => client.delete(THINGS, 'x', 'a'),
      'DELETE',
      '/apis/test.io/v1/namespaces/a/things/x',
      {},
      'application/json',
      { apiVersion: 'v1', kind: 'DeleteOptions' },
    ],
  ] as const)(
    '%s is sent as the API server expects it',
    async (_name, call, method, path, query, contentType, body) => {
      server.script(json({ metadata: {} }));
      await call();
      const [request] = server.requests;
      expect({
        method: request?.method,
        path: request?.path,
        query: request?.query,
        body: request?.body,
      }).toEqual({ method, path, query, body });
      expect(request?.headers['content-type']).toBe(contentType);
      expect(request?.headers['user-agent']).toBe('clusterpedia-import');
    },
  );

  it('keeps the path of a server behind a proxy that serves clusters below a path', async () => {
    server.script(json({}));
    const proxied = KubeClient.fromKubeConfig(kubeConfig(`${server.url}/k8s/clusters/c-1/`), { clock });
    await proxied.get(THINGS, 'x', 'a');
    await proxied.close();
    expect(server.requests[0]?.path).toBe('/k8s/clusters/c-1/apis/test.io/v1/namespaces/a/things/x');
  });

  it('percent-encodes names, so that they cannot change the path', async () => {
    server.script(json({}));
    await client.get(THINGS, '../../x?y#z', 'a/b');
    expect(server.requests[0]?.path).toBe('/apis/test.io/v1/namespaces/a%2Fb/things/..%2F..%2Fx%3Fy%23z');
  });

  it('uses its connections again: requests that follow each other share one or two', async () => {
    for (let i = 0; i < 50; i += 1) {
      server.script(json(thing('x', '1')));
      await client.get(THINGS, 'x', 'a');
    }
    expect(server.connections).toBeLessThanOrEqual(2);
  });

  it('opens no more connections than it may', async () => {
    const narrow = server.client({ clock, maxConnections: 3 });
    server.script(...Array.from({ length: 20 }, () => json({})));
    await Promise.all(Array.from({ length: 20 }, () => narrow.get(THINGS, 'x', 'a')));
    expect(server.connections).toBeLessThanOrEqual(3);
    await narrow.close();
  });

  it('gives each item of a list its apiVersion and kind, which the server leaves out for built-in kinds', async () => {
    server.script(list([{ metadata: { name: 'x' } }], '5'));
    expect(await client.list(THINGS)).toEqual({
      metadata: { resourceVersion: '5' },
      items: [{ apiVersion: 'test.io/v1', kind: 'Thing', metadata: { name: 'x' } }],
    });
  });

  it('reads a list whose items are null as empty', async () => {
    server.script(json({ metadata: { resourceVersion: '5' }, items: null }));
    expect((await client.list(THINGS)).items).toEqual([]);
  });

  it('lists page by page, the resource version with the first page only', async () => {
    server.script(list([thing('a', '1'), thing('b', '2')], '9', 'more'), list([thing('c', '3')], '9'));
    const names: string[] = [];
    for await (const object of client.listAll(THINGS, {
      limit: 2,
      resourceVersion: '9',
      resourceVersionMatch: 'Exact',
    })) {
      names.push(object.metadata.name);
    }
    expect(names).toEqual(['a', 'b', 'c']);
    expect(server.requests.map((request) => request.query)).toEqual([
      { limit: '2', resourceVersion: '9', resourceVersionMatch: 'Exact' },
      { limit: '2', continue: 'more' },
    ]);
  });

  it('keeps integers beyond 2^53 exact on the way in and out', async () => {
    const text = '{"metadata":{"name":"x"},"spec":{"big":9007199254740993,"float":1.0,"small":-3}}';
    server.script((response) => response.writeHead(200).end(text), json({}));
    const object = await client.get(THINGS, 'x', 'a');
    expect(object['spec']).toMatchObject({ big: 9007199254740993n, small: -3 });
    const raw: string[] = [];
    server.script((response, request) => {
      raw.push(JSON.stringify(request.body));
      json({})(response, request);
    });
    await client.get(THINGS, 'x', 'a');
    await client.create(THINGS, object);
    expect(raw).toEqual(['{"metadata":{"name":"x"},"spec":{"big":9007199254740992,"float":1,"small":-3}}']);
  });
});

describe('errors', () => {
  it.each([
    [404, 'NotFound', isNotFound],
    [409, 'Conflict', isConflict],
    [409, 'AlreadyExists', isAlreadyExists],
    [410, 'Expired', isGone],
    [422, 'Invalid', isInvalid],
    [429, 'TooManyRequests', isTooManyRequests],
    [403, 'Forbidden', isForbidden],
  ])('%i %s is told apart by its predicate alone', async (code, reason, predicate) => {
    const all = [isNotFound, isConflict, isAlreadyExists, isGone, isInvalid, isTooManyRequests, isForbidden];
    server.script(status(code, reason, 'because'));
    const error = await rejection(client.request({ method: 'GET', path: '/x', maxRetries: 0 }));
    expect(error).toMatchObject({
      name: 'KubeError',
      status: code,
      reason,
      message: 'because',
      request: 'GET /x',
    });
    expect(all.filter((candidate) => candidate(error))).toEqual([predicate]);
  });

  it('carries details and causes', async () => {
    const details = {
      name: 'x',
      kind: 'Thing',
      causes: [{ reason: 'FieldValueInvalid', message: 'no', field: 'spec' }],
    };
    server.script(json({ kind: 'Status', code: 422, reason: 'Invalid', message: 'no', details }, 422));
    expect(await rejection(client.get(THINGS, 'x', 'a'))).toMatchObject({ details });
  });

  it('makes an error of what a proxy answers in HTML, without quoting it', async () => {
    server.script((response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad</h1>'));
    expect(await rejection(client.get(THINGS, 'x', 'a'))).toMatchObject({
      status: 502,
      reason: '',
      message: 'GET /apis/test.io/v1/namespaces/a/things/x: HTTP 502',
    });
  });

  it('names an answer that is no JSON', async () => {
    server.script(
      ...Array.from({ length: 2 }, (): Step => (response) => response.writeHead(200).end('{"metadata":{')),
    );
    const failed = rejection(client.get(THINGS, 'x', 'a'));
    await clock.ring(100);
    expect(await failed).toMatchObject({ name: 'TransportError', code: 'InvalidResponse' });
  });

  it.each([
    ['gives up an answer that is longer than it may be', 99, { code: 'ResponseTooLarge' }],
    ['takes an answer that is as long as it may be', 100, { items: [] }],
  ])('%s', async (_, maxBytes, outcome) => {
    const text = '{"kind":"ThingList","metadata":{},"items":[]}'.padEnd(100);
    server.script((response) => response.writeHead(200).end(text));
    const answer = await client.list(THINGS, { maxBytes }).catch((error: unknown) => error);
    expect(answer).toMatchObject(outcome);
  });

  it('names a server that cannot be reached', async () => {
    const port = new URL(server.url).port;
    await server.kill();
    const failed = rejection(client.get(THINGS, 'x', 'a'));
    await clock.ring(100);
    const error = await failed;
    expect(error).toBeInstanceOf(TransportError);
    expect(error).toMatchObject({
      code: 'ConnectionFailed',
      message: `GET /apis/test.io/v1/namespaces/a/things/x: ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:${port}`,
    });
    await server.listen();
  });

  it('gives up an answer that does not come in time, and its connection', async () => {
    server.script(silence);
    const failed = rejection(client.get(THINGS, 'x', 'a'));
    await until(() => expect(server.requests).toHaveLength(1));
    await clock.ring(30_000);
    expect(await failed).toMatchObject({
      code: 'Timeout',
      message: expect.stringContaining('no complete answer within 30000 ms') as string,
    });
    await until(() => expect(server.sockets.size).toBe(0));
  });

  it('trusts none of its connections any more once one fell silent, but lets what runs on them end', async () => {
    let answerSlowly: () => void = () => undefined;
    server.script(silence, (response, request) => {
      answerSlowly = () => json(thing('slow', '1'))(response, request);
    });
    const failed = rejection(client.get(THINGS, 'x', 'a', { timeoutMs: 777 }));
    await until(() => expect(server.requests).toHaveLength(1));
    const slow = client.get(THINGS, 'slow', 'a');
    await until(() => expect(server.requests).toHaveLength(2));
    await clock.ring(777);
    await failed;
    server.script(json(thing('fresh', '1')));
    expect((await client.get(THINGS, 'fresh', 'a')).metadata.name).toBe('fresh');
    expect(server.connections).toBe(3);
    answerSlowly();
    expect((await slow).metadata.name).toBe('slow');
    await until(() => expect(server.sockets.size).toBe(1));
  });

  it('gives up an answer that stops in its middle', async () => {
    server.script((response) => response.writeHead(200, { 'content-length': '100' }).write('{"meta'));
    const failed = rejection(client.get(THINGS, 'x', 'a', { timeoutMs: 777 }));
    await until(() => expect(server.requests).toHaveLength(1));
    await clock.ring(777);
    expect(await failed).toMatchObject({ code: 'Timeout' });
  });

  it('rejects with the reason of an aborted signal', async () => {
    server.script(silence);
    const abort = new AbortController();
    const failed = rejection(client.get(THINGS, 'x', 'a', { signal: abort.signal }));
    await until(() => expect(server.requests).toHaveLength(1));
    abort.abort(new Error('no longer needed'));
    expect(await failed).toEqual(new Error('no longer needed'));
  });

  it('fails what is under way, and what comes after, once it is closed', async () => {
    server.script(silence);
    const failed = rejection(client.get(THINGS, 'x', 'a'));
    await until(() => expect(server.requests).toHaveLength(1));
    await client.close();
    expect(await failed).toMatchObject({ code: 'Closed' });
    expect(await rejection(client.get(THINGS, 'x', 'a'))).toMatchObject({ code: 'Closed' });
  });
});

describe('repetition', () => {
  it('waits as long as 429 asks, then tries again', async () => {
    server.script(status(429, 'TooManyRequests', 'slow down', { 'retry-after': '3' }), json(thing('x', '1')));
    const done = client.get(THINGS, 'x', 'a');
    await clock.ring(3_100);
    expect((await done).metadata.name).toBe('x');
  });

  it('does so for a POST too, as 429 says that nothing was done', async () => {
    server.script(status(429, 'TooManyRequests', 'slow down', { 'retry-after': '1' }), json(thing('x', '1')));
    const done = client.create(THINGS, { apiVersion: 'test.io/v1', kind: 'Thing', metadata: { name: 'x' } });
    await clock.ring(1_100);
    await done;
    expect(server.requests).toHaveLength(2);
  });

  it('gives up after four repetitions, with what the server said', async () => {
    server.script(
      ...Array.from({ length: 5 }, () => status(429, 'TooManyRequests', 'slow down', { 'retry-after': '1' })),
    );
    const failed = rejection(client.get(THINGS, 'x', 'a'));
    for (let i = 0; i < 4; i += 1) await clock.ring(1_100);
    expect(await failed).toMatchObject({ status: 429, retryAfterSeconds: 1 });
  });

  it('leaves a pause of minutes to the caller', async () => {
    server.script(status(429, 'TooManyRequests', 'slow down', { 'retry-after': '300' }));
    expect(await rejection(client.get(THINGS, 'x', 'a'))).toMatchObject({ retryAfterSeconds: 300 });
  });

  it.each([
    ['GET', 503, 2],
    ['PUT', 503, 2],
    ['DELETE', 504, 2],
    ['POST', 503, 1],
    ['PATCH', 503, 1],
    ['GET', 500, 1],
    ['GET', 404, 1],
  ] as const)('%s answered %i is sent %i times', async (method, code, times) => {
    server.script(status(code, '', 'no'), ...(times > 1 ? [json({})] : []));
    const work = client.request({ method, path: '/x' }).catch(() => undefined);
    if (times > 1) await clock.ring(100);
    await work;
    expect(server.requests).toHaveLength(times);
  });

  it('repeats an idempotent request once when its connection breaks', async () => {
    server.script(reset, json(thing('x', '1')));
    const done = client.get(THINGS, 'x', 'a');
    await clock.ring(100);
    expect((await done).metadata.name).toBe('x');
    server.script(reset, reset);
    const failed = rejection(client.get(THINGS, 'x', 'a'));
    await clock.ring(100);
    expect(await failed).toMatchObject({ code: 'ConnectionFailed' });
  });

  it('never repeats a POST whose connection breaks: it may have taken effect', async () => {
    server.script(reset);
    expect(
      await rejection(
        client.create(THINGS, { apiVersion: 'test.io/v1', kind: 'Thing', metadata: { name: 'x' } }),
      ),
    ).toMatchObject({
      code: 'ConnectionFailed',
    });
  });

  it('stops waiting when its signal is aborted', async () => {
    server.script(status(503, '', 'no', { 'retry-after': '50' }));
    const abort = new AbortController();
    const failed = rejection(client.get(THINGS, 'x', 'a', { signal: abort.signal }));
    await until(() => expect(clock.pending).toEqual([50_100]));
    abort.abort(new Error('enough'));
    expect(await failed).toEqual(new Error('enough'));
  });
});

describe('metrics', () => {
  it('reports each attempt by verb and resource, without names', async () => {
    const seen: RequestInfo[] = [];
    const measured = server.client({ clock, onRequest: (info) => seen.push(info) });
    server.script(
      status(429, 'TooManyRequests', 'no', { 'retry-after': '0' }),
      json({}),
      json({}, 201),
      json({}),
      json({}),
      json({}),
    );
    const first = measured.get(THINGS, 'x', 'a');
    await clock.ring(100);
    await first;
    await measured.create(
      { ...THINGS, group: '', resource: 'secrets' },
      { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'a' } },
    );
    await measured.update(
      THINGS,
      { apiVersion: '', kind: '', metadata: { name: 'x', namespace: 'a' } },
      { subresource: 'status' },
    );
    await measured.list(THINGS);
    await measured.request({ method: 'GET', path: '/version' });
    await measured.close();
    expect(
      seen.map(({ verb, group, resource, subresource, status: code, attempt }) => [
        verb,
        group,
        resource,
        subresource,
        code,
        attempt,
      ]),
    ).toEqual([
      ['get', 'test.io', 'things', '', 429, 0],
      ['get', 'test.io', 'things', '', 200, 1],
      ['create', '', 'secrets', '', 201, 0],
      ['update', 'test.io', 'things', 'status', 200, 0],
      ['list', 'test.io', 'things', '', 200, 0],
      ['', '', '', '', 200, 0],
    ]);
  });
});
