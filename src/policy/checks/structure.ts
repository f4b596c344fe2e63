import { renderedPediaClusterSchema } from '../../api/index.ts';
import type { Outline } from '../../template/index.ts';
import { lineAndColumn } from '../../template/index.ts';
import type { PolicyTemplate } from '../compile.ts';
import type { Finding } from '../finding.ts';
import type { Paced } from '../paced.ts';
import { affordable } from '../typing/outline-document.ts';
import type { PolicyTypes } from '../typing/policy-types.ts';
import type { OutlineFaults, StructureFault } from '../typing/structure.ts';
import { faultsOf } from '../typing/structure.ts';
import type { Check } from './check.ts';
import { placeOfRead } from '../place.ts';

/**
 * Compares the text of `spec.template` with PediaCluster's schema, in every branch: fields that a PediaCluster does not
 * have, values of a wrong type, text that is not YAML. Nothing is rendered, so no sample has to reach the branch. A
 * fault is an error if it exists on every way through its place.
 */
export function* checkStructure(
  templates: readonly PolicyTemplate[],
  types: PolicyTypes,
): Paced<readonly Finding[]> {
  const template = templates.find(({ role }) => role === 'pediaCluster');
  if (template === undefined) return [];
  const faults = yield* certain(template, types);
  return faults.map((fault) => findingFor(template, fault));
}

interface Judged extends OutlineFaults {
  readonly outline: Outline;
  readonly keys: ReadonlySet<string>;
}

/** The faults that exist on every way through their place. */
function* certain(template: PolicyTemplate, types: PolicyTypes): Paced<readonly StructureFault[]> {
  const judged: Judged[] = [];
  for (const outline of affordable(types.of(template).outlines())) {
    // Each is a text that is parsed, perhaps in several forms.
    yield;
    const found = faultsOf(outline, types.documentOf(outline), renderedPediaClusterSchema);
    judged.push({ outline, ...found, keys: new Set(found.faults.map(keyOf)) });
  }
  const readable = judged.filter(({ broken }) => broken === undefined);
  const faults = new Map<string, StructureFault>();
  for (const { faults: found } of readable) {
    yield;
    for (const fault of found) {
      const key = keyOf(fault);
      if (faults.has(key)) continue;
      const others = readable.filter(({ outline }) => leadsThrough(outline, fault.position));
      if (others.every(({ keys }) => keys.has(key))) faults.set(key, fault);
    }
  }
  // A way that is not YAML has a fault of its own if every way with the same last turn is not YAML either.
  for (const { outline, broken } of judged) {
    if (broken === undefined) continue;
    const turns = outline.taken.filter((turn) => readable.every((other) => !takes(other.outline, turn)));
    // What comes behind the place of the fault has not caused it.
    const culprit = turns.findLast(({ position }) => position <= broken.position) ?? turns.at(-1);
    if (culprit === undefined && readable.length > 0) continue;
    // Where no way is YAML, no condition is to blame.
    const fault = culprit === undefined || readable.length === 0 ? broken : blamedOn(culprit, broken);
    faults.set(keyOf(fault), fault);
  }
  return [...faults.values()].sort((a, b) => a.position - b.position);
}

const blamedOn = ({ position, holds }: Turn, broken: StructureFault): StructureFault => ({
  ...broken,
  position,
  message: `where this condition ${holds ? 'holds' : 'does not hold'}, ${broken.message}`,
});

const keyOf = ({ position, message }: StructureFault): string => `${String(position)} ${message}`;

function leadsThrough({ pieces }: Outline, position: number): boolean {
  return pieces.some((piece) =>
    piece.kind === 'text'
      ? piece.position <= position && position < piece.position + piece.text.length
      : piece.position === position,
  );
}

type Turn = Outline['taken'][number];

const takes = ({ taken }: Outline, { position, holds }: Turn): boolean =>
  taken.some((turn) => turn.position === position && turn.holds === holds);

function findingFor(
  { field, template }: PolicyTemplate,
  { code, position, message, suggestion, isDoubtful }: StructureFault,
): Finding {
  return {
    severity: isDoubtful === true ? 'warning' : 'error',
    code,
    field,
    ...placeOfRead(template, lineAndColumn(template.text, position)),
    message,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

export const structure: Check = {
  of: 'text',
  run: ({ templates, types }) => checkStructure(templates, types),
};
