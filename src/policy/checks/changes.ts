import type { ClusterImportPolicy, ClusterImportPolicySpec } from '../../api/index.ts';
import { DELETION_PROTECTION_ANNOTATION } from '../../api/index.ts';
import type { Finding } from '../finding.ts';
import type { ExistingLifecycle } from './facts.ts';

/** What an update would delete: another source, or other names, make every lifecycle of the policy obsolete. */
export function checkChanges(
  before: ClusterImportPolicySpec | undefined,
  after: ClusterImportPolicySpec,
  ownLifecycles: readonly ExistingLifecycle[],
): readonly Finding[] {
  if (before === undefined || ownLifecycles.length === 0) return [];
  const count = ownLifecycles.length;
  const warn = (field: string, what: string): Finding => ({
    severity: 'warning',
    code: 'would-delete',
    field,
    message: `${what} replaces ${String(count)} existing PediaCluster${count === 1 ? '' : 's'}`,
  });
  if (before.source.group !== after.source.group || before.source.resource !== after.source.resource) {
    return [warn('spec.source', 'another source')];
  }
  if (before.nameTemplate !== after.nameTemplate) return [warn('spec.nameTemplate', 'another nameTemplate')];
  return [];
}

/** A policy that carries the deletion-protection annotation is not deleted. */
export function checkDeletion(object: ClusterImportPolicy): readonly Finding[] {
  if (object.metadata.annotations?.[DELETION_PROTECTION_ANNOTATION] !== 'true') return [];
  return [
    {
      severity: 'error',
      code: 'deletion-protected',
      field: 'metadata.annotations',
      message: `the policy is protected; remove the annotation ${DELETION_PROTECTION_ANNOTATION} first`,
    },
  ];
}
