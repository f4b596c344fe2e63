import type { ClusterImportPolicySpec } from '../../api/index.ts';
import { groupResource } from '../../api/index.ts';
import type { FieldPath } from '../field-path.ts';
import { referenceField, specField } from '../field-path.ts';
import type { Finding } from '../finding.ts';
import type { SampleFacts } from '../trial/sample.ts';
import type { Check } from './check.ts';
import type { RequesterRights, ResourceFacts } from './facts.ts';

/**
 * The author of a policy must be allowed to read what the policy makes the controller read. Otherwise the policy lends
 * the author the controller's rights, in particular to Secrets.
 */
export function checkRights(
  rights: RequesterRights | undefined,
  { source, references = [] }: Pick<ClusterImportPolicySpec, 'source' | 'references'>,
  resources: SampleFacts,
): readonly Finding[] {
  if (rights === undefined || rights.mode === 'Off') return [];
  const severity = rights.mode === 'Enforce' ? 'error' : 'warning';
  const findings: Finding[] = [];
  const report = ({ text: field }: FieldPath, verb: string, what: string, allowed: boolean | undefined) => {
    if (allowed === true) return;
    findings.push(
      allowed === false
        ? { severity, code: 'forbidden', field, message: `user "${rights.user}" may not ${verb} ${what}` }
        : {
            severity,
            code: 'rights-unknown',
            field,
            message: `whether you may ${verb} ${what} is not known${rights.unknown === undefined ? '' : `: ${rights.unknown}`}`,
          },
    );
  };
  report(specField('source'), 'list', reach(source, source.namespaces, resources.source), rights.listSource);
  for (const [index, reference] of references.entries()) {
    const { key, allowedNamespaces } = reference;
    const what = reach(reference, allowedNamespaces, resources.references.get(key));
    report(referenceField(index), 'get', what, rights.getReferences.get(key));
  }
  return findings;
}

/** Namespaces that are named; of more it is said how many they are. */
const MAX_NAMED = 3;

/** `secrets in all namespaces`, `clusters.acme.io in the namespaces a, b`: what a right must cover. */
function reach(
  { group, resource }: { readonly group: string; readonly resource: string },
  namespaces: readonly string[] = [],
  facts: Pick<ResourceFacts, 'namespaced'> | undefined,
): string {
  const name = groupResource({ group, resource });
  if (facts?.namespaced === false) return name;
  const [only, ...others] = namespaces;
  if (only === undefined) return facts?.namespaced === undefined ? name : `${name} in all namespaces`;
  if (others.length === 0) return `${name} in the namespace ${only}`;
  const more = namespaces.length - MAX_NAMED;
  const named = namespaces.slice(0, MAX_NAMED).join(', ');
  return `${name} in the namespaces ${named}${more > 0 ? ` and ${String(more)} more` : ''}`;
}

export const rights: Check = {
  of: 'request',
  run: ({ facts, policy, resources }) => checkRights(facts.rights, policy.spec, resources),
};
