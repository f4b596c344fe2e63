import { describe, expect, it } from 'vitest';
import { isSelected } from '../../src/cli/manifests/selection.ts';

const cluster = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name: 'one',
    namespace: 'team-a',
    labels: { env: 'prod', tier: 'gold', weight: '7', empty: '' },
  },
  type: 'Opaque',
  spec: { paused: false, replicas: 3 },
};

describe('isSelected', () => {
  it.each([
    ['', true],
    ['env', true],
    ['zone', false],
    ['!zone', true],
    ['! env', false],
    ['env=prod', true],
    ['env==prod', true],
    ['env = dev', false],
    ['env!=dev', true],
    ['zone!=dev', true],
    ['env!=prod', false],
    ['env in (dev, prod)', true],
    ['env in (dev)', false],
    ['zone in (dev)', false],
    ['env notin (dev)', true],
    ['zone notin (dev)', true],
    ['env notin (dev,prod)', false],
    ['weight>5', true],
    ['weight < 5', false],
    ['zone>5', false],
    ['empty=', true],
    ['env in (dev,prod),tier=gold,!zone', true],
    ['env in (dev,prod),tier=silver', false],
  ])('keeps labels as `kubectl get -l` does: "%s" is %s', (labelSelector, expected) => {
    expect(isSelected({ labelSelector }, cluster)).toBe(expected);
  });

  it.each([
    ['metadata.name=one', true],
    ['metadata.name!=one', false],
    ['metadata.namespace==team-a,type=Opaque', true],
    ['metadata.namespace=team-b', false],
    ['spec.paused=false', true],
    ['spec.replicas=3', true],
    ['spec.absent=', true],
    ['spec.absent.deeper!=x', true],
  ])('keeps fields as `kubectl get --field-selector` does: "%s" is %s', (fieldSelector, expected) => {
    expect(isSelected({ fieldSelector }, cluster)).toBe(expected);
  });

  it('keeps objects of the namespaces, and those that have none yet', () => {
    const homeless = { ...cluster, metadata: { name: 'one' } };
    expect(isSelected({ namespaces: ['team-a'] }, cluster)).toBe(true);
    expect(isSelected({ namespaces: ['team-b'] }, cluster)).toBe(false);
    expect(isSelected({ namespaces: ['team-b'] }, homeless)).toBe(true);
  });
});
