/**
 * `npm run -s bench -- review [--rounds N]`
 *
 * What judging a policy costs: each policy of the catalogue, with its definitions and without objects, as the webhook judges it
 * where it is applied anew. One JSON line on standard output; progress on standard error.
 *
 * `renderings` are those of the trial, `branches` those that it is to reach. `ms` is processor time, of the fastest round; the
 * templates are compiled in the first one. `perRendering` is in microseconds.
 */
import { parseArgs } from 'node:util';
import type { ClusterImportPolicy } from '../../src/api/index.ts';
import { Inventory } from '../../src/cli/manifests/inventory.ts';
import { readManifests } from '../../src/cli/manifests/read-manifests.ts';
import { reviewPolicy } from '../../src/policy/index.ts';
import type { AdmissionFacts } from '../../src/policy/index.ts';
import { catalogueCases, inputFiles, policyOf } from '../policies/catalogue.ts';

const say = (text: string): void => void process.stderr.write(`${text}\n`);

interface Row {
  readonly policy: string;
  readonly renderings: number;
  readonly branches: number;
  readonly ms: number;
  readonly perRendering: number;
}

/** Runs the benchmark. */
export default async function reviewBench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { rounds: { type: 'string', default: '20' } },
  });
  const rounds = Number(values.rounds);
  const rows: Row[] = [];
  for (const sample of catalogueCases.filter(({ name }) => name === '')) {
    const row = measure(await factsOf(sample), rounds);
    say(`${row.policy}: ${String(row.renderings)} renderings, ${row.ms.toFixed(1)} ms`);
    rows.push(row);
  }
  const renderings = rows.map((row) => row.renderings).sort((a, b) => a - b);
  const ms = rows.map((row) => row.ms).sort((a, b) => a - b);
  process.stdout.write(
    `${JSON.stringify({
      bench: 'review',
      policies: rows.length,
      mostRenderings: renderings.at(-1),
      medianRenderings: middle(renderings),
      mostMs: rounded(ms.at(-1) ?? 0),
      medianMs: rounded(middle(ms)),
      rows: rows.map((row) => ({ ...row, ms: rounded(row.ms) })),
    })}\n`,
  );
}

async function factsOf(sample: (typeof catalogueCases)[number]): Promise<AdmissionFacts> {
  const policy = await policyOf(sample.platform);
  const inventory = new Inventory(await readManifests(inputFiles(sample)));
  return {
    operation: 'CREATE',
    object: policy,
    source: inventory.factsOf(policy.spec.source),
    references: new Map(
      (policy.spec.references ?? []).map((reference) => [reference.key, inventory.factsOf(reference)]),
    ),
  };
}

function measure(facts: AdmissionFacts, rounds: number): Row {
  const { renderings, coverage } = reviewPolicy(facts);
  const ms = fastest(rounds, () => void reviewPolicy(facts));
  return {
    policy: (facts.object as ClusterImportPolicy).metadata.name,
    renderings,
    branches: coverage?.branches ?? 0,
    ms,
    perRendering: Math.round((1000 * ms) / renderings),
  };
}

function fastest(rounds: number, run: () => void): number {
  let best = Infinity;
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

const middle = (sorted: readonly number[]): number => sorted[Math.floor(sorted.length / 2)] ?? 0;
const rounded = (ms: number): number => Math.round(ms * 10) / 10;
