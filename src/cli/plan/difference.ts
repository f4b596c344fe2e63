import { structuredPatch } from 'diff';
import type { KubeObject } from '../../api/index.ts';
import { toYaml } from '../report/object-text.ts';
import type { Output } from '../output.ts';
import { visibleLine } from '../visible.ts';
import { redacted } from './redaction.ts';

/** One object that is not as it should be. */
export interface Difference {
  readonly verb: 'create' | 'update' | 'delete';
  readonly kind: string;
  readonly name: string;
  readonly before?: KubeObject;
  readonly after?: KubeObject;
}

/** What the two sides of a difference are called. */
export interface DifferenceLabels {
  readonly before: string;
  readonly after: string;
}

const idOf = ({ kind, metadata }: KubeObject) => `${kind}/${metadata.name}`;

/** What must happen to `before` to make it `after`, in the order of `after`, deletions last. Objects are told apart by kind and name. */
export function differencesBetween(
  before: readonly KubeObject[],
  after: readonly KubeObject[],
): readonly Difference[] {
  const old = new Map(before.map((object) => [idOf(object), object]));
  const kept = new Set(after.map(idOf));
  return [
    ...after.flatMap((object): readonly Difference[] => {
      const previous = old.get(idOf(object));
      const { kind, metadata } = object;
      if (previous === undefined) return [{ verb: 'create', kind, name: metadata.name, after: object }];
      if (canonical(previous) === canonical(object)) return [];
      return [{ verb: 'update', kind, name: metadata.name, before: previous, after: object }];
    }),
    ...before
      .filter((object) => !kept.has(idOf(object)))
      .map((object): Difference => ({
        verb: 'delete',
        kind: object.kind,
        name: object.metadata.name,
        before: object,
      })),
  ];
}

/** Equal for objects that say the same, whatever the order of their fields. */
function canonical(object: KubeObject): string {
  return toYaml([sorted(object) as object]);
}

/** The value with the fields of its objects in order, so that a difference in order alone is none. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}

/** Lines of the difference in the unified format, with the lines around what differs. */
export function differenceLines(
  { kind, before, after }: Difference,
  labels: DifferenceLabels,
): readonly string[] {
  return diffLines(kind, before, after, labels);
}

/** Lines of the difference between two states of an object, in the unified format; two where there is none. */
export function diffLines(
  kind: string,
  before: KubeObject | undefined,
  after: KubeObject | undefined,
  labels: DifferenceLabels,
): readonly string[] {
  // Fields in the new order on both sides, so that only what they say is compared.
  const text = (object: KubeObject | undefined) => (object === undefined ? '' : toYaml([ordered(object)]));
  const nothing = '/dev/null';
  const { hunks } = structuredPatch('', '', text(before), text(after), undefined, undefined, { context: 3 });
  return [
    `--- ${before === undefined ? nothing : `${kind}/${before.metadata.name} (${labels.before})`}`,
    `+++ ${after === undefined ? nothing : `${kind}/${after.metadata.name} (${labels.after})`}`,
    ...hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
      `@@ -${String(oldStart)},${String(oldLines)} +${String(newStart)},${String(newLines)} @@`,
      ...lines,
    ]),
  ];
}

function ordered({ apiVersion, kind, metadata, ...rest }: KubeObject): object {
  return { apiVersion, kind, metadata: sorted(metadata), ...(sorted(rest) as object) };
}

const verbs = { create: '+ create', update: '~ change', delete: '- delete' } as const;
const colours = { create: 'green', update: 'yellow', delete: 'red' } as const;

/** Prints differences for people: what happens to each object, and how. */
export function printDifferences(
  differences: readonly Difference[],
  labels: DifferenceLabels,
  { line, colour }: Pick<Output, 'line' | 'colour'>,
): void {
  for (const difference of differences) {
    const { verb, kind, name } = difference;
    line(colour('bold', colour(colours[verb], visibleLine(`${verbs[verb]} ${kind}/${name}`))));
    for (const text of differenceLines(difference, labels)) line(paint(text, colour));
  }
}

/** A line of a difference in its colour. */
export function paint(text: string, colour: Output['colour']): string {
  if (text.startsWith('---') || text.startsWith('+++')) return colour('bold', text);
  if (text.startsWith('+')) return colour('green', text);
  if (text.startsWith('-')) return colour('red', text);
  return text.startsWith('@@') ? colour('cyan', text) : text;
}

/** `2 to create, 1 to change, 0 to delete` */
export function summaryOf(differences: readonly Difference[]): string {
  const count = (verb: Difference['verb']) =>
    String(differences.filter((difference) => difference.verb === verb).length);
  return `${count('create')} to create, ${count('update')} to change, ${count('delete')} to delete`;
}

/** A difference with fingerprints in the place of credentials. */
export function withoutSecrets(difference: Difference): Difference {
  const { before, after } = difference;
  return {
    ...difference,
    ...(before === undefined ? {} : { before: redacted(before) }),
    ...(after === undefined ? {} : { after: redacted(after) }),
  };
}
