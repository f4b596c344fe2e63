import type { Schema } from '../../api/index.ts';
import { allFunctions } from '../../sprig/index.ts';
import { types } from '../../template/index.ts';
import type { ResourceFacts } from '../checks/facts.ts';
import type { PolicyTemplate } from '../compile.ts';
import type { Finding } from '../finding.ts';
import type { FaultPlace } from './fault-place.ts';
import { objectSchema, partSchema, valuesSchema } from './object-schema.ts';
import type { SampleFacts } from './sample.ts';

/** Codes of faults that the letters of a text decide, not only its type. */
const DECIDED_BY_CONTENT: ReadonlySet<string> = new Set([
  'invalid-name',
  'empty-name',
  'invalid-label',
  'invalid-condition',
  'not-base64',
  'unusable',
]);

/** Whether the letters of a text, or the length of a list, may decide a fault. */
const isDecidedByContent = ({ code }: Finding): boolean =>
  DECIDED_BY_CONTENT.has(code) || code === 'function-failed' || code.startsWith('limit-');

/** Whether a template failed at a call that can do nothing else: `fail`. */
export function isDeliberate({ calls }: PolicyTemplate['template'], { code, line }: Finding): boolean {
  if (code !== 'function-failed' || line === undefined) return false;
  return calls.some((call) => call.line === line && isNever(call.name));
}

function isNever(name: string): boolean {
  const known = allFunctions.get(name);
  if (known === undefined || 'removed' in known || known.result === undefined) return false;
  return types.isNever(known.result([types.string]));
}

/** Whether nothing in a template reads the data: it comes out alike for every source. */
export const isConstant = ({ template }: PolicyTemplate): boolean => template.readPaths.length === 0;

/**
 * Whether values of which nobody knows the shape may decide a fault: an annotation or a text that is decoded or cut up, an
 * open field, the length of a list. Made-up values prove nothing there. It answers yes rather than no.
 */
export function dependsOnUnknown(
  { reads, calls, readsUnseen }: FaultPlace,
  fault: Finding,
  facts: SampleFacts,
): boolean {
  // A function that fails on one list or text may take another one.
  if (isDecidedByContent(fault) && !DECIDED_BY_CONTENT.has(fault.code))
    return reads.length > 0 || readsUnseen;
  if (reads.some(({ path }) => isOpen(path, facts))) return true;
  const byContent = DECIDED_BY_CONTENT.has(fault.code);
  if (calls.some((name) => isDecoding(name) || (byContent && isCutting(name)))) return true;
  return readsUnseen;
}

const anyText = [types.string, types.string, types.string];

/** Whether a function makes a value of any shape of a text: `fromJson` and its like. */
function isDecoding(name: string): boolean {
  const known = allFunctions.get(name);
  if (known === undefined || 'removed' in known) return false;
  return known.result?.(anyText)?.unknown === true;
}

/** Whether a function writes structure: `toYaml` and its like. */
export function isEncoding(name: string): boolean {
  const known = allFunctions.get(name);
  if (known === undefined || 'removed' in known) return false;
  return known.result?.([types.unknown])?.strings?.encodes !== undefined;
}

/** Whether a function may leave any part of a text out, or make another one of it. */
function isCutting(name: string): boolean {
  if (name === 'slice') return true;
  const known = allFunctions.get(name);
  if (known === undefined || 'removed' in known) return false;
  return (known.structure ?? 'drops') === 'drops' && known.result?.(anyText)?.booleans === undefined;
}

/** Whether the schema says nothing of what a path leads to, or allows anything there. */
function isOpen([root, ...path]: readonly string[], { source, references }: SampleFacts): boolean {
  if (root === 'source') return isOpenIn(source, path);
  const [key, ...rest] = path;
  if (root !== 'references' || key === undefined || key === '*') return true;
  return isOpenIn(references.get(key), rest);
}

function isOpenIn(facts: ResourceFacts | undefined, path: readonly string[]): boolean {
  let at: Schema = objectSchema(facts?.schema ?? {});
  for (const field of path) {
    const part = partSchema(at);
    const next = part.items ?? (field === '*' ? undefined : part.properties?.[field]) ?? valuesSchema(part);
    if (next === undefined) return true;
    at = next;
  }
  return at.type === undefined || at['x-kubernetes-preserve-unknown-fields'] === true;
}
