import { expect, it } from 'vitest';
import { checkConditionTypes } from '../../../src/policy/checks/condition-types.ts';
import { compilePolicy, formatFinding } from '../../../src/policy/index.ts';
import { policyWith } from '../policies.ts';

const search = (type: string) =>
  `{{ range .source.status.conditions }}{{ if eq .type "${type}" }}{{ .status }}{{ end }}{{ end }}`;

const source = (...types: readonly string[]) => ({
  apiVersion: 'a/v1',
  kind: 'Cluster',
  metadata: { name: 'a' },
  status: { conditions: types.map((type) => ({ type, status: 'True' })) },
});

const TOLD =
  'warning: spec.creationCondition 1:44: no existing source that was tried has a condition of type "Readyy", but some have one of nearly the same name';

it.each([
  ['one that is nearly that of an existing source is told', 'Readyy', [source('Ready')], [TOLD]],
  ['one that an existing source has passes', 'Ready', [source('Ready'), source('Redy')], []],
  ['one that is like no other passes: conditions come later', 'Degraded', [source('Ready')], []],
  ['nothing is said without conditions', 'Readyy', [source()], []],
])('the type of a condition: %s', (_, type, sources, findings) => {
  const { templates } = compilePolicy(policyWith({ creationCondition: search(type) }).spec);
  const found = checkConditionTypes(templates, sources);
  expect(found.map((finding) => `${finding.severity}: ${formatFinding(finding)}`)).toEqual(findings);
});
