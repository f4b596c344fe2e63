import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Output } from '../../src/cli/output.ts';

/** The program's main module. */
export const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** Where Node.js keeps what it has compiled of the sources, so that the second run starts in half the time. */
const COMPILE_CACHE = fileURLToPath(new URL('../../node_modules/.cache/node-compile-cache', import.meta.url));

/** The worked example of the catalogue. */
export const MCP = fileURLToPath(new URL('../../kustomize/policies/mcp/', import.meta.url));

/** A text of the worked example's folder. */
export const mcpFile = (path: string): Promise<string> => readFile(join(MCP, path), 'utf8');

/** A folder with these files, by path, until the test is over. */
export async function folderWith(files: { readonly [path: string]: string }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'clusterpedia-import-cli-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface CliOptions {
  readonly cwd?: string;
  readonly stdin?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Starts the real command line; what still runs when the test is over is ended. */
export function startCli(
  args: readonly string[],
  { cwd, env = {} }: CliOptions = {},
): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE, NO_COLOR: '1', FORCE_COLOR: undefined, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    if (child.exitCode === null) child.kill('SIGKILL');
  });
  return child;
}

/** Runs the real command line to its end. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const child = startCli(args, options);
  const exited = once(child, 'close') as Promise<[number | null]>;
  child.stdin.end(options.stdin ?? '');
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { code, stdout, stderr };
}

/** Output that is kept, without colour. */
export function keptOutput(): Output & { readonly lines: string[]; readonly messages: string[] } {
  const lines: string[] = [];
  const messages: string[] = [];
  return {
    lines,
    messages,
    line: (line) => lines.push(line),
    data: (text) => lines.push(text),
    progress: (line) => messages.push(line),
    colour: (_name, uncoloured) => uncoloured,
  };
}
