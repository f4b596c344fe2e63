import { describe, expect, it } from 'vitest';
import { checkRights } from '../../../src/policy/checks/rights.ts';
import type { RequesterRights, ResourceFacts } from '../../../src/policy/index.ts';
import { formatFinding } from '../../../src/policy/index.ts';

const rights = (change: Partial<RequesterRights>): RequesterRights => ({
  mode: 'Enforce',
  user: 'ann',
  listSource: true,
  getReferences: new Map([['authSecret', true]]),
  ...change,
});

const resource = (group: string, name: string, namespaced?: boolean): ResourceFacts => ({
  group,
  resource: name,
  known: true,
  served: ['v1'],
  ...(namespaced === undefined ? {} : { namespaced }),
});
const resources = {
  source: resource('acme.io', 'clusters', true),
  references: new Map([['authSecret', resource('', 'secrets', true)]]),
};
const reference = {
  key: 'authSecret',
  group: '',
  resource: 'secrets',
  nameTemplate: 'a',
  allowedNamespaces: ['acme'],
};
const spec = { source: { group: 'acme.io', resource: 'clusters' }, references: [reference] };

describe("the requester's rights", () => {
  it.each([
    ['all there', rights({}), []],
    ['not asked for', rights({ mode: 'Off', listSource: false }), []],
    [
      'no right to list the source',
      rights({ listSource: false }),
      ['error: spec.source: user "ann" may not list clusters.acme.io in all namespaces'],
    ],
    [
      'no right to read the Secrets',
      rights({ getReferences: new Map([['authSecret', false]]) }),
      ['error: spec.references[0]: user "ann" may not get secrets in the namespace acme'],
    ],
    [
      'only to be warned of',
      rights({ mode: 'Warn', listSource: false }),
      ['warning: spec.source: user "ann" may not list clusters.acme.io in all namespaces'],
    ],
    [
      'not found out',
      rights({ listSource: undefined, unknown: 'the API server did not answer in time' }),
      [
        'error: spec.source: whether you may list clusters.acme.io in all namespaces is not known: the API server did not answer in time',
      ],
    ],
    [
      'not found out, and only to be warned of',
      rights({ mode: 'Warn', listSource: undefined }),
      ['warning: spec.source: whether you may list clusters.acme.io in all namespaces is not known'],
    ],
  ])('%s', (_, given, expected) => {
    expect(
      checkRights(given, spec, resources).map((finding) => `${finding.severity}: ${formatFinding(finding)}`),
    ).toEqual(expected);
  });
});

describe('where a right is missing', () => {
  const namespaces = ['a', 'b', 'c', 'd', 'e'];
  it.each([
    ['nothing known of the resource', undefined, [], 'clusters.acme.io'],
    ['a resource in no namespace', false, ['a'], 'clusters.acme.io'],
    ['all namespaces', true, [], 'clusters.acme.io in all namespaces'],
    ['one namespace', true, ['a'], 'clusters.acme.io in the namespace a'],
    ['some namespaces', true, ['a', 'b'], 'clusters.acme.io in the namespaces a, b'],
    ['many namespaces', true, namespaces, 'clusters.acme.io in the namespaces a, b, c and 2 more'],
  ])('%s', (_, namespaced, limits, expected) => {
    const source = { ...spec.source, namespaces: limits };
    const facts = { source: resource('acme.io', 'clusters', namespaced), references: new Map() };
    expect(
      checkRights(rights({ listSource: false }), { source }, facts).map(({ message }) => message),
    ).toEqual([`user "ann" may not list ${expected}`]);
  });
});
