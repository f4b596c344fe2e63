import type { DefineCommand } from '../command.ts';
import { examples } from '../help.ts';
import { ownVersion } from '../version.ts';

export const define: DefineCommand = (command, { output }) => {
  command.addHelpText('after', examples('clusterpedia-import version')).action(() => {
    output.line(ownVersion());
  });
};
