import { execFile, spawnSync } from 'node:child_process';
import { chmod, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { completionScript } from '../../src/cli/commands/completion.ts';
import { createProgram } from '../../src/cli/program.ts';
import { completions, KUBECONFIG } from './completions.ts';
import { folderWith, keptOutput, MAIN } from './workspace.ts';
import { unless } from '../skips.ts';

const program = await createProgram(keptOutput());
const run = promisify(execFile);

/** A home with a kubeconfig and the program, as its package installs it. */
async function programs(): Promise<string> {
  const home = await folderWith({
    KUBECONFIG,
    'bin/clusterpedia-import': `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`,
  });
  await chmod(join(home, 'bin/clusterpedia-import'), 0o755);
  await symlink('clusterpedia-import', join(home, 'bin/kubectl-clusterimport'));
  return home;
}

const environment = (home: string) => ({ HOME: home, PATH: `${join(home, 'bin')}:/usr/bin:/bin` });

/** What bash offers for the last of these words. */
async function bashOffers(...words: readonly string[]): Promise<readonly string[]> {
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const home = await programs();
  const script = `${completionScript('bash', program)}
COMP_WORDS=(clusterpedia-import ${quoted}); COMP_CWORD=${String(words.length)}
_clusterpedia_import
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await run('bash', ['--norc', '-c', script], { cwd: home, env: environment(home) });
  return stdout.split('\n').filter((line) => line !== '');
}

describe('bash completion', () => {
  // The shell itself offers files where we offer nothing.
  it.each(completions)('offers %s', async (_sentence, words, offered) => {
    expect(await bashOffers(...words)).toEqual(offered === 'files' ? [] : offered);
  });

  it('is registered for both names of the program', () => {
    expect(completionScript('bash', program)).toMatch(
      /-F _clusterpedia_import clusterpedia-import kubectl-clusterimport$/,
    );
  });
});

const installed = (shell: string) =>
  unless(
    spawnSync(shell, ['--version']).status === 0
      ? undefined
      : `${shell} is not installed (Debian: apt-get install ${shell})`,
  );

describe('fish completion, in fish', installed('fish'), () => {
  async function fishOffers(line: string): Promise<readonly string[]> {
    const script = `${completionScript('fish', program)}\ncomplete -C${JSON.stringify(line)}`;
    // fish writes to its home.
    const home = await programs();
    const { stdout } = await run('fish', ['--no-config', '--command', script], {
      cwd: home,
      env: environment(home),
    });
    return stdout
      .split('\n')
      .filter((offer) => offer !== '')
      .map((offer) => offer.split('\t')[0] ?? '');
  }

  it.each(completions.filter(([, , offered]) => offered !== 'files'))(
    'offers %s',
    async (_sentence, words, offered) => {
      for (const name of ['clusterpedia-import', 'kubectl-clusterimport'])
        expect((await fishOffers(`${name} ${words.join(' ')}`)).toSorted()).toEqual([...offered].toSorted());
    },
  );
});

describe('zsh completion, in zsh', installed('zsh'), () => {
  it('is registered for both names of the program', async () => {
    const script = `autoload -U compinit; compinit -u -D
${completionScript('zsh', program)}
print -r -- $_comps[clusterpedia-import] $_comps[kubectl-clusterimport] $+functions[_clusterpedia_import]`;
    const { stdout, stderr } = await run('zsh', ['-f', '-c', script]);
    expect(stderr).toBe('');
    expect(stdout).toBe('_clusterpedia_import _clusterpedia_import 1\n');
  });
});

describe.each(['zsh', 'fish'] as const)('%s completion', (shell) => {
  const script = completionScript(shell, program);

  it('knows every command and its options', () => {
    for (const command of program.commands) {
      expect(script).toContain(command.name());
      for (const { long } of command.options)
        expect(script).toContain(shell === 'fish' ? `-l ${long?.slice(2) ?? ''} ` : long);
    }
  });

  it('knows the values of options', () => {
    expect(script).toContain(
      shell === 'fish'
        ? "-x -a 'human json yaml github sarif junit'"
        : ':value:(human json yaml github sarif junit)',
    );
  });

  it('closes every quote', () => {
    // An apostrophe within single quotes is written as '\''.
    expect((script.replaceAll("'\\''", '').match(/'/g) ?? []).length % 2).toBe(0);
  });
});
