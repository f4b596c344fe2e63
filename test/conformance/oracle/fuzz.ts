import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { allFunctions } from '../../../src/sprig/index.ts';
import { loadSuites, runCase } from '../cases.ts';
import type { Case } from '../cases.ts';
import type { ValueMap } from '../../../src/template/index.ts';
import { askGo, goVersion, INSTALLATION } from './go.ts';
import { ProgramGenerator } from './programs.ts';
import { TemplateGenerator } from './templates.ts';

/*
 * Runs random templates through this engine and through Go's, and prints where they differ:
 *
 *   node test/conformance/oracle/fuzz.ts [--programs] [--count 2000] [--seed 1] [--function NAME] [--show 20] [--places]
 *
 * They are single calls of functions (of NAME, where given) or, with --programs, whole templates. With --places failures
 * of a run at another line or column differ too. Exits 0 where all agree, 1 where some differ, 2 where Go or its
 * packages are missing.
 */

const { values } = parseArgs({
  options: {
    programs: { type: 'boolean', default: false },
    count: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    function: { type: 'string' },
    show: { type: 'string', default: '20' },
    places: { type: 'boolean', default: false },
  },
});

process.exitCode = main();

function main(): number {
  if (goVersion() === undefined) {
    print(`Go or its packages are missing: ${INSTALLATION}`);
    return 2;
  }
  const fixtures = join(import.meta.dirname, '..', 'fixtures');
  const data = loadSuites(fixtures)[0]?.data ?? {};
  const answers = askGo(randomCases(data), join(fixtures, 'data.json'));
  let differing = 0;
  for (const answer of answers) {
    const { failure, misplaced } = runCase({ ...answer, goError: answer.goError ?? '' }, data);
    const difference = failure ?? (values.places && answer.error === 'exec' ? misplaced : undefined);
    if (difference === undefined || !isDifference(difference)) continue;
    if (++differing <= Number(values.show))
      print(`${answer.id}: ${JSON.stringify(answer.tmpl)} with ${answer.data}\n  ${difference}`);
  }
  const printed = answers.filter(({ out }) => out !== undefined).length;
  const unparsed = answers.filter(({ error }) => error === 'parse').length;
  print(
    `${String(answers.length)} templates (${String(printed)} print, ${String(unparsed)} do not parse), ${String(differing)} differ`,
  );
  return differing > 0 ? 1 : 0;
}

function randomCases(data: ValueMap): Case[] {
  const seed = Number(values.seed);
  const length = Number(values.count);
  if (!values.programs) {
    const generator = new TemplateGenerator(seed, allFunctions, values.function);
    return Array.from({ length }, (_, i) => ({
      id: `random-${String(seed)}-${String(i)}`,
      tmpl: generator.template(),
      data: 'd0',
    }));
  }
  const names = Object.keys(data);
  const generator = new ProgramGenerator(seed, allFunctions, data.d0);
  return Array.from({ length }, (_, i) => ({
    id: `program-${String(seed)}-${String(i)}`,
    tmpl: generator.template(),
    data: names[i % names.length] ?? 'd0',
  }));
}

/** The wording of YAML's errors is ours, and Go prints the addresses of a time's parts under the verbs of numbers. */
function isDifference(failure: string): boolean {
  return !/error converting YAML to JSON|\*time\.Location/.test(failure);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
