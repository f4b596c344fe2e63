import type { Command } from 'commander';
import { Option } from 'commander';
import type { Config } from '../../config/index.ts';
import { configFlags, createLog, loadConfig, overridesFrom } from '../../config/index.ts';
import type { Log } from '../../config/index.ts';
import { exitCodes } from './help.ts';
import { untilSignalled } from './signals.ts';

type Run = (config: Config, options: { readonly log: Log; readonly signal: AbortSignal }) => Promise<void>;

/**
 * Defines a command that stays up: a flag for every field of its configuration.
 * @param load what runs it, and all that needs, only when it runs
 */
export function defineProcess(
  command: Command,
  section: 'webhook' | 'controller',
  examples: string,
  load: () => Promise<Run>,
): void {
  command.option('--config <file>', 'configuration file (YAML); flags win over it');
  const flags = configFlags(section);
  for (const flag of flags) {
    // The default is told, not set: a flag that is not given must not win over the file.
    const standard = flag.default === undefined ? '' : ` (default: ${JSON.stringify(flag.default)})`;
    command.addOption(new Option(`${flag.long} ${flag.placeholder}`, `${flag.description}${standard}`));
  }
  command.addHelpText('after', exitCodes(endings));
  command.addHelpText('after', examples);
  command.action(async (options: { readonly [name: string]: string | undefined }) => {
    const given = flags.flatMap(({ long, path }): [readonly string[], string][] => {
      const value = options[new Option(long).attributeName()];
      return value === undefined ? [] : [[path, value]];
    });
    const config = await loadConfig(options['config'], overridesFrom(given));
    const run = await load();
    const log = createLog(config, section);
    await endOnFault(log);
    await run(config, { log, signal: untilSignalled() });
  });
}

const endings = {
  0: 'stopped by SIGTERM or SIGINT',
  1: 'a fault of the program; the log says which',
  2: 'wrong use, a configuration that cannot be used, or a cluster or file that cannot be read; the Lease was lost',
} as const;

/**
 * Ends the process on an error that nobody caught, or a promise that nobody awaited: what state it is in then is not
 * known, and whatever started it starts it again. The log says so; what Node.js would print may quote a secret.
 */
export async function endOnFault(log: Log): Promise<void> {
  const { redactError } = await import('../kube/redact.ts');
  process.on('uncaughtException', (error, origin) => {
    log.fatal({ error: redactError(error), origin }, 'a fault of the program; ending');
    process.exit(1);
  });
}
