import type { Type } from '../../template/index.ts';
import { types } from '../../template/index.ts';
import type { ResourceFacts } from '../checks/facts.ts';
import type { PolicyTemplate } from '../compile.ts';
import { typeOfObjects } from './schema-type.ts';

/** The type of the data that a template sees. Names that its context lacks are left to another check. */
export function dataType(
  { visibleReferences }: Pick<PolicyTemplate, 'visibleReferences'>,
  source: ResourceFacts | undefined,
  references: ReadonlyMap<string, ResourceFacts>,
): Type {
  const keys = visibleReferences.map(
    (key) => [key, types.optional(typeOfFacts(references.get(key)))] as const,
  );
  return types.mapOf(
    { source: typeOfFacts(source), references: types.mapOf(Object.fromEntries(keys), types.unknown) },
    types.unknown,
  );
}

const typeOfFacts = (facts: ResourceFacts | undefined): Type =>
  facts?.schema === undefined ? types.unknown : typeOfObjects(facts.schema);
