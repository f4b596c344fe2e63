import type { DefineCommand } from '../command.ts';
import { examples } from '../help.ts';
import { defineProcess } from '../process-command.ts';

export const define: DefineCommand = (command) => {
  defineProcess(
    command,
    'webhook',
    examples(
      'clusterpedia-import webhook --config config.yaml',
      'clusterpedia-import webhook --certificates-directory ./certificates --port 9443 --log-format text',
      'clusterpedia-import webhook --certificates-mode self-managed --certificates-self-managed-namespace clusterpedia-import-system',
    ),
    async () => (await import('../../../webhook/main.ts')).runWebhook,
  );
};
