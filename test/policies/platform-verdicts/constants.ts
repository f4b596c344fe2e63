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
      on: 'karmada',
      sentence: 'a constant in a variable',
      creationCondition: [
        '{{ $want := "push" }}{{ eq .source.spec.syncMode $want }}',
        '{{ $want := "Push" }}{{ eq .source.spec.syncMode $want }}',
      ],
      findings: [
        'warning never-met: spec.creationCondition 1:50: .source.spec.syncMode is never "push": it is one of the strings "Push", "Pull"; did you mean "Push"?',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a constant in a variable, beside another variable',
      creationCondition: [
        '{{ $want := "push" }}{{ if .source.spec.region }}{{ $other := "Push" }}{{ end }}{{ eq .source.spec.syncMode $want }}',
        '{{ $want := "push" }}{{ if .source.spec.region }}{{ $want = "Push" }}{{ end }}{{ eq .source.spec.syncMode $want }}',
      ],
      findings: [
        'warning never-met: spec.creationCondition 1:109: .source.spec.syncMode is never "push": it is one of the strings "Push", "Pull"; did you mean "Push"?',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a beginning in a variable',
      creationCondition: [
        '{{ $part := "pu" }}{{ hasPrefix $part .source.spec.syncMode }}',
        '{{ $part := "Pu" }}{{ hasPrefix $part .source.spec.syncMode }}',
      ],
      findings: [
        'warning never-met: spec.creationCondition 1:33: hasPrefix $part .source.spec.syncMode is never true: .source.spec.syncMode is one of the strings "Push", "Pull"',
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
    {
      on: 'karmada',
      sentence: 'the beginning of a mode, in lower case',
      creationCondition: [
        '{{ hasPrefix "pu" .source.spec.syncMode }}',
        '{{ hasPrefix "Pu" .source.spec.syncMode }}',
      ],
      findings: [
        'warning never-met: spec.creationCondition 1:14: hasPrefix "pu" .source.spec.syncMode is never true: .source.spec.syncMode is one of the strings "Push", "Pull"',
      ],
    },
    {
      on: 'sveltos',
      sentence: 'the end of a state that is misspelt',
      creationCondition: [
        '{{ hasSuffix "ealty" .source.status.connectionStatus }}',
        '{{ hasSuffix "ealthy" .source.status.connectionStatus }}',
      ],
      findings: [
        'warning never-met: spec.creationCondition 1:14: hasSuffix "ealty" .source.status.connectionStatus is never true: .source.status.connectionStatus is one of the strings "Healthy", "Down"',
      ],
    },
    {
      on: 'hive',
      sentence: 'a part of a state that is in none',
      creationCondition: [
        '{{ not (contains "hiber" .source.spec.powerState) }}',
        '{{ not (contains "Hiber" .source.spec.powerState) }}',
      ],
      findings: [
        'warning never-met: spec.creationCondition 1:18: contains "hiber" .source.spec.powerState is never true: .source.spec.powerState is one of the strings "", "Running", "Hibernating"',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a pattern that no mode meets',
      creationCondition: [
        '{{ regexMatch "^(push|pull)$" .source.spec.syncMode }}',
        '{{ regexMatch "^(Push|Pull)$" .source.spec.syncMode }}',
      ],
      findings: [
        'warning never-met: spec.creationCondition 1:15: regexMatch "^(push|pull)$" .source.spec.syncMode is never true: .source.spec.syncMode is one of the strings "Push", "Pull"',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a list of modes, one of which is misspelt',
      creationCondition: [
        '{{ has .source.spec.syncMode (list "Push" "pull") }}',
        '{{ has .source.spec.syncMode (list "Push" "Pull") }}',
      ],
      findings: [
        'warning never-met: spec.creationCondition 1:43: .source.spec.syncMode is never "pull": it is one of the strings "Push", "Pull"; did you mean "Pull"?',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a list of modes, one of which is misspelt, in Handlebars',
      engine: 'Handlebars',
      creationCondition: [
        '{{has source.spec.syncMode (list "Push" "pull")}}',
        '{{has source.spec.syncMode (list "Push" "Pull")}}',
      ],
      findings: [
        'warning never-met: spec.creationCondition 1:41: source.spec.syncMode is never "pull": it is one of the strings "Push", "Pull"; did you mean "Pull"?',
      ],
    },
    {
      on: 'karmada',
      sentence: 'the beginning of a mode, in lower case, in Handlebars',
      engine: 'Handlebars',
      creationCondition: [
        '{{hasPrefix "pu" source.spec.syncMode}}',
        '{{hasPrefix "Pu" source.spec.syncMode}}',
      ],
      findings: [
        'warning never-met: spec.creationCondition 1:13: hasPrefix "pu" source.spec.syncMode is never true: source.spec.syncMode is one of the strings "Push", "Pull"',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a mode in lower case, with letters in upper case',
      creationCondition: [
        '{{ eq (lower .source.spec.syncMode) "Push" }}',
        '{{ eq (lower .source.spec.syncMode) "push" }}',
      ],
      findings: [
        'warning never-met: spec.creationCondition 1:37: lower .source.spec.syncMode is never "Push": it is one of the strings "push", "pull"; did you mean "push"?',
      ],
    },
    {
      on: 'karmada',
      sentence: 'any text in lower case, with letters in upper case',
      creationCondition: [
        '{{ eq (lower .source.spec.region) "EU-West" }}',
        '{{ eq (lower .source.spec.region) "eu-west" }}',
      ],
      findings: [
        'warning never-met: spec.creationCondition 1:35: lower .source.spec.region is never "EU-West": it has no upper-case letters; did you mean "eu-west"?',
      ],
    },
    {
      on: 'karmada',
      sentence: 'the beginning of a text in lower case, with letters in upper case',
      creationCondition: [
        '{{ hasPrefix "EU-" (.source.spec.region | trim | lower) }}',
        '{{ hasPrefix "eu-" (.source.spec.region | trim | lower) }}',
      ],
      findings: [
        'warning never-met: spec.creationCondition 1:14: hasPrefix "EU-" (lower (trim .source.spec.region)) is never true: lower (trim .source.spec.region) has no upper-case letters',
      ],
    },
    {
      on: 'karmada',
      sentence: 'a text without white space at its ends, with such',
      creationCondition: [
        '{{ eq (trim .source.spec.region) "eu-west " }}',
        '{{ eq (trim .source.spec.region) "eu-west" }}',
      ],
      findings: [
        'warning never-met: spec.creationCondition 1:34: trim .source.spec.region is never "eu-west ": it begins and ends without white space; did you mean "eu-west"?',
      ],
    },
    {
      on: 'vcluster',
      sentence: 'a value of a Secret that is not decoded',
      creationCondition: [
        '{{ eq .source.data.phase "ready" }}',
        '{{ eq (b64dec .source.data.phase) "ready" }}',
      ],
      findings: [
        'warning never-met: spec.creationCondition 1:26: .source.data.phase is never "ready": it is base64; decode it with "b64dec"',
      ],
    },
    {
      on: 'cluster-api',
      sentence: 'a part of a kubeconfig that is not decoded',
      creationCondition: [
        '{{ contains "server: https" .references.kubeconfig.data.value }}',
        '{{ contains "server: https" (b64dec .references.kubeconfig.data.value) }}',
      ],
      findings: [
        'warning never-met: spec.creationCondition 1:13: contains "server: https" .references.kubeconfig.data.value is never true: .references.kubeconfig.data.value is base64; decode it with "b64dec"',
      ],
    },
  ],
};
