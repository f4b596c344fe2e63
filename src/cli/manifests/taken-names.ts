import type { ExistingLifecycle, PreparedDraft } from '../../policy/index.ts';
import { evaluateSource } from '../../reconcile/index.ts';
import type { Inventory } from './inventory.ts';

/** The lifecycles that policies would have for the sources at hand, so that each can be told of the names of the others. */
export function lifecyclesAtHand(
  drafts: readonly PreparedDraft[],
  inventory: Inventory,
): readonly ExistingLifecycle[] {
  return drafts.flatMap((draft) => {
    if (draft.kind === 'malformed' || draft.compiled.policy === undefined) return [];
    const { policy: compiled } = draft.compiled;
    const { metadata, spec } = draft.policy;
    const { group, resource } = spec.source;
    return inventory.sourcesOf(spec.source).flatMap((source): ExistingLifecycle[] => {
      const evaluation = evaluateSource(compiled, source);
      if (evaluation.kind !== 'selected') return [];
      const { namespace, name } = source.metadata;
      return [
        {
          name: evaluation.name,
          policyName: metadata.name,
          source: { group, resource, ...(namespace === undefined ? {} : { namespace }), name },
        },
      ];
    });
  });
}
