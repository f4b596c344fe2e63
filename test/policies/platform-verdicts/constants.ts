import type { Rows } from './row.ts';

/** Comparisons with what a field never holds. */
export const constants: Rows = {
  'constants that cannot be met': [
    {
      on: 'karmada',
      sentence: 'a value of an enum in another case',
      creationCondition: ['{{ eq .source.spec.syncMode "push" }}', '{{ eq .source.spec.syncMode "Push" }}'],
      findings: [
        'warning never-met: spec.creationCondition 1:29: .source.spec.syncMode is never "push": it is one of the strings "Push", "Pull"; did you mean "Push"?',
      ],
    },
    {
      on: 'kamaji',
      sentence: 'a state that is misspelt',
      creationCondition: [
        '{{ eq .source.status.kubernetesResources.version.status "Redy" }}',
        '{{ eq .source.status.kubernetesResources.version.status "Ready" }}',
      ],
      findings: [
        'warning never-met: spec.creationCondition 1:57: .source.status.kubernetesResources.version.status is never "Redy": it is one of the strings "Unknown", "Provisioning", "CertificateAuthorityRotating", "Upgrading", …; did you mean "Ready"?',
      ],
    },
    {
      on: 'kamaji',
      sentence: 'a state that is misspelt, behind a default',
      creationCondition: [
        '{{ eq (default "" .source.status.kubernetesResources.version.status) "Redy" }}',
        '{{ eq (default "" .source.status.kubernetesResources.version.status) "Ready" }}',
      ],
      findings: [
        'warning never-met: spec.creationCondition 1:70: default "" .source.status.kubernetesResources.version.status is never "Redy": it is one of the strings "", "Unknown", "Provisioning", "CertificateAuthorityRotating", …; did you mean "Ready"?',
      ],
    },
    {
      on: 'kamaji',
      sentence: 'a type of service that is misspelt, in a branch',
      line: [
        '{{ if eq .source.spec.controlPlane.service.serviceType "Loadbalancer" }}shardingName: x{{ end }}',
        '{{ if eq .source.spec.controlPlane.service.serviceType "LoadBalancer" }}shardingName: x{{ end }}',
      ],
      findings: [
        'warning never-met: spec.template 3:58: .source.spec.controlPlane.service.serviceType is never "Loadbalancer": it is one of the strings "ClusterIP", "NodePort", "LoadBalancer"; did you mean "LoadBalancer"?',
      ],
    },
    {
      on: 'kamaji',
      sentence: 'a state that is always another',
      creationCondition: [
        '{{ ne .source.status.kubernetesResources.version.status "Sleepy" }}',
        '{{ ne .source.status.kubernetesResources.version.status "Sleeping" }}',
      ],
      findings: [
        'warning never-met: spec.creationCondition 1:57: .source.status.kubernetesResources.version.status is never "Sleepy": it is one of the strings "Unknown", "Provisioning", "CertificateAuthorityRotating", "Upgrading", …',
      ],
    },
    {
      on: 'karmada',
      sentence: 'the status of a condition in lower case',
      creationCondition: [
        '{{ range .source.status.conditions }}{{ if and (eq .type "Ready") (eq .status "true") }}true{{ end }}{{ end }}',
        '{{ range .source.status.conditions }}{{ if and (eq .type "Ready") (eq .status "True") }}true{{ end }}{{ end }}',
      ],
      findings: [
        'warning never-met: spec.creationCondition 1:79: .status is never "true": it is one of the strings "True", "False", "Unknown"; did you mean "True"?',
      ],
    },
    {
      on: 'karmada',
      sentence: 'the status of a condition in lower case, in a branch',
      line: [
        '{{ range .source.status.conditions }}{{ if and (eq .type "Ready") (eq .status "true") }}shardingName: x{{ end }}{{ end }}',
        '{{ range .source.status.conditions }}{{ if and (eq .type "Ready") (eq .status "True") }}shardingName: x{{ end }}{{ end }}',
      ],
      findings: [
        'warning never-met: spec.template 5:81: .status is never "true": it is one of the strings "True", "False", "Unknown"; did you mean "True"?',
      ],
    },
    {
      on: 'open-cluster-management',
      sentence: 'an effect that there is not',
      line: [
        '{{ range .source.spec.taints }}{{ if eq .effect "NoSchedule" }}shardingName: x{{ end }}{{ end }}',
        '{{ range .source.spec.taints }}{{ if eq .effect "NoSelect" }}shardingName: x{{ end }}{{ end }}',
      ],
      findings: [
        'warning never-met: spec.template 5:51: .effect is never "NoSchedule": it is one of the strings "NoSelect", "PreferNoSelect", "NoSelectIfNew"',
      ],
    },
    {
      on: 'sveltos',
      sentence: 'a status in lower case',
      creationCondition: [
        '{{ eq .source.status.connectionStatus "healthy" }}',
        '{{ eq .source.status.connectionStatus "Healthy" }}',
      ],
      findings: [
        'warning never-met: spec.creationCondition 1:39: .source.status.connectionStatus is never "healthy": it is one of the strings "Healthy", "Down"; did you mean "Healthy"?',
      ],
    },
    {
      on: 'sveltos',
      sentence: 'a cloud in lower case',
      line: [
        '{{ if eq .source.spec.workloadIdentity.provider "aws" }}shardingName: x{{ end }}',
        '{{ if eq .source.spec.workloadIdentity.provider "AWS" }}shardingName: x{{ end }}',
      ],
      findings: [
        'warning never-met: spec.template 3:51: .source.spec.workloadIdentity.provider is never "aws": it is one of the strings "AWS", "GCP", "Azure"; did you mean "AWS"?',
      ],
    },
    {
      on: 'hive',
      sentence: 'a state of an enum that is misspelt',
      creationCondition: [
        '{{ eq .source.spec.powerState "Runing" }}',
        '{{ eq .source.spec.powerState "Running" }}',
      ],
      findings: [
        'warning never-met: spec.creationCondition 1:31: .source.spec.powerState is never "Runing": it is one of the strings "", "Running", "Hibernating"; did you mean "Running"?',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a mode in another case, in Handlebars',
      engine: 'Handlebars',
      creationCondition: ['{{eq source.spec.syncMode "push"}}', '{{eq source.spec.syncMode "Push"}}'],
      findings: [
        'warning never-met: spec.creationCondition 1:27: source.spec.syncMode is never "push": it is one of the strings "Push", "Pull"; did you mean "Push"?',
      ],
    },
  ],
};
