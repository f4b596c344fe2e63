import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { completionScript } from '../../src/cli/completion.ts';
import { createProgram } from '../../src/cli/program.ts';
import { folderWith, keptOutput } from './workspace.ts';

const program = createProgram(keptOutput());
const run = promisify(execFile);

/** What bash offers for the last of these words. */
async function bashOffers(...words: readonly string[]): Promise<readonly string[]> {
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const script = `${completionScript('bash', program)}
COMP_WORDS=(clusterpedia-import ${quoted}); COMP_CWORD=${String(words.length)}
_clusterpedia_import
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await run('bash', ['--norc', '-c', script]);
  return stdout.split('\n').filter((line) => line !== '');
}

describe('bash completion', () => {
  it.each([
    ['commands', ['va'], ['validate']],
    ['all commands that begin alike', ['te'], ['test', 'template']],
    ['options of a command', ['validate', '--st'], ['--strict']],
    ['options behind an argument', ['render', 'policy.yaml', '--sh'], ['--show-secrets']],
    ['values of an option', ['validate', '-o', 's'], ['sarif']],
    ['values of an option by its long name', ['render', '--output', ''], ['yaml', 'json', 'human']],
    ['shells', ['completion', ''], ['bash', 'zsh', 'fish']],
    ['commands to be helped with', ['help', 'ku'], ['kubeconfig']],
    ['nothing but files as arguments', ['validate', 'pol'], []],
    ['nothing but files as values', ['kubeconfig', '--kubeconfig', 'con'], []],
  ])('offers %s', async (_case, words, expected) => {
    expect(await bashOffers(...words)).toEqual(expected);
  });

  it('is registered for both names of the program', () => {
    expect(completionScript('bash', program)).toMatch(
      /-F _clusterpedia_import clusterpedia-import kubectl-clusterimport$/,
    );
  });
});

const isInstalled = (shell: string) => spawnSync(shell, ['--version']).status === 0;

describe.skipIf(!isInstalled('fish'))('fish completion, in fish', () => {
  async function fishOffers(line: string): Promise<readonly string[]> {
    const script = `${completionScript('fish', program)}\ncomplete -C${JSON.stringify(line)}`;
    // fish writes to its home.
    const home = await folderWith({});
    const { stdout } = await run('fish', ['--no-config', '--command', script], { env: { HOME: home } });
    return stdout
      .split('\n')
      .filter((offer) => offer !== '')
      .map((offer) => offer.split('\t')[0] ?? '');
  }

  it.each([
    ['commands', 'clusterpedia-import va', ['validate']],
    ['commands of the kubectl plugin', 'kubectl-clusterimport ren', ['render']],
    ['options of a command', 'clusterpedia-import validate --st', ['--strict']],
    ['values of an option', 'clusterpedia-import validate -o s', ['sarif']],
    ['commands to be helped with', 'clusterpedia-import help ku', ['kubeconfig']],
  ])('offers %s', async (_case, line, expected) => {
    expect(await fishOffers(line)).toEqual(expected);
  });
});

describe.skipIf(!isInstalled('zsh'))('zsh completion, in zsh', () => {
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
