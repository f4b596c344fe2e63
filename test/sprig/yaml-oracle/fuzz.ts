/**
 * `node test/sprig/yaml-oracle/fuzz.ts [--count N] [--seed N] [--write]`: prints the random texts that the product and Go both
 * accept, but read differently. With `--write`, writes Go's answers to what it accepts into `answers.jsonl`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildGo } from '../../conformance/oracle/go.ts';
import type { Answer } from './compare.ts';
import { isReadDifferently, saidBy } from './compare.ts';
import { randomTexts } from './texts.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false },
  },
});

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const texts = [...new Set(randomTexts(Number(values.count), Number(values.seed)))];
const program = buildGo('sprig/yaml-oracle');
try {
  const { stdout } = program.run([], texts.map((text) => JSON.stringify(text)).join('\n'));
  const lines = stdout.trimEnd().split('\n');
  const accepted = texts
    .map((text, index): Answer => ({ text, go: JSON.parse(lines[index] ?? '') }))
    .filter(({ go }) => go !== null);
  const different = accepted.filter(isReadDifferently);
  for (const answer of different) say(JSON.stringify({ ...answer, said: saidBy(answer.text) }));
  say(`${String(accepted.length)} texts that Go accepts, ${String(different.length)} read differently`);
  process.exitCode = different.length === 0 ? 0 : 1;
  if (values.write) {
    const file = join(import.meta.dirname, 'answers.jsonl');
    writeFileSync(file, accepted.map((answer) => `${JSON.stringify(answer)}\n`).join(''));
  }
} finally {
  program.remove();
}
