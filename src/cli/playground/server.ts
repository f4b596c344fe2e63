import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { fastify } from 'fastify';
import type { Texts } from './evaluate.ts';
import { EDITORS, evaluate, MAX_BYTES } from './evaluate.ts';
import { exampleNames, exampleOf } from './examples.ts';
import type { OpenedFiles } from './files.ts';
import { UsageError } from '../errors.ts';

/** The page's own files and nothing else, from nowhere else (https://www.w3.org/TR/CSP3/). */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const securityHeaders = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
} as const;

const servedFiles: { readonly [path: string]: readonly [file: string, type: string] } = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/style.css': ['style.css', 'text/css; charset=utf-8'],
  '/app.js': ['app.js', 'text/javascript; charset=utf-8'],
  '/editor.js': ['editor.js', 'text/javascript; charset=utf-8'],
  '/highlight.js': ['highlight.js', 'text/javascript; charset=utf-8'],
  '/kept.js': ['kept.js', 'text/javascript; charset=utf-8'],
  '/results.js': ['results.js', 'text/javascript; charset=utf-8'],
  '/icon.svg': ['icon.svg', 'image/svg+xml'],
};

const textsSchema = {
  type: 'object',
  required: [...EDITORS],
  additionalProperties: false,
  properties: Object.fromEntries(EDITORS.map((editor) => [editor, { type: 'string' }])),
} as const;

/**
 * The page and what it asks: `POST /api/evaluate`, `GET /api/files`, `GET /api/examples`. To be listened to on 127.0.0.1 alone. A page of
 * somebody else, which the browser may send here under a name of its own (DNS rebinding), gets no answer.
 *
 * @param files what the page opens instead of an example
 */
export function createPlayground(files?: OpenedFiles): FastifyInstance {
  const app = fastify({ bodyLimit: MAX_BYTES });
  // JSON is what a page of somebody else cannot send without asking first (https://fetch.spec.whatwg.org/#http-cors-protocol).
  app.removeContentTypeParser('text/plain');
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(securityHeaders);
    if (!isOwnAddress(request))
      await reply.code(403).send({ message: 'ask for this page as http://127.0.0.1' });
  });
  for (const [path, [file, type]] of Object.entries(servedFiles)) {
    app.get(path, async (_request, reply) => {
      return reply.type(type).send(await readFile(join(import.meta.dirname, 'public', file)));
    });
  }
  app.post<{ Body: Texts }>('/api/evaluate', { schema: { body: textsSchema } }, (request) =>
    evaluate(request.body),
  );
  app.get('/api/files', (_request, reply) => sendFiles(files, reply));
  app.get('/api/examples', exampleNames);
  app.get('/api/examples/:name', sendExample);
  return app;
}

/** The paths and their texts as they are now; no path where none was given. */
async function sendFiles(files: OpenedFiles | undefined, reply: FastifyReply): Promise<FastifyReply> {
  if (files === undefined) return reply.send({ paths: [] });
  const { paths } = files;
  try {
    return await reply.send({ paths, texts: await files.read() });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return reply.send({ paths, problem: error.message });
  }
}

async function sendExample(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { name } = request.params as { readonly name: string };
  const example = await exampleOf(name);
  return example === undefined
    ? reply.code(404).send({ message: `there is no example "${name}"` })
    : reply.send(example);
}

/** By the Host header (RFC 9110, section 7.2) and, where a page asks, by its Origin (https://fetch.spec.whatwg.org/#origin-header). */
function isOwnAddress({ headers, socket }: FastifyRequest): boolean {
  const own = ['127.0.0.1', 'localhost'].map((name) => `${name}:${String(socket.localPort)}`);
  const { host = '', origin } = headers;
  return own.includes(host) && (origin === undefined || own.some((name) => origin === `http://${name}`));
}
