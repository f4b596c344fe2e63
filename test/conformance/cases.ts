import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allFunctions } from '../../src/sprig/index.ts';
import { compile, decodeJson, TemplateError } from '../../src/template/index.ts';
import type { ErrorStage, ValueMap } from '../../src/template/index.ts';
import { skips } from './skips.ts';

/** One template with Go's answer for it. */
export interface Case {
  readonly id: string;
  readonly tmpl: string;
  /** Key into the folder's `data.json`. */
  readonly data: string;
  /** The exact output, or */
  readonly out?: string;
  /** the stage at which it must fail. */
  readonly error?: ErrorStage;
  /** Go's wording: `template: t:LINE:COLUMN: …`, the column missing at stage `parse` and counted from 0. */
  readonly goError?: string;
}

/** What became of a case. */
export interface Outcome {
  /** How it disagrees with Go: in what it prints, in whether or at which stage it fails. */
  readonly failure?: string;
  /** Where Go reports the same error at another line or column. */
  readonly misplaced?: string;
}

export interface Suite {
  readonly file: string;
  readonly cases: readonly Case[];
  readonly data: ValueMap;
}

/** The cases of every `*.jsonl` file in a folder, with the data of its `data.json`. */
export function loadSuites(folder: string): Suite[] {
  const data = decodeJson(readFileSync(join(folder, 'data.json'), 'utf8')) as ValueMap;
  const files = readdirSync(folder).filter((file) => file.endsWith('.jsonl'));
  return files.sort().map((file) => {
    const lines = readFileSync(join(folder, file), 'utf8').split('\n');
    return { file, data, cases: lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Case) };
  });
}

/** Why a case is not run, if it isn't. */
export function skipReason(id: string): string | undefined {
  return skips.get(id);
}

/**
 * Runs a case, as a template that is new and as one that has become code of its own: the output must be Go's to the byte,
 * a failure at Go's stage.
 */
export function runCase(test: Case, data: ValueMap): Outcome {
  const outcome = outcomeOf(test, data, Infinity);
  return (outcome.failure ?? outcome.misplaced) ? outcome : outcomeOf(test, data, 0);
}

function outcomeOf(test: Case, data: ValueMap, hotAfter: number): Outcome {
  let output: string;
  try {
    const template = compile(test.tmpl, { functions: allFunctions, name: 't', hotAfter });
    output = template.execute(data[test.data]);
  } catch (error) {
    if (error instanceof TemplateError) return compareError(test, error);
    return { failure: `it crashed: ${String(error instanceof Error ? error.stack : String(error))}` };
  }
  if (test.out === undefined) {
    return { failure: `it must fail (${String(test.goError)}), but printed ${JSON.stringify(output)}` };
  }
  // The answers are JSON, in which Go writes U+FFFD for each byte that is not valid UTF-8.
  const printed = output.toWellFormed();
  if (printed === test.out) return {};
  return { failure: `it must print ${JSON.stringify(test.out)}, but printed ${JSON.stringify(printed)}` };
}

function compareError(test: Case, error: TemplateError): Outcome {
  const failed = `failed at ${error.stage}: ${error.toString()}`;
  if (test.error === undefined)
    return { failure: `it must print ${JSON.stringify(test.out)}, but ${failed}` };
  if (test.error !== error.stage)
    return { failure: `it must fail at ${test.error} (${String(test.goError)}), but ${failed}` };
  const place = /^template: t:(\d+)(?::(\d+))?:/.exec(test.goError ?? '');
  if (!place) return {};
  const [, line, column] = place;
  const sameColumn = column === undefined || Number(column) === byteColumn(test.tmpl, error);
  return Number(line) === error.line && sameColumn
    ? {}
    : { misplaced: `Go says ${String(test.goError)}, but it ${failed}` };
}

/** Go counts columns in bytes and from 0. */
function byteColumn(text: string, { line, column }: TemplateError): number {
  const characters = [...(text.split('\n')[line - 1] ?? '')];
  return Buffer.byteLength(characters.slice(0, column - 1).join(''));
}
