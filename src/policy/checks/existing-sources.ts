import { specField } from '../field-path.ts';
import type { Finding } from '../finding.ts';
import type { Evidence } from '../trial/evidence.ts';
import type { Check } from './check.ts';

/** The results for existing sources: an error if none can be imported, otherwise a warning, each with the count. */
export function judgeExisting({ existing, skipped }: Evidence): readonly Finding[] {
  if (skipped !== undefined) {
    const message = `existing sources were not tried: ${skipped}`;
    return [{ severity: 'warning', code: 'not-checked', field: specField('source').text, message }];
  }
  const faults = existing.flatMap(({ outcome }) =>
    outcome.kind === 'failed' && outcome.fault ? [outcome.fault] : [],
  );
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
  return [
    {
      ...first,
      severity: all ? 'error' : 'warning',
      code: 'live-sources-fail',
      message: `${count}: ${first.message}`,
    },
  ];
}

export const existingSources: Check = { of: 'evidence', run: ({ evidence }) => judgeExisting(evidence) };
