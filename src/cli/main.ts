#!/usr/bin/env node
import { CommanderError } from 'commander';
import { EXIT } from './errors.ts';
import { processOutput } from './output.ts';
import { createProgram } from './program.ts';

/** Errors that say all there is to say: wrong use, or input and output that failed. Others are defects, shown with their stack. */
const EXPECTED_ERRORS = new Set([
  'UsageError',
  'ConfigError',
  'KubeConfigError',
  'KubeError',
  'TransportError',
]);

const output = processOutput();

// Whoever reads the output may have seen enough, as `head` has.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

try {
  await createProgram(output).parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.good : EXIT.usage;
  } else {
    const known = error instanceof Error && EXPECTED_ERRORS.has(error.name);
    output.progress(
      known
        ? `error: ${error.message}`
        : error instanceof Error
          ? (error.stack ?? error.message)
          : String(error),
    );
    process.exitCode = EXIT.usage;
  }
}
