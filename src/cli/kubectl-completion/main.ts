#!/usr/bin/env node
import { unsupportedNode } from '../node-version.ts';

// Nobody would see a message here, in the middle of a command line.
if (unsupportedNode(process.versions.node) === undefined) {
  const { commandWords } = await import('../commands/completion.ts');
  const { processOutput } = await import('../output.ts');
  const { commandsIn, createProgram } = await import('../program.ts');
  const { CONTEXT_FLAG } = await import('../cluster-options.ts');
  const { contextNames } = await import('../kubeconfig/contexts.ts');
  const { offersFor, printedOffers } = await import('./offers.ts');
  const words = process.argv.slice(2);
  const commands = commandWords(await createProgram(processOutput(), commandsIn(words)));
  const contexts = words.at(-2) === CONTEXT_FLAG ? await contextNames(words) : [];
  process.stdout.write(printedOffers(offersFor(commands, words, contexts)));
}
