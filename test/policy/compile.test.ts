import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClusterImportPolicySpec, KubeObject } from '../../src/api/index.ts';
import { compilePolicy, PolicyError, RenderError } from '../../src/policy/index.ts';
import { mcp, policyWith } from './policies.ts';

const source = (change: object = {}): KubeObject => ({
  apiVersion: 'cluster.mcp.io/v1alpha1',
  kind: 'Cluster',
  metadata: { name: 'cluster-1' },
  spec: {
    apiEndpoint: 'https://172.10.10.10:6443',
    authSecretRef: { namespace: 'default', name: 'cluster-1' },
  },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
  ...change,
});

const secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'cluster-1' },
  data: { ca: 'Y2E=', token: 'dG8=' },
};

const policy = compilePolicy(mcp.spec);

describe('what a function says of its arguments', () => {
  it.each([
    ['{{ eq .source.spec true }}', 'values of types map[string]interface {} and bool cannot be compared'],
    ['{{ lt .source.metadata.name 3 }}', 'values of types string and int cannot be compared'],
    ['{{ index .source.spec.none "a" }}', 'nil cannot be indexed'],
    ['{{ first .source.metadata.name }}', 'Cannot find first on type string'],
    // The reason repeats what stands in the object, so it is left out.
    ['{{ index .source.status.conditions (len .source.metadata.name) }}', 'on its arguments'],
  ])('is told where it holds no value: %s', (nameTemplate, expected) => {
    const message = (): string => {
      try {
        return compilePolicy({ ...mcp.spec, nameTemplate }).name(source());
      } catch (error) {
        return (error as RenderError).finding.message;
      }
    };
    expect(message()).toContain(expected);
  });
});

describe('the worked example', () => {
  it('names the cluster, finds its Secret and renders it', () => {
    expect(policy.selects(source())).toBe(true);
    expect(policy.name(source())).toBe('mcp-cluster-1');
    expect(policy.references.map((reference) => reference.locate(source(), {}))).toEqual([
      { namespace: 'default', name: 'cluster-1' },
    ]);
    expect(policy.creationConditionHolds(source(), { authSecret: secret })).toBe(true);
    expect(policy.render(source(), { authSecret: secret })).toEqual({
      spec: {
        apiserver: 'https://172.10.10.10:6443',
        caData: 'Y2E=',
        tokenData: 'dG8=',
        syncResources: [
          { group: '', resources: ['pods'] },
          { group: 'apps', resources: ['*'] },
        ],
      },
    });
  });

  it.each([
    ['not ready', source({ status: { conditions: [{ type: 'Ready', status: 'False' }] } }), false],
    ['without a status', source({ status: undefined }), false],
    ['without an endpoint', source({ spec: { apiEndpoint: '' } }), false],
  ])('waits for a cluster that is %s', (_, cluster, expected) => {
    expect(policy.creationConditionHolds(cluster, {})).toBe(expected);
  });
});

describe('whatever a source holds, it cannot change what is created', () => {
  const plain = policy.render(source(), { authSecret: secret });

  it('but for the value that is interpolated', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (apiEndpoint) => {
        const rendered = policy.render(source({ spec: { apiEndpoint } }), { authSecret: secret });
        expect(rendered).toEqual({ spec: { ...plain.spec, apiserver: apiEndpoint } });
      }),
    );
  });

  it.each([
    'x"\n  syncAllCustomResources: true\n  apiserver: "https://evil',
    '"\n  syncResources: []\n#',
    "'}]{&*",
  ])('%j', (apiEndpoint) => {
    const rendered = policy.render(source({ spec: { apiEndpoint } }), { authSecret: secret });
    expect(rendered).toEqual({ spec: { ...plain.spec, apiserver: apiEndpoint } });
  });

  const handlebars = compilePolicy({
    ...mcp.spec,
    templateEngine: 'Handlebars',
    references: [],
    nameTemplate: 'mcp-{{source.metadata.name}}',
    creationCondition: 'true',
    template: 'spec:\n  apiserver: "{{source.spec.apiEndpoint}}"\n  syncResources: []\n',
  });
  it('in Handlebars as well', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (apiEndpoint) => {
        expect(handlebars.render(source({ spec: { apiEndpoint } }), {})).toEqual({
          spec: { apiserver: apiEndpoint, syncResources: [] },
        });
      }),
    );
  });
});

/** The error of a rendering, without its position. */
function failureOf(
  change: Partial<ClusterImportPolicySpec>,
  run: (policy: ReturnType<typeof compilePolicy>) => unknown,
) {
  try {
    run(compilePolicy(policyWith(change).spec));
    return undefined;
  } catch (error) {
    if (error instanceof RenderError) return { code: error.code, field: error.field };
    throw error;
  }
}

describe('a rendering that fails names the field', () => {
  const render = (compiled: ReturnType<typeof compilePolicy>) =>
    compiled.render(source(), { authSecret: secret });
  it.each([
    [
      'a name that is none',
      { nameTemplate: 'a_b' },
      (p) => p.name(source()),
      'invalid-name',
      'spec.nameTemplate',
    ],
    ['no YAML', { template: 'a: b: c' }, render, 'invalid-yaml', 'spec.template'],
    ['nothing', { template: '' }, render, 'not-a-pediacluster', 'spec.template'],
    ['a list', { template: '- a' }, render, 'not-a-pediacluster', 'spec.template'],
    [
      'credentials that are not base64',
      { template: 'spec:\n  caData: "{{ .source.spec.apiEndpoint }}"\n  syncResources: []' },
      render,
      'not-base64',
      'spec.template',
    ],
    [
      'a reference outside its allowed namespaces',
      { references: [{ ...(mcp.spec.references?.[0] ?? raise()), allowedNamespaces: ['other'] }] },
      (p) => p.references[0]?.locate(source(), {}),
      'namespace-not-allowed',
      'spec.references[0].namespaceTemplate',
    ],
    [
      'a reference that points nowhere',
      {
        references: [
          { key: 'authSecret', group: '', resource: 'secrets', nameTemplate: '{{ .source.spec.none }}' },
        ],
      },
      (p) => p.references[0]?.locate(source(), {}),
      'empty-name',
      'spec.references[0].nameTemplate',
    ],
  ] satisfies readonly (readonly [
    string,
    Partial<ClusterImportPolicySpec>,
    Parameters<typeof failureOf>[1],
    string,
    string,
  ])[])('%s', (_, change, run, code, field) => {
    expect(failureOf(change, run)).toEqual({ code, field });
  });

  it.each([
    ['', true],
    ['YQ==', true],
    ['YWI=', true],
    ['YWJj', true],
    ['YW\nJj\r\n', true],
    ['YWJjZA==', true],
    ['YQ', false],
    ['YQ=', false],
    ['Y===', false],
    ['YQ==YQ==', false],
    ['YWJj====', false],
    ['YW-_', false],
    ['YW J', false],
  ])('credentials are base64 as Go reads it: %j, %s', (caData, valid) => {
    const template = 'spec:\n  caData: {{ .source.spec.caData | quote }}\n  syncResources: []';
    const compiled = compilePolicy(policyWith({ template }).spec);
    const attempt = () => compiled.render(source({ spec: { caData } }), {});
    if (valid) expect(attempt).not.toThrow();
    else expect(attempt).toThrow('spec.caData must be base64');
  });

  it('and never repeats a value', () => {
    const compiled = compilePolicy(
      policyWith({
        template:
          'spec:\n  caData: "{{ .source.spec.secret }}"\n  "{{ .source.spec.secret }}": 1\n  syncResources: []',
      }).spec,
    );
    const secretive = source({ spec: { secret: 'hunter2!' } });
    expect(() => compiled.render(secretive, {})).toThrow(expect.not.stringContaining('hunter2') as Error);
    try {
      compiled.render(secretive, {});
    } catch (error) {
      expect(JSON.stringify(error) + String(error)).not.toContain('hunter2');
    }
  });
});

function raise(): never {
  throw new Error('the worked example has no reference');
}

it('a policy that does not compile tells everything that is wrong', () => {
  const spec = policyWith({ nameTemplate: '{{', template: '{{ nope }}' }).spec;
  expect(() => compilePolicy(spec)).toThrow(PolicyError);
  try {
    compilePolicy(spec);
  } catch (error) {
    expect(error instanceof PolicyError && error.findings.map(({ field }) => field)).toEqual([
      'spec.nameTemplate',
      'spec.template',
    ]);
  }
});
