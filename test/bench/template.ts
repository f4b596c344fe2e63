/**
 * `npm run -s bench -- template [--rounds N]`
 *
 * Five of the published policies, each rendered for clusters of its platform in one process: selector, name, creation
 * condition and template. Where Go and sprig are installed, Go's text/template renders the same in the same run, in
 * turns with this engine, and the outputs must be equal. One JSON line on standard output; progress on standard error.
 *
 * Both sides are compiled once, warm, work on decoded data and make a string of each rendering; the fastest round
 * counts. `ns` and `goNs` are nanoseconds for all of a policy's templates, once. `productNs` is what the product does
 * beyond that: the template is rendered so that values cannot change its structure, parsed as YAML, and checked against
 * PediaCluster's schema.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { KubeObject } from '../../src/api/index.ts';
import { Inventory } from '../../src/cli/manifests/inventory.ts';
import { readManifests } from '../../src/cli/manifests/read-manifests.ts';
import { compilePolicy } from '../../src/policy/index.ts';
import type { CompiledPolicy, References } from '../../src/policy/index.ts';
import { allFunctions } from '../../src/sprig/index.ts';
import { compile } from '../../src/template/index.ts';
import type { Value } from '../../src/template/index.ts';
import { kubeconfig } from '../../src/sprig/chapters/kubeconfig.ts';
import { buildGo, goVersion, INSTALLATION } from '../conformance/oracle/go.ts';
import { CATALOGUE, inputFiles, policyOf } from '../policies/catalogue.ts';

const platforms = ['cluster-api', 'karmada', 'vcluster', 'kubevela', 'mcp'] as const;

/** Clusters that are rendered in turn, so that nothing is measured on one object alone. */
const CLUSTERS = 64;

/** How long is measured at a time. */
const ROUND_MS = 20;

interface Cluster {
  readonly source: KubeObject;
  readonly references: References;
}

interface Subject {
  readonly name: string;
  readonly policy: CompiledPolicy;
  /** Selector, name, creation condition and template, those that the policy has. */
  readonly texts: readonly string[];
  readonly clusters: readonly Cluster[];
}

interface Measured {
  readonly renderNs: number;
  readonly compileNs: number;
  readonly outputs: readonly string[];
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** Runs the benchmark. */
export default async function templateBench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { rounds: { type: 'string', default: '3' } },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds must be a positive integer');
  const subjects = await Promise.all(platforms.map(subjectOf));
  const ours = new Map<string, Measured>();
  const go = new Map<string, Measured>();
  const version = goVersion();
  const goProgram = version === undefined ? undefined : goMeasurer(subjects.filter(isForGo));
  if (goProgram === undefined) say(`Go is not measured: ${INSTALLATION}`);
  try {
    for (let round = 0; round < rounds; round++) {
      say(`round ${String(round + 1)} of ${String(rounds)}`);
      for (const subject of subjects) keepFaster(ours, subject.name, measure(subject));
      for (const { name, ...measured } of goProgram?.measure() ?? []) keepFaster(go, name, measured);
    }
  } finally {
    goProgram?.remove();
  }
  const policies = subjects.map((subject) => [
    subject.name,
    report(subject, required(ours, subject.name), go.get(subject.name)),
  ]);
  const versions = { node: process.version, go: version ?? null };
  process.stdout.write(
    `${JSON.stringify({ ...versions, policies: Object.fromEntries(policies) as unknown })}\n`,
  );
}

function report(subject: Subject, ours: Measured, go: Measured | undefined) {
  if (go !== undefined && ours.outputs.some((output, i) => output !== go.outputs[i]))
    throw new Error(`${subject.name} renders otherwise in Go`);
  const ns = Math.round(ours.renderNs);
  const compileNs = Math.round(ours.compileNs);
  const productNs = Math.round(productNsOf(subject));
  if (go === undefined) return { ns, compileNs, productNs };
  return {
    ns,
    goNs: Math.round(go.renderNs),
    ratio: rounded(go.renderNs / ours.renderNs),
    compileNs,
    goCompileNs: Math.round(go.compileNs),
    productNs,
  };
}

const rounded = (value: number): number => Number(value.toFixed(1));

/** A policy, and clusters of its platform that it imports: the samples, and copies of them by other names. */
async function subjectOf(platform: string): Promise<Subject> {
  const sample = { platform, name: '', folder: join(CATALOGUE, platform, 'testdata') };
  const inventory = new Inventory(await readManifests(inputFiles(sample)));
  const { spec } = await policyOf(platform);
  const policy = compilePolicy(spec);
  const imported = inventory.sourcesOf(spec.source).flatMap((source): Cluster[] => {
    if (!policy.selects(source)) return [];
    const cluster = { source, references: referencesOf(policy, inventory, source) };
    return policy.creationConditionHolds(source, cluster.references) ? [cluster] : [];
  });
  const clusters = Array.from({ length: CLUSTERS }, (_, i): Cluster => {
    const { source, references } = imported[i % imported.length] ?? missing(platform);
    const metadata = { ...source.metadata, name: `${source.metadata.name}-${String(i)}` };
    return frozen(JSON.parse(JSON.stringify({ source: { ...source, metadata }, references })) as Cluster);
  });
  const wanted = [spec.source.selectorTemplate, spec.nameTemplate, spec.creationCondition, spec.template];
  const texts = wanted.filter((text) => text !== undefined);
  return { name: platform, policy, texts, clusters };
}

function missing(platform: string): never {
  throw new Error(`the samples of ${platform} hold no cluster that its policy imports`);
}

function referencesOf(policy: CompiledPolicy, inventory: Inventory, source: KubeObject): References {
  const references: { [key: string]: KubeObject } = {};
  for (const reference of policy.references) {
    const object = inventory.find({ ...reference, ...reference.locate(source, references) });
    if (object !== undefined) references[reference.key] = object;
  }
  return references;
}

/** As the product's cache holds what the API server has sent. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}

function measure({ texts, clusters }: Subject): Measured {
  const compileAll = () => texts.map((text) => compile(text, { functions: allFunctions }));
  const templates = compileAll();
  const data = clusters as readonly unknown[] as readonly Value[];
  const outputs = data.flatMap((cluster) => templates.map((template) => template.execute(cluster)));
  let turn = 0;
  let read = 0;
  const renderNs = nsOf(() => {
    const cluster = data[turn++ % data.length];
    for (const template of templates) {
      const output = template.execute(cluster);
      // V8 puts a string together when it is read.
      read += output.charCodeAt(output.length - 1);
    }
  });
  const compileNs = nsOf(() => (read += compileAll().length));
  if (read === 0) throw new Error('nothing was rendered');
  return { renderNs, compileNs, outputs };
}

/** What the product does with a cluster: every template, the PediaCluster parsed and checked. */
function productNsOf({ policy, clusters }: Subject): number {
  let turn = 0;
  return nsOf(() => {
    const { source, references } = clusters[turn++ % clusters.length] ?? missing('');
    policy.selects(source);
    policy.name(source);
    policy.creationConditionHolds(source, references);
    policy.render(source, references);
  });
}

/** Nanoseconds that a run takes on average in the fastest of some short times: others use the machine as well. */
function nsOf(run: () => void): number {
  let least = Infinity;
  for (let round = 0; round < 15; round++) {
    const start = performance.now();
    let runs = 0;
    let elapsed = 0;
    while (elapsed < ROUND_MS) {
      for (let i = 0; i < 10; i++) run();
      runs += 10;
      elapsed = performance.now() - start;
    }
    least = Math.min(least, (elapsed * 1e6) / runs);
  }
  return least;
}

function keepFaster(
  all: Map<string, Measured>,
  name: string,
  { renderNs, compileNs, outputs }: Measured,
): void {
  const before = all.get(name) ?? { renderNs, compileNs };
  all.set(name, {
    renderNs: Math.min(before.renderNs, renderNs),
    compileNs: Math.min(before.compileNs, compileNs),
    outputs,
  });
}

function required(all: ReadonlyMap<string, Measured>, name: string): Measured {
  return all.get(name) ?? missing(name);
}

interface GoMeasured extends Measured {
  readonly name: string;
}

/** Functions that Go's sprig does not have. */
const ownFunctions = Object.keys(kubeconfig);

/** Whether Go can render a policy: it calls no function of this project. */
const isForGo = ({ texts }: Subject): boolean =>
  !texts.some((text) => ownFunctions.some((name) => text.includes(name)));

/** Builds the Go program once and returns what measures all subjects with it. */
function goMeasurer(subjects: readonly Subject[]): { measure(): readonly GoMeasured[]; remove(): void } {
  const program = buildGo('bench/go-template');
  const input = JSON.stringify(
    subjects.map(({ name, texts, clusters }) => ({ name, templates: texts, clusters })),
  );
  return {
    measure() {
      const { status, stdout, stderr } = program.run([], input);
      if (status !== 0) throw new Error(`the Go program failed: ${stderr}`);
      return JSON.parse(stdout) as readonly GoMeasured[];
    },
    remove: () => {
      program.remove();
    },
  };
}
