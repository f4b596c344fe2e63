import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Schema } from '../../src/api/index.ts';
import { decodedData } from '../../src/cli/init/draft.ts';
import { UsageError } from '../../src/cli/errors.ts';
import { filesOf } from '../../src/cli/init/files.ts';
import { Inventory } from '../../src/cli/manifests/inventory.ts';
import type { Manifest } from '../../src/cli/manifests/manifests.ts';
import { parseManifests } from '../../src/cli/manifests/manifests.ts';
import { readManifests } from '../../src/cli/manifests/read-manifests.ts';
import { reviewManifests } from '../../src/cli/manifests/review.ts';
import { viewOf } from '../../src/cli/plan/inventory-view.ts';
import { planOf } from '../../src/cli/plan/plan.ts';
import { definitionText } from '../api/definition-text.ts';
import { CATALOGUE, platforms } from '../policies/catalogue.ts';
import { folderWith, mcpFile, runCli } from './workspace.ts';

/** A platform's definitions, with the first source of which its own policy makes a PediaCluster, and that one's Secret. */
async function exampleOf(platform: string): Promise<readonly Manifest[]> {
  const manifests = await readManifests(
    [join(CATALOGUE, platform, 'policy.yaml'), join(CATALOGUE, platform, 'testdata')],
    {},
  );
  const own = manifests.filter(({ file }) => !/expected|v1beta2/.test(file));
  const view = viewOf(new Inventory(own));
  const made = planOf(view).outcomes.find(({ pediaCluster }) => pediaCluster !== undefined);
  const named = new Set([
    `${made?.source.namespace ?? ''}/${made?.source.name ?? ''}`,
    ...(made?.references ?? []).map(({ namespace = '', name }) => `${namespace}/${name}`),
  ]);
  return own.filter(
    ({ object: { kind, metadata } }) =>
      kind === 'CustomResourceDefinition' || named.has(`${metadata.namespace ?? ''}/${metadata.name}`),
  );
}

describe.each(platforms)('init, of an example of %s', (platform) => {
  it('drafts a policy without an error that imports it, and leaves no value of a Secret', async () => {
    const example = await exampleOf(platform);
    const { texts, manifests } = filesOf('drafted', example, {});
    const errors = reviewManifests(manifests).flatMap(({ findings }) =>
      findings.filter(({ finding }) => finding.severity === 'error').map(({ finding }) => finding.message),
    );
    expect(errors).toEqual([]);
    const { pediaCluster } = planOf(viewOf(new Inventory(manifests))).outcomes[0] ?? {};
    const spec = (pediaCluster?.['spec'] ?? {}) as { readonly [field: string]: unknown };
    const kubeconfig = typeof spec['kubeconfig'] === 'string' && spec['kubeconfig'] !== '';
    const endpoint = typeof spec['apiserver'] === 'string' && /^https:\/\/\S+$/.test(spec['apiserver']);
    expect({ platform, usable: kubeconfig || endpoint }).toEqual({ platform, usable: true });
    const written = [...texts.values()].join('\n');
    for (const { object } of example.filter(({ object: { kind } }) => /^(?:Secret|ConfigMap)$/.test(kind))) {
      for (const value of decodedData(object).values()) {
        if (value.length < 12) continue;
        expect(written).not.toContain(value);
        expect(written).not.toContain(Buffer.from(value).toString('base64'));
      }
    }
  });
});

const text: Schema = { type: 'string' };
const object = (properties: NonNullable<Schema['properties']>): Schema => ({ type: 'object', properties });

/** A definition, a source with this spec, and a Secret of this name with a kubeconfig. */
const docksWith = (spec: string, secret: string) => `${definitionText({
  group: 'harbour.example',
  plural: 'docks',
  kind: 'Dock',
  schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
})}---
apiVersion: harbour.example/v1
kind: Dock
metadata: { name: alpha, namespace: port }
spec: ${spec}
status: { phase: Ready }
---
apiVersion: v1
kind: Secret
metadata: { name: ${secret}, namespace: port }
stringData:
  kubeconfig: |
    apiVersion: v1
    kind: Config
    clusters: [{ name: a, cluster: { server: 'https://alpha.example' } }]
    users: [{ name: a, user: { token: made-up } }]
    contexts: [{ name: a, context: { cluster: a, user: a } }]
    current-context: a
`;

describe('init', () => {
  it('writes a folder that validates, is tested, and is not overwritten', async () => {
    const cwd = await folderWith({
      'crds.yaml': await mcpFile('testdata/crds.yaml'),
      'objects.yaml': await mcpFile('testdata/objects.yaml'),
    });
    const { code, stdout, stderr } = await runCli(['init', 'acme', 'crds.yaml', 'objects.yaml'], { cwd });
    expect(stderr).toContain('try: clusterpedia-import test acme\n');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout:
        'acme/policy.yaml:1:1: tried: 6 of 6 branches, 1 sample of yours\n1 policy: 0 errors, 0 warnings\n',
    });
    expect((await readdir(join(cwd, 'acme'), { recursive: true })).toSorted()).toEqual([
      'case',
      'case/crds.yaml',
      'case/expected.yaml',
      'case/objects.yaml',
      'kustomization.yaml',
      'policy.yaml',
      'rbac.yaml',
    ]);
    const policy = await readFile(join(cwd, 'acme/policy.yaml'), 'utf8');
    expect(policy).toContain('nameTemplate: "{{ .source.spec.authSecretRef.name }}"');
    expect(policy).toContain('apiserver: "{{ .source.spec.apiEndpoint }}"');
    expect((await runCli(['validate', '--strict', 'acme'], { cwd })).code).toBe(0);
    expect((await runCli(['test', 'acme'], { cwd })).stdout).toBe('passed acme/case\n1 passed, 0 failed\n');
    const again = await runCli(['init', 'acme', 'crds.yaml', 'objects.yaml'], { cwd });
    expect([again.code, again.stderr]).toEqual([
      2,
      'error: acme: is not empty; choose another with --folder\n',
    ]);
  });

  it('has about three quarters of the branches taken by its case, and more by one that is not ready', async () => {
    const cwd = await folderWith({
      'crds.yaml': await mcpFile('testdata/crds.yaml'),
      'objects.yaml': await mcpFile('testdata/objects.yaml'),
    });
    await runCli(['init', 'acme', 'crds.yaml', 'objects.yaml'], { cwd });
    const args = ['test', '--coverage', '--fail-under', '80', 'acme'];
    const fresh = await runCli(args, { cwd });
    expect([fresh.code, fresh.stderr]).toEqual([1, 'the coverage is 75.0 %, less than 80 %\n']);
    await cp(join(cwd, 'acme/case'), join(cwd, 'acme/not-ready'), { recursive: true });
    const objects = await readFile(join(cwd, 'acme/not-ready/objects.yaml'), 'utf8');
    await writeFile(join(cwd, 'acme/not-ready/objects.yaml'), objects.replace('"True"', '"False"'));
    await runCli(['test', '--update', 'acme'], { cwd });
    expect((await runCli(args, { cwd })).code).toBe(0);
  });

  it('drafts for a platform that nobody has seen: keys of its own, host and port apart, a state', () => {
    const definition = definitionText({
      group: 'ocean.example',
      plural: 'atolls',
      kind: 'Atoll',
      version: 'v1beta1',
      more: {
        conversion: {
          strategy: 'Webhook',
          webhook: { conversionReviewVersions: ['v1'], clientConfig: { url: 'https://inside.example' } },
        },
      },
      schema: object({
        spec: object({
          access: object({ secretRef: object({ name: text, namespace: text }) }),
          note: text,
        }),
        status: object({
          state: text,
          controlPlane: object({ host: text, port: { type: 'integer' } }),
        }),
      }),
    });
    const objects = `apiVersion: ocean.example/v1beta1
kind: Atoll
metadata: { name: bikini, namespace: team-a, uid: '1', resourceVersion: '1', managedFields: [{ manager: ocean }] }
spec:
  access: { secretRef: { name: bikini-admin, namespace: ocean-system } }
  note: somebody copied the private key of bikini here
status: { state: ONLINE, controlPlane: { host: bikini.ocean.example, port: 8443 } }
---
apiVersion: v1
kind: Secret
metadata: { name: bikini-admin, namespace: ocean-system, annotations: { copy: the private key of bikini } }
stringData:
  ca.pem: the certificate of the authority
  client.pem: the certificate of the client
  client-key.pem: the private key of bikini
`;
    const { texts, manifests, notes } = filesOf(
      'ocean',
      [...parseManifests(definition, 'crd.yaml'), ...parseManifests(objects, 'objects.yaml')],
      {},
    );
    expect(notes).toEqual([]);
    expect(reviewManifests(manifests).flatMap(({ findings }) => findings)).toEqual([]);
    expect(texts.get('policy.yaml')).toContain(`  references:
    - key: credentials
      group: ""
      resource: secrets
      allowedNamespaces:
        - ocean-system
      namespaceTemplate: "{{ .source.spec.access.secretRef.namespace }}"
      nameTemplate: "{{ .source.spec.access.secretRef.name }}"
  nameTemplate: ocean-{{ .source.metadata.namespace }}-{{ .source.metadata.name }}
  creationCondition: |
    {{- if .source.status.controlPlane.host }}
    {{ eq .source.status.state "ONLINE" }}
    {{- end }}
  template: |
    spec:
      apiserver: "https://{{ .source.status.controlPlane.host }}:{{ .source.status.controlPlane.port }}"
      caData: "{{ index .references.credentials "data" "ca.pem" }}"
      certData: "{{ index .references.credentials "data" "client.pem" }}"
      keyData: "{{ index .references.credentials "data" "client-key.pem" }}"
`);
    expect(texts.get('case/expected.yaml')).toContain('apiserver: https://bikini.ocean.example:8443\n');
    expect(texts.get('case/objects.yaml')).toContain('note: somebody copied redacted here\n');
    expect([...texts.values()].join('\n')).not.toMatch(/private key of|inside\.example|managedFields|\buid:/);
  });

  it.each<[string, string, string, string, readonly string[]]>([
    [
      'that the source names by a reference, and that is not among the files',
      '{ access: { secretRef: { name: alpha-access } } }',
      'beta-access',
      '{{ .source.spec.access.secretRef.name }}',
      [
        'spec.access.secretRef.name names the Secret alpha-access, which is not among the objects given: the template reads the keys of beta-access in its place',
      ],
    ],
    [
      'that the source names by a plain field, and that is not among the files',
      '{ kubeconfigSecretName: alpha-access }',
      'beta-access',
      '{{ .source.spec.kubeconfigSecretName }}',
      [
        'spec.kubeconfigSecretName names the Secret alpha-access, which is not among the objects given: the template reads the keys of beta-access in its place',
      ],
    ],
    [
      'named after the source, which names another for something else',
      '{ pull: { secretRef: { name: registry } } }',
      'alpha-admin',
      '{{ .source.metadata.name }}-admin',
      [
        'no field of the source names the Secret: its name is taken to be {{ .source.metadata.name }}-admin, as it is here',
      ],
    ],
    [
      'of which the source says nothing',
      '{ size: small }',
      'beta-access',
      'beta-access',
      [
        'nothing in the source tells the name of the Secret: every source would take this one Secret, beta-access, of the namespace {{ .source.metadata.namespace }}',
      ],
    ],
  ])('finds the name of a Secret %s', (_, spec, secret, nameTemplate, told) => {
    const { texts, notes } = filesOf('docks', parseManifests(docksWith(spec, secret), 'docks.yaml'), {});
    const names = [...(texts.get('policy.yaml') ?? '').matchAll(/^ {6}nameTemplate: "?([^"\n]*)"?$/gm)];
    expect(names.map(([, name]) => name)).toEqual([nameTemplate]);
    expect(notes).toEqual(told);
    expect(texts.get('case/expected.yaml')).toContain('kind: PediaCluster\n');
  });

  /** What is to be looked at in a policy for a dock. */
  const notesOf = (change: (text: string) => string): readonly string[] =>
    filesOf(
      'docks',
      parseManifests(change(docksWith('{ kubeconfigSecretName: alpha }', 'alpha')), 'docks.yaml'),
      {},
    ).notes;

  it.each<[string, (text: string) => string, readonly string[]]>([
    ['a phase that says that it is ready', (text) => text, []],
    [
      'a phase that may say anything',
      (text) => text.replace('phase: Ready', 'phase: Mooring'),
      ['status.phase is "Mooring" here, so clusters are imported while it is: look whether that means ready'],
    ],
    [
      'no status',
      (text) => text.replace('status: { phase: Ready }\n', ''),
      [
        'the example has no status that says when it is ready: clusters are imported as soon as their credentials exist',
      ],
    ],
    [
      'no status, though its definition has one',
      (text) =>
        text
          .replace('status: { phase: Ready }\n', '')
          .replace(
            'x-kubernetes-preserve-unknown-fields: true',
            'properties: { spec: { type: object, x-kubernetes-preserve-unknown-fields: true }, status: { type: object, properties: { phase: { type: string }, berth: { type: string } } } }',
          ),
      [
        'the example has no status that says when it is ready (its definition has status.phase, status.berth: one that has them tells more): clusters are imported as soon as their credentials exist',
      ],
    ],
    [
      'a status of its own words',
      (text) => text.replace('phase: Ready', 'stage: Moored'),
      [
        `the example has no condition that says that it is ready (if status.stage says it, add creationCondition: '{{ eq .source.status.stage "Moored" }}'): clusters are imported as soon as their credentials exist`,
      ],
    ],
    [
      'a host without a port',
      (text) =>
        text
          .replace('alpha }', 'alpha, host: alpha.example }')
          .replace(/stringData:[^]*/, 'stringData: { token: made-up-token }'),
      ['nothing tells the port beside spec.host: it is taken to be 6443'],
    ],
    [
      'two addresses',
      (text) =>
        text
          .replace('alpha }', "alpha, endpoint: 'https://a.example', server: 'https://b.example' }")
          .replace(/stringData:[^]*/, 'stringData: { token: made-up-token }'),
      ['apiserver is spec.endpoint; there is an address in spec.server, too'],
    ],
    [
      'a kubeconfig that runs a program',
      (text) => text.replace('user: { token: made-up }', 'user: { exec: { command: login } }'),
      [
        'the kubeconfig in the key "kubeconfig" has exec, which runs a program where Clusterpedia runs: the controller does not write it unless its configuration allows the program',
      ],
    ],
    [
      'an incomplete kubeconfig beside a token',
      (text) =>
        text
          .replace('alpha }', "alpha, endpoint: 'https://a.example' }")
          .replace(/ {4}users:.*\n/, '')
          .replace('stringData:', 'stringData:\n  token: made-up-token'),
      [
        'the kubeconfig in the key "kubeconfig" cannot be used: it has no users. "kubectl config view --raw --minify --flatten" prints a whole one; so the template takes the other keys',
      ],
    ],
  ])('says what it guessed of an example with %s', (_, change, notes) => {
    expect(notesOf(change)).toEqual(notes);
  });

  const kubeconfigWithout = (change: (text: string) => string) => () =>
    notesOf(
      (text) => text.slice(0, text.indexOf('stringData:')) + change(text.slice(text.indexOf('stringData:'))),
    );

  it.each<[string, (text: string) => string, string]>([
    ['users', (text) => text.replace(/ {4}users:.*\n/, ''), 'it has no users'],
    [
      'clusters and contexts',
      (text) => text.replace(/ {4}(?:clusters|contexts):.*\n/g, ''),
      'it has no clusters and no contexts',
    ],
    [
      'a current context',
      (text) => text.replace(/ {4}current-context:.*\n/, ''),
      'it has no current-context',
    ],
    [
      'a server',
      (text) => text.replace(/server: [^ ]*/, ''),
      'the cluster of its current context has no server, or is not among its clusters',
    ],
    [
      'a credential',
      (text) => text.replace('token: made-up', ''),
      'the user of its current context has no token and no certificate, or is not among its users',
    ],
    [
      'its context',
      (text) => text.replace('current-context: a', 'current-context: b'),
      'its current-context is none of its contexts',
    ],
    ['any text', () => 'stringData: { kubeconfig: "" }', 'it is empty'],
    [
      'one encoding',
      () => `stringData: { kubeconfig: ${btoa('{clusters: [], users: []}')} }`,
      'it is base64 of base64; decode it once in the template, with b64dec',
    ],
  ])(
    'a kubeconfig without %s is refused, with its file, its Secret and the way out',
    (_, change, problem) => {
      expect(kubeconfigWithout(change)).toThrow(
        new UsageError(
          `docks.yaml: Secret "port/alpha": the kubeconfig in the key "kubeconfig" cannot be used: ${problem}. "kubectl config view --raw --minify --flatten" prints a whole one`,
        ),
      );
    },
  );

  it('lets the webhook list Secrets that are the sources, as the catalogue does', async () => {
    const { texts } = filesOf('drafted', await exampleOf('vcluster'), {});
    const [controller, webhook] = texts.get('rbac.yaml')?.split('---\n') ?? [];
    expect(controller).toContain('rbac.clusterpedia.io/aggregate-to-import-controller-secrets: "true"');
    expect(webhook).toBe(`apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: clusterpedia-import-drafted-webhook-secrets
  labels:
    app.kubernetes.io/name: clusterpedia-import
    rbac.clusterpedia.io/aggregate-to-import-webhook-secrets: "true"
rules:
  - apiGroups:
      - ""
    resources:
      - secrets
    verbs:
      - list
`);
  });

  it.each([
    [
      'several sources',
      'objects.yaml',
      (text: string) => `${text}\n---\n${text.replaceAll('cluster-1', 'cluster-2')}`,
      'the files have several: name the source with --source; they are cluster-1, cluster-2',
    ],
    [
      'no Secret',
      'objects.yaml',
      (text: string) => text.replace('kind: Secret', 'kind: ConfigMap'),
      'there is no Secret among the files; spec.authSecretRef.name of Cluster cluster-1 names cluster-1: add it, as "kubectl get secret cluster-1 --namespace default -o yaml" prints it',
    ],
    [
      'no object of the kind that is defined',
      'objects.yaml',
      (text: string) => text.slice(text.indexOf('apiVersion: v1\nkind: Secret')),
      'the files have the definition of Cluster (clusters.cluster.mcp.io), and no object of that kind: add one, as "kubectl get clusters.cluster.mcp.io NAME -o yaml" prints it',
    ],
    [
      'a definition alone',
      'objects.yaml',
      () => '',
      'the files have the definition of Cluster (clusters.cluster.mcp.io), and no object of that kind',
    ],
    [
      'no definition',
      'crds.yaml',
      () => '',
      'the definition of Cluster (cluster.mcp.io/v1alpha1) is not among the files',
    ],
    [
      'no credentials',
      'objects.yaml',
      (text: string) => text.replace(/^ {2}token: .*$/m, ''),
      'no token or certificate with its key found; it has the keys ca',
    ],
  ])('says what it needs where there is %s', async (_, file, change, message) => {
    const files: { [name: string]: string } = {
      'crds.yaml': await mcpFile('testdata/crds.yaml'),
      'objects.yaml': await mcpFile('testdata/objects.yaml'),
    };
    files[file] = change(files[file] ?? '');
    const cwd = await folderWith(files);
    const { code, stderr } = await runCli(['init', 'acme', '.'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
