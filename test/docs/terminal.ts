/** Reads a page as somebody at a terminal does: writes the files that it shows, runs its commands, compares what they print. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { Block } from './pages.ts';
import { holdsCommands } from './pages.ts';

/** One command, and what the page says that it prints; nothing is said in a block of `sh`. */
export interface Step {
  readonly command: string;
  readonly output: string | undefined;
}

/**
 * The commands of a block. In one of `console` they follow `$ `, and the lines after them are what they print; in others
 * each line is one. A line that ends in a backslash goes on.
 */
export function stepsOf({ language, text: source }: Block): readonly Step[] {
  const joined = source.trimEnd().replaceAll('\\\n', '\\\u0000').split('\n');
  const lines = joined.map((line) => line.replaceAll('\u0000', '\n'));
  if (language !== 'console') {
    return lines
      .map((line) => line.replace(/(^|\s+)# .*$/, ''))
      .filter((line) => line.trim() !== '')
      .map((command) => ({ command, output: undefined }));
  }
  const steps: { command: string; output: string }[] = [];
  for (const line of lines) {
    const command = /^\$ (.*)$/s.exec(line)?.[1];
    const last = steps.at(-1);
    if (command !== undefined) steps.push({ command, output: '' });
    else if (last === undefined) throw new Error(`a block of console begins with a command: ${line}`);
    else last.output += `${line}\n`;
  }
  return steps;
}

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const COMPILE_CACHE = fileURLToPath(new URL('../../node_modules/.cache/node-compile-cache', import.meta.url));

export interface TerminalOptions {
  /** Programs of the reader's PATH besides the system's, each lines of shell that get its arguments. */
  readonly programs?: Readonly<Record<string, string>>;
  readonly env?: NodeJS.ProcessEnv;
}

export class Terminal {
  /** The reader's working directory. */
  readonly folder: string;
  readonly #path: string;
  readonly #env: NodeJS.ProcessEnv;
  #lastCode = 0;

  private constructor(folder: string, programs: string, env: NodeJS.ProcessEnv) {
    this.folder = folder;
    this.#path = `${programs}${delimiter}/usr/local/bin${delimiter}/usr/bin${delimiter}/bin`;
    this.#env = env;
  }

  /** A terminal in an empty folder, with the command line installed as its package does it. */
  static async open({ programs = {}, env = {} }: TerminalOptions = {}): Promise<Terminal> {
    const home = await mkdtemp(join(tmpdir(), 'clusterpedia-import-docs-'));
    const [folder, bin] = [join(home, 'work'), join(home, 'bin')];
    await Promise.all([mkdir(folder), mkdir(bin)]);
    const commandLine = `exec '${process.execPath}' '${MAIN}' "$@"`;
    const all = { 'clusterpedia-import': commandLine, 'kubectl-clusterimport': commandLine, ...programs };
    for (const [name, lines] of Object.entries(all)) {
      await writeFile(join(bin, name), `#!/bin/sh\n${lines}\n`);
      await chmod(join(bin, name), 0o755);
    }
    return new Terminal(folder, bin, { HOME: home, ...env });
  }

  async close(): Promise<void> {
    await rm(dirname(this.folder), { recursive: true, force: true });
  }

  /** Does what a block says: writes or changes its file, or runs its commands. */
  async follow(block: Block): Promise<void> {
    if (holdsCommands(block)) for (const step of stepsOf(block)) await this.#run(step);
    else if (block.file !== undefined) await this.#write(block.file, block);
  }

  async #run({ command, output }: Step): Promise<void> {
    const { printed, code } = await this.run(command);
    if (output === undefined) expect({ command, code, printed }).toMatchObject({ code: 0 });
    else if (!prints(printed, output)) expect(`$ ${command}\n${printed}`).toBe(`$ ${command}\n${output}`);
  }

  /** Runs a command; `$?` in it is the code of the one before. */
  async run(command: string): Promise<{ readonly printed: string; readonly code: number | null }> {
    const child = spawn('/bin/sh', ['-c', `exec 2>&1\n(exit ${String(this.#lastCode)})\n${command}`], {
      cwd: this.folder,
      env: {
        PATH: this.#path,
        LANG: 'C.UTF-8',
        NO_COLOR: '1',
        NODE_COMPILE_CACHE: COMPILE_CACHE,
        ...this.#env,
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const exited = once(child, 'close') as Promise<[number | null]>;
    const [printed, [code]] = await Promise.all([text(child.stdout), exited]);
    this.#lastCode = code ?? 1;
    return { printed, code };
  }

  async #write(file: string, { language, text: content }: Block): Promise<void> {
    const path = join(this.folder, file);
    await mkdir(dirname(path), { recursive: true });
    if (language !== 'diff') {
      await writeFile(path, content);
      return;
    }
    const lines = content.trimEnd().split('\n');
    const side = (sign: string) =>
      lines.flatMap((line) => (line[0] === ' ' || line[0] === sign ? [`${line.slice(1)}\n`] : [])).join('');
    const before = await readFile(path, 'utf8');
    expect(before.split(side('-')).length, `${file} holds once:\n${side('-')}`).toBe(2);
    await writeFile(
      path,
      before.replace(side('-'), () => side('+')),
    );
  }
}

/**
 * Whether a command printed what a page shows. A line of `…` stands for any lines. How wide a column is, how old an object
 * is, and what is made anew each time (`<…>` in the page) does not count.
 */
export function prints(printed: string, shown: string): boolean {
  const pattern = normalized(shown)
    .map((line) => (line === '…' ? '(?:.*\\n)*?' : `${wildcards(line)}\\n`))
    .join('');
  return new RegExp(`^${pattern}$`).test(
    normalized(printed)
      .map((line) => `${line}\n`)
      .join(''),
  );
}

const wildcards = (line: string): string =>
  line
    .split(/<[a-z][a-z ]*>/)
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.+?');

const normalized = (output: string): readonly string[] =>
  output
    .trimEnd()
    .split('\n')
    .map((line) =>
      line
        .trimEnd()
        // kubectl says where since 1.33.
        .replace(/(" deleted) from \S+ namespace$/, '$1')
        .replaceAll(/(?<=\S) {2,}(?=\S)/g, '  ')
        .replaceAll(/(?<=(?:^| ))\d+[smhd](?:\d+[smh])?(?=$| )/g, 'AGE'),
    );
