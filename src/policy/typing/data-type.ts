import type { Type } from '../../template/index.ts';
import { types } from '../../template/index.ts';
import type { ResourceFacts } from '../checks/facts.ts';
import type { PolicyTemplate } from '../templates.ts';
import { Recent } from '../recent.ts';
import { typeOfObjects } from './schema-type.ts';

/** How many sets of references are kept for one kind of source. */
const MAX_KEPT = 16;

/**
 * Types of data by the type of the source. The same one is returned for the same schemas, so that what is found about a
 * template need not be found again.
 */
const known = new WeakMap<Type, Recent<Type>>();

/** The type of the data that a template sees. Names that its context lacks are left to another check. */
export function dataType(
  { visibleReferences }: Pick<PolicyTemplate, 'visibleReferences'>,
  source: ResourceFacts | undefined,
  references: ReadonlyMap<string, ResourceFacts>,
): Type {
  const ofSource = typeOfFacts(source);
  const ofReferences = visibleReferences.map((key) => [key, typeOfFacts(references.get(key))] as const);
  const recent = known.get(ofSource) ?? new Recent<Type>(MAX_KEPT);
  known.set(ofSource, recent);
  const key = JSON.stringify(ofReferences.map(([name, type]) => [name, numberOf(type)]));
  return recent.get(key, () => {
    const optional = ofReferences.map(([name, type]) => [name, types.optional(type)] as const);
    return types.mapOf(
      { source: ofSource, references: types.mapOf(Object.fromEntries(optional), types.unknown) },
      types.unknown,
    );
  });
}

const numbers = new WeakMap<Type, number>();
let numbered = 0;

/** A number that no other type has. */
function numberOf(type: Type): number {
  const number = numbers.get(type) ?? ++numbered;
  numbers.set(type, number);
  return number;
}

const typeOfFacts = (facts: ResourceFacts | undefined): Type =>
  facts?.schema === undefined ? types.unknown : typeOfObjects(facts.schema);
