import type { DefineCommand } from '../command.ts';
import { exitWith } from '../command.ts';
import { EXIT } from '../errors.ts';
import { examples, exitCodes } from '../help.ts';
import { servePlayground } from '../playground/listen.ts';

export const define: DefineCommand = (command, { output }) => {
  command
    .option('--port <number>', 'port on 127.0.0.1; 0 for any that is free', '8088')
    .addHelpText(
      'after',
      exitCodes({ 0: 'stopped by SIGTERM or SIGINT', 2: 'wrong use, or the port is taken' }),
    )
    .addHelpText(
      'after',
      examples('clusterpedia-import playground', 'clusterpedia-import playground --port 0'),
    )
    .action(
      exitWith(async (options: { port: string }) => {
        await servePlayground(options, output);
        return EXIT.good;
      }),
    );
};
