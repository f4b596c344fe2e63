import type { Command } from 'commander';
import { Option } from 'commander';
import type { Config } from '../../../config/index.ts';
import { configFlags, createLog, loadConfig, overridesFrom } from '../../../config/index.ts';
import type { Log } from '../../../config/index.ts';
import type { KubernetesChoice } from '../../control-plane/versions.ts';
import { UsageError } from '../errors.ts';
import { examples } from '../examples.ts';
import type { Output } from '../output.ts';

type Run = (config: Config, options: { readonly log: Log; readonly signal: AbortSignal }) => Promise<void>;

/** Adds the commands that stay up: `webhook`, `controller`, `demo`. What they need is loaded only when they run. */
export function addProcessCommands(program: Command, output: Output): void {
  addProcess(program, 'webhook', 'serve the admission webhook', async () => {
    return (await import('../../../webhook/main.ts')).runWebhook;
  });
  addProcess(program, 'controller', 'run the reconciler', async () => {
    return (await import('../../../controller/main.ts')).runController;
  });
  program
    .command('demo')
    .description('start a control plane on loopback and import the clusters of four platforms')
    .option('--once', 'stop when everything was shown, instead of staying up')
    .option(
      '--kubernetes <version>',
      'newest, oldest, or a version such as 1.36 (default: $KUBERNETES_VERSION, else newest)',
    )
    .addHelpText(
      'after',
      examples(
        'clusterpedia-import demo',
        'clusterpedia-import demo --once',
        'clusterpedia-import demo --kubernetes oldest',
      ),
    )
    .action(async (options: { readonly once?: true; readonly kubernetes?: string }) => {
      const { runDemo } = await import('../demo/index.ts');
      process.exitCode = await runDemo({
        once: options.once === true,
        kubernetes: await kubernetesIn(options),
        output,
        signal: untilSignalled(),
      });
    });
}

async function kubernetesIn({
  kubernetes,
}: {
  readonly kubernetes?: string;
}): Promise<KubernetesChoice | undefined> {
  if (kubernetes === undefined) return undefined;
  const { parseKubernetesChoice } = await import('../../control-plane/versions.ts');
  try {
    return parseKubernetesChoice(kubernetes, '--kubernetes');
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(error.message) : error;
  }
}

const EXAMPLES = {
  webhook: examples(
    'clusterpedia-import webhook --config config.yaml',
    'clusterpedia-import webhook --certificates-directory ./certificates --port 9443 --log-format text',
    'clusterpedia-import webhook --certificates-mode self-managed --certificates-self-managed-namespace clusterpedia-import-system',
  ),
  controller: examples(
    'clusterpedia-import controller --config config.yaml',
    'clusterpedia-import controller --leader-election-enabled false --log-format text',
  ),
} as const;

function addProcess(
  program: Command,
  section: 'webhook' | 'controller',
  description: string,
  load: () => Promise<Run>,
): void {
  const command = program
    .command(section)
    .description(description)
    .option('--config <file>', 'configuration file (YAML); flags win over it');
  const flags = configFlags(section);
  for (const flag of flags)
    command.addOption(new Option(`${flag.long} ${flag.placeholder}`, flag.description));
  command.addHelpText('after', EXAMPLES[section]);
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

/**
 * Ends the process on an error that nobody caught, or a promise that nobody awaited: what state it is in then is not
 * known, and whatever started it starts it again. The log says so; what Node.js would print may quote a secret.
 */
export async function endOnFault(log: Log): Promise<void> {
  const { redactError } = await import('../../kube/redact.ts');
  process.on('uncaughtException', (error, origin) => {
    log.fatal({ error: redactError(error), origin }, 'a fault of the program; ending');
    process.exit(1);
  });
}

/** Aborted by SIGTERM and SIGINT: the process then stops in order. A second signal ends it at once, as by default. */
function untilSignalled(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      controller.abort(new Error(`stopped by ${signal}`));
    });
  }
  return controller.signal;
}
