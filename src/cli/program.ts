import { Command } from 'commander';
import type { CommandContext, DefineCommand } from './command.ts';
import { exitCodes } from './help.ts';
import type { Output } from './output.ts';
import { ownVersion } from './version.ts';

/** A command as far as the program's own help shows it. What it needs is loaded only when it is wanted. */
interface Entry {
  readonly name: string;
  readonly summary: string;
  /** Not shown in help: for completion. */
  readonly hidden?: true;
  readonly load: () => Promise<DefineCommand>;
}

const OWN = 'This program:';

/** Every command, in the order in which help and reference page show them. Each is the file of its name in `commands`. */
const commands: { readonly [group: string]: readonly Entry[] } = {
  'Policies, with files or a cluster:': [
    {
      name: 'init',
      summary: 'draft a policy, its roles and a case from a definition, one source and its Secret',
      load: async () => (await import('./commands/init.ts')).define,
    },
    {
      name: 'validate',
      summary:
        'check policies as the admission webhook does, with the CRDs and objects in the same manifests',
      load: async () => (await import('./commands/validate.ts')).define,
    },
    {
      name: 'render',
      summary:
        'print the PediaClusters and lifecycles that policies make of the objects in the same manifests',
      load: async () => (await import('./commands/render.ts')).define,
    },
    {
      name: 'test',
      summary: 'render every case below a folder and compare with its golden files',
      load: async () => (await import('./commands/test.ts')).define,
    },
    {
      name: 'template',
      summary: 'render one template with data',
      load: async () => (await import('./commands/template.ts')).define,
    },
    {
      name: 'playground',
      summary: 'edit a policy in the browser and see at once what it makes of sample objects',
      load: async () => (await import('./commands/playground.ts')).define,
    },
  ],
  'A cluster:': [
    {
      name: 'status',
      summary: 'print one page of policies and clusters: what waits, fails and is held, and what to do',
      load: async () => (await import('./commands/status.ts')).define,
    },
    {
      name: 'explain',
      summary: 'tell how a cluster comes about, step by step, and what stops it',
      load: async () => (await import('./commands/explain.ts')).define,
    },
    {
      name: 'kubeconfig',
      summary:
        'add clusters to a kubeconfig that ask Clusterpedia: clusterpedia, and one for each PediaCluster',
      load: async () => (await import('./commands/kubeconfig.ts')).define,
    },
    {
      name: 'crds',
      summary: 'print the CustomResourceDefinitions of ClusterImportPolicy and PediaClusterLifecycle',
      load: async () => (await import('./commands/crds.ts')).define,
    },
  ],
  'Processes:': [
    {
      name: 'webhook',
      summary: 'serve the admission webhook',
      load: async () => (await import('./commands/webhook.ts')).define,
    },
    {
      name: 'controller',
      summary: 'run the reconciler',
      load: async () => (await import('./commands/controller.ts')).define,
    },
    {
      name: 'demo',
      summary: 'start a control plane on loopback and import the clusters of four platforms',
      load: async () => (await import('./commands/demo.ts')).define,
    },
  ],
  [OWN]: [
    {
      name: 'completion',
      summary: 'print a script with which a shell completes commands and options',
      load: async () => (await import('./commands/completion.ts')).define,
    },
    {
      name: 'contexts',
      summary: 'print the names of the contexts of the kubeconfig',
      hidden: true,
      load: async () => (await import('./commands/contexts.ts')).define,
    },
    {
      name: 'version',
      summary: 'print the version',
      load: async () => (await import('./commands/version.ts')).define,
    },
  ],
};

/**
 * The program.
 * @param wanted names of the commands that are given their arguments and options, all by default: one is enough to run it.
 *   The others have name and summary only, so that help and completion come at once.
 */
export async function createProgram(output: Output, wanted?: readonly string[]): Promise<Command> {
  const program = new Command('clusterpedia-import')
    .description('Imports the clusters of multi-cloud platforms into Clusterpedia.')
    .version(ownVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .addHelpCommand(
      new Command('help').argument('[command]').description('print help for a command').helpGroup(OWN),
    )
    .showSuggestionAfterError()
    // Arguments and options are the command's own to tell.
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .addHelpText(
      'after',
      `${exitCodes({
        0: 'good',
        1: 'there are findings: a policy has errors, a source failed, or something differs from what was expected',
        2: 'wrong use, or something could not be read or written',
      })}

Results go to standard output, everything else to standard error. Colour is for terminals; NO_COLOR turns it off.`,
    )
    .exitOverride();
  const context: CommandContext = { output, program: () => createProgram(output) };
  for (const [group, entries] of Object.entries(commands)) {
    program.commandsGroup(group);
    for (const { name, summary, hidden = false, load } of entries) {
      const command = program
        .command(name, { hidden })
        .description(summary)
        .helpOption('-h, --help', 'print help');
      if (wanted?.includes(name) !== false) (await load())(command, context);
    }
  }
  return program;
}

/** Names of the commands that a command line may be about: the first words of it. */
export const commandsIn = (words: readonly string[]): readonly string[] =>
  words.filter((word) => !word.startsWith('-')).slice(0, 2);
