import type { Schema } from '../../api/index.ts';
import { types } from '../../template/index.ts';
import type { TemplateFunction } from '../../template/index.ts';
import type { ResourceFacts } from '../checks/facts.ts';
import type { PolicyTemplate } from '../compile.ts';
import type { Finding } from '../finding.ts';
import type { FaultPlace } from './fault-place.ts';
import { objectSchema, partSchema, valuesSchema } from './object-schema.ts';
import type { SampleFacts } from './sample.ts';

/** Codes of faults that depend on the characters of a text, not only on its type. */
const decidedByContent: ReadonlySet<string> = new Set([
  'invalid-name',
  'empty-name',
  'invalid-label',
  'invalid-condition',
  'not-base64',
  'unusable',
  'kubeconfig-not-self-contained',
]);

/** Whether a fault may depend on the characters of a text, or on the length of a list. */
const isDecidedByContent = ({ code }: Finding): boolean =>
  decidedByContent.has(code) || code === 'function-failed' || code.startsWith('limit-');

/** Whether a template failed at a call that its author made in order to fail: `fail`. */
export function isDeliberate({ calls }: PolicyTemplate['template'], { code, line }: Finding): boolean {
  if (code !== 'function-failed' || line === undefined) return false;
  return calls.some((call) => call.line === line && call.called.refusesSource === true);
}

/** Whether a template reads no data: its result is the same for every source. */
export const isConstant = ({ template }: PolicyTemplate): boolean => template.readPaths.length === 0;

/**
 * Whether a fault may depend on values of unknown shape: an annotation, a text that is decoded or cut, an open field,
 * the length of a list. Made-up values prove nothing about them. If in doubt, the answer is yes.
 */
export function dependsOnUnknown(
  { reads, calls, readsUnseen }: FaultPlace,
  fault: Finding,
  facts: SampleFacts,
): boolean {
  // A function that fails for one list or text may accept another one.
  if (isDecidedByContent(fault) && !decidedByContent.has(fault.code)) return reads.length > 0 || readsUnseen;
  if (reads.some(({ path }) => isOpen(path, facts))) return true;
  const byContent = decidedByContent.has(fault.code);
  if (calls.some((called) => isDecoding(called) || (byContent && isCutting(called)))) return true;
  return readsUnseen;
}

const anyText = [types.string, types.string, types.string];

/** Whether a function turns a text into a value of any shape: `fromJson` and similar functions. */
export const isDecoding = ({ result }: TemplateFunction): boolean => result?.(anyText)?.unknown === true;

/** Whether a function writes structure: `toYaml` and similar functions. */
export const isEncoding = ({ result }: TemplateFunction): boolean =>
  result?.([types.unknown])?.strings?.encodes !== undefined;

/** Whether a function may omit any part of a text, or turn it into another text. */
export const isCutting = ({ structure = 'drops', keepsText, result }: TemplateFunction): boolean =>
  keepsText !== true && structure === 'drops' && result?.(anyText)?.booleans === undefined;

/** Whether the schema says nothing about the field at a path, or allows anything there. */
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
