import type { TypeFinding } from '../../template/index.ts';
import type { PolicyTemplate } from '../compile.ts';
import type { Finding } from '../finding.ts';
import { dataType } from '../typing/data-type.ts';
import type { ResourceFacts } from './facts.ts';
import { placeOfRead } from './place.ts';
import type { Check } from './check.ts';

/**
 * Compares the expressions of the templates with the types in the schemas of the source and of each reference. An
 * expression that fails for every possible value is an error. A comparison with a constant that the schema's enum
 * excludes can never be true, which is a warning. If the schema is open or unknown, nothing is reported.
 */
export function checkTypes(
  templates: readonly PolicyTemplate[],
  source: ResourceFacts | undefined,
  references: ReadonlyMap<string, ResourceFacts>,
): readonly Finding[] {
  return templates.flatMap((own) => {
    const { findings } = own.template.typesFor(dataType(own, source, references));
    return findings.map((finding) => findingFor(own.field, own.template, finding));
  });
}

function findingFor(
  field: string,
  template: PolicyTemplate['template'],
  { kind, message, suggestion, ...position }: TypeFinding,
): Finding {
  return {
    severity: kind === 'fails' ? 'error' : 'warning',
    code: kind === 'fails' ? 'type-mismatch' : 'never-met',
    field,
    ...placeOfRead(template, position),
    message,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

export const expressionTypes: Check = {
  of: 'text',
  run: ({ templates, resources: { source, references } }) => checkTypes(templates, source, references),
};
