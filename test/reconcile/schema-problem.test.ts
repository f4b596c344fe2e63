import { describe, expect, it } from 'vitest';
import type { Finding, SchemaReview } from '../../src/policy/index.ts';
import type { Reason } from '../../src/reconcile/index.ts';
import { schemaProblem } from '../../src/reconcile/index.ts';

const gone: Finding = {
  severity: 'error',
  code: 'unknown-field',
  field: 'spec.template',
  line: 2,
  column: 24,
  message: '.source.spec.apiEndpoint is not a field of clusters.cluster.mcp.io v1alpha1',
};

const PLACE = `spec.template 2:24: ${gone.message}`;

describe('a policy judged again', () => {
  it.each<[string, SchemaReview, Reason | undefined, string | undefined]>([
    ['fits', { faults: [], proven: true }, 'Valid', undefined],
    ['fits again', { faults: [], proven: true }, 'SchemaChanged', undefined],
    ['does not fit, as its text proves', { faults: [gone], proven: true }, 'Valid', PLACE],
    [
      'does not fit in two places',
      { faults: [gone, gone], proven: true },
      undefined,
      `${PLACE} (and 1 more)`,
    ],
    [
      'may not fit, and did: a source that could not be tried may outweigh it',
      { faults: [gone], proven: false },
      'Valid',
      undefined,
    ],
    ['may not fit, and did not', { faults: [gone], proven: false }, 'SchemaChanged', PLACE],
  ])('that %s', (_, review, reason, message) => {
    const problem = schemaProblem(review, reason && { reason });
    expect(problem).toEqual(
      message === undefined ? undefined : { reason: 'SchemaChanged', message, failed: true },
    );
  });
});
