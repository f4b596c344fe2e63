import { describe, expect, it } from 'vitest';
import { checkRights } from '../../../src/policy/checks/rights.ts';
import type { RequesterRights } from '../../../src/policy/index.ts';
import { formatFinding } from '../../../src/policy/index.ts';

const rights = (change: Partial<RequesterRights>): RequesterRights => ({
  mode: 'Enforce',
  user: 'ann',
  listSource: true,
  getReferences: new Map([['authSecret', true]]),
  ...change,
});

describe("the requester's rights", () => {
  it.each([
    ['all there', rights({}), []],
    ['not asked for', rights({ mode: 'Off', listSource: false }), []],
    [
      'no right to list the source',
      rights({ listSource: false }),
      ['error: spec.source: user "ann" may not list this resource'],
    ],
    [
      'no right to read the Secrets',
      rights({ getReferences: new Map([['authSecret', false]]) }),
      ['error: spec.references[0]: user "ann" may not get this resource'],
    ],
    [
      'only to be warned of',
      rights({ mode: 'Warn', listSource: false }),
      ['warning: spec.source: user "ann" may not list this resource'],
    ],
    [
      'not found out',
      rights({ listSource: undefined, unknown: 'the API server did not answer in time' }),
      [
        'error: spec.source: whether you may list this resource is not known: the API server did not answer in time',
      ],
    ],
    [
      'not found out, and only to be warned of',
      rights({ mode: 'Warn', listSource: undefined }),
      ['warning: spec.source: whether you may list this resource is not known'],
    ],
  ])('%s', (_, given, expected) => {
    expect(checkRights(given).map((finding) => `${finding.severity}: ${formatFinding(finding)}`)).toEqual(
      expected,
    );
  });
});
