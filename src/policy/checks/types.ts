import type { TypeFinding } from '../../template/index.ts';
import type { PolicyTemplate } from '../compile.ts';
import type { Finding } from '../finding.ts';
import type { PolicyTypes } from '../typing/policy-types.ts';
import { placeOfRead } from '../place.ts';
import type { Check } from './check.ts';

/**
 * Compares the expressions of the templates with the types in the schemas of the source and of each reference. An
 * expression that fails or has no sensible result for every possible value is an error, and so is a field that the
 * result of a function never has.
 * A comparison with a constant that the schema's enum excludes can never be true, which is a warning. If the schema is
 * open or unknown, nothing is reported.
 */
export function checkTypes(templates: readonly PolicyTemplate[], types: PolicyTypes): readonly Finding[] {
  return templates.flatMap((own) =>
    types.of(own).findings.map((finding) => findingFor(own.field, own.template, finding)),
  );
}

const verdicts = {
  fails: { severity: 'error', code: 'type-mismatch' },
  pointless: { severity: 'error', code: 'type-mismatch' },
  'no-field': { severity: 'error', code: 'unknown-field' },
  'never-met': { severity: 'warning', code: 'never-met' },
} as const satisfies Record<TypeFinding['kind'], Pick<Finding, 'severity' | 'code'>>;

function findingFor(
  field: string,
  template: PolicyTemplate['template'],
  { kind, message, suggestion, ...position }: TypeFinding,
): Finding {
  return {
    ...verdicts[kind],
    field,
    ...placeOfRead(template, position),
    message,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

export const expressionTypes: Check = {
  of: 'text',
  run: ({ templates, types }) => checkTypes(templates, types),
};
