import { Option } from 'commander';
import type { KubeObject, PediaClusterSpec } from '../../api/index.ts';
import { redactText } from '../../kube/index.ts';
import { usabilityOf } from '../../policy/index.ts';
import { KubeconfigError, readKubeconfig } from '../../sprig/index.ts';
import { LimitError } from '../../template/index.ts';
import type { ClusterOptions } from '../cluster-options.ts';
import { clusterOptions } from '../cluster-options.ts';
import type { DefineCommand } from '../command.ts';
import { exitWith, PATHS } from '../command.ts';
import type { Difference, DifferenceLabels } from '../plan/difference.ts';
import { differencesBetween, printDifferences, summaryOf, withoutSecrets } from '../plan/difference.ts';
import type { ExitCode } from '../errors.ts';
import { EXIT, UsageError } from '../errors.ts';
import { examples, exitCodes } from '../help.ts';
import { Inventory } from '../manifests/inventory.ts';
import { policiesOf, renderedBy, viewOf } from '../plan/inventory-view.ts';
import { planCluster } from '../plan/live-plan.ts';
import { readManifests } from '../manifests/read-manifests.ts';
import { repetitions } from '../manifests/repetitions.ts';
import { asGolden, asManifest, toYaml } from '../report/object-text.ts';
import type { Output } from '../output.ts';
import type { Plan, PlannedChange, PlanProblem, SourceOutcome } from '../plan/plan.ts';
import { planData, planTotals, printPlan } from '../report/plan-text.ts';
import { planOf } from '../plan/plan.ts';
import { table } from '../report/table.ts';
import { jsonText, visibleLine } from '../visible.ts';

export const define: DefineCommand = (command, { output }) => {
  command
    .argument(...PATHS)
    .addOption(
      new Option('-o, --output <format>', 'format of the result')
        .choices(['yaml', 'json', 'human'])
        .default('yaml'),
    )
    .option('--server', "take sources and references from the kubeconfig's cluster, which is only read");
  for (const option of clusterOptions('with --server: ')) command.addOption(option);
  command
    .option('--diff', 'print what would be created, changed and deleted; exit 1 where there is something')
    .option('--expected <path>', 'with --diff: compare with these manifests instead of with the cluster')
    .option('--show-secrets', 'with --diff: print credentials instead of their fingerprints')
    .option('--lifecycles', 'with --server --diff: show how lifecycles change, too')
    .option('--full', 'with --server --diff: show every object on its own, instead of equal changes together')
    .option('--prune', 'with --server --diff: show what goes with policies that are in no file, too')
    .addOption(
      new Option('--only <kind>', 'objects of one kind alone').choices([
        'PediaCluster',
        'PediaClusterLifecycle',
      ]),
    )
    .addHelpText(
      'after',
      exitCodes({
        0: 'every source was rendered or waits; with --diff also: nothing differs',
        1: 'a source failed; with --diff also: something differs',
        2: 'wrong use, something cannot be read, or there is no policy',
      }),
    )
    .addHelpText(
      'after',
      examples(
        'clusterpedia-import render policy.yaml clusters.yaml',
        'clusterpedia-import render -o human policies/ clusters/',
        'kustomize build platform | clusterpedia-import render policy.yaml -',
        'clusterpedia-import render --server policy.yaml',
        'clusterpedia-import render --server --diff policy.yaml',
        'clusterpedia-import render --server --diff --prune policies/',
        'clusterpedia-import render --only PediaCluster policy.yaml clusters.yaml',
        'clusterpedia-import render --diff --expected expected.yaml policy.yaml clusters.yaml',
      ),
    )
    .action(exitWith((paths: string[], options: RenderOptions) => render(paths, options, output)));
};

export interface RenderOptions extends ClusterOptions {
  readonly output: 'yaml' | 'json' | 'human';
  /** Sources, references and versions are those of the cluster. */
  readonly server?: true;
  /** Shows differences instead of objects. */
  readonly diff?: true;
  /** File or folder with the objects that should come out. */
  readonly expected?: string;
  readonly showSecrets?: true;
  /** Objects of one kind alone. */
  readonly only?: 'PediaCluster' | 'PediaClusterLifecycle';
  /** Shows what would be deleted with those policies of the cluster that are in no file. */
  readonly prune?: true;
  readonly lifecycles?: true;
  /** Shows every object separately. */
  readonly full?: true;
}

/**
 * `render PATH…`: exit 0, or 1 if a source failed or something differs.
 * @throws {UsageError}
 */
export async function render(
  paths: readonly string[],
  options: RenderOptions,
  output: Output,
): Promise<ExitCode> {
  checkOptions(options);
  const manifests = await readManifests(paths, output);
  for (const text of repetitions(manifests)) output.progress(text);
  const inventory = new Inventory(manifests);
  const policies = policiesOf(inventory);
  if (policies.length === 0) throw new UsageError(`no ClusterImportPolicy in ${paths.join(', ')}`);
  const compareWithCluster = options.diff === true && options.expected === undefined;
  const plan =
    options.server === true
      ? await planCluster(
          policies,
          { ...options, existing: compareWithCluster, prune: options.prune === true },
          output,
        )
      : planOf(viewOf(inventory));
  if (compareWithCluster) return comparedWithCluster(plan, options, output);
  if (options.diff === true) {
    const differences = await expectedDifferences(plan, options.expected ?? '', options, output);
    printDiff(differences, options, output);
    printProblems(plan.problems, output);
    return differences.length > 0 || hasFailed(plan) ? EXIT.findings : EXIT.good;
  }
  printRendered(plan, options, output);
  printProblems(plan.problems, output);
  return hasFailed(plan) ? EXIT.findings : EXIT.good;
}

/** Prints what the reconciler would write. */
function comparedWithCluster(plan: Plan, options: RenderOptions, output: Output): ExitCode {
  const { only, lifecycles = false, full = false, showSecrets = false } = options;
  const kinds: readonly PlannedChange['kind'][] =
    only === undefined
      ? ['ClusterImportPolicy', 'PediaCluster', ...(lifecycles ? (['PediaClusterLifecycle'] as const) : [])]
      : [only];
  if (options.output === 'json') {
    const all: readonly PlannedChange['kind'][] =
      only === undefined ? ['ClusterImportPolicy', 'PediaCluster', 'PediaClusterLifecycle'] : [only];
    output.data(jsonText(planData(plan, { kinds: all, showSecrets })));
  } else {
    printPlan(plan, { kinds, full, showSecrets }, output);
    printProblems(plan.problems, output);
  }
  for (const text of planTotals(plan, kinds)) output.progress(text);
  return plan.changes.length > 0 || hasFailed(plan) ? EXIT.findings : EXIT.good;
}

const expectedLabels: DifferenceLabels = { before: 'expected', after: 'rendered' };

function checkOptions(options: RenderOptions): void {
  const { server, diff, expected, kubeconfig, context } = options;
  const compared = diff === true && expected === undefined;
  if (compared && server === undefined)
    throw new UsageError('--diff compares with a cluster or with files: add --server, or --expected <path>');
  if (diff === undefined && expected !== undefined) throw new UsageError('--expected needs --diff');
  if (server === undefined && (kubeconfig ?? context) !== undefined)
    throw new UsageError('--kubeconfig and --context need --server');
  for (const flag of ['prune', 'lifecycles', 'full'] as const) {
    if (options[flag] === true && !compared) throw new UsageError(`--${flag} needs --server --diff`);
  }
}

const hasFailed = ({ problems }: Plan) => problems.some(({ problem }) => problem.failed);

function printProblems(problems: readonly PlanProblem[], { progress }: Output): void {
  for (const { subject, problem } of problems)
    progress(visibleLine(`${subject}: ${problem.reason}: ${problem.message}`));
}

function printRendered(plan: Plan, { output: format, only }: RenderOptions, { line, data }: Output): void {
  const { lifecycles, pediaClusters } = renderedBy(plan);
  const objects = [...pediaClusters, ...lifecycles].filter(isOnly(only)).map(asManifest);
  if (format === 'human') for (const row of outcomeTable(plan.outcomes)) line(visibleLine(row));
  else if (format === 'json') data(jsonText({ apiVersion: 'v1', kind: 'List', items: objects }));
  else if (objects.length > 0) data(toYaml(objects).trimEnd());
}

/** Every source with its name and its result. */
function outcomeTable(outcomes: readonly SourceOutcome[]): readonly string[] {
  const rows = outcomes.map(({ policy, source, evaluation, conditions, pediaCluster, problem }) => {
    const created = conditions.find(({ type }) => type === 'Created');
    return [
      policy,
      source.namespace === undefined ? source.name : `${source.namespace}/${source.name}`,
      evaluation.kind === 'selected' ? evaluation.name : '',
      created?.status ?? '',
      problem?.reason ?? created?.reason ?? (evaluation.kind === 'unselected' ? 'NotSelected' : ''),
      apiServerOf(pediaCluster),
    ];
  });
  return table(['POLICY', 'SOURCE', 'NAME', 'CREATED', 'REASON', 'APISERVER'], rows);
}

/** The address with which Clusterpedia connects. It does not use `apiserver` beside a kubeconfig. */
function apiServerOf(pediaCluster: KubeObject | undefined): string {
  const spec = (pediaCluster?.['spec'] ?? { syncResources: [] }) as PediaClusterSpec;
  if (usabilityOf(spec).credential !== 'kubeconfig') return spec.apiserver ?? '';
  return (spec.kubeconfig === undefined ? undefined : serverOf(spec.kubeconfig)) ?? 'from kubeconfig';
}

/** The server of a kubeconfig's current context, without a password in its URL; nothing where it cannot be read. */
function serverOf(kubeconfig: string): string | undefined {
  try {
    const { server } = readKubeconfig(kubeconfig);
    return server === undefined ? undefined : redactText(server);
  } catch (error) {
    if (error instanceof KubeconfigError || error instanceof LimitError) return undefined;
    throw error;
  }
}

/** Whether an object has the one kind that is wanted. */
const isOnly =
  (only: RenderOptions['only']) =>
  ({ kind }: KubeObject): boolean =>
    only === undefined || kind === only;

async function expectedDifferences(
  plan: Plan,
  path: string,
  { only }: RenderOptions,
  output: Output,
): Promise<readonly Difference[]> {
  const { lifecycles, pediaClusters } = renderedBy(plan);
  const expected = (await readManifests([path], { ...output, golden: true })).map(
    ({ object }) => object as KubeObject,
  );
  const rendered = [...pediaClusters, ...lifecycles].filter(isOnly(only));
  return differencesBetween(expected.filter(isOnly(only)).map(asGolden), rendered.map(asGolden));
}

function printDiff(differences: readonly Difference[], options: RenderOptions, output: Output): void {
  const shown = options.showSecrets === true ? differences : differences.map(withoutSecrets);
  if (options.output === 'json') output.data(jsonText({ changes: shown }));
  else printDifferences(shown, expectedLabels, output);
  output.progress(summaryOf(differences));
}
