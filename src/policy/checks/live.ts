import type { CompiledPolicy } from '../compile.ts';
import type { Finding } from '../finding.ts';
import { RenderError } from '../finding.ts';
import type { AdmissionFacts, LiveSource } from './facts.ts';
import { TRIAL_RUN } from './trial.ts';

/** What became of one live source. */
type LiveOutcome =
  | { readonly kind: 'unselected' | 'waiting' }
  | { readonly kind: 'rendered'; readonly name: string; readonly source: LiveSource }
  | { readonly kind: 'failed'; readonly finding: Finding };

/** The trial rendering on sources that exist, with the references that exist. */
export function checkLiveSources(
  policy: CompiledPolicy,
  live: AdmissionFacts['liveSources'],
): {
  readonly findings: readonly Finding[];
  readonly renderings: number;
  readonly names: readonly { readonly name: string; readonly source: LiveSource }[];
} {
  if (live === undefined) return { findings: [], renderings: 0, names: [] };
  if ('skipped' in live) {
    const message = `existing sources were not tried: ${live.skipped}`;
    return {
      findings: [{ severity: 'warning', code: 'not-checked', field: 'spec.source', message }],
      renderings: 0,
      names: [],
    };
  }
  const outcomes = live.items.map((item) => tryLive(policy, item));
  const rendered = outcomes.flatMap((outcome) => (outcome.kind === 'rendered' ? [outcome] : []));
  const failed = outcomes.flatMap((outcome) => (outcome.kind === 'failed' ? [outcome.finding] : []));
  return {
    findings: judgeLive(rendered.length, failed),
    renderings: outcomes.length,
    names: rendered.map(({ name, source }) => ({ name, source })),
  };
}

function judgeLive(rendered: number, failed: readonly Finding[]): readonly Finding[] {
  const [first] = failed;
  if (first === undefined) return [];
  const all = rendered === 0;
  const total = rendered + failed.length;
  const count = all
    ? `all ${String(total)} existing sources that were tried fail`
    : `${String(failed.length)} of ${String(total)} existing sources fail`;
  return [
    {
      ...first,
      severity: all ? 'error' : 'warning',
      code: 'live-sources-fail',
      message: `${count}: ${first.message}`,
    },
  ];
}

function tryLive(policy: CompiledPolicy, item: LiveSource): LiveOutcome {
  const { source, references } = item;
  // The reconciler waits for a reference that does not exist (yet), whatever the templates say without it.
  const incomplete = policy.references.some(({ key }) => !(key in references));
  try {
    if (!policy.selects(source, TRIAL_RUN)) return { kind: 'unselected' };
    const name = policy.name(source, TRIAL_RUN);
    if (incomplete) return { kind: 'waiting' };
    if (!policy.creationConditionHolds(source, references, TRIAL_RUN)) return { kind: 'waiting' };
    policy.render(source, references, TRIAL_RUN);
    return { kind: 'rendered', name, source: item };
  } catch (error) {
    if (error instanceof RenderError) return { kind: 'failed', finding: error.finding };
    throw error;
  }
}
