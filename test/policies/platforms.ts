import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { ClusterImportPolicy, ClusterImportPolicySpec } from '../../src/api/index.ts';
import type { ManifestObject } from '../../src/cli/manifests/manifest-object.ts';
import { CATALOGUE } from './catalogue.ts';

/** A platform of the catalogue, and how its clusters are imported in short. Expressions are Go's. */
interface Platform {
  readonly source: ClusterImportPolicySpec['source'];
  readonly reference?: {
    readonly key: string;
    readonly resource?: string;
    readonly namespace: string;
    readonly name: string;
    readonly allowedNamespaces?: readonly string[];
  };
  readonly name: string;
  /** Fields of the PediaCluster by which Clusterpedia connects. */
  readonly access: Readonly<Record<string, string>>;
}

const NAMESPACED = '{{ .source.metadata.namespace }}';
const own = (prefix: string) => `${prefix}-{{ .source.metadata.namespace }}-{{ .source.metadata.name }}`;

const kubeconfigOf = (name: string, key: string) => ({
  reference: { key: 'kubeconfig', namespace: NAMESPACED, name },
  access: { kubeconfig: `{{ index .references.kubeconfig.data "${key}" }}` },
});

export const platformsOfTable = {
  karmada: {
    source: { group: 'cluster.karmada.io', resource: 'clusters' },
    reference: {
      key: 'credentials',
      namespace: 'karmada-cluster',
      name: '{{ .source.metadata.name }}',
    },
    name: 'karmada-{{ .source.metadata.name }}',
    access: {
      apiserver: '{{ .source.spec.apiEndpoint }}',
      caData: '{{ .references.credentials.data.caBundle }}',
      tokenData: '{{ .references.credentials.data.token }}',
    },
  },
  'cluster-api': {
    source: { group: 'cluster.x-k8s.io', resource: 'clusters' },
    name: own('capi'),
    ...kubeconfigOf('{{ .source.metadata.name }}-kubeconfig', 'value'),
  },
  vcluster: {
    source: { group: '', resource: 'secrets', namespaces: ['vclusters'] },
    name: own('vc'),
    access: { kubeconfig: '{{ .source.data.config }}' },
  },
  hive: {
    source: { group: 'hive.openshift.io', resource: 'clusterdeployments' },
    name: own('hive'),
    ...kubeconfigOf('{{ .source.spec.clusterMetadata.adminKubeconfigSecretRef.name }}', 'kubeconfig'),
  },
  kamaji: {
    source: { group: 'kamaji.clastix.io', resource: 'tenantcontrolplanes' },
    name: own('kamaji'),
    ...kubeconfigOf('{{ .source.status.kubeconfig.admin.secretName }}', 'admin.conf'),
  },
  gardener: {
    source: { group: 'core.gardener.cloud', resource: 'shoots' },
    reference: {
      key: 'authority',
      resource: 'configmaps',
      namespace: NAMESPACED,
      name: '{{ .source.metadata.name }}.ca-cluster',
    },
    name: own('shoot'),
    access: {
      apiserver: 'https://api.{{ .source.spec.dns.domain }}',
      caData: '{{ index .references.authority.data "ca.crt" | b64enc }}',
      tokenData: 'dG9rZW4=',
    },
  },
  'open-cluster-management': {
    source: { group: 'cluster.open-cluster-management.io', resource: 'managedclusters' },
    reference: { key: 'account', namespace: '{{ .source.metadata.name }}', name: 'clusterpedia' },
    name: 'ocm-{{ .source.metadata.name }}',
    access: {
      apiserver: '{{ (first .source.spec.managedClusterClientConfigs).url }}',
      caData: '{{ (first .source.spec.managedClusterClientConfigs).caBundle }}',
      tokenData: '{{ .references.account.data.token }}',
    },
  },
  kubeadmiral: {
    source: { group: 'core.kubeadmiral.io', resource: 'federatedclusters' },
    reference: {
      key: 'credentials',
      namespace: 'kube-admiral-system',
      name: '{{ .source.spec.secretRef.name }}',
      allowedNamespaces: ['kube-admiral-system'],
    },
    name: 'kubeadmiral-{{ .source.metadata.name }}',
    access: {
      apiserver: '{{ .source.spec.apiEndpoint }}',
      caData: '{{ index .references.credentials.data "certificate-authority-data" }}',
      tokenData: '{{ index .references.credentials.data "service-account-token-data" }}',
    },
  },
  sveltos: {
    source: { group: 'lib.projectsveltos.io', resource: 'sveltosclusters' },
    name: own('sveltos'),
    ...kubeconfigOf('{{ .source.metadata.name }}-sveltos-kubeconfig', 'kubeconfig'),
  },
} satisfies Readonly<Record<string, Platform>>;

export type PlatformName = keyof typeof platformsOfTable;

export const platformNames = Object.keys(platformsOfTable) as readonly PlatformName[];

/** What is put into a platform's policy, in place of what it has. */
export interface Change {
  readonly engine?: 'GoTemplate' | 'Handlebars' | undefined;
  /** A line of the PediaCluster's spec; it is the fourth where that has one field for access, else the sixth. */
  readonly line?: string | undefined;
  /** The one label, in the third line. */
  readonly label?: string | undefined;
  /** The one annotation, in the third line. */
  readonly annotation?: string | undefined;
  /** The fields by which Clusterpedia connects, in place of the platform's own. */
  readonly access?: readonly string[] | undefined;
  readonly template?: string | undefined;
  readonly nameTemplate?: string | undefined;
  readonly creationCondition?: string | undefined;
  readonly selectorTemplate?: string | undefined;
  readonly referenceName?: string | undefined;
  readonly referenceNamespace?: string | undefined;
}

/** A policy for a platform of the catalogue that nothing is wrong with, but for a change. */
export function platformPolicy(platform: PlatformName, change: Change = {}): ClusterImportPolicy {
  const { source, reference, name, access }: Platform = platformsOfTable[platform];
  const { engine = 'GoTemplate', line, label, annotation } = change;
  const written = (text: string) => (engine === 'GoTemplate' ? text : inHandlebars(text));
  const metadata = [
    ...(label === undefined ? [] : ['metadata:', '  labels:', `    ${label}`]),
    ...(annotation === undefined ? [] : ['metadata:', '  annotations:', `    ${annotation}`]),
  ];
  const lines = [
    ...metadata,
    'spec:',
    ...(change.access ?? Object.entries(access).map(([field, value]) => `${field}: '${written(value)}'`)).map(
      (each) => `  ${each}`,
    ),
    ...(line === undefined ? [] : [`  ${line}`]),
    '  syncResources: []',
    '',
  ];
  return {
    apiVersion: 'policy.clusterpedia.io/v1alpha1',
    kind: 'ClusterImportPolicy',
    metadata: { name: platform },
    spec: {
      ...(engine === 'Handlebars' && { templateEngine: engine }),
      source:
        change.selectorTemplate === undefined
          ? source
          : { ...source, selectorTemplate: change.selectorTemplate },
      ...(reference && {
        references: [
          {
            key: reference.key,
            group: '',
            resource: reference.resource ?? 'secrets',
            namespaceTemplate: change.referenceNamespace ?? written(reference.namespace),
            nameTemplate: change.referenceName ?? written(reference.name),
            ...(reference.allowedNamespaces && { allowedNamespaces: [...reference.allowedNamespaces] }),
          },
        ],
      }),
      nameTemplate: change.nameTemplate ?? written(name),
      creationCondition: change.creationCondition ?? 'true',
      template: change.template ?? lines.join('\n'),
    },
  };
}

/** `{{ index .references.a.data "b" }}` as Handlebars has it. Of what {@link platformsOfTable} holds only. */
const inHandlebars = (text: string): string =>
  text
    .replace(/\{\{ (.*?) \| b64enc \}\}/g, '{{b64enc ($1)}}')
    .replace(/\{\{ (.*?) \}\}/g, '{{$1}}')
    .replace(/\((first [^)]*)\)\.(\w+)/g, 'get ($1) "$2"')
    .replace(/\.(source|references)\b/g, '$1');

/** The platform's definitions, as the catalogue has them; none where its sources are Secrets. */
export function definitionsOf(platform: PlatformName): readonly ManifestObject[] {
  if (platform === 'vcluster') return [];
  const text = readFileSync(join(CATALOGUE, platform, 'testdata/crds.yaml'), 'utf8');
  return parseAllDocuments(text).map((document) => document.toJS() as ManifestObject);
}
