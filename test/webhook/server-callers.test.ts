import { describe, expect, test } from 'vitest';
import { VALIDATE_PATH } from '../../webhook/configuration.ts';
import { MemoryCluster } from './memory-cluster.ts';
import { admissionReview, brokenSpec, policy, validSpec } from './requests.ts';
import { head, startServer } from './server.ts';

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
