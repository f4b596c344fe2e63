import type { PolicyTemplate, ReferenceTemplates } from './templates.ts';

/** The parts of an object's location. */
export type LocationPart = 'namespace' | 'name';

/** What a template sees of an object that is a Secret, or whose location nobody may see. */
type Secrecy = 'secret' | 'hidden';

/** What names a kind of objects. */
interface Kind {
  readonly group: string;
  readonly resource: string;
}

const isSecret = ({ group, resource }: Kind): boolean => group === '' && resource === 'secrets';

/**
 * Of each reference, the parts of its location that may hold a value of a Secret, by what its templates read. They are
 * for requests only: no message, status, event or log shows them. What is read of a reference that has such a part
 * counts as such a value, too, as its name may be read there.
 */
export function hiddenParts(
  source: Kind,
  references: readonly (Kind & { readonly key: string })[],
  templates: readonly ReferenceTemplates<PolicyTemplate>[],
): readonly (readonly LocationPart[])[] {
  const known = new Map<string, Secrecy>();
  return references.map((reference, index) => {
    const hidden = (['namespace', 'name'] as const).filter((part) => {
      const template = templates[index]?.[part];
      return template !== undefined && mayTell(template, isSecret(source), known);
    });
    if (hidden.length > 0) known.set(reference.key, 'hidden');
    else if (isSecret(reference)) known.set(reference.key, 'secret');
    return hidden;
  });
}

function mayTell(
  { template }: PolicyTemplate,
  sourceIsSecret: boolean,
  references: ReadonlyMap<string, Secrecy>,
): boolean {
  return template.readPaths.some(({ path, subtree }) => {
    const [root, ...below] = path;
    if (root === 'source') return sourceIsSecret && tells('secret', below, subtree);
    if (root === 'references') {
      const [key, ...rest] = below;
      if (key === undefined) return subtree && references.size > 0;
      if (key === '*') return [...references.values()].some((secrecy) => tells(secrecy, rest, subtree));
      return tells(references.get(key), rest, subtree);
    }
    return (subtree || root === '*') && (sourceIsSecret || references.size > 0);
  });
}

function tells(secrecy: Secrecy | undefined, [field, below]: readonly string[], subtree: boolean): boolean {
  // Whether there is an object is no secret.
  if (secrecy === undefined || (field === undefined && !subtree)) return false;
  if (secrecy === 'hidden') return true;
  // An annotation may hold a copy of the data (`kubectl apply`).
  if (field === 'metadata') return below === undefined ? subtree : ['annotations', '*'].includes(below);
  return !['apiVersion', 'kind', 'type'].includes(field ?? '');
}
