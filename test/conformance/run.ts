import { join } from 'node:path';
import { loadSuites, runCase, skipReason } from './cases.ts';

/*
 * Compares the engine with Go's answers: `npm run conformance -- DIR` runs every *.jsonl of DIR with its data.json and
 * exits 1 where one disagrees. Without DIR it runs the fixtures beside this file. An error at another place than Go's
 * is told, but passes: the answers are for information there.
 */

// Failures shown in full, per file.
const SHOWN = 20;

const FOLDER = process.argv[2] ?? join(import.meta.dirname, 'fixtures');
const total = { passed: 0, failed: 0, skipped: 0 };

for (const { file, cases, data } of loadSuites(FOLDER)) {
  const count = { passed: 0, failed: 0, skipped: 0 };
  for (const test of cases) {
    const skipped = skipReason(test.id);
    const { failure, misplaced } = skipped === undefined ? runCase(test, data) : {};
    if (misplaced !== undefined) print(`note ${test.id}: ${misplaced}`);
    if (skipped !== undefined) {
      count.skipped++;
      print(`skip ${test.id}: ${skipped}`);
    } else if (failure === undefined) {
      count.passed++;
    } else if (++count.failed <= SHOWN) {
      print(`FAIL ${test.id}: ${failure}\n     ${JSON.stringify(test.tmpl)} with ${test.data}`);
    }
  }
  print(`${file}: ${summary(count)}`);
  total.passed += count.passed;
  total.failed += count.failed;
  total.skipped += count.skipped;
}
print(`total: ${summary(total)}`);
process.exitCode = total.failed > 0 ? 1 : 0;

function summary(count: typeof total): string {
  return `${String(count.passed)} passed, ${String(count.failed)} failed, ${String(count.skipped)} skipped`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
