import type { ClusterImportPolicySpec, KubeObject } from '../../api/index.ts';
import type { CompiledPolicy } from '../compile.ts';
import { specField } from '../field-path.ts';
import type { Finding } from '../finding.ts';
import { RenderError } from '../finding.ts';
import type { ExistingLifecycle, LiveSource } from './facts.ts';
import type { LiveName } from '../trial/evidence.ts';
import { namesOf } from '../trial/evidence.ts';
import { TRIAL_RUN } from '../trial/sample.ts';
import type { Check } from './check.ts';

/** The fields that distinguish a policy's own lifecycles from those of others. */
type PolicyIdentity = { readonly uid?: string | undefined; readonly name?: string | undefined };

/**
 * Two live sources that render the same name, and names of live sources that a lifecycle of another policy already has.
 */
export function checkNameConflicts(
  names: readonly LiveName[],
  lifecycles: readonly ExistingLifecycle[],
  policy: PolicyIdentity,
): readonly Finding[] {
  const findings: Finding[] = [];
  const holders = new Map<string, LiveSource>();
  for (const { name, source } of names) {
    const other = holders.get(name);
    if (other === undefined) holders.set(name, source);
    else if (findings.length === 0) {
      // The name may be made of any field of the source, so it is not shown.
      const message = `two sources render one name: ${place(other)} and ${place(source)}`;
      findings.push(conflict('error', message));
    }
  }
  const taken = lifecycles.find(({ name, ...lifecycle }) => holders.has(name) && isOthers(lifecycle, policy));
  if (taken !== undefined) findings.push(conflict('error', held('is held', taken)));
  return findings;
}

/** At most this many lifecycles of other policies are examined in detail. */
const MAX_LIFECYCLES = 100;

/**
 * Possible later conflicts: sources with the same name in two namespaces, and lifecycles of other policies whose source
 * this
 * policy might select too. They are derived from names and namespaces alone, so they are warnings.
 *
 * @param source a made-up source; its name and namespace are replaced
 */
export function checkPossibleConflicts(
  { source: fields }: Pick<ClusterImportPolicySpec, 'source'>,
  compiled: Pick<CompiledPolicy, 'name' | 'templates'>,
  source: KubeObject,
  known: {
    readonly namespaced: boolean | undefined;
    readonly lifecycles: readonly ExistingLifecycle[];
    readonly policy: PolicyIdentity;
  },
): readonly Finding[] {
  const rival = known.lifecycles
    .filter((lifecycle) => isOthers(lifecycle, known.policy) && isOf(lifecycle, fields))
    .slice(0, MAX_LIFECYCLES)
    .find((lifecycle) => nameWith(compiled, source, lifecycle.source) === lifecycle.name);
  if (rival !== undefined) return [conflict('warning', held('may be wanted twice: it is held', rival))];
  if (isNarrow(fields, compiled)) return [];
  const readPaths = readByName(compiled).filter((path) => !sharedReads.has(path));
  if (readPaths.length === 0)
    return [conflict('warning', 'all sources would render one name; add the name of the source')];
  return known.namespaced === true && readPaths.every((path) => path === 'source.metadata.name')
    ? [conflict('warning', 'sources of one name in two namespaces would render one name; add the namespace')]
    : [];
}

/** The fields from which the name is made. */
function readByName({ templates }: Pick<CompiledPolicy, 'templates'>): readonly string[] {
  const template = templates.find(({ role }) => role === 'name');
  return (template?.template.readPaths ?? []).map(({ path }) => path.join('.'));
}

/** These are the same for all sources of a kind. */
const sharedReads = new Set(['source.kind', 'source.apiVersion']);

/** `undefined` if it does not render to a name. */
function nameWith(
  compiled: Pick<CompiledPolicy, 'name'>,
  source: KubeObject,
  { name, namespace }: { readonly name: string; readonly namespace?: string | undefined },
): string | undefined {
  const { namespace: _, ...metadata } = source.metadata;
  const uid = `${namespace ?? ''}/${name}`;
  const named = { ...metadata, name, uid, ...(namespace === undefined ? {} : { namespace }) };
  try {
    return compiled.name({ ...source, metadata: named }, TRIAL_RUN);
  } catch (error) {
    if (error instanceof RenderError) return undefined;
    throw error;
  }
}

/** Whether the policy chooses its sources by namespace or name, so that sources in other namespaces do not matter. */
function isNarrow(
  { namespaces = [], fieldSelector = '' }: ClusterImportPolicySpec['source'],
  { templates }: Pick<CompiledPolicy, 'templates'>,
): boolean {
  const selector = templates.find(({ role }) => role === 'selector');
  const readsIdentity = selector?.template.readPaths.some(
    ({ path: [, ...fields] }) =>
      fields.length < 2 || (fields[0] === 'metadata' && (fields[1] === 'namespace' || fields[1] === 'name')),
  );
  return namespaces.length === 1 || fieldSelector.includes('metadata.') || readsIdentity === true;
}

const conflict = (severity: Finding['severity'], message: string): Finding => ({
  severity,
  code: 'name-conflict',
  field: specField('nameTemplate').text,
  message,
});

const held = (what: string, { name, policyName = '' }: ExistingLifecycle) =>
  `the name "${name}" ${what} by policy "${policyName}"`;

/** A policy that was deleted and created again has another uid, and takes over its lifecycles. */
const isOthers = (
  { policyUid, policyName }: Pick<ExistingLifecycle, 'policyUid' | 'policyName'>,
  { uid, name }: PolicyIdentity,
) => policyName !== undefined && policyName !== name && (uid === undefined || policyUid !== uid);

const isOf = (
  { source }: ExistingLifecycle,
  { group, resource }: { readonly group: string; readonly resource: string },
) => source.group === group && source.resource === resource;

const place = ({ source: { metadata } }: LiveSource) =>
  metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;

export const nameConflicts: Check = {
  of: 'evidence',
  run({ policy, compiled, evidence, resources, facts: { lifecycles = [] } }) {
    const certain = checkNameConflicts(namesOf(evidence), lifecycles, policy.metadata);
    const [made] = evidence.samples;
    if (certain.length > 0 || made === undefined) return certain;
    return checkPossibleConflicts(policy.spec, compiled, made.source, {
      namespaced: resources.source?.namespaced,
      lifecycles,
      policy: policy.metadata,
    });
  },
};
