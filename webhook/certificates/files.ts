import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { asError } from '../../src/kube/index.ts';
import { checkPair } from './pair.ts';
import type { CheckedPair } from './pair.ts';
import type { CertificateSource } from './source.ts';
import { oncePerFault } from './once-per-fault.ts';

export interface FilesOptions {
  readonly directory: string;
  /** Relative to the directory. */
  readonly certFile: string;
  readonly keyFile: string;
  /** Milliseconds between two reads of the files, in addition to watching the directory. */
  readonly pollMs: number;
}

/** Milliseconds between a change of the folder and reading the files. By then both files have usually been written. */
const SETTLE_MS = 50;

/**
 * Certificates in files that somebody else renews. The folder is watched, and is also read regularly: kubelet replaces
 * mounted Secrets by renaming a symbolic link, and not every file system reports that.
 *
 * If certificate and key do not match (one is written, the other is not yet), that is an error, and they are read again
 * later.
 */
export function certificateFiles(options: FilesOptions): CertificateSource {
  return {
    problem: () => undefined,
    async run(listener, signal) {
      let inUse: string | undefined;
      const complain = oncePerFault((error) => listener.onError(error));
      while (!signal.aborted) {
        // Start watching before the files are read, so that no change in between is missed.
        const changed = nextChange(options, signal);
        try {
          const pair = await readPair(options);
          complain(undefined);
          if (pair.fingerprint !== inUse) listener.onPair(pair);
          inUse = pair.fingerprint;
        } catch (error) {
          complain(asError(error));
        }
        await changed;
      }
    },
  };
}

async function readPair({ directory, certFile, keyFile }: FilesOptions): Promise<CheckedPair> {
  const [certPem, keyPem] = await Promise.all([
    readFile(resolve(directory, certFile), 'utf8'),
    readFile(resolve(directory, keyFile), 'utf8'),
  ]);
  return checkPair({ certPem, keyPem });
}

/** Resolves when the folder has changed, when the next read is due, or when the signal is aborted. */
function nextChange({ directory, pollMs }: FilesOptions, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const finish = (): void => {
      clearTimeout(poll);
      signal.removeEventListener('abort', finish);
      watcher?.close();
      done();
    };
    const poll = setTimeout(finish, pollMs);
    const watcher = watchFolder(directory, () => void setTimeout(finish, SETTLE_MS));
    signal.addEventListener('abort', finish, { once: true });
  });
}

/** `undefined` if the folder does not exist yet or cannot be watched. Then the regular reads have to suffice. */
function watchFolder(directory: string, onChange: () => void): ReturnType<typeof watch> | undefined {
  try {
    const watcher = watch(directory, { persistent: false }, onChange);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
