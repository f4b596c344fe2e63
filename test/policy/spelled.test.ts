import { describe, expect, it } from 'vitest';
import { compilePolicy, RenderError } from '../../src/policy/index.ts';
import { policyWith } from './policies.ts';

const LETTERS = 'a b c d e f g h i j k l m n o p q r s t u v w x y z';
const cluster = {
  apiVersion: 'cluster.mcp.io/v1alpha1',
  kind: 'Cluster',
  metadata: { name: 'c' },
  spec: { apiEndpoint: 'zebra' },
};

const messageOf = (template: string): string => {
  try {
    compilePolicy(policyWith({ template }).spec).render(cluster, {});
  } catch (error) {
    if (error instanceof RenderError) return error.message;
    throw error;
  }
  throw new Error('it rendered');
};

/** The first letter of a value, by a template that spells the whole alphabet elsewhere. */
const LETTER = '{{ substr 0 1 .source.spec.apiEndpoint }}';

describe('a letter of a value does not get into a message by a text that holds every letter', () => {
  it.each([
    ['as a field', `# ${LETTERS}\nspec: { syncResources: [], "${LETTER}": 1 }`],
    [
      'as a label',
      `# ${LETTERS}\nmetadata: { labels: { "${LETTER}": "no label" } }\nspec: { syncResources: [] }`,
    ],
    ['as what a template fails with', `# ${LETTERS}\n{{ fail (substr 0 1 .source.spec.apiEndpoint) }}`],
  ])('%s', (_, template) => {
    expect(messageOf(template)).not.toMatch(/\bz\b/);
  });

  it('what the template spells at the place itself is told', () => {
    expect(messageOf('spec: { syncResources: [], z: 1 }')).toContain('unknown field spec.z');
    expect(messageOf('{{ fail "no z" }}')).toContain('no z');
  });
});
