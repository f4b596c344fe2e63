import { groupResource } from '../../api/index.ts';
import { closest } from '../../template/index.ts';
import type { FieldPath } from '../field-path.ts';
import { referenceField, specField } from '../field-path.ts';
import type { Finding } from '../finding.ts';
import type { ResourceFacts } from './facts.ts';
import type { Check } from './check.ts';

/**
 * Whether the API server serves a resource. Never an error: GitOps may apply a policy before its platform is installed.
 */
export function checkResource(field: FieldPath, facts: ResourceFacts): readonly Finding[] {
  if (facts.known !== false) return [];
  const name = groupResource(facts);
  if (facts.served.length > 0) {
    return [
      {
        severity: 'warning',
        code: 'unknown-resource',
        field: field.child('versions').text,
        message: `${name} is not served in the allowed versions; it is served in ${facts.served.join(', ')}`,
      },
    ];
  }
  const suggestion = closest(facts.resource, facts.resourcesInGroup ?? []);
  return [
    {
      severity: 'warning',
      code: 'unknown-resource',
      field: field.child('resource').text,
      message: `${name} is not served yet; clusters are imported once it is`,
      ...(suggestion === undefined ? {} : { suggestion }),
    },
  ];
}

export const resources: Check = {
  of: 'text',
  run: ({ policy, resources: { source, references } }) => [
    ...(source === undefined ? [] : checkResource(specField('source'), source)),
    ...(policy.spec.references ?? []).flatMap(({ key }, index) => {
      const known = references.get(key);
      return known === undefined ? [] : checkResource(referenceField(index), known);
    }),
  ],
};
