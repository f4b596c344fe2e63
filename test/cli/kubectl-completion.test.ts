import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { commandWords } from '../../src/cli/commands/completion.ts';
import { offersFor, printedOffers } from '../../src/cli/kubectl-completion/offers.ts';
import { createProgram } from '../../src/cli/program.ts';
import { completions, KUBECONFIG } from './completions.ts';
import { folderWith, keptOutput } from './workspace.ts';

const commands = commandWords(await createProgram(keptOutput()));
const wordsOffered = (...words: readonly string[]) => {
  const { lines, files } = offersFor(commands, words, ['production', 'prod-eu', 'test']);
  return files ? 'files' : lines.map((line) => line.split('\t')[0]);
};

describe('what kubectl is told of the plugin', () => {
  it.each(completions)('are %s', (_sentence, words, offered) => {
    expect(wordsOffered(...words)).toEqual(offered);
  });

  it('are none behind a command that there is none', () => {
    expect(wordsOffered('valdate', '')).toEqual([]);
  });

  it('are all commands where nothing is typed yet', () => {
    expect(wordsOffered('')).toEqual(commands.map(({ name }) => name));
    expect(wordsOffered()).toEqual(commands.map(({ name }) => name));
  });

  it('is printed as cobra’s scripts read it', async () => {
    expect(printedOffers({ lines: ['a\tb'], files: false })).toBe('a\tb\n:4\n');
    expect(printedOffers({ lines: [], files: true })).toBe(':0\n');
    const main = fileURLToPath(new URL('../../src/cli/kubectl-completion/main.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [main, 'validate', '--str']);
    expect(stdout).toBe(
      '--strict\texit 1 for warnings too, and where the definition of a resource is not among the files\n:4\n',
    );
    const folder = await folderWith({ KUBECONFIG });
    const words = ['render', '--context', 'pro'];
    const env = { ...process.env, KUBECONFIG: join(folder, 'KUBECONFIG') };
    const contexts = await promisify(execFile)(process.execPath, [main, ...words], { env });
    expect(contexts.stdout).toBe('production\nprod-eu\n:4\n');
  });
});
