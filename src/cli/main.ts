#!/usr/bin/env node
import { Command, CommanderError, Option } from 'commander';
import { crds } from './crds.ts';
import type { ExitCode } from './errors.ts';
import { EXIT, UsageError } from './errors.ts';
import { processOutput } from './output.ts';
import { addProcessCommands } from './processes.ts';
import { render } from './render.ts';
import { validate } from './validate.ts';

const output = processOutput();

const program = new Command('clusterpedia-import')
  .description('Imports the clusters of multi-cloud platforms into Clusterpedia.')
  .showSuggestionAfterError()
  .configureHelp({ sortSubcommands: true })
  .exitOverride();

/** Runs a command and makes what it returns the exit code. */
function exitWith<A extends unknown[]>(
  run: (...args: A) => Promise<ExitCode>,
): (...args: A) => Promise<void> {
  return async (...args) => {
    process.exitCode = await run(...args);
  };
}

program
  .command('validate')
  .description(
    'check policies as the admission webhook does, with the CRDs and objects in the same manifests',
  )
  .argument('<path...>', 'files, folders, or - for standard input')
  .addHelpText(
    'after',
    `
Examples:
  clusterpedia-import validate policy.yaml
  clusterpedia-import validate policies/ crds/
  kustomize build . | clusterpedia-import validate -`,
  )
  .action(exitWith((paths: string[]) => validate(paths, output)));

program
  .command('render')
  .description(
    'print the lifecycles and PediaClusters that policies make of the objects in the same manifests',
  )
  .argument('<path...>', 'files, folders, or - for standard input')
  .addOption(
    new Option('-o, --output <format>', 'format of the result')
      .choices(['yaml', 'json'] as const)
      .default('yaml' as const),
  )
  .addHelpText(
    'after',
    `
Examples:
  clusterpedia-import render policy.yaml clusters.yaml
  kubectl get clusters.cluster.x-k8s.io,secrets -A -o yaml | clusterpedia-import render policy.yaml -`,
  )
  .action(
    exitWith((paths: string[], options: { output: 'yaml' | 'json' }) => render(paths, options, output)),
  );

program
  .command('crds')
  .description('print the CustomResourceDefinitions of ClusterImportPolicy and PediaClusterLifecycle')
  .option('--all', "also PediaCluster's, for clusters without Clusterpedia")
  .option('--write <folder>', 'write them as files below a folder instead')
  .action(exitWith((options: { write?: string; all?: true }) => crds(options, output)));

addProcessCommands(program, output);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.good : EXIT.usage;
  } else if (error instanceof UsageError || (error instanceof Error && error.name === 'ConfigError')) {
    output.progress(`error: ${error.message}`);
    process.exitCode = EXIT.usage;
  } else {
    output.progress(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exitCode = EXIT.usage;
  }
}
