import type { DefineCommand } from '../command.ts';
import { exitWith } from '../command.ts';
import type { ExitCode } from '../errors.ts';
import { EXIT } from '../errors.ts';
import { examples, exitCodes } from '../help.ts';
import { contextNames } from '../kubeconfig/contexts.ts';
import type { Output } from '../output.ts';

export const define: DefineCommand = (command, { output }) => {
  command
    .argument('[words...]', 'the words of a command line, of which --kubeconfig counts')
    .allowUnknownOption()
    .helpOption(false)
    .addHelpText('after', exitCodes({ 0: 'printed; nothing where there is no kubeconfig' }))
    .addHelpText('after', examples('clusterpedia-import contexts'))
    .action(exitWith((words: string[]) => contexts(words, output)));
};

/** `contexts WORDS…`: for completion, so it never fails and prints names only. */
async function contexts(words: readonly string[], output: Output): Promise<ExitCode> {
  for (const name of await contextNames(words)) output.line(name);
  return EXIT.good;
}
