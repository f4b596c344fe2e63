import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { completionScript } from '../../src/cli/completion.ts';
import { createProgram } from '../../src/cli/program.ts';
import { keptOutput } from './workspace.ts';

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
