import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KubeClient } from '../../src/kube/index.ts';
import { KubeCluster } from '../../webhook/kube-cluster.ts';
import { json, ScriptedServer } from '../kube/scripted-server.ts';

let server: ScriptedServer;
let client: KubeClient;
let cluster: KubeCluster;

beforeEach(async () => {
  server = await ScriptedServer.start();
  client = server.client();
  cluster = new KubeCluster({ client, rightsCacheMs: 60_000, objectsCacheMs: 0, onError: () => undefined });
});

afterEach(async () => {
  await client.close();
  await server.kill();
});

const never = new AbortController().signal;
const attributes = { verb: 'get', group: '', resource: 'secrets', namespace: 'a' } as const;

describe('a question about rights', () => {
  const user = {
    username: 'eve',
    uid: '1',
    groups: ['authors'],
    extra: { 'example.com/scopes': ['policies', 'secrets:none'] },
  };

  test('carries all that is known of the user: an authorizer may decide by what RBAC does not look at', async () => {
    server.script(json({ status: { allowed: true } }, 201));
    expect(await cluster.mayAccess(user, attributes, never)).toBe(true);
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      body: {
        spec: {
          user: 'eve',
          uid: '1',
          groups: ['authors'],
          extra: user.extra,
          resourceAttributes: attributes,
        },
      },
    });
  });

  test('about a user with other scopes is another question', async () => {
    server.script(json({ status: { allowed: true } }, 201), json({ status: { allowed: false } }, 201));
    expect(await cluster.mayAccess(user, attributes, never)).toBe(true);
    const narrower = { ...user, extra: { 'example.com/scopes': ['policies'] } };
    expect(await cluster.mayAccess(narrower, attributes, never)).toBe(false);
    expect(await cluster.mayAccess(user, attributes, never)).toBe(true);
    expect(server.requests).toHaveLength(2);
  });

  test.each([
    ['an answer that allows nothing and denies nothing', { status: {} }],
    ['an answer without a status', {}],
    ['an error of the evaluation', { status: { allowed: false, evaluationError: 'the role is gone' } }],
  ])('is no right with %s', async (_case, answer) => {
    server.script(json(answer, 201));
    expect(await cluster.mayAccess(user, attributes, never)).toBe(false);
  });

  test('goes on where nobody waits any longer, so that whoever asks again has the answer', async () => {
    const answers = Promise.withResolvers<() => void>();
    server.script((response, request) =>
      answers.resolve(() => json({ status: { allowed: true } }, 201)(response, request)),
    );
    const impatient = new AbortController();
    const asked = cluster.mayAccess(user, attributes, impatient.signal);
    const answer = await answers.promise;
    impatient.abort(new DOMException('the time is over', 'TimeoutError'));
    await expect(asked).rejects.toMatchObject({ name: 'TimeoutError' });
    const again = cluster.mayAccess(user, attributes, never);
    answer();
    expect(await again).toBe(true);
    expect(server.requests).toHaveLength(1);
  });
});
