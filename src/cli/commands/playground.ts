import type { DefineCommand } from '../command.ts';
import { exitWith } from '../command.ts';
import { EXIT } from '../errors.ts';
import { examples, exitCodes } from '../help.ts';
import { servePlayground } from '../playground/listen.ts';

export const define: DefineCommand = (command, { output }) => {
  command
    .argument('[path...]', 'files, folders, or - for standard input, to begin with instead of an example')
    .option('--port <number>', 'port on 127.0.0.1; 0 for any that is free', '8088')
    .addHelpText(
      'after',
      exitCodes({
        0: 'stopped by SIGTERM or SIGINT',
        2: 'wrong use, something cannot be read, or the port is taken',
      }),
    )
    .addHelpText(
      'after',
      examples(
        'clusterpedia-import playground',
        'clusterpedia-import playground policies/acme',
        'clusterpedia-import playground --port 0',
      ),
    )
    .action(
      exitWith(async (paths: string[], options: { port: string }) => {
        await servePlayground(paths, options, output);
        return EXIT.good;
      }),
    );
};
