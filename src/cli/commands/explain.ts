import { Option } from 'commander';
import type { ClusterOptions } from '../cluster-options.ts';
import { clusterOptions } from '../cluster-options.ts';
import type { DefineCommand } from '../command.ts';
import { exitWith } from '../command.ts';
import type { ExitCode } from '../errors.ts';
import { EXIT, UsageError } from '../errors.ts';
import type { Explanation } from '../explain/explain.ts';
import { explain } from '../explain/explain.ts';
import { ABSENT, checkField } from '../explain/field.ts';
import { meantTarget } from '../explain/meant.ts';
import type { Target } from '../explain/target.ts';
import { isMade, isTarget, parseTarget } from '../explain/target.ts';
import { didYouMean } from '../../template/index.ts';
import { examples, exitCodes } from '../help.ts';
import { Inventory } from '../manifests/inventory.ts';
import { readManifests } from '../manifests/read-manifests.ts';
import type { Output } from '../output.ts';
import { policiesOf } from '../plan/inventory-view.ts';
import { withCluster } from '../plan/live-plan.ts';
import type { ClusterView, FollowedSource, Plan } from '../plan/plan.ts';
import { planOf } from '../plan/plan.ts';
import { recordedViewOf } from '../plan/recorded.ts';
import { printExplanation } from '../report/explanation-text.ts';
import { jsonText, visibleLine } from '../visible.ts';

export const define: DefineCommand = (command, { output }) => {
  command
    .argument('<object>', 'KIND/NAME or KIND/NAMESPACE/NAME of a PediaCluster, a lifecycle, or a source')
    .argument('[path...]', 'files, folders, or -: policies, and without --server what they are applied to')
    .addOption(
      new Option('-o, --output <format>', 'format of the explanation')
        .choices(['human', 'json'])
        .default('human'),
    )
    .option('--field <path>', 'where this field of the PediaCluster comes from, e.g. spec.apiserver')
    .option('--server', "take everything else from the kubeconfig's cluster, which is only read");
  for (const option of clusterOptions('with --server: ')) command.addOption(option);
  command
    .addHelpText(
      'after',
      `
The steps are select, resolve, decide, render and write, by the reconciler's own code. Each template is shown with the values that
it can read; those of Secrets, and credentials, as fingerprints.
${exitCodes({
  0: 'the PediaCluster is made, or kept',
  1: 'something stops it, no policy has to do with the object, or the PediaCluster lacks the field',
  2: 'wrong use (a field that no PediaCluster has is one), or the cluster or a file cannot be read',
})}`,
    )
    .addHelpText(
      'after',
      examples(
        'clusterpedia-import explain --server pediacluster/default-capi-quickstart',
        'clusterpedia-import explain --server cluster/default/capi-quickstart policy.yaml',
        'clusterpedia-import explain --field spec.apiserver pediacluster/mcp-cluster-1 policies/ clusters/',
      ),
    )
    .action(
      exitWith((object: string, paths: string[], options: ExplainOptions) =>
        explainObject(parseTarget(object), paths, options, output),
      ),
    );
};

interface ExplainOptions extends ClusterOptions {
  readonly output: 'human' | 'json';
  readonly field?: string;
  readonly server?: true;
}

/** `explain KIND/NAME`: exit 0 if the PediaCluster is made. @throws {UsageError} */
async function explainObject(
  target: Target,
  paths: readonly string[],
  options: ExplainOptions,
  output: Output,
): Promise<ExitCode> {
  if (options.server === undefined && paths.length === 0) throw new UsageError('give files, or --server');
  if (options.field !== undefined) checkField(options.field);
  const { explained, meant } =
    options.server === true
      ? await onServer(target, paths, options, output)
      : offline(target, new Inventory(await readManifests(paths, output)), options.field);
  if (options.output === 'json') output.data(jsonText({ explanations: explained }));
  else for (const explanation of explained) printExplanation(explanation, output);
  if (explained.length === 0) {
    output.progress(
      visibleLine(`no policy has to do with it: none is of its kind, or none made it${didYouMean(meant)}`),
    );
    return EXIT.findings;
  }
  const isWell = ({ stop, field }: Explanation) => stop === undefined && field?.value !== ABSENT;
  return explained.every(isWell) ? EXIT.good : EXIT.findings;
}

interface Explained {
  readonly explained: readonly Explanation[];
  /** What was probably meant, where nothing is explained. */
  readonly meant: string | undefined;
}

function explainIn(target: Target, view: ClusterView, plan: Plan, field: string | undefined): Explained {
  const explained = explain(target, view, plan, field);
  return { explained, meant: explained.length === 0 ? meantTarget(target, view, plan) : undefined };
}

function offline(target: Target, inventory: Inventory, field: string | undefined): Explained {
  const view = recordedViewOf(inventory);
  if (view.policies.length === 0) throw new UsageError('there is no ClusterImportPolicy in the files');
  return explainIn(target, view, planOf(view), field);
}

async function onServer(
  target: Target,
  paths: readonly string[],
  options: ExplainOptions,
  output: Output,
): Promise<Explained> {
  const given =
    paths.length === 0 ? undefined : policiesOf(new Inventory(await readManifests(paths, output)));
  const live = { ...options, existing: true, follows: followsOnly(target) };
  return withCluster(given, live, output, (view, plan) => explainIn(target, view, plan, options.field));
}

/** Of other sources, only the names count. */
const followsOnly =
  (target: Target) =>
  ({ source, name }: FollowedSource, view: ClusterView): boolean =>
    isMade(target) ? name === target.name : isTarget(target, { ...source, kind: view.factsOf(source).kind });
