import { isDeepStrictEqual } from 'node:util';
import type { Schema } from '../../api/index.ts';
import { valueAt } from '../../api/index.ts';
import type { TrialData } from './data.ts';
import type { FieldChange } from './difference.ts';
import { withChanges } from './difference.ts';
import { objectSchema, partSchema } from './object-schema.ts';
import type { Sample, SampleFacts } from './sample.ts';

/*
 * Fields of the source that hold one of a few texts that their schema lists, or a flag. A source keeps its text, so a
 * template must be right for each of them: that another text renders well is no excuse.
 */

/** The texts that a field may hold; none if its schema does not list them, or if it is of the status and will change. */
export const textsOf = (path: readonly string[], facts: SampleFacts): readonly unknown[] =>
  lastingSchema(path, facts)?.enum ?? [];

/** The values that a field may hold: its texts, or those of a flag. */
function optionsOf(path: readonly string[], facts: SampleFacts): readonly unknown[] {
  const schema = lastingSchema(path, facts);
  return schema?.enum ?? (schema?.type === 'boolean' ? [true, false] : []);
}

/** The schema of a field that a source keeps. */
function lastingSchema([root, ...path]: readonly string[], { source }: SampleFacts): Schema | undefined {
  return root === 'source' && path[0] !== 'status' ? schemaOf(path, source) : undefined;
}

function schemaOf(path: readonly string[], source: SampleFacts['source']): Schema | undefined {
  return path.reduce<Schema | undefined>(
    (at, field) => at && partSchema(at).properties?.[field],
    objectSchema(source?.schema ?? {}),
  );
}

/** The choices that a source has made, among fields that are read. */
export function choicesRead(
  reads: readonly { readonly path: readonly string[] }[],
  data: TrialData,
  facts: SampleFacts,
): readonly FieldChange[] {
  const chosen = new Map<string, FieldChange>();
  for (const { path } of reads) {
    if (optionsOf(path, facts).length < 2) continue;
    const value = valueAt(data, path);
    if (value !== undefined) chosen.set(path.join('.'), { path, value });
  }
  return [...chosen.values()];
}

/** Whether a source has made the same choices. */
export const hasChosen = (choices: readonly FieldChange[], data: TrialData): boolean =>
  choices.every(({ path, value }) => isDeepStrictEqual(valueAt(data, path), value));

/** Samples for the further texts of a field, and samples for flags; a platform's enum has seldom more. */
const MAX_CHOICES = 5;

/**
 * The full sample with each further text of the fields that are read: all of them take their next text at once. Flags
 * take their other value one by one, because they often decide whether a source is wanted at all.
 */
export function choiceSamples(
  full: Sample,
  reads: readonly { readonly path: readonly string[] }[],
  facts: SampleFacts,
): readonly Sample[] {
  const choices = choicesRead(reads, full, facts);
  const isFlag = ({ value }: FieldChange) => typeof value === 'boolean';
  const texts = choices.filter((choice) => !isFlag(choice));
  const most = Math.max(1, ...texts.map(({ path }) => optionsOf(path, facts).length));
  const withTexts = Array.from({ length: Math.min(most - 1, MAX_CHOICES) }, (_, index) =>
    texts.flatMap(({ path, value }): readonly FieldChange[] => {
      const others = optionsOf(path, facts).filter((option) => option !== value);
      return index < others.length ? [{ path, value: others[index] }] : [];
    }),
  );
  const withFlags = choices
    .filter(isFlag)
    .slice(0, MAX_CHOICES)
    .map(({ path, value }) => [{ path, value: value !== true }]);
  return [...withTexts, ...withFlags].map((changes) => ({
    ...withChanges(full, changes),
    variant: 'directed',
    changes,
  }));
}
