import type { Finding } from '../finding.ts';
import type { RequesterRights } from './facts.ts';
import type { Check } from './check.ts';

/**
 * The author of a policy must be allowed to read what the policy makes the controller read. Otherwise the policy lends
 * the author the controller's rights, in particular to Secrets.
 */
export function checkRights(rights: RequesterRights | undefined): readonly Finding[] {
  if (rights === undefined || rights.mode === 'Off') return [];
  const severity = rights.mode === 'Enforce' ? 'error' : 'warning';
  const findings: Finding[] = [];
  const report = (field: string, verb: string, allowed: boolean | undefined) => {
    if (allowed === true) return;
    findings.push(
      allowed === false
        ? {
            severity,
            code: 'forbidden',
            field,
            message: `user "${rights.user}" may not ${verb} this resource`,
          }
        : {
            severity,
            code: 'rights-unknown',
            field,
            message: `whether you may ${verb} this resource is not known${rights.unknown === undefined ? '' : `: ${rights.unknown}`}`,
          },
    );
  };
  report('spec.source', 'list', rights.listSource);
  [...rights.getReferences.values()].forEach((allowed, index) => {
    report(`spec.references[${String(index)}]`, 'get', allowed);
  });
  return findings;
}

export const rights: Check = { of: 'request', run: ({ facts }) => checkRights(facts.rights) };
