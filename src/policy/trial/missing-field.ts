import type { PolicyTemplate } from '../compile.ts';
import type { Unusable, UnusableReason } from '../usable.ts';
import { textsOf } from './choices.ts';
import { isCutting, isDecoding, isEncoding } from './dependence.ts';
import type { FieldChange } from './difference.ts';
import type { Sample, SampleFacts } from './sample.ts';
import { callsOf, expressionsOf, mapOf } from '../places/statements.ts';

/*
 * PediaClusters that cannot be used because a template left something out. A missing field has no place in the
 * template, so the fault belongs to the whole way that the run took.
 */

/** For each reason, the fields of which one would make the PediaCluster usable. */
const mendedBy: { readonly [reason in UnusableReason]?: RegExp } = {
  'no-credential': /\b(?:kubeconfig|tokenData|certData|keyData|authenticationFrom)\b/,
  'no-endpoint': /\bapiserver\b/,
  'certificate-without-key': /\bkey(?:Data)?\b/,
  'key-without-certificate': /\bcert(?:Data)?\b/,
};

/** Whether a PediaCluster is not usable because a field is missing. */
export const lacksField = (unusable: Unusable | undefined): unusable is Unusable =>
  unusable !== undefined && mendedBy[unusable.reason] !== undefined;

/**
 * Whether a template may write the missing field for other values: it spells the field, or writes structure from data.
 */
export const mayBeWritten = ({ template }: PolicyTemplate, { reason }: Unusable): boolean =>
  mendedBy[reason]?.test(template.text) === true || template.calls.some(({ called }) => isEncoding(called));

/**
 * Why a template left a field out for a sample.
 *
 * - `value`: the source has another value than others, and will keep it
 * - `state`: it has another value now; its status, or a flag that is false, may change
 * - `nothing`: it lacks a value that it may get later, or it is unknown whether sources are like that
 */
export type LeftOut = 'value' | 'state' | 'nothing';

/**
 * @param deciding the fields that cause the fault
 * @param well samples for which the field was written
 */
export function whyLeftOut(
  deciding: readonly FieldChange[],
  well: readonly Sample[],
  facts: SampleFacts,
): LeftOut {
  if (deciding.length === 0) {
    // The sample that others are made from. If they differ from it by a choice, it is one of several kinds that must
    // exist.
    const isOneOfSeveral = well.some(
      ({ changes }) => changes.length > 0 && changes.every(({ path }) => textsOf(path, facts).length > 0),
    );
    return isOneOfSeveral ? 'value' : 'nothing';
  }
  if (!deciding.every(({ value }) => saysSomething(value))) return 'nothing';
  return deciding.every((change) => change.value !== false && !isOfStatus(change)) ? 'value' : 'state';
}

const isOfStatus = ({ path: [root, field] }: FieldChange): boolean => root === 'source' && field === 'status';

/** Whether a source may still get or lose what causes that something is missing: values that it lacks, or its status. */
export const mayChange = (deciding: readonly FieldChange[]): boolean =>
  deciding.length > 0 &&
  deciding.every((change) => isOfStatus(change) || change.value === false || !saysSomething(change.value));

/** Whether a template decodes or cuts up the fields that cause a fault before it decides by them. */
export const areCutUp = ({ template }: PolicyTemplate, deciding: readonly FieldChange[]): boolean => {
  const map = mapOf(template);
  return deciding.some(({ path }) =>
    template.readPaths.some((read) => {
      const isOfField = path.every((name, index) => read.path[index] === name || read.path[index] === '*');
      const statement = isOfField ? map.at(map.offsetOf(read))?.statement : undefined;
      return (
        statement !== undefined &&
        callsOf(expressionsOf(statement)).some(({ called }) => isDecoding(called) || isCutting(called))
      );
    }),
  );
};

function saysSomething(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 0) return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}
