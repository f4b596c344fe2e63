import { expect, it } from 'vitest';
import { compilePolicy } from '../../src/policy/index.ts';
import { PolicyTypes } from '../../src/policy/typing/policy-types.ts';
import { clusterFacts, mcp, secretFacts } from './policies.ts';

it('finds types, ways and documents of a template once, for all checks', () => {
  const types = new PolicyTypes(clusterFacts, new Map([['authSecret', secretFacts]]));
  for (const template of compilePolicy(mcp.spec).templates) {
    expect(types.of(template)).toBe(types.of(template));
    expect(types.of(template).outlines()).toBe(types.of(template).outlines());
    for (const outline of types.of(template).outlines())
      expect(types.documentOf(outline)).toBe(types.documentOf(outline));
  }
});

it('takes the schemas of its own kinds: another policy may have another one', () => {
  const [, , name] = compilePolicy({ ...mcp.spec, nameTemplate: '{{ .source.spec.replicas }}' }).templates;
  const printed = (types: PolicyTypes) =>
    name === undefined
      ? []
      : types
          .of(name)
          .expressions()
          .map(({ text, type }) => `${text}: ${type}`);
  expect(printed(new PolicyTypes(clusterFacts, new Map()))).toEqual([
    '.source.spec.replicas: an integer or nothing',
  ]);
  expect(printed(new PolicyTypes(undefined, new Map()))).toEqual(['.source.spec.replicas: any value']);
});
