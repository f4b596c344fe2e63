import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * The user's folder for files that can be made again: `$XDG_CACHE_HOME/clusterpedia-import/<name>`, by default below
 * `~/.cache` (XDG Base Directory Specification). It need not exist.
 *
 * @throws Error if neither is known: the user of a process may have no entry in the list of users
 */
export function cacheFolder(name: string, env: Readonly<NodeJS.ProcessEnv> = process.env): string {
  const home = env.XDG_CACHE_HOME ? resolve(env.XDG_CACHE_HOME) : join(homedir(), '.cache');
  return join(home, 'clusterpedia-import', name);
}
