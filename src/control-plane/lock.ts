import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** The holder touches its lock this often, so that others can tell a live one from one left by a killed process. */
const HEARTBEAT_MS = 2_000;
/** Untouched for this long, a lock is abandoned. Ten missed heartbeats: the machine may be busy or just out of sleep. */
const ABANDONED_MS = 10 * HEARTBEAT_MS;
const POLL_MS = 500;

export interface LockOptions {
  /** Called once when somebody else holds the lock. */
  readonly onWait?: () => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `task` while no other process runs one under the same lock file. The file's age tells whether its holder lives,
 * which also works between containers that share a folder, where process ids mean nothing.
 *
 * Two waiters that give up on an abandoned lock in the same instant can both get through, so the lock saves work but
 * must not be all that keeps a task correct.
 */
export async function withLock<T>(
  path: string,
  task: () => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  const token = randomUUID();
  await acquire(path, token, options);
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, HEARTBEAT_MS);
  try {
    return await task();
  } finally {
    clearInterval(heartbeat);
    await release(path, token);
  }
}

async function acquire(path: string, token: string, { onWait, signal }: LockOptions): Promise<void> {
  let waiting = false;
  while (!(await create(path, token))) {
    if (await isAbandoned(path)) {
      // Rename it first: of two waiters, only one gets the abandoned file.
      const aside = `${path}.${token}`;
      await rename(path, aside).catch(ignoreMissing);
      await rm(aside, { force: true });
      continue;
    }
    if (!waiting) onWait?.();
    waiting = true;
    await delay(POLL_MS, undefined, { signal });
  }
}

async function create(path: string, token: string): Promise<boolean> {
  try {
    await writeFile(path, token, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(path)).mtimeMs > ABANDONED_MS;
  } catch (error) {
    ignoreMissing(error);
    return false;
  }
}

async function release(path: string, token: string): Promise<void> {
  try {
    if ((await readFile(path, 'utf8')) === token) await rm(path, { force: true });
  } catch (error) {
    ignoreMissing(error);
  }
}

function ignoreMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
