import type { Finding } from '../finding.ts';
import type { ExistingLifecycle, LiveSource } from './facts.ts';

const NAME_FIELD = 'spec.nameTemplate';

/** Two sources that render one name, and names that another policy's lifecycle holds. */
export function checkNameConflicts(
  names: readonly { readonly name: string; readonly source: LiveSource }[],
  lifecycles: readonly ExistingLifecycle[],
  policy: { readonly uid?: string | undefined; readonly name?: string | undefined },
): readonly Finding[] {
  const findings: Finding[] = [];
  const holders = new Map<string, LiveSource>();
  for (const { name, source } of names) {
    const other = holders.get(name);
    if (other === undefined) {
      holders.set(name, source);
      continue;
    }
    findings.push(conflict(`two sources render the name "${name}": ${place(other)} and ${place(source)}`));
    break;
  }
  const taken = lifecycles.find(
    (lifecycle) =>
      holders.has(lifecycle.name) && !belongsTo(lifecycle, policy) && lifecycle.policyName !== undefined,
  );
  if (taken !== undefined) {
    findings.push(conflict(`the name "${taken.name}" is held by policy "${taken.policyName ?? ''}"`));
  }
  return findings;
}

const conflict = (message: string): Finding => ({
  severity: 'error',
  code: 'name-conflict',
  field: NAME_FIELD,
  message,
});

function belongsTo(
  lifecycle: ExistingLifecycle,
  policy: { readonly uid?: string | undefined; readonly name?: string | undefined },
): boolean {
  return policy.uid === undefined ? lifecycle.policyName === policy.name : lifecycle.policyUid === policy.uid;
}

const place = ({ source: { metadata } }: LiveSource) =>
  metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
