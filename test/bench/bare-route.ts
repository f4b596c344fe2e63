/**
 * What the webhook is compared with: a fastify route that answers at once, over TLS, with an admission of fixed text.
 * Arguments: folder of `tls.crt` and `tls.key`, port.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fastify } from 'fastify';

const [DIRECTORY = '', PORT = ''] = process.argv.slice(2);

const app = fastify({
  https: {
    cert: await readFile(join(DIRECTORY, 'tls.crt')),
    key: await readFile(join(DIRECTORY, 'tls.key')),
  },
  bodyLimit: 7 * 1024 * 1024,
  keepAliveTimeout: 120_000,
});
const answer = {
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  response: { uid: 'fixed', allowed: true, status: { code: 200 } },
};
app.post('/*', (_request, reply) => reply.send(answer));
await app.listen({ host: '127.0.0.1', port: Number(PORT) });
