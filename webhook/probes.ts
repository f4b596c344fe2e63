import { fastify } from 'fastify';
import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';

/** One condition of readiness. */
export interface Check {
  readonly name: string;
  /** Resolves with `undefined` where the condition holds, else with the reason why it does not. */
  readonly run: () => Promise<string | undefined> | string | undefined;
}

export interface ProbesOptions {
  readonly checks: readonly Check[];
  readonly registry: Registry;
}

/** Milliseconds after which a check that has not answered counts as failed; kubelet waits one second by default. */
const CHECK_TIMEOUT_MS = 900;

/**
 * Plain HTTP for kubelet and Prometheus: `/livez` answers as long as the process can, `/readyz` where all checks hold
 * (with one line per check, as the API server's own), `/metrics` in Prometheus' text format.
 */
export function buildProbes({ checks, registry }: ProbesOptions): FastifyInstance {
  const app = fastify({ logger: false, return503OnClosing: false });
  app.get('/livez', (_request, reply) => reply.type('text/plain').send('ok\n'));
  app.get('/readyz', async (_request, reply) => {
    const results = await Promise.all(
      checks.map(async (check) => ({ check, problem: await problemOf(check) })),
    );
    const failed = results.some(({ problem }) => problem !== undefined);
    const lines = results.map(({ check, problem }) =>
      problem === undefined ? `[+]${check.name} ok` : `[-]${check.name} failed: ${problem}`,
    );
    return reply
      .code(failed ? 503 : 200)
      .type('text/plain')
      .send([...lines, failed ? 'readyz check failed' : 'readyz check passed', ''].join('\n'));
  });
  app.get('/metrics', async (_request, reply) => {
    const text = await registry.metrics();
    return reply.type(registry.contentType).send(text);
  });
  return app;
}

async function problemOf({ run }: Check): Promise<string | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<string>();
  const timer = setTimeout(() => resolve('no answer in time'), CHECK_TIMEOUT_MS);
  try {
    return await Promise.race([run(), late]);
  } catch {
    return 'the check itself failed';
  } finally {
    clearTimeout(timer);
  }
}
