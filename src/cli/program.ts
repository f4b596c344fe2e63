import { Argument, Command, Option } from 'commander';
import type { TemplateEngine } from '../api/index.ts';
import { completionScript, SHELLS } from './commands/completion.ts';
import type { TestOptions } from './commands/test.ts';
import type { CrdsOptions } from './commands/crds.ts';
import type { ExitCode } from './errors.ts';
import { EXIT } from './errors.ts';
import { examples } from './examples.ts';
import type { KubeconfigOptions } from './commands/kubeconfig.ts';
import type { Output } from './output.ts';
import { addProcessCommands } from './commands/processes.ts';
import type { RenderOptions } from './commands/render.ts';
import { REPORT_FORMATS } from './report/formats.ts';
import type { TemplateOptions } from './commands/template.ts';
import type { ValidateOptions } from './commands/validate.ts';
import { ownVersion } from './version.ts';

/**
 * The program with all its commands; a command's outcome becomes the process's exit code. What a command needs is loaded only
 * when it runs, so that help and completion come at once.
 */
export function createProgram(output: Output): Command {
  const program = new Command('clusterpedia-import')
    .description('Imports the clusters of multi-cloud platforms into Clusterpedia.')
    .version(ownVersion(), '-V, --version', 'print the version')
    .showSuggestionAfterError()
    .configureHelp({ sortSubcommands: true })
    .addHelpText(
      'after',
      `
Exit codes:
  0  good
  1  there are findings: a policy has errors, a source failed, or something differs from what was expected
  2  wrong use, or something could not be read or written

Results go to standard output, everything else to standard error. Colour is for terminals; NO_COLOR turns it off.`,
    )
    .exitOverride();
  addOfflineCommands(program, output);
  addClusterCommands(program, output);
  addDeveloperCommands(program, output);
  addProcessCommands(program, output);
  return program;
}

const PATHS = ['<path...>', 'files, folders, or - for standard input'] as const;

/** Runs a command and makes what it returns the exit code. */
function exitWith<A extends unknown[]>(
  run: (...args: A) => Promise<ExitCode>,
): (...args: A) => Promise<void> {
  return async (...args) => {
    process.exitCode = await run(...args);
  };
}

function addOfflineCommands(program: Command, output: Output): void {
  program
    .command('validate')
    .description(
      'check policies as the admission webhook does, with the CRDs and objects in the same manifests',
    )
    .argument(...PATHS)
    .addOption(
      new Option('-o, --output <format>', 'format of the findings').choices(REPORT_FORMATS).default('human'),
    )
    .option('--strict', 'exit 1 for warnings too')
    .addHelpText(
      'after',
      examples(
        'clusterpedia-import validate policy.yaml',
        'clusterpedia-import validate policies/ crds/',
        'kustomize build . | clusterpedia-import validate -',
        'clusterpedia-import validate -o sarif policies/ > findings.sarif',
      ),
    )
    .action(
      exitWith(async (paths: string[], options: ValidateOptions) =>
        (await import('./commands/validate.ts')).validate(paths, options, output),
      ),
    );

  program
    .command('render')
    .description(
      'print the lifecycles and PediaClusters that policies make of the objects in the same manifests',
    )
    .argument(...PATHS)
    .addOption(
      new Option('-o, --output <format>', 'format of the result')
        .choices(['yaml', 'json', 'human'])
        .default('yaml'),
    )
    .option('--server', "take sources and references from the kubeconfig's cluster, which is only read")
    .option('--kubeconfig <file>', "with --server: a kubeconfig (default: kubectl's)")
    .option('--context <name>', 'with --server: a context of the kubeconfig')
    .option('--diff', 'print what would be created, changed and deleted; exit 1 where there is something')
    .option('--expected <path>', 'with --diff: compare with these manifests instead of with the cluster')
    .option('--show-secrets', 'with --diff: print credentials instead of their fingerprints')
    .addHelpText(
      'after',
      examples(
        'clusterpedia-import render policy.yaml clusters.yaml',
        'clusterpedia-import render -o human policies/ clusters/',
        'kubectl get clusters.cluster.x-k8s.io,secrets -A -o yaml | clusterpedia-import render policy.yaml -',
        'clusterpedia-import render --server policy.yaml',
        'clusterpedia-import render --server --diff policy.yaml',
        'clusterpedia-import render --diff --expected expected.yaml policy.yaml clusters.yaml',
      ),
    )
    .action(
      exitWith(async (paths: string[], options: RenderOptions) =>
        (await import('./commands/render.ts')).render(paths, options, output),
      ),
    );

  program
    .command('test')
    .description('render every case below a folder and compare with its golden files')
    .argument(
      '<folder>',
      'folder of cases; a case is a folder with a policy (or one above it), sources and expected.yaml',
    )
    .option('--update', 'write what comes out to the golden files')
    .addHelpText(
      'after',
      `
A case's folder holds the policy, its sources and references in manifests of any name, and what should come of them in
expected.yaml. What should go wrong is a line each in expected-problems.txt. A case without a policy of its own uses the
policy of the nearest folder above it.
${examples('clusterpedia-import test policies/', 'clusterpedia-import test --update policies/')}`,
    )
    .action(
      exitWith(async (folder: string, options: TestOptions) =>
        (await import('./commands/test.ts')).testCases(folder, options, output),
      ),
    );
}

function addClusterCommands(program: Command, output: Output): void {
  program
    .command('kubeconfig')
    .description(
      'add clusters to a kubeconfig that ask Clusterpedia: clusterpedia, and one for each PediaCluster',
    )
    .option('--kubeconfig <file>', "the kubeconfig to change (default: kubectl's)")
    .option('--context <name>', 'the context whose cluster runs Clusterpedia (default: the current one)')
    .option('--prefix <text>', 'stands before each name', '')
    .option('--remove', 'take them out again')
    .option('--dry-run', 'print what would change, and change nothing')
    .addHelpText(
      'after',
      `
Clusters that this command has not made are left as they are, and so is the rest of the file. Those whose PediaCluster is
gone are removed.
${examples(
  'clusterpedia-import kubeconfig --dry-run',
  'clusterpedia-import kubeconfig',
  'kubectl --cluster clusterpedia get nodes',
  'clusterpedia-import kubeconfig --remove',
)}`,
    )
    .action(
      exitWith(async (options: KubeconfigOptions) =>
        (await import('./commands/kubeconfig.ts')).writeShortcuts(options, output),
      ),
    );
}

function addDeveloperCommands(program: Command, output: Output): void {
  const collect = (value: string, known: readonly string[] = []) => [...known, value];
  program
    .command('template')
    .description('render one template with data')
    .argument('[file]', 'the template; - for standard input')
    .option('-e, --expression <text>', 'the template itself')
    .option('--data <file>', 'YAML or JSON: all that the template sees')
    .option('--source <file>', 'the object that it sees as .source')
    .option('--reference <key=file>', 'an object that it sees as .references.<key>; may be repeated', collect)
    .addOption(
      new Option('--engine <language>', 'language of the template')
        .choices(['GoTemplate', 'Handlebars'] satisfies TemplateEngine[])
        .default('GoTemplate'),
    )
    .option('--reads', 'print which fields the template reads, instead of rendering it')
    .addHelpText(
      'after',
      examples(
        `clusterpedia-import template -e '{{ .source.metadata.name | upper }}' --source cluster.yaml`,
        'clusterpedia-import template name.tmpl --source cluster.yaml --reference secret=secret.yaml',
        `kubectl get cluster c1 -o json | clusterpedia-import template -e '{{ .source.spec | toYaml }}' --source -`,
        `clusterpedia-import template --reads -e '{{ range .source.status.conditions }}{{ .type }}{{ end }}'`,
      ),
    )
    .action(
      exitWith(async (file: string | undefined, options: TemplateOptions) =>
        (await import('./commands/template.ts')).renderTemplate(file, options, output),
      ),
    );

  program
    .command('playground')
    .description('edit a policy in the browser and see at once what it makes of sample objects')
    .option('--port <number>', 'port on 127.0.0.1; 0 for any that is free', '8088')
    .addHelpText(
      'after',
      examples('clusterpedia-import playground', 'clusterpedia-import playground --port 0'),
    )
    .action(
      exitWith(async (options: { port: string }) => {
        const { runPlayground } = await import('./playground/index.ts');
        await runPlayground(options, output);
        return EXIT.good;
      }),
    );

  program
    .command('crds')
    .description('print the CustomResourceDefinitions of ClusterImportPolicy and PediaClusterLifecycle')
    .option('--all', "also PediaCluster's, for clusters without Clusterpedia")
    .option('--write <folder>', 'write them as files below a folder instead')
    .addHelpText('after', examples('clusterpedia-import crds --all | kubectl apply -f -'))
    .action(
      exitWith(async (options: CrdsOptions) => (await import('./commands/crds.ts')).crds(options, output)),
    );

  program
    .command('completion')
    .description('print a script with which a shell completes commands and options')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText(
      'after',
      examples(
        'source <(clusterpedia-import completion bash)',
        'clusterpedia-import completion zsh > "${fpath[1]}/_clusterpedia-import"',
        'clusterpedia-import completion fish > ~/.config/fish/completions/clusterpedia-import.fish',
      ),
    )
    .action((shell: (typeof SHELLS)[number]) => {
      output.line(completionScript(shell, program));
    });

  program
    .command('version')
    .description('print the version')
    .addHelpText('after', examples('clusterpedia-import version'))
    .action(() => {
      output.line(ownVersion());
    });
}
