import type { Finding } from '../finding.ts';
import type { Paced } from '../paced.ts';
import { describeChanges } from '../trial/difference.ts';
import type { Evidence, SampleAttempt } from '../trial/evidence.ts';
import { counted, decidingChanges } from '../trial/evidence.ts';
import { whyLeftOut } from '../trial/missing-field.ts';
import { isWhole } from '../trial/sample.ts';
import type { RenderedPediaCluster } from '../../api/index.ts';
import { usabilityOf } from '../usable.ts';
import type { Check } from './check.ts';
import { clusterField, specField } from '../field-path.ts';
import { withPlace } from '../places/field-place.ts';

/**
 * PediaClusters with a token or certificate but without a CA: Clusterpedia then does not verify the server. Reported if
 * no source has a CA, if a value of the source leaves it out, and for existing sources. Not reported if a source merely
 * lacks the value, because another source may have it. A kubeconfig has its own rule for verifying the server.
 */
export function* checkVerified(evidence: Evidence): Paced<readonly Finding[]> {
  const usable = evidence.attempts.filter(({ stage }) => stage.kind === 'usable');
  const attempts = counted(usable).filter(
    ({ sample, attempt }) => isWhole(sample) && attempt.fault === undefined,
  );
  const open = attempts.filter(({ attempt }) => isUnverified(attempt.rendered));
  const verified = attempts.filter((tried) => !open.includes(tried));
  const [full] = evidence.samples;
  const [first] = usable;
  const warning = (rendered: RenderedPediaCluster | undefined, which: string, tried = first): Finding => {
    const { what, place } = lackOf(rendered);
    const finding = told([what, which].filter(Boolean).join(' '));
    return tried === undefined
      ? finding
      : withPlace(finding, tried.stage.template.template, { path: place }, tried.attempt.trace);
  };
  const [anyOpen] = open;
  if (anyOpen !== undefined && verified.length === 0) return [warning(anyOpen.attempt.rendered, '', anyOpen)];
  const rendered = evidence.existing.filter(({ outcome }) => outcome.kind === 'rendered');
  const unverified = rendered.filter(({ outcome }) => isUnverified(outcome.rendered));
  if (unverified.length > 0) {
    const count =
      rendered.length === 1
        ? 'for the one existing source that was tried'
        : `for ${String(unverified.length)} of ${String(rendered.length)} existing sources`;
    return [warning(unverified[0]?.outcome.rendered, count)];
  }
  const byWay = new Map<string, Finding>();
  for (const tried of open) {
    const { stage, sample } = tried;
    if (full === undefined || byWay.size >= MAX_TOLD) break;
    const shows = ({ rendered: made, fault }: SampleAttempt['attempt']) =>
      fault === undefined && isUnverified(made);
    const deciding = yield* decidingChanges(stage, sample, full, shows);
    const why = whyLeftOut(
      deciding,
      verified.map((other) => other.sample),
      evidence.facts,
    );
    const which = describeChanges(deciding);
    if (why !== 'nothing') byWay.set(which, warning(tried.attempt.rendered, which, tried));
  }
  return [...byWay.values()];
}

/**
 * What a PediaCluster without an authority lacks, and where that should stand. Clusterpedia takes the authority from
 * where it takes the credentials: it ignores `caData` if these are in Secrets.
 */
function lackOf(rendered: RenderedPediaCluster | undefined): { what: string; place: readonly string[] } {
  if (rendered === undefined || !usabilityOf(rendered.spec).fromSecret)
    return { what: 'renders no caData', place: clusterField('caData').text.split('.') };
  const ignored =
    rendered.spec.caData === undefined ? '' : ' (caData does not count beside credentials from Secrets)';
  return {
    what: `renders authenticationFrom without ca${ignored}`,
    place: clusterField('authenticationFrom').text.split('.'),
  };
}

/** At most this many ways without a CA are reported. */
const MAX_TOLD = 3;

const isUnverified = (rendered: RenderedPediaCluster | undefined): boolean =>
  rendered !== undefined && usabilityOf(rendered.spec).unverified;

const told = (what: string): Finding => ({
  severity: 'warning',
  code: 'unverified',
  field: specField('template').text,
  message: `${what}, so Clusterpedia would not verify the server`,
});

export const verified: Check = { of: 'evidence', run: ({ evidence }) => checkVerified(evidence) };
