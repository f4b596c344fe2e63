import type { DefineCommand } from '../command.ts';
import { examples } from '../help.ts';
import { defineProcess } from '../process-command.ts';

export const define: DefineCommand = (command) => {
  defineProcess(
    command,
    'controller',
    examples(
      'clusterpedia-import controller --config config.yaml',
      'clusterpedia-import controller --leader-election-enabled false --log-format text',
    ),
    async () => (await import('../../../controller/main.ts')).runController,
  );
};
