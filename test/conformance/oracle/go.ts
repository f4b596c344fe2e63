import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Case } from '../cases.ts';

/*
 * Builds the Go programs of `test`, which are one module: test/go.mod pins the versions of what they use, and
 * test/sprig-VERSION.mod the same with an older sprig.
 */

const MODULE = join(import.meta.dirname, '..', '..');

/** Where there is no {@link goVersion}. */
export const INSTALLATION = 'Go 1.26 or later, and a way to a module proxy the first time';

const environment = { ...process.env, GOFLAGS: '', GOWORK: 'off', CGO_ENABLED: '0', TZ: 'UTC' };

/** `go1.26.8`, or `undefined` where there is no Go, or one that is too old for the module. */
export function goVersion(): string | undefined {
  const { status, stdout } = spawnSync('go', ['env', 'GOVERSION'], {
    cwd: MODULE,
    env: environment,
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim() : undefined;
}

/** A program that was built into a folder of its own. */
export interface GoProgram {
  run(args: readonly string[], input: string): { status: number | null; stdout: string; stderr: string };
  remove(): void;
}

/**
 * Builds a program.
 *
 * @param folder its folder, below `test`: `conformance/oracle`
 * @param modFile the file below `test` that pins what it uses
 * @throws Error in Go's words where it does not build
 */
export function buildGo(folder: string, modFile = 'go.mod'): GoProgram {
  const out = mkdtempSync(join(tmpdir(), 'oracle-'));
  const remove = () => {
    rmSync(out, { recursive: true });
  };
  const binary = join(out, 'program');
  const build = spawnSync('go', ['build', `-modfile=${modFile}`, '-o', binary, `./${folder}`], {
    cwd: MODULE,
    env: environment,
    encoding: 'utf8',
  });
  if (build.status !== 0) {
    remove();
    throw new Error(`test/${folder} does not build:\n${build.stderr}`);
  }
  return {
    run: (args, input) =>
      spawnSync(binary, args, { env: environment, input, encoding: 'utf8', maxBuffer: 1 << 30 }),
    remove,
  };
}

/**
 * Go's answers for `cases`. What ends Go's process (a map that contains itself, memory) has none and is left out.
 *
 * @param dataFile the JSON object that the cases' `data` are keys of
 * @param modFile as for {@link buildGo}
 */
export function askGo(cases: readonly Case[], dataFile: string, modFile?: string): Case[] {
  const program = buildGo('conformance/oracle', modFile);
  const answers: Case[] = [];
  try {
    for (let asked = 0; asked < cases.length;) {
      const input = cases.slice(asked).map((test) => JSON.stringify(test));
      const { status, stdout } = program.run([dataFile], input.join('\n'));
      const lines = stdout.split('\n').slice(0, -1);
      for (const line of lines) answers.push(JSON.parse(line) as Case);
      // The one after the last answer is what ended the process.
      asked += lines.length + 1;
      if (status === 0) break;
    }
  } finally {
    program.remove();
  }
  return answers;
}
