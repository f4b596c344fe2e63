import type { AdmissionRequest } from '../../webhook/admission.ts';
import { Deadline } from '../../webhook/deadline.ts';
import type { Task } from '../../webhook/task.ts';
import { Processor } from '../../webhook/turns.ts';

/** A policy that nothing is wrong with, for any cluster: Cluster API's convention in short. */
export const validSpec = {
  source: { group: 'cluster.x-k8s.io', resource: 'clusters', versions: [] },
  references: [
    {
      key: 'kubeconfig',
      group: '',
      resource: 'secrets',
      versions: ['v1'],
      namespaceTemplate: '{{ .source.metadata.namespace }}',
      nameTemplate: '{{ .source.metadata.name }}-kubeconfig',
    },
  ],
  nameTemplate: '{{ .source.metadata.namespace }}-{{ .source.metadata.name }}',
  template: 'spec:\n  kubeconfig: "{{ .references.kubeconfig.data.value }}"\n  syncResources: []\n',
} as const;

/** The same with a misspelt function. */
export const brokenSpec = {
  ...validSpec,
  template: 'spec:\n  kubeconfig: "{{ .references.kubeconfig.data.value | b64decc }}"\n  syncResources: []\n',
};

/** A ClusterImportPolicy. */
export function policy(spec: object = validSpec, metadata: object = {}) {
  return {
    apiVersion: 'policy.clusterpedia.io/v1alpha1',
    kind: 'ClusterImportPolicy',
    metadata: { name: 'capi', ...metadata },
    spec,
  };
}

/** The request of a creation, changed where the test says so. */
export function admissionRequest(changes: Partial<AdmissionRequest> = {}): AdmissionRequest {
  return {
    uid: '7f0c0d0e-1111-2222-3333-444455556666',
    kind: { group: 'policy.clusterpedia.io', version: 'v1alpha1', kind: 'ClusterImportPolicy' },
    resource: { group: 'policy.clusterpedia.io', version: 'v1alpha1', resource: 'clusterimportpolicies' },
    name: 'capi',
    operation: 'CREATE',
    userInfo: { username: 'ada', groups: ['system:authenticated'] },
    object: policy(),
    oldObject: null,
    dryRun: false,
    ...changes,
  };
}

/** What the API server posts. */
export function admissionReview(changes: Partial<AdmissionRequest> = {}) {
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: admissionRequest(changes) };
}

/** What a review may take where nothing else is under way. */
export function taskOf(milliseconds = 10_000, known = true): Task {
  const deadline = new Deadline(performance.now(), milliseconds);
  return { known, deadline, turns: new Processor().turns({ known, user: 'ada' }, deadline) };
}
