import { closest } from '../../template/index.ts';
import type { Finding } from '../finding.ts';
import type { ResourceFacts } from './facts.ts';

/** Whether the API server serves a resource. Never an error: GitOps may apply a policy before its platform. */
export function checkResource(field: string, facts: ResourceFacts): readonly Finding[] {
  if (facts.known !== false) return [];
  const name = facts.group === '' ? facts.resource : `${facts.resource}.${facts.group}`;
  if (facts.served.length > 0) {
    return [
      {
        severity: 'warning',
        code: 'unknown-resource',
        field: `${field}.versions`,
        message: `${name} is not served in the allowed versions; it is served in ${facts.served.join(', ')}`,
      },
    ];
  }
  const suggestion = closest(facts.resource, facts.resourcesInGroup ?? []);
  return [
    {
      severity: 'warning',
      code: 'unknown-resource',
      field: `${field}.resource`,
      message: `${name} is not served yet; clusters are imported once it is`,
      ...(suggestion === undefined ? {} : { suggestion }),
    },
  ];
}
