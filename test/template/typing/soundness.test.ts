import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { allFunctions } from '../../../src/sprig/index.ts';
import { withBuiltins } from '../../../src/template/builtins.ts';
import { compile, defaultLimits, TemplateError } from '../../../src/template/index.ts';
import type { FunctionTable, TemplateFunction, Value } from '../../../src/template/index.ts';
import { parse } from '../../../src/template/syntax/parser.ts';
import { typeOfValue } from '../../../src/template/typing/call-type.ts';
import { checkTypes } from '../../../src/template/typing/check.ts';
import type { TypeReport } from '../../../src/template/typing/check.ts';
import { programOf } from '../../../src/template/typing/lower.ts';
import { describeType, never, union, unknown } from '../../../src/template/typing/type.ts';
import type { Type } from '../../../src/template/typing/type.ts';
import { loadSuites } from '../../conformance/cases.ts';
import { contains } from './contains.ts';

/** A function's results in one run, by its name. */
type Results = Map<string, Value[]>;

/** All functions, noting what they return. */
function noting(results: Results): FunctionTable {
  return new Map(
    Array.from(withBuiltins(allFunctions), ([name, called]) => {
      if ('removed' in called || called.stopsAt !== undefined) return [name, called];
      const {
        one: _one,
        two: _two,
        test: _test,
        readsKey: _readsKey,
        comparesStrings: _compares,
        ...rest
      } = called;
      const noted: TemplateFunction = {
        ...rest,
        call(args, context) {
          const result = called.call(args, context);
          // Types are found by trying functions on constants, which is no run.
          if (context.now() !== 0) results.set(name, [...(results.get(name) ?? []), result]);
          return result;
        },
      };
      return [name, noted];
    }),
  );
}

const run = { now: () => 1_700_000_000_000, random: () => 0.5 };

interface Judged {
  readonly report: TypeReport;
  /** The types that the calls of each function were found to return. */
  readonly types: ReadonlyMap<string, Type>;
  readonly results: Results;
  readonly error?: TemplateError;
}

/** Finds the types of a template and runs it; `undefined` where it does not compile. */
function judge(text: string, data: Value, type: Type): Judged | undefined {
  const results: Results = new Map();
  const functions = noting(results);
  let template;
  let program;
  try {
    template = compile(text, { functions, name: 't' });
    program = programOf(parse(text, 't', functions, defaultLimits), functions);
  } catch {
    return undefined;
  }
  const report = checkTypes(program, type);
  const types = new Map<string, Type>();
  for (const [expression, found] of report.types) {
    if (expression.kind !== 'call') continue;
    types.set(expression.name, union(types.get(expression.name) ?? never, found));
  }
  results.clear();
  try {
    template.execute(data, run);
    return { report, types, results };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { report, types, results, error };
  }
}

/** What a run shows to be wrong about the types. */
function problems({ report, types, results }: Judged): string[] {
  if (!report.complete) return [];
  return [...results].flatMap(([name, values]) => {
    const type = types.get(name);
    if (type === undefined) return [`${name} was called, but counts as never reached`];
    const missed = values.find((value) => !contains(type, value));
    return missed === undefined
      ? []
      : [`${name} returned ${JSON.stringify(missed)}, no ${describeType(type)}`];
  });
}

const folders = ['fixtures', 'own'].map((name) =>
  fileURLToPath(new URL(`../../conformance/${name}/`, import.meta.url)),
);

/** Whether every expression of a template is evaluated, up to the first that fails. */
const isStraight = (text: string): boolean => !/\b(?:if|with|range|template|block|and|or)\b/.test(text);

/** What the types say to fail, in a run that did not. */
function falseFaults({ report, error }: Judged, text: string): string[] {
  if (error !== undefined || !isStraight(text)) return [];
  return report.faults.filter(({ kind }) => kind === 'fails').map(({ message }) => message);
}

describe.each(folders.flatMap(loadSuites))('$file', ({ cases, data }) => {
  // Every other case is judged as one of whose data nothing is known.
  it('returns what the types say, and fails where they say so', () => {
    const wrong = cases.flatMap(({ id, tmpl, data: key }, index) => {
      const value = data[key];
      const judged = judge(tmpl, value, index % 2 === 0 ? typeOfValue(value) : unknown);
      if (judged === undefined) return [];
      return [...problems(judged), ...falseFaults(judged, tmpl)].map(
        (problem) => `${id}: ${problem} in ${tmpl}`,
      );
    });
    expect(wrong).toEqual([]);
  });
});
