import { CommanderError } from 'commander';
import { EXIT } from './errors.ts';
import { processOutput } from './output.ts';
import { commandsIn, createProgram } from './program.ts';

/** Errors that say all there is to say: wrong use, or input and output that failed. Others are defects, shown with their stack. */
const expectedErrors = new Set([
  'UsageError',
  'ConfigError',
  'KubeConfigError',
  'KubeError',
  'TransportError',
]);

/** Runs the process's own command line to its end and sets the exit code. */
export async function runCommandLine(): Promise<void> {
  endWithReader(process.stdout);
  endWithReader(process.stderr);
  const output = processOutput();
  try {
    const program = await createProgram(output, commandsIn(process.argv.slice(2)));
    await program.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? EXIT.good : EXIT.usage;
    } else {
      output.progress(textOf(error));
      process.exitCode = EXIT.usage;
    }
  }
}

/** Whoever reads the output may have seen enough, as `head` has. */
function endWithReader(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return expectedErrors.has(error.name) ? `error: ${error.message}` : (error.stack ?? error.message);
}
