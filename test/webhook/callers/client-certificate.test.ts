import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  createCertificateAuthority,
  issueClientCertificate,
  validFor,
} from '../../../config/certificates.ts';
import type { CertificatePair } from '../../../config/certificates.ts';
import { clientCertificate } from '../../../webhook/callers/client-certificate.ts';
import { checkPair } from '../../../webhook/certificates/pair.ts';
import { ServingCertificate } from '../../../webhook/certificates/serving.ts';
import { VALIDATE_PATH } from '../../../webhook/configuration.ts';
import { authorityPem, serverPair } from '../pairs.ts';
import { admissionReview } from '../requests.ts';
import { post, startServer } from '../server.ts';

const ours = createCertificateAuthority('ours', validFor(1));
const theirs = createCertificateAuthority('theirs', validFor(1));
const NAME = 'clusterpedia-import-api-server';

async function start(names: readonly string[] = [NAME]) {
  const folder = await mkdtemp(join(tmpdir(), 'clusterpedia-import-callers-'));
  const authorityFile = join(folder, 'ca.crt');
  await writeFile(authorityFile, (await ours).certPem);
  const serving = new ServingCertificate();
  serving.use(checkPair(await serverPair()));
  const believed = Promise.withResolvers<undefined>();
  const callers = clientCertificate({
    authorityFile,
    names,
    pollMs: 1000,
    onAuthorities(pem) {
      serving.believe(pem);
      believed.resolve(undefined);
    },
    onError: (error) => believed.reject(error),
  });
  const stop = new AbortController();
  const running = callers.run(stop.signal);
  await believed.promise;
  const server = await startServer({ callers });
  serving.attach(server.app.server);
  onTestFinished(async () => {
    stop.abort();
    await running;
    await rm(folder, { recursive: true });
  });
  /** Whether each of some requests is taken for one of the API server; on a connection of its own each. */
  const asked = async (pair: CertificatePair | undefined, requests = 1): Promise<readonly boolean[]> => {
    const identity = pair === undefined ? {} : { cert: pair.certPem, key: pair.keyPem };
    const agent = new Agent({ pipelining: 0, connect: { ca: await authorityPem, ...identity } });
    onTestFinished(() => agent.destroy());
    const answers: boolean[] = [];
    for (let index = 0; index < requests; index++) {
      const url = `https://localhost:${String(server.port)}${VALIDATE_PATH}`;
      const { body } = await post(agent, url, admissionReview());
      answers.push((body['response'] as { allowed: boolean }).allowed);
    }
    return answers;
  };
  return { asked, callers };
}

describe('a client certificate', () => {
  test('of the right authority and name is the API server, on every connection', async () => {
    const { asked } = await start();
    expect(await asked(await issueClientCertificate(await ours, { name: NAME }, validFor(1)), 3)).toEqual([
      true,
      true,
      true,
    ]);
  });

  test.each<[string, () => Promise<CertificatePair | undefined>]>([
    ['none', () => Promise.resolve(undefined)],
    ['another name', async () => issueClientCertificate(await ours, { name: 'eve' }, validFor(1))],
    [
      'the name as a group',
      async () => issueClientCertificate(await ours, { name: 'eve', groups: [NAME] }, validFor(1)),
    ],
    [
      'a name that holds the right one in another line',
      async () => issueClientCertificate(await ours, { name: `eve\nCN=${NAME}` }, validFor(1)),
    ],
    ['another authority', async () => issueClientCertificate(await theirs, { name: NAME }, validFor(1))],
    [
      'a validity that is over',
      async () =>
        issueClientCertificate(
          await ours,
          { name: NAME },
          { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2020-01-02T00:00:00Z') },
        ),
    ],
    // The authority that the webhook's own certificate comes from signs nobody's identity.
    ["the webhook's own certificate", () => serverPair()],
  ])('of %s is not, nor on a connection that goes on with an earlier session', async (_case, pair) => {
    const { asked } = await start();
    expect(await asked(await pair(), 3)).toEqual([false, false, false]);
  });
});
