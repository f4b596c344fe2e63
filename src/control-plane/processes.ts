import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How a process ended: exactly one of the two is set. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running child process whose output is kept for error messages. */
export interface ManagedProcess {
  readonly name: string;
  readonly pid: number;
  /** Settles when the process has ended; never rejects. */
  readonly exited: Promise<Exit>;
  /** How it ended, undefined while it runs. */
  readonly exit: Exit | undefined;
  /** The end of what it wrote to standard output and standard error, {@link KEPT_OUTPUT} characters at most. */
  output(): string;
  /** Sends a signal and returns; a process that has ended is left alone. */
  kill(signal: NodeJS.Signals): void;
  /** Sends a signal (default SIGTERM), and SIGKILL `graceMs` (default 10 s) later; settles when the process has ended. */
  stop(options?: { readonly signal?: NodeJS.Signals; readonly graceMs?: number }): Promise<Exit>;
}

export interface SpawnOptions {
  /** Added to this process's environment. */
  readonly env?: Readonly<NodeJS.ProcessEnv>;
  readonly cwd?: string;
  /** Called with each chunk of output as it arrives. */
  readonly onOutput?: (text: string) => void;
}

/**
 * A temporary folder and the processes that work in it. They end together: by {@link ProcessGroup.stop}, and also when
 * this process dies in a way that leaves it no chance to clean up (kill -9, out of memory).
 */
export interface ProcessGroup {
  readonly dir: string;
  /** @throws Error when the command can't be started, naming it and the reason */
  spawn(
    name: string,
    command: string,
    args: readonly string[],
    options?: SpawnOptions,
  ): Promise<ManagedProcess>;
  /** Kills what still runs, in reverse order of start, and removes the folder. May be called more than once. */
  stop(): Promise<void>;
}

/** Enough for the last few hundred log lines, which is what an error message can use. */
export const KEPT_OUTPUT = 256 * 1024;

/**
 * Reads `watch PID` and `forget PID` lines until its input ends. The kernel closes that input however the writer dies.
 * Then it kills what is still watched, with its descendants (each is the leader of a process group), and removes $1.
 */
const WATCHDOG_SCRIPT = `
trap '' HUP INT TERM
pids=
while read -r verb pid; do
  case $verb in
    watch) pids="$pids $pid" ;;
    forget) rest=; for p in $pids; do [ "$p" = "$pid" ] || rest="$rest $p"; done; pids=$rest ;;
  esac
done
for p in $pids; do kill -KILL "-$p"; done
rm -rf -- "$1"
`;

/**
 * Starts a group with a new temporary folder. Needs a POSIX shell.
 *
 * @param parent where to make the folder; default the system's place for temporary files
 */
export async function createProcessGroup(parent = tmpdir()): Promise<ProcessGroup> {
  const dir = await mkdtemp(join(await realpath(parent), 'clusterpedia-import-'));
  const watchdog = new Watchdog(dir);
  const running: ManagedProcess[] = [];
  let stopped: Promise<void> | undefined;

  const stop = async (): Promise<void> => {
    for (const child of running.toReversed()) await child.stop({ signal: 'SIGKILL' });
    await watchdog.end();
  };
  return {
    dir,
    spawn: async (name, command, args, options = {}) => {
      if (stopped !== undefined) throw new Error(`Cannot start ${name}: its process group has been stopped`);
      const child = await startProcess(name, command, args, { cwd: dir, ...options }, watchdog);
      running.push(child);
      return child;
    },
    stop: () => (stopped ??= stop()),
  };
}

/** A shell process that outlives this one, until it has cleaned up after it. */
class Watchdog {
  readonly #process: ChildProcess;
  readonly #exited: Promise<unknown>;

  constructor(dir: string) {
    // Detached: a terminal's Ctrl-C goes to the whole foreground group, and the watchdog must survive that.
    this.#process = spawn('sh', ['-c', WATCHDOG_SCRIPT, 'watchdog', dir], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
      cwd: '/',
    });
    this.#exited = once(this.#process, 'exit').catch(() => undefined);
    this.#process.stdin?.on('error', () => undefined);
    this.#process.unref();
  }

  watch(pid: number): void {
    this.#process.stdin?.write(`watch ${String(pid)}\n`);
  }

  forget(pid: number): void {
    this.#process.stdin?.write(`forget ${String(pid)}\n`);
  }

  async end(): Promise<void> {
    this.#process.ref();
    this.#process.stdin?.end();
    await this.#exited;
  }
}

async function startProcess(
  name: string,
  command: string,
  args: readonly string[],
  options: SpawnOptions,
  watchdog: Watchdog,
): Promise<ManagedProcess> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that Ctrl-C reaches this process alone, which then stops its children in order.
    detached: true,
  });
  const { pid } = child;
  if (pid !== undefined) watchdog.watch(pid);
  try {
    await once(child, 'spawn');
  } catch (error) {
    throw new Error(`Cannot start ${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (pid === undefined) throw new Error(`Cannot start ${name}: it has no process id`);
  return manage(name, pid, child, options, watchdog);
}

function manage(
  name: string,
  pid: number,
  child: ChildProcess,
  options: SpawnOptions,
  watchdog: Watchdog,
): ManagedProcess {
  let kept = '';
  const keep = (text: string): void => {
    kept = (kept + text).slice(-KEPT_OUTPUT);
    options.onOutput?.(text);
  };
  child.stdout?.setEncoding('utf8').on('data', keep);
  child.stderr?.setEncoding('utf8').on('data', keep);

  let exit: Exit | undefined;
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', () => {
      watchdog.forget(pid);
    });
    // "close" comes after the last output.
    child.once('close', (code, signal) => {
      exit = { code, signal };
      resolve(exit);
    });
  });
  const kill = (signal: NodeJS.Signals): void => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    // SIGKILL must end the descendants too. Any other signal is passed on by the process itself.
    if (signal === 'SIGKILL') process.kill(-pid, signal);
    else child.kill(signal);
  };
  const stop = async ({
    signal = 'SIGTERM',
    graceMs = 10_000,
  }: Parameters<ManagedProcess['stop']>[0] = {}) => {
    kill(signal);
    const escalation = setTimeout(kill, graceMs, 'SIGKILL');
    try {
      return await exited;
    } finally {
      clearTimeout(escalation);
    }
  };
  return {
    name,
    pid,
    exited,
    get exit() {
      return exit;
    },
    output: () => kept,
    kill,
    stop,
  };
}

/** `exit code 1` or `signal SIGKILL`. */
export function describeExit({ code, signal }: Exit): string {
  return signal === null ? `exit code ${String(code)}` : `signal ${signal}`;
}
