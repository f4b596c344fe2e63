#!/usr/bin/env node
import { unsupportedNode } from '../node-version.ts';

// Nobody would see a message here, in the middle of a command line.
if (unsupportedNode(process.versions.node) === undefined) {
  const { commandWords } = await import('../commands/completion.ts');
  const { processOutput } = await import('../output.ts');
  const { createProgram } = await import('../program.ts');
  const { offersFor, printedOffers } = await import('./offers.ts');
  const commands = commandWords(createProgram(processOutput()));
  process.stdout.write(printedOffers(offersFor(commands, process.argv.slice(2))));
}
