import { specField } from '../field-path.ts';
import type { Finding } from '../finding.ts';
import type { Evidence } from '../trial/evidence.ts';
import { faultKey } from '../trial/evidence.ts';
import type { Check } from './check.ts';
import { faultsOfExisting, findingsOfSamples } from './samples.ts';

/**
 * The results for existing sources: an error if none can be imported, otherwise a warning, each with the count. If
 * samples show the same fault, it is reported here only, and is an error if it is one for samples.
 */
export function judgeExisting(evidence: Evidence): readonly Finding[] {
  const { existing, skipped } = evidence;
  if (skipped !== undefined) {
    const message = `existing sources were not tried: ${skipped}`;
    return [{ severity: 'warning', code: 'not-checked', field: specField('source').text, message }];
  }
  const faults = faultsOfExisting(evidence);
  const rendered = existing.filter(({ outcome }) => outcome.kind === 'rendered').length;
  const [first] = faults;
  if (first === undefined) return [];
  const all = rendered === 0;
  const total = rendered + faults.length;
  const count =
    total === 1
      ? 'the one existing source that was tried fails'
      : all
        ? `all ${String(total)} existing sources that were tried fail`
        : `${String(faults.length)} of ${String(total)} existing sources fail`;
  const same = findingsOfSamples(evidence).find(({ fault }) => fault === faultKey(first))?.finding;
  // An error that samples show is one of the policy, not only of the sources that exist now.
  if (same?.severity === 'error') return [{ ...same, message: `${count}: ${same.message}` }];
  return [
    {
      ...first,
      severity: all ? 'error' : 'warning',
      code: 'live-sources-fail',
      message: `${count}: ${first.message}`,
      ...(same?.witness && { witness: same.witness }),
    },
  ];
}

export const existingSources: Check = { of: 'evidence', run: ({ evidence }) => judgeExisting(evidence) };
