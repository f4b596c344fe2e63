import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * A folder of the user's for what can be made again: `$XDG_CACHE_HOME/clusterpedia-import/<name>`, by default below
 * `~/.cache` (XDG Base Directory Specification). It need not exist.
 *
 * @throws Error where neither is known: a process's user may be in no list of users
 */
export function cacheFolder(name: string, env: Readonly<NodeJS.ProcessEnv> = process.env): string {
  const home = env.XDG_CACHE_HOME ? resolve(env.XDG_CACHE_HOME) : join(homedir(), '.cache');
  return join(home, 'clusterpedia-import', name);
}
