import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { UsageError } from '../errors.ts';
import type { Output } from '../output.ts';
import { openFiles } from './files.ts';
import { createPlayground } from './server.ts';

const signals = ['SIGTERM', 'SIGINT'] as const;

/**
 * `playground`: serves the page until SIGTERM or SIGINT.
 * @param paths files and folders that the page opens; without any it opens an example
 * @throws {UsageError} where the port is no port, or taken, or a file cannot be read.
 */
export async function servePlayground(
  paths: readonly string[],
  options: { readonly port: string },
  output: Output,
): Promise<void> {
  const port = Number(options.port);
  if (!/^\d+$/.test(options.port) || port > 65_535)
    throw new UsageError(`--port ${options.port}: must be 0 to 65535`);
  const app = createPlayground(paths.length === 0 ? undefined : await openFiles(paths, output));
  try {
    await app.listen({ host: '127.0.0.1', port });
  } catch (error) {
    throw new UsageError(
      `cannot listen on 127.0.0.1:${options.port}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const address = app.server.address() as AddressInfo;
  output.line(`http://127.0.0.1:${String(address.port)}/`);
  output.progress('the playground is up; Ctrl-C stops it');
  await Promise.race(signals.map((signal) => once(process, signal)));
  await app.close();
}
