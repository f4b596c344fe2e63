import type { CompiledPolicy } from '../compile.ts';
import type { Finding } from '../finding.ts';
import { RenderError } from '../finding.ts';
import type { Paced } from '../paced.ts';
import type { AdmissionFacts, LiveSource } from './facts.ts';
import { resolveWith } from '../resolve.ts';
import type { Unusable } from '../usable.ts';
import { usabilityOf } from '../usable.ts';
import { TRIAL_RUN } from './trial.ts';

/** The name that a live source renders: its lifecycle gets it, whether or not a PediaCluster is wanted yet. */
export interface LiveName {
  readonly name: string;
  readonly source: LiveSource;
}

/** What became of one live source. */
type LiveOutcome =
  | { readonly kind: 'unselected' }
  | { readonly kind: 'waiting'; readonly name: string }
  | { readonly kind: 'rendered'; readonly name: string; readonly problem: Unusable | undefined }
  | { readonly kind: 'failed'; readonly name?: string; readonly finding: Finding };

/** What the trial on live sources brings up. */
export interface LiveTrial {
  readonly findings: readonly Finding[];
  readonly renderings: number;
  /** Of the sources that are selected. */
  readonly names: readonly LiveName[];
  /** Whether these are all the sources that there are. */
  readonly complete: boolean;
}

/** The trial rendering on sources that exist, with the references that exist. */
export function* checkLiveSources(
  policy: CompiledPolicy,
  live: AdmissionFacts['liveSources'],
): Paced<LiveTrial> {
  if (live === undefined) return { findings: [], renderings: 0, names: [], complete: false };
  if ('skipped' in live) {
    const message = `existing sources were not tried: ${live.skipped}`;
    return {
      findings: [{ severity: 'warning', code: 'not-checked', field: 'spec.source', message }],
      renderings: 0,
      names: [],
      complete: false,
    };
  }
  const names: LiveName[] = [];
  const failed: Finding[] = [];
  const unusable: Unusable[] = [];
  let rendered = 0;
  for (const source of live.items) {
    yield;
    const outcome = tryLive(policy, source);
    if (outcome.kind === 'rendered') {
      rendered++;
      if (outcome.problem !== undefined) unusable.push(outcome.problem);
    }
    if (outcome.kind === 'failed') failed.push(outcome.finding);
    if ('name' in outcome) names.push({ name: outcome.name, source });
  }
  return {
    findings: [...judgeLive(rendered, failed), ...judgeUsable(rendered, unusable)],
    renderings: live.items.length,
    names,
    complete: !live.truncated,
  };
}

function judgeLive(rendered: number, failed: readonly Finding[]): readonly Finding[] {
  const [first] = failed;
  if (first === undefined) return [];
  const all = rendered === 0;
  const total = rendered + failed.length;
  const count =
    total === 1
      ? 'the one existing source that was tried fails'
      : all
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

/** PediaClusters that Clusterpedia could never connect with. */
function judgeUsable(rendered: number, unusable: readonly Unusable[]): readonly Finding[] {
  const [first] = unusable;
  if (first === undefined) return [];
  const count = `${String(unusable.length)} of ${String(rendered)}`;
  return [
    {
      severity: 'warning',
      code: 'unusable',
      field: 'spec.template',
      message: `Clusterpedia could never connect with ${count} PediaClusters of existing sources: ${first.message}`,
    },
  ];
}

function tryLive(policy: CompiledPolicy, item: LiveSource): LiveOutcome {
  const { source, references } = item;
  let named: { readonly name?: string } = {};
  try {
    if (!policy.selects(source, TRIAL_RUN)) return { kind: 'unselected' };
    const name = policy.name(source, TRIAL_RUN);
    named = { name };
    const { missing, problem: astray } = resolveWith(
      policy,
      source,
      ({ reference }) => references[reference.key],
      TRIAL_RUN,
    );
    if (astray !== undefined) throw astray;
    if (missing.length > 0) return { kind: 'waiting', name };
    if (!policy.creationConditionHolds(source, references, TRIAL_RUN)) return { kind: 'waiting', name };
    const { spec } = policy.render(source, references, TRIAL_RUN);
    const [problem] = usabilityOf(spec).problems;
    return { kind: 'rendered', name, problem };
  } catch (error) {
    if (error instanceof RenderError) return { kind: 'failed', ...named, finding: error.finding };
    throw error;
  }
}
