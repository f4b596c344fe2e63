import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Case } from '../cases.ts';
import { askGo, goVersion, INSTALLATION } from './go.ts';

/*
 * Writes Go's answers into the cases of a folder, `data.json` beside them:
 *
 *   node test/conformance/oracle/answer.ts [FOLDER]
 *
 * Without FOLDER it answers this project's own, ../own. A new case needs an id, a template and the key of its data.
 * Sprig is the one of test/go.mod. Where test/ has a mod file of a case file's name, its sprig answers that file:
 * sprig-3.2.2.mod answers ../published/sprig-3.2.2.jsonl.
 */

const FOLDER = process.argv[2] ?? join(import.meta.dirname, '..', 'own');

if (goVersion() === undefined) {
  process.stderr.write(`Go or its packages are missing: ${INSTALLATION}\n`);
  process.exitCode = 2;
} else {
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.jsonl')))
    answer(join(FOLDER, file));
}

function answer(file: string): void {
  const lines = readFileSync(file, 'utf8').split('\n');
  const cases = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Case);
  const modFile = `${basename(file, '.jsonl')}.mod`;
  const answers = askGo(
    cases,
    join(FOLDER, 'data.json'),
    existsSync(join(import.meta.dirname, '../..', modFile)) ? modFile : undefined,
  );
  if (answers.length !== cases.length) throw new Error(`${file}: Go has no answer to some`);
  writeFileSync(file, answers.map((answered) => `${JSON.stringify(answered)}\n`).join(''));
  process.stdout.write(`${file}: ${String(answers.length)} answers\n`);
}
