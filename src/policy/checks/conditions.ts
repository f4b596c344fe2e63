import type { ClusterImportPolicySpec } from '../../api/index.ts';
import { lineAndColumn, TemplateError } from '../../template/index.ts';
import type { PolicyTemplate } from '../compile.ts';
import { conditionOutcome } from '../rendering/condition.ts';
import { specField } from '../field-path.ts';
import { placeOfRead } from '../place.ts';
import type { Statement } from '../places/statements.ts';
import type { Finding } from '../finding.ts';
import { TRIAL_RUN } from '../trial/sample.ts';
import type { Check } from './check.ts';

/**
 * A selector or creation condition that reads nothing always has the same outcome; if that is false, no cluster is ever
 * imported. A template that fails or prints something else is reported by the trial rendering.
 */
export function checkConditions(
  { creationCondition }: Pick<ClusterImportPolicySpec, 'creationCondition'>,
  templates: readonly PolicyTemplate[],
): readonly Finding[] {
  const empty = creationCondition !== undefined && creationCondition.trim() === '';
  return [
    ...templates.flatMap(printsForEach),
    ...templates.filter(isNeverTrue).map(({ field }) => neverTrue(field, 'can only be false')),
    ...(empty ? [neverTrue(specField('creationCondition').text, 'is empty, which counts as false')] : []),
  ];
}

const neverTrue = (field: string, what: string): Finding => ({
  severity: 'error',
  code: 'invalid-condition',
  field,
  message: `${what}, so no cluster would ever be imported; use spec.suspend to pause a policy`,
});

/** A condition that prints something for each item of a list holds for lists of one item only. */
function printsForEach({ field, role, template }: PolicyTemplate): readonly Finding[] {
  if (role !== 'condition' && role !== 'selector') return [];
  return template.program.main.flatMap((statement) => {
    if (statement.kind !== 'range' || statement.body.some(mayLeave)) return [];
    const printed = statement.body.find((each) => each.kind === 'emit');
    if (printed === undefined) return [];
    return [
      {
        severity: 'warning',
        code: 'invalid-condition',
        field,
        ...placeOfRead(template, lineAndColumn(template.text, printed.position)),
        message:
          'is printed for each item; what several print together is neither "true" nor "false": ask with "if" for one item',
      },
    ];
  });
}

function mayLeave(statement: Statement): boolean {
  if (statement.kind === 'break') return true;
  if (statement.kind !== 'if' && statement.kind !== 'with') return false;
  return [...statement.body, ...statement.otherwise].some(mayLeave);
}

function isNeverTrue({ field, role, template }: PolicyTemplate): boolean {
  if (role !== 'condition' && role !== 'selector') return false;
  if (field === specField('deletionCondition').text || template.readPaths.length > 0) return false;
  if (template.calls.some(({ called }) => called.nondeterministic !== undefined)) return false;
  try {
    const outcome = conditionOutcome(template.execute({}, TRIAL_RUN));
    return outcome.recognised && !outcome.holds;
  } catch (error) {
    if (error instanceof TemplateError) return false;
    throw error;
  }
}

export const conditions: Check = {
  of: 'text',
  run: ({ policy, templates }) => checkConditions(policy.spec, templates),
};
