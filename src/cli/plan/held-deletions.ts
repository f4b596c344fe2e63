import { breakerDefaults } from '../../../config/controller.ts';
import { ALLOW_DELETIONS_ANNOTATION } from '../../api/index.ts';
import type { ClusterImportPolicy } from '../../api/index.ts';
import { DeletionBreaker, heldMessage, waiting } from '../../reconcile/index.ts';
import type { Problem } from '../../reconcile/index.ts';

/** The controller's own where nothing else is configured; a plan is one change, so its deletions need no time to gather. */
const limits = { ...breakerDefaults, windowMs: 0, settleMs: 0 };

/**
 * What the controller's breaker would say of a policy's deletions, all at once; `undefined` where they would go through.
 * @param deletions names of PediaClusters
 * @param existing how many the policy has
 */
export function heldDeletions(
  { metadata }: ClusterImportPolicy,
  deletions: readonly string[],
  existing: number,
): Problem | undefined {
  const breaker = new DeletionBreaker(limits);
  for (const name of deletions) breaker.want(name, 0);
  const allowed = metadata.annotations?.[ALLOW_DELETIONS_ANNOTATION];
  const verdict = breaker.judge({ existing, allowed, now: 0 });
  if (verdict.kind !== 'hold') return undefined;
  return waiting('DeletionHeld', heldMessage(verdict.count));
}
