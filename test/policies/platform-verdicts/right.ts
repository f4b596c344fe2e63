import type { KubeObject } from '../../../src/api/index.ts';
import type { Change, PlatformName } from '../platforms.ts';
import { platformPolicy } from '../platforms.ts';
import type { Verdict } from '../verdict.ts';
import { NEVER_CONNECTS } from '../verdict.ts';

const access = (secret: string, namespace: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: secret, namespace },
  data: { caBundle: 'Y2E=', token: 'dG9rZW4=' },
});

/** A cluster that Karmada pushes to, with the Secret that opens it. */
const member = (
  name: string,
  { annotations = {}, spec = {}, status }: { annotations?: object; spec?: object; status?: object } = {},
): readonly KubeObject[] => [
  {
    apiVersion: 'cluster.karmada.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name, annotations: annotations as Record<string, string> },
    spec: { syncMode: 'Push', apiEndpoint: `https://${name}.example.com:6443`, ...spec },
    ...(status && { status }),
  },
  access(name, 'karmada-cluster'),
];

/** Policies that are right, though nothing that is made up tells so. */
const rightRows: readonly {
  readonly on: PlatformName;
  readonly sentence: string;
  readonly change: Change;
  readonly objects?: readonly KubeObject[];
  readonly warnings?: readonly string[];
}[] = [
  {
    on: 'karmada',
    sentence: 'a name that is cut out of an address, which a cluster at hand has',
    change: { nameTemplate: '{{ regexFind "[a-z]+-[a-z0-9]+" .source.spec.apiEndpoint }}' },
    objects: member('eu-1'),
  },
  {
    on: 'karmada',
    sentence: 'a name that is cut out of an address, without a cluster at hand',
    warnings: [
      'warning invalid-name: spec.nameTemplate 1:1: the rendered name is empty, unless the values that are read there have a form that samples lack',
    ],
    change: { nameTemplate: '{{ regexFind "[a-z]+-[a-z0-9]+" .source.spec.apiEndpoint }}' },
  },
  {
    on: 'karmada',
    sentence: 'a name that is one part of another, which a cluster at hand has',
    change: { nameTemplate: '{{ (split "/" .source.spec.id)._1 }}' },
    objects: member('eu-1', { spec: { id: 'acme/eu-1' } }),
  },
  {
    on: 'karmada',
    sentence: 'a name in the JSON of an annotation, which a cluster at hand has',
    change: {
      nameTemplate: '{{ (index .source.metadata.annotations "acme.example/cluster" | fromJson).name }}',
    },
    objects: member('eu-1', { annotations: { 'acme.example/cluster': '{"name": "acme-eu-1"}' } }),
  },
  {
    on: 'karmada',
    sentence: 'a name in the JSON of an annotation, without a cluster at hand',
    warnings: [
      'warning invalid-name: spec.nameTemplate 1:1: the rendered name is empty, unless the values that are read there have a form that samples lack',
    ],
    change: {
      nameTemplate: '{{ (index .source.metadata.annotations "acme.example/cluster" | fromJson).name }}',
    },
  },
  {
    on: 'karmada',
    sentence: 'a list in an annotation, which a cluster at hand has',
    change: {
      template:
        'spec:\n  apiserver: https://a\n  caData: eA==\n  tokenData: eA==\n  syncResources: {{ index .source.metadata.annotations "sync" | fromJson | toJson }}\n',
    },
    objects: member('eu-1', { annotations: { sync: '[{"group": "apps", "resources": ["*"]}]' } }),
  },
  {
    on: 'karmada',
    sentence: 'a list in an annotation, without a cluster at hand',
    warnings: [
      'warning not-a-pediacluster: spec.template 1:1: required field spec.syncResources is missing, unless the values that are read there have a form that samples lack',
    ],
    change: {
      template:
        'spec:\n  kubeconfig: eDog\n  syncResources: {{ index .source.metadata.annotations "sync" | fromJson | toJson }}\n',
    },
  },
  {
    on: 'gardener',
    sentence: 'a list in an open field, without a cluster at hand',
    warnings: [
      'warning not-a-pediacluster: spec.template 3:18: spec.syncResources must be an array, unless the values that are read there have a form that samples lack',
    ],
    change: {
      template: 'spec:\n  kubeconfig: eDog\n  syncResources: {{ .source.spec.addons.sync | toJson }}\n',
    },
  },
  {
    on: 'gardener',
    sentence: 'a number in an open field',
    change: { creationCondition: '{{ gt (int .source.spec.provider.workers) 2 }}' },
  },
  {
    on: 'karmada',
    sentence: 'a number in the status, which one of three clusters at hand has not yet',
    warnings: [
      'warning live-sources-fail: spec.creationCondition 1:4: 1 of 3 existing sources fail: "gt" failed: values of types nil and int cannot be compared',
    ],
    change: { creationCondition: '{{ gt .source.status.nodeSummary.readyNum 0 }}' },
    objects: [
      ...member('eu-1', { status: { nodeSummary: { readyNum: 3, totalNum: 3 } } }),
      ...member('eu-2', { status: { nodeSummary: { readyNum: 2, totalNum: 3 } } }),
      ...member('eu-3'),
    ],
  },
  {
    on: 'karmada',
    sentence: 'a number in the status, in a branch of the template, which one of three clusters has not yet',
    warnings: [
      'warning live-sources-fail: spec.template 5:9: 1 of 3 existing sources fail: "gt" failed: values of types nil and int cannot be compared',
    ],
    change: {
      line: '{{ if gt .source.status.nodeSummary.readyNum 2 }}shardingName: large{{ end }}',
    },
    objects: [
      ...member('eu-1', { status: { nodeSummary: { readyNum: 3, totalNum: 3 } } }),
      ...member('eu-2', { status: { nodeSummary: { readyNum: 2, totalNum: 3 } } }),
      ...member('eu-3'),
    ],
  },
  {
    on: 'karmada',
    sentence: 'an address that is put together of a text in base64',
    warnings: [
      `warning unusable: spec.template 2:14: ${NEVER_CONNECTS}a token or a certificate needs an endpoint in apiserver, unless the values that are read there have a form that samples lack`,
    ],
    change: {
      access: [
        'apiserver: "{{ (b64dec .references.credentials.data.caBundle | fromYaml).server }}"',
        'tokenData: eA==',
        'caData: eA==',
      ],
    },
  },
  {
    on: 'open-cluster-management',
    sentence: 'a kubeconfig that is put together',
    change: {
      access: [
        'kubeconfig: "{{ dict "server" (first .source.spec.managedClusterClientConfigs).url "tokenData" .references.account.data.token | toKubeconfig | b64enc }}"',
      ],
    },
  },
  {
    on: 'karmada',
    sentence: 'a template that says which clusters it does not take',
    change: { line: '{{ if not .source.spec.apiEndpoint }}{{ fail "has no address" }}{{ end }}' },
  },
  {
    on: 'karmada',
    sentence: 'a map that is walked through, in Handlebars',
    change: {
      engine: 'Handlebars',
      line: '# {{#each source.spec.proxyHeader}}{{@key}}={{this}} {{/each}}',
    },
  },
];

/** What is said of them. */
export const rightPolicies: Readonly<Record<string, readonly Verdict[]>> = {
  'policies that are right': rightRows.map(({ on, sentence, change, objects, warnings }) => ({
    sentence: `${on}: ${sentence}`,
    platform: on,
    twin: platformPolicy(on, change),
    ...(warnings && { warnings }),
    ...(objects && { world: { objects } }),
  })),
};
