import { Option } from 'commander';
import { parseKubernetesChoice } from '../../control-plane/versions.ts';
import type { KubernetesChoice } from '../../control-plane/versions.ts';
import type { DefineCommand } from '../command.ts';
import { exitWith } from '../command.ts';
import { UsageError } from '../errors.ts';
import { examples, exitCodes } from '../help.ts';
import { untilSignalled } from '../signals.ts';

interface DemoCommandOptions {
  readonly once?: boolean;
  readonly kubernetes?: KubernetesChoice;
}

export const define: DefineCommand = (command, { output }) => {
  command
    .option('--once', 'stop when everything was shown, instead of staying up')
    .addOption(
      new Option(
        '--kubernetes <version>',
        'newest, oldest, or a version such as 1.36 (default: $KUBERNETES_VERSION, else newest)',
      ).argParser(kubernetesChoice),
    )
    .addHelpText(
      'after',
      exitCodes({
        0: 'everything was shown; without --once also where it was stopped before',
        1: 'not everything was shown; standard error says why',
        2: 'wrong use',
      }),
    )
    .addHelpText(
      'after',
      examples(
        'clusterpedia-import demo',
        'clusterpedia-import demo --once',
        'clusterpedia-import demo --kubernetes oldest',
      ),
    )
    .action(
      exitWith(async ({ once = false, kubernetes }: DemoCommandOptions) => {
        const { runDemo } = await import('../demo/index.ts');
        return runDemo({ once, kubernetes, output, signal: untilSignalled() });
      }),
    );
};

function kubernetesChoice(text: string): KubernetesChoice {
  try {
    return parseKubernetesChoice(text, '--kubernetes');
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(error.message) : error;
  }
}
