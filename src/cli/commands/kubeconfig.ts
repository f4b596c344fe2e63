import type { DefineCommand } from '../command.ts';
import { exitWith } from '../command.ts';
import { PEDIA_CLUSTER } from '../../api/index.ts';
import { isNotFound } from '../../kube/index.ts';
import { withClient } from '../client.ts';
import type { ExitCode } from '../errors.ts';
import { EXIT } from '../errors.ts';
import { examples, exitCodes } from '../help.ts';
import type { Output } from '../output.ts';
import { editKubeconfig } from '../kubeconfig/edit.ts';
import { findKubeconfig, replaceKubeconfig } from '../kubeconfig/file.ts';
import type { Merge } from '../kubeconfig/merge.ts';
import { mergeShortcuts } from '../kubeconfig/merge.ts';
import { ALL_CLUSTERS, shortcutsFor } from '../kubeconfig/shortcuts.ts';

export const define: DefineCommand = (command, { output }) => {
  command
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
${exitCodes({
  0: 'the kubeconfig is as it should be, or with --dry-run could be made so',
  1: 'a name is taken by a cluster that this command has not made',
  2: 'wrong use, or the cluster or the file cannot be read or written',
})}`,
    )
    .addHelpText(
      'after',
      examples(
        'clusterpedia-import kubeconfig --dry-run',
        'clusterpedia-import kubeconfig',
        'kubectl --cluster clusterpedia get nodes',
        'clusterpedia-import kubeconfig --remove',
      ),
    )
    .action(exitWith((options: KubeconfigOptions) => writeShortcuts(options, output)));
};

export interface KubeconfigOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  /** The beginning of the names of all shortcuts. */
  readonly prefix: string;
  /** Removes the shortcuts. */
  readonly remove?: true;
  /** Prints what would change, and changes nothing. */
  readonly dryRun?: true;
}

/**
 * `kubeconfig`: updates the shortcuts to Clusterpedia in a kubeconfig. Exit 1 if a name is taken.
 * @throws {UsageError} {@link KubeError} {@link TransportError}
 */
export async function writeShortcuts(options: KubeconfigOptions, output: Output): Promise<ExitCode> {
  const file = await findKubeconfig(options);
  const { server } = file.base.cluster;
  const names = options.remove === true ? [] : await pediaClusters(options, output);
  const shortcuts = options.remove === true ? [] : shortcutsFor(server, names, options.prefix);
  const merge = mergeShortcuts(file.entries, file.base, shortcuts);
  if (merge.changes.length > 0 && options.dryRun !== true)
    await replaceKubeconfig(file.path, file.text, editKubeconfig(file.text, merge.changes));
  print(merge, options, file.path, output);
  return merge.conflicts.length > 0 ? EXIT.findings : EXIT.good;
}

async function pediaClusters(options: KubeconfigOptions, { progress }: Output): Promise<readonly string[]> {
  return withClient(options, async (client) => {
    try {
      progress(`reading PediaClusters from ${client.server}`);
      const names: string[] = [];
      for await (const { metadata } of client.listAll(PEDIA_CLUSTER, { metadataOnly: true }))
        names.push(metadata.name);
      return names;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      progress('there is no PediaCluster: Clusterpedia is not installed there');
      return [];
    }
  });
}

const signs = { add: ['green', '+'], update: ['yellow', '~'], remove: ['red', '-'] } as const;

function print(
  merge: Merge,
  options: KubeconfigOptions,
  path: string,
  { line, progress, colour }: Output,
): void {
  for (const change of merge.changes) {
    const [name, sign] = signs[change.verb];
    const text =
      change.verb === 'remove' ? change.name : `${change.entry.name}  ${change.entry.cluster.server}`;
    line(colour(name, `${sign} ${text}`));
  }
  for (const { name, server } of merge.conflicts) {
    progress(
      `"${name}" is left as it is: the kubeconfig has a cluster of that name, ${server}; use --prefix`,
    );
  }
  const state =
    merge.changes.length === 0 ? 'is up to date' : options.dryRun === true ? 'would change' : 'was changed';
  progress(`${path} ${state}; ${String(merge.unchanged)} shortcuts unchanged`);
  if (options.remove !== true && merge.conflicts.length === 0)
    progress(`try: kubectl --cluster ${options.prefix}${ALL_CLUSTERS} get nodes`);
}
