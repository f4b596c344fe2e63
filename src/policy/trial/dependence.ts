import type { Schema } from '../../api/index.ts';
import { allFunctions } from '../../sprig/index.ts';
import { types } from '../../template/index.ts';
import type { ResourceFacts } from '../checks/facts.ts';
import type { PolicyTemplate } from '../compile.ts';
import type { Finding } from '../finding.ts';
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
export const isDecidedByContent = ({ code }: Finding): boolean =>
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
 *
 * @param names fields of the rendered document that the fault is about, where it is about one
 */
export function dependsOnUnknown(
  { template }: PolicyTemplate,
  fault: Finding,
  names: readonly string[],
  facts: SampleFacts,
): boolean {
  // A function that fails on one list or text may take another one.
  if (isDecidedByContent(fault) && !DECIDED_BY_CONTENT.has(fault.code)) return true;
  const lines = linesOf(template.text, fault, names);
  const isThere = ({ line }: { readonly line: number }) => lines === undefined || lines.has(line);
  const reads = template.readPaths.filter(isThere);
  if (reads.some(({ path }) => isOpen(path, facts))) return true;
  const byContent = DECIDED_BY_CONTENT.has(fault.code);
  const calls = template.calls.filter(isThere);
  if (calls.some(({ name }) => isDecoding(name) || (byContent && isCutting(name)))) return true;
  return reads.length === 0 && lines !== undefined && readsUnseen(template.text, lines);
}

/** The lines of a template that make what is wrong; `undefined` for all. */
function linesOf(text: string, { line }: Finding, names: readonly string[]): ReadonlySet<number> | undefined {
  const lines = text.split('\n');
  const chosen = new Set<number>();
  if (line === undefined) {
    const name = names.at(-1);
    if (name === undefined) return undefined;
    lines.forEach((content, index) => {
      if (content.includes(name)) addBlock(lines, index, chosen);
    });
  } else {
    addAction(lines, line - 1, chosen);
  }
  if (chosen.size === 0) return undefined;
  addVariables(lines, chosen);
  return chosen;
}

/** An action that goes over several lines is one place. */
function addAction(lines: readonly string[], index: number, chosen: Set<number>): void {
  let [first, last] = [index, index];
  while (first > 0 && isInside(lines, first)) first--;
  while (last + 1 < lines.length && isInside(lines, last + 1)) last++;
  for (let at = first; at <= last; at++) chosen.add(at + 1);
}

/** Whether a line begins within an action. */
function isInside(lines: readonly string[], index: number): boolean {
  const before = lines.slice(0, index).join('\n');
  return before.lastIndexOf('{{') > before.lastIndexOf('}}');
}

/** A line, and what is indented below it: the value of its key. */
function addBlock(lines: readonly string[], index: number, chosen: Set<number>): void {
  const indent = (content: string) => content.length - content.trimStart().length;
  addAction(lines, index, chosen);
  const depth = indent(lines[index] ?? '');
  for (let at = index + 1; at < lines.length; at++) {
    const content = lines[at] ?? '';
    if (content.trim() !== '' && indent(content) <= depth && !content.trimStart().startsWith('{{')) break;
    chosen.add(at + 1);
  }
}

/** What sets the variables that these lines use, and so on. */
function addVariables(lines: readonly string[], chosen: Set<number>): void {
  for (let before = -1; before !== chosen.size;) {
    before = chosen.size;
    const used = new Set([...chosen].flatMap((line) => (lines[line - 1] ?? '').match(/\$\w+/g) ?? []));
    lines.forEach((content, index) => {
      const sets = [...used].some((name) =>
        new RegExp(`\\${name}\\s*(?:,\\s*\\$\\w+\\s*)?:?=`).test(content),
      );
      if (sets) addAction(lines, index, chosen);
    });
  }
}

/** Whether actions on these lines name fields or variables: of these the read paths know nothing. */
function readsUnseen(text: string, lines: ReadonlySet<number>): boolean {
  return text
    .split('\n')
    .some((content, index) => lines.has(index + 1) && /\{\{[^}]*(?:[.$@]\w|\bthis\b)/.test(content));
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
