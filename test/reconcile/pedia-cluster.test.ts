import { describe, expect, it } from 'vitest';
import type { RenderedPediaCluster } from '../../src/api/index.ts';
import { POLICY_LABEL } from '../../src/api/index.ts';
import {
  changesOf,
  hasSpec,
  newPediaCluster,
  observePediaCluster,
  observePediaClusterMetadata,
} from '../../src/reconcile/index.ts';
import { RENDERED, lifecycle, lifecycleReference, pediaCluster } from './objects.ts';

const rendered = (spec: object, metadata?: RenderedPediaCluster['metadata']): RenderedPediaCluster => ({
  ...(metadata === undefined ? {} : { metadata }),
  spec: { ...RENDERED.spec, ...spec },
});

describe('a new PediaCluster', () => {
  it('is what the template renders, labelled with its policy and owned by its lifecycle', () => {
    const made = newPediaCluster(lifecycle(), rendered({}, { labels: { a: 'b' }, annotations: { c: 'd' } }));
    expect(made).toEqual({
      apiVersion: 'cluster.clusterpedia.io/v1alpha2',
      kind: 'PediaCluster',
      metadata: {
        name: 'mcp-c1',
        labels: { a: 'b', [POLICY_LABEL]: 'mcp' },
        annotations: { c: 'd' },
        ownerReferences: [lifecycleReference()],
      },
      spec: RENDERED.spec,
    });
  });
});

describe('what the cache keeps of a PediaCluster', () => {
  const token = 'c2VjcmV0LXRva2Vu';
  const kept = observePediaCluster({
    apiVersion: 'cluster.clusterpedia.io/v1alpha2',
    kind: 'PediaCluster',
    metadata: {
      name: 'x',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '2024-01-01T00:00:00Z',
      annotations: {
        'kubectl.kubernetes.io/last-applied-configuration': `{"spec":{"tokenData":"${token}"}}`,
      },
    },
    ...{ spec: { tokenData: token, apiserver: '', syncResources: [] }, status: { version: 'v1.24' } },
  });

  it('holds no credential', () => {
    expect(JSON.stringify(kept)).not.toContain(token);
  });

  it('holds a digest of each field that means something', () => {
    expect(Object.keys(kept.spec)).toEqual(['tokenData']);
    expect(kept).not.toHaveProperty('status');
  });
});

describe('of a PediaCluster whose metadata alone has come, the spec', () => {
  const known = pediaCluster({ generation: 3 });

  it.each<[string, object, boolean]>([
    ['is the known one while the generation is', { resourceVersion: '9', labels: { a: 'b' } }, true],
    ['is not known for another generation', { generation: 4 }, false],
    ['is not known for another incarnation', { uid: 'another' }, false],
    ['is not known without a generation', { generation: undefined }, false],
  ])('%s', (_, metadata, isKnown) => {
    const sent = { ...known, metadata: { ...known.metadata, ...metadata } };
    const observed = observePediaClusterMetadata(sent, known);
    expect(hasSpec(observed)).toBe(isKnown);
    if (isKnown) expect(observed.spec).toEqual(known.spec);
  });

  it('is not known of one that is new', () => {
    expect(hasSpec(observePediaClusterMetadata(known, undefined))).toBe(false);
  });

  it('does not keep labels from being as they are now', () => {
    const sent = { ...known, metadata: { ...known.metadata, labels: { a: 'b' } } };
    expect(Object.keys(observePediaClusterMetadata(sent, known).labels)).toEqual(['a']);
  });
});

describe('under updatePolicy Credentials, a PediaCluster', () => {
  const change = (actual: object, wanted: RenderedPediaCluster) =>
    changesOf(pediaCluster({}, { ...RENDERED.spec, ...actual }), wanted, 'Credentials');

  it.each<[string, object, object, object | undefined]>([
    ['that is as rendered stays', {}, {}, undefined],
    ['gets a new token', {}, { tokenData: 'bmV3' }, { tokenData: 'bmV3' }],
    ['loses a credential that is not rendered', { kubeconfig: 'eA==' }, {}, { kubeconfig: null }],
    ['does not care for an empty field', { caData: '' }, { certData: '' }, undefined],
    [
      'keeps the sync fields of others',
      { syncAllCustomResources: true, shardingName: 'a' },
      { shardingName: 'b' },
      undefined,
    ],
    [
      'gets references to Secrets',
      {},
      { authenticationFrom: { ca: { name: 'n', key: 'k' } } },
      {
        authenticationFrom: {
          ca: { name: 'n', key: 'k' },
          kubeconfig: null,
          token: null,
          cert: null,
          key: null,
        },
      },
    ],
    [
      'loses one of several references to Secrets',
      { authenticationFrom: { ca: { name: 'n', key: 'k' }, token: { name: 'n', key: 't' } } },
      { authenticationFrom: { token: { name: 'n', key: 't' } } },
      {
        authenticationFrom: {
          token: { name: 'n', key: 't' },
          ca: null,
          kubeconfig: null,
          cert: null,
          key: null,
        },
      },
    ],
    [
      'loses all references to Secrets',
      { authenticationFrom: { ca: { name: 'n', key: 'k' } } },
      {},
      { authenticationFrom: null },
    ],
  ])('%s', (_, actual, wanted, expected) => {
    expect(change(actual, rendered(wanted))).toEqual(expected === undefined ? undefined : { spec: expected });
  });

  it('keeps its labels and annotations', () => {
    expect(change({}, rendered({}, { labels: { a: 'b' }, annotations: { c: 'd' } }))).toBeUndefined();
  });
});

describe('under updatePolicy All, a PediaCluster', () => {
  const managedFields = [
    {
      manager: 'clusterpedia-import',
      fieldsV1: {
        'f:metadata': { 'f:labels': { '.': {}, 'f:mine': {} }, 'f:annotations': { 'f:note': {} } },
      },
    },
    { manager: 'kubectl', fieldsV1: { 'f:metadata': { 'f:labels': { 'f:theirs': {} } } } },
  ];
  const actual = pediaCluster(
    { labels: { mine: '1', theirs: '2' }, annotations: { note: 'x' }, managedFields },
    {
      ...RENDERED.spec,
      shardingName: 'a',
      syncResources: [{ group: 'apps', resources: ['*'], versions: [] }],
    },
  );

  it('follows the sync fields', () => {
    const wanted = rendered(
      { syncResources: [{ group: 'apps', resources: ['deployments'] }], shardingName: 'b' },
      {
        labels: { mine: '1' },
        annotations: { note: 'x' },
      },
    );
    expect(changesOf(actual, wanted, 'All')).toEqual({
      spec: { syncResources: [{ group: 'apps', resources: ['deployments'] }], shardingName: 'b' },
    });
  });

  it('gets an empty list of resources as a list, for the field is required', () => {
    const wanted = rendered(
      { syncResources: [], shardingName: 'a' },
      { labels: { mine: '1' }, annotations: { note: 'x' } },
    );
    expect(changesOf(actual, wanted, 'All')).toEqual({ spec: { syncResources: [] } });
  });

  it('loses labels and annotations that were rendered once, and no others', () => {
    const wanted = rendered(
      { syncResources: [{ group: 'apps', resources: ['*'] }], shardingName: 'a' },
      { labels: { added: '' } },
    );
    expect(changesOf(actual, wanted, 'All')).toEqual({
      metadata: { labels: { added: '', mine: null }, annotations: { note: null } },
    });
  });
});
