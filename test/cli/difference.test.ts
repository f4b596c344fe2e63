import { describe, expect, it } from 'vitest';
import {
  differenceLines,
  differencesBetween,
  printDifferences,
  summaryOf,
  withoutSecrets,
} from '../../src/cli/plan/difference.ts';
import { asGolden, asManifest } from '../../src/cli/report/object-text.ts';
import { keptOutput } from './workspace.ts';

const pediaCluster = (name: string, spec: object, metadata: object = {}) => ({
  apiVersion: 'cluster.clusterpedia.io/v1alpha2',
  kind: 'PediaCluster',
  metadata: { name, ...metadata },
  spec,
});

const labels = { before: 'in the cluster', after: 'rendered' };
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('differencesBetween', () => {
  it('tells what is created, changed and deleted, by kind and name', () => {
    const before = [
      pediaCluster('gone', {}),
      pediaCluster('same', { a: 1, b: 2 }),
      pediaCluster('other', { a: 1 }),
    ];
    const after = [
      pediaCluster('other', { a: 2 }),
      pediaCluster('new', {}),
      pediaCluster('same', { b: 2, a: 1 }),
    ];
    const differences = differencesBetween(before, after);
    expect(differences.map(({ verb, name }) => `${verb} ${name}`)).toEqual([
      'update other',
      'create new',
      'delete gone',
    ]);
    expect(summaryOf(differences)).toBe('1 to create, 1 to change, 1 to delete');
  });
});

describe('differenceLines', () => {
  it('are in the unified format', () => {
    const [difference] = differencesBetween(
      [pediaCluster('one', { apiserver: 'https://old', syncResources: [] })],
      [pediaCluster('one', { syncResources: [], apiserver: 'https://new' })],
    );
    expect(difference && differenceLines(difference, labels)).toEqual([
      '--- PediaCluster/one (in the cluster)',
      '+++ PediaCluster/one (rendered)',
      '@@ -3,5 +3,5 @@',
      ' metadata:',
      '   name: one',
      ' spec:',
      '-  apiserver: https://old',
      '+  apiserver: https://new',
      '   syncResources: []',
    ]);
  });

  it('compare with nothing where an object is created or deleted', () => {
    const one = pediaCluster('one', {});
    expect(
      differenceLines({ verb: 'create', kind: 'PediaCluster', name: 'one', after: one }, labels)[0],
    ).toBe('--- /dev/null');
    expect(
      differenceLines({ verb: 'delete', kind: 'PediaCluster', name: 'one', before: one }, labels)[1],
    ).toBe('+++ /dev/null');
  });
});

describe('printDifferences', () => {
  it('names what happens to each object and colours what differs', () => {
    const output = { ...keptOutput(), colour: (name: string, text: string) => `<${name}>${text}` };
    printDifferences(
      differencesBetween([pediaCluster('one', { a: 1 })], [pediaCluster('one', { a: 2 })]),
      labels,
      output,
    );
    expect(output.lines[0]).toBe('<bold><yellow>~ change PediaCluster/one');
    expect(output.lines).toContain('<red>-  a: 1');
    expect(output.lines).toContain('<green>+  a: 2');
  });
});

describe('withoutSecrets', () => {
  const secret = 'a token that nobody should see';
  const text = (spec: object, metadata: object = {}) => {
    const difference = withoutSecrets({
      verb: 'create',
      kind: 'PediaCluster',
      name: 'one',
      after: pediaCluster('one', spec, metadata),
    });
    return differenceLines(difference, labels).join('\n');
  };

  it('prints fingerprints in the place of credentials', () => {
    const printed = text({ apiserver: 'https://one', tokenData: base64(secret), kubeconfig: base64('x') });
    expect(printed).not.toContain(base64(secret));
    expect(printed).toMatch(/\+ {2}tokenData: <sha256 [0-9a-f]{12}, 30 bytes>/);
    expect(printed).toMatch(/\+ {2}kubeconfig: <sha256 [0-9a-f]{12}, 1 bytes>/);
    expect(printed).toContain('apiserver: https://one');
  });

  it('prints the same fingerprint for the same credential, and another for another one', () => {
    expect(text({ caData: base64('one') })).toBe(text({ caData: base64('one') }));
    expect(text({ caData: base64('one') })).not.toBe(text({ caData: base64('two') }));
  });

  it('strikes what looks like a credential out of annotations', () => {
    expect(text({}, { annotations: { note: `Bearer ${base64(secret)}` } })).not.toContain(base64(secret));
  });

  it('leaves other kinds as they are', () => {
    const lifecycle = {
      apiVersion: 'policy.clusterpedia.io/v1alpha1',
      kind: 'PediaClusterLifecycle',
      metadata: { name: 'one' },
      spec: { template: 'tokenData' },
    };
    expect(
      withoutSecrets({ verb: 'create', kind: lifecycle.kind, name: 'one', after: lifecycle }).after,
    ).toBe(lifecycle);
  });
});

describe('asManifest and asGolden', () => {
  it('leave out what ties an object to one cluster', () => {
    const live = {
      ...pediaCluster(
        'one',
        { a: 1 },
        {
          uid: 'u',
          resourceVersion: '1',
          labels: {},
          annotations: { kept: 'yes', 'kubectl.kubernetes.io/last-applied-configuration': '{"secret": 1}' },
          ownerReferences: [],
          managedFields: [],
        },
      ),
      status: { version: 'v1' },
    };
    expect(asManifest(live)).toEqual(pediaCluster('one', { a: 1 }, { annotations: { kept: 'yes' } }));
  });

  it('keep of a lifecycle what its policy does not say', () => {
    const source = { group: 'g', version: 'v1', resource: 'r', name: 'n' };
    const lifecycle = {
      apiVersion: 'policy.clusterpedia.io/v1alpha1',
      kind: 'PediaClusterLifecycle',
      metadata: { name: 'one' },
      spec: { source, template: 't' },
    };
    expect(asGolden(lifecycle)).toEqual({ ...lifecycle, spec: { source } });
    expect(asManifest(lifecycle)).toEqual(lifecycle);
  });
});
