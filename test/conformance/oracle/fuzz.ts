import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { allFunctions } from '../../../src/sprig/index.ts';
import { loadSuites, runCase } from '../cases.ts';
import type { Case } from '../cases.ts';
import { TemplateGenerator } from './templates.ts';

/*
 * Runs random templates through this engine and through Go's, and prints where they differ:
 *
 *   node test/conformance/oracle/fuzz.ts [--count 2000] [--seed 1] [--function NAME] [--show 20]
 *
 * Exits 0 where all agree, 1 where some differ, 2 where Go or its packages are missing.
 */

const gopath = '/usr/share/gocode';
const packages = ['github.com/Masterminds/sprig', 'sigs.k8s.io/yaml'];

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    function: { type: 'string' },
    show: { type: 'string', default: '20' },
  },
});

process.exitCode = main();

function main(): number {
  const missing = packages.filter((name) => !existsSync(join(gopath, 'src', name)));
  if (missing.length > 0 || spawnSync('go', ['version']).status !== 0) {
    print(
      'Go or its packages are missing: apt-get install golang-go golang-github-masterminds-sprig-dev golang-k8s-sigs-yaml-dev',
    );
    return 2;
  }
  const fixtures = join(import.meta.dirname, '..', 'fixtures');
  const data = loadSuites(fixtures)[0]?.data ?? {};
  const generator = new TemplateGenerator(Number(values.seed), allFunctions, values.function);
  const cases = Array.from({ length: Number(values.count) }, (_, i): Case => ({
    id: `random-${values.seed}-${i}`,
    tmpl: generator.template(),
    data: 'd0',
  }));
  const answers = askGo(cases, join(fixtures, 'data.json'));
  if (!answers) return 2;
  let differing = 0;
  for (const answer of answers) {
    const out = answer.out === undefined ? {} : { out: withShortEscapes(answer.out) };
    const { failure } = runCase({ ...answer, ...out, goError: answer.goError ?? '' }, data);
    if (failure === undefined || !isDifference(failure)) continue;
    if (++differing <= Number(values.show))
      print(`${answer.id}: ${JSON.stringify(answer.tmpl)}\n  ${failure}`);
  }
  print(`${cases.length} templates, ${differing} differ`);
  return differing > 0 ? 1 : 0;
}

/** The wording of YAML's errors is ours, and Go is stricter with hosts since 1.26. */
function isDifference(failure: string): boolean {
  return !/error converting YAML to JSON|invalid port after host|invalid IP-literal/.test(failure);
}

/** Go writes the short forms since 1.22. */
function withShortEscapes(out: string): string {
  return out.replaceAll('\\u0008', '\\b').replaceAll('\\u000c', '\\f');
}

function askGo(cases: readonly Case[], dataFile: string): Case[] | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'oracle-'));
  try {
    const env = { ...process.env, GO111MODULE: 'off', GOPATH: gopath, GOFLAGS: '', TZ: 'UTC' };
    const binary = join(folder, 'oracle');
    const build = spawnSync('go', ['build', '-o', binary, 'main.go'], {
      cwd: import.meta.dirname,
      env,
      encoding: 'utf8',
    });
    if (build.status !== 0) {
      print(`the oracle does not build:\n${build.stderr}`);
      return undefined;
    }
    const input = cases.map((test) => JSON.stringify(test)).join('\n');
    const run = spawnSync(binary, [dataFile], { env, input, encoding: 'utf8', maxBuffer: 1 << 28 });
    if (run.status !== 0) {
      print(`the oracle failed:\n${run.stderr.slice(0, 2000)}`);
      return undefined;
    }
    return run.stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Case);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
