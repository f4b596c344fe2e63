import { expect, it } from 'vitest';
import { checkAddresses } from '../../../src/policy/checks/addresses.ts';
import { compilePolicy, formatFinding } from '../../../src/policy/index.ts';
import { toEnd } from '../../../src/policy/paced.ts';
import { gatherEvidence } from '../../../src/policy/trial/evidence.ts';
import { policyWith } from '../policies.ts';

const TEMPLATE = 'spec:\n  apiserver: "{{ .source.spec.region }}"\n  kubeconfig: eHl6\n  syncResources: []\n';

it.each<[string, readonly string[], string | undefined]>([
  ['of one source', ['oslo'], 'for the one existing source that was tried'],
  ['of one of two', ['oslo', 'https://a.example'], 'for 1 of 2 existing sources'],
  ['of none', ['oslo.example:6443', 'https://a.example'], undefined],
])(
  'an endpoint beside a kubeconfig that is no address is told, without its text: %s',
  (_, regions, which) => {
    const compiled = compilePolicy(
      policyWith({ references: [], creationCondition: 'true', template: TEMPLATE }).spec,
    );
    const items = regions.map((region, index) => ({
      source: {
        apiVersion: 'cluster.mcp.io/v1alpha1',
        kind: 'Cluster',
        metadata: { name: `c${String(index)}` },
        spec: { region },
      },
      references: {},
    }));
    const facts = { source: undefined, references: new Map() };
    const evidence = toEnd(gatherEvidence(compiled, facts, { items, truncated: false }));
    expect(
      checkAddresses(compiled, evidence).map((finding) => `${finding.severity}: ${formatFinding(finding)}`),
    ).toEqual(
      which === undefined
        ? []
        : [
            `warning: spec.template 2:14: ${which}, spec.apiserver is no address; Clusterpedia connects with the kubeconfig's server`,
          ],
    );
  },
);
