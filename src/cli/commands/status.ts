import { Option } from 'commander';
import type { ClusterOptions } from '../cluster-options.ts';
import { clusterOptions } from '../cluster-options.ts';
import type { DefineCommand } from '../command.ts';
import { exitWith } from '../command.ts';
import type { ExitCode } from '../errors.ts';
import { EXIT, UsageError } from '../errors.ts';
import { examples, exitCodes } from '../help.ts';
import { Inventory } from '../manifests/inventory.ts';
import { readManifests } from '../manifests/read-manifests.ts';
import type { Output } from '../output.ts';
import { readRecorded } from '../plan/live-recorded.ts';
import { viewOf } from '../plan/inventory-view.ts';
import { planOf } from '../plan/plan.ts';
import { recordedIn } from '../plan/recorded.ts';
import type { StatusPage } from '../plan/status.ts';
import { plannedStatus, recordedStatus } from '../plan/status.ts';
import { printStatus } from '../report/status-text.ts';
import { jsonText } from '../visible.ts';

export const define: DefineCommand = (command, { output }) => {
  command
    .argument('[path...]', 'files, folders, or -, with what a cluster has; or policies and sources')
    .addOption(
      new Option('-o, --output <format>', 'format of the page').choices(['human', 'json']).default('human'),
    )
    .option('--server', "the kubeconfig's cluster, which is only read");
  for (const option of clusterOptions('with --server: ')) command.addOption(option);
  command
    .addHelpText(
      'after',
      `
Of objects that a controller has written, what it says of them. Of policies and sources alone, what would come of them.
${exitCodes({
  0: 'every policy is ready, and nothing fails or is held',
  1: 'a policy is not ready, a source fails, or deletions are held',
  2: 'wrong use, or the cluster or a file cannot be read',
})}`,
    )
    .addHelpText(
      'after',
      examples(
        'clusterpedia-import status --server',
        'kubectl get clusterimportpolicy,pediaclusterlifecycle,pediacluster -o yaml | clusterpedia-import status -',
        'clusterpedia-import status policies/ clusters/',
      ),
    )
    .action(exitWith((paths: string[], options: StatusOptions) => status(paths, options, output)));
};

interface StatusOptions extends ClusterOptions {
  readonly output: 'human' | 'json';
  readonly server?: true;
}

/** `status`: one page of policies, clusters, what waits, fails and is held. @throws {UsageError} */
async function status(paths: readonly string[], options: StatusOptions, output: Output): Promise<ExitCode> {
  if (options.server === true && paths.length > 0) throw new UsageError('give files, or --server, not both');
  if (options.server === undefined && paths.length === 0) throw new UsageError('give files, or --server');
  const page =
    options.server === true
      ? recordedStatus(await readRecorded(options, output))
      : await offline(paths, output);
  if (page.policies.length === 0) throw new UsageError('there is no ClusterImportPolicy');
  if (options.output === 'json') output.data(jsonText(page));
  else printStatus(page, output);
  const good = page.policies.every(({ ready, failing, held }) => ready === 'True' && failing + held === 0);
  return good ? EXIT.good : EXIT.findings;
}

async function offline(paths: readonly string[], output: Output): Promise<StatusPage> {
  const inventory = new Inventory(await readManifests(paths, output));
  const recorded = recordedIn(inventory);
  const seen =
    recorded.lifecycles.length > 0 || recorded.policies.some((policy) => policy.status !== undefined);
  return seen ? recordedStatus(recorded) : plannedStatus(recorded.policies, planOf(viewOf(inventory)));
}
