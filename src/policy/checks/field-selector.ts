import { groupResource } from '../../api/index.ts';
import { closest } from '../../template/index.ts';
import { sourceField } from '../field-path.ts';
import type { Finding } from '../finding.ts';
import { selectedFields } from '../selector.ts';
import type { ResourceFacts } from './facts.ts';
import type { Check } from './check.ts';

/** Fields of `spec.source.fieldSelector` that the definition of the source does not offer: the API server answers 400 to such a list. */
export function checkFieldSelector(selector: string, facts: ResourceFacts): readonly Finding[] {
  const { selectableFields } = facts;
  if (selectableFields === undefined) return [];
  const wrong = selectedFields(selector).filter((field) => !selectableFields.includes(field));
  return [...new Set(wrong)].map((field) => {
    const suggestion = closest(field, selectableFields);
    return {
      severity: 'error',
      code: 'unselectable-field',
      field: sourceField('fieldSelector').text,
      message:
        `the API server cannot select ${groupResource(facts)} by ${field}; ` +
        `it offers ${selectableFields.join(', ')}; selectorTemplate can ask for any other field`,
      ...(suggestion === undefined ? {} : { suggestion }),
    };
  });
}

export const fieldSelector: Check = {
  of: 'text',
  run: ({ policy, resources: { source } }) =>
    source === undefined ? [] : checkFieldSelector(policy.spec.source.fieldSelector ?? '', source),
};
