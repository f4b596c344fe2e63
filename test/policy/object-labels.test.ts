import { describe, expect, it } from 'vitest';
import { compilePolicy, formatFinding, RenderError } from '../../src/policy/index.ts';
import { policyWith } from './policies.ts';

/** What rendering the metadata for a source with this text in its spec ends with. */
function render(metadata: string, text = ''): unknown {
  const template = `metadata:\n  ${metadata}\nspec: { syncResources: [] }\n`;
  const compiled = compilePolicy(policyWith({ template }).spec);
  const source = { apiVersion: 'v1', kind: 'Cluster', metadata: { name: 'c' }, spec: { text } };
  try {
    return compiled.render(source, {}).metadata;
  } catch (error) {
    if (error instanceof RenderError) return formatFinding(error.finding);
    throw error;
  }
}

describe('Kubernetes takes', () => {
  it.each([
    ['a label with a prefix', 'labels: { fleet.example.io/region: eu-west }'],
    ['an empty label', 'labels: { region: "" }'],
    [
      'an annotation with any text',
      'annotations: { Fleet.Example.io/Note: "any text,\\n: of several lines" }',
    ],
  ])('%s', (_, metadata) => {
    expect(typeof render(metadata)).toBe('object');
  });
});

describe('Kubernetes refuses', () => {
  it.each([
    [
      'a label with a blank',
      'labels: { region: "eu west" }',
      'metadata.labels["region"] has a value that no label may have: it contains white space; pipe the value through trim, nospace or replace " " "-"',
    ],
    [
      'a label that is too long',
      `labels: { region: ${'a'.repeat(64)} }`,
      'metadata.labels["region"] has a value that no label may have: it has more than 63 characters',
    ],
    [
      'a label that ends with a dash',
      'labels: { region: eu- }',
      'metadata.labels["region"] has a value that no label may have: it does not begin and end with a letter or digit',
    ],
    [
      'a label key with two slashes',
      'labels: { a/b/c: x }',
      'metadata.labels["a/b/c"] is no label key: it has more than one "/"',
    ],
    [
      'a label key whose prefix is no DNS name',
      'labels: { Fleet/region: x }',
      'metadata.labels["Fleet/region"] is no label key: it has a prefix that is no DNS name before its "/"',
    ],
    [
      'an annotation key with a blank',
      'annotations: { "my note": x }',
      'metadata.annotations["my note"] is no annotation key: it contains white space',
    ],
    [
      'more annotations than 256 KiB',
      'annotations: { note: "{{ repeat 300000 "x" }}" }',
      'metadata.annotations["note"] makes all annotations larger than 262144 bytes',
    ],
  ])('%s', (_, metadata, message) => {
    expect(render(metadata)).toBe(`spec.template: ${message}`);
  });

  it('a key from data, which stays out of the message', () => {
    expect(render('labels: { "{{ .source.spec.text }}": x }', 'secret key')).toBe(
      'spec.template: a key of metadata.labels is no label key: it contains white space',
    );
  });
});

it('line breaks in base64, and around the endpoint, are not written, as Clusterpedia does not', () => {
  const template =
    'spec:\n  apiserver: |\n    https://a\n  tokenData: |\n    dG9r\n    ZW4=\n  syncResources: []\n';
  const compiled = compilePolicy(policyWith({ template }).spec);
  const source = { apiVersion: 'v1', kind: 'Cluster', metadata: { name: 'c' } };
  expect(compiled.render(source, {}).spec).toEqual({
    apiserver: 'https://a',
    tokenData: 'dG9rZW4=',
    syncResources: [],
  });
});
