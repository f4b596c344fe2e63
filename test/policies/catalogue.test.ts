import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Inventory } from '../../src/cli/manifests/inventory.ts';
import { readManifests } from '../../src/cli/manifests/read-manifests.ts';
import { renderInventory } from '../../src/cli/plan/inventory-view.ts';
import { reviewPolicy } from '../../src/policy/index.ts';
import {
  CATALOGUE,
  catalogueCases,
  inputFiles,
  objectsIn,
  platforms,
  policyFile,
  policyOf,
} from './catalogue.ts';

interface Made {
  readonly metadata: { readonly name: string; readonly labels?: unknown; readonly annotations?: unknown };
  readonly spec?: unknown;
}

const byName = (one: Made, other: Made) => (one.metadata.name < other.metadata.name ? -1 : 1);

const nameAndSource = ({ metadata, spec }: Made) => ({
  name: metadata.name,
  source: (spec as { readonly source: unknown }).source,
});

const rendered = ({ metadata: { name, labels, annotations }, spec }: Made) => ({
  name,
  labels,
  annotations,
  spec,
});

describe.each(catalogueCases)('the policy of $platform $name', (sample) => {
  it('makes of the sample objects what expected.yaml says', async () => {
    const inventory = new Inventory(
      await readManifests([policyFile(sample.platform), ...inputFiles(sample)]),
    );
    const expected = await objectsIn(join(sample.folder, 'expected.yaml'));

    const made = renderInventory(inventory);

    const ofKind = (kind: string) => expected.filter((object) => object.kind === kind).sort(byName);
    expect(made.lifecycles.map(nameAndSource).sort(byNameOnly)).toEqual(
      ofKind('PediaClusterLifecycle').map(nameAndSource),
    );
    expect(made.pediaClusters.map(rendered).sort(byNameOnly)).toEqual(ofKind('PediaCluster').map(rendered));
    if (sample.name !== 'states') expect(made.problems.filter(({ problem }) => problem.failed)).toEqual([]);
  });

  it.runIf(sample.name !== 'states')('is admitted beside the CRDs, without a warning', async () => {
    const policy = await policyOf(sample.platform);
    const inventory = new Inventory(await readManifests(inputFiles(sample)));
    const references = (policy.spec.references ?? []).map(
      (reference) => [reference.key, inventory.factsOf(reference)] as const,
    );

    const review = reviewPolicy({
      operation: 'CREATE',
      object: policy,
      source: inventory.factsOf(policy.spec.source),
      references: new Map(references),
    });

    expect(review.findings.map(({ field, message }) => `${field}: ${message}`)).toEqual([]);
    expect(review.renderings).toBeGreaterThan(0);
    expect(review.renderings).toBeLessThanOrEqual(200);
  });
});

const byNameOnly = (one: { readonly name: string }, other: { readonly name: string }) =>
  one.name < other.name ? -1 : 1;

describe.each(platforms)('the folder of %s', (platform) => {
  it('has a policy of its own name, its rights, a README and a kustomization', async () => {
    expect((await policyOf(platform)).metadata.name).toBe(platform);
    for (const file of ['rbac.yaml', 'README.md', 'kustomization.yaml']) {
      expect(existsSync(join(CATALOGUE, platform, file)), file).toBe(true);
    }
  });

  it('grants reading what the policy reads, and nothing more', async () => {
    const { source, references = [] } = (await policyOf(platform)).spec;
    const wanted = new Set([source, ...references].map(({ group, resource }) => `${resource}.${group}`));

    const [roles, ofTheWebhook] = await rolesOf(platform);

    const granted = roles.flatMap(({ rules = [] }) => rules as readonly Rule[]);
    expect(granted.flatMap(resourcesOfRule).sort()).toEqual([...wanted].sort());
    for (const { verbs } of granted) expect(verbs).toEqual(['get', 'list', 'watch']);
    const sourcesAreSecrets = source.group === '' && source.resource === 'secrets';
    // ConfigMaps of one namespace are read by a Role there; of Secrets the base lets the webhook read each.
    const readByTheWebhook =
      platform === 'kubean' ? [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }] : [];
    expect(ofTheWebhook.flatMap(({ rules = [] }) => rules)).toEqual(
      sourcesAreSecrets ? [{ apiGroups: [''], resources: ['secrets'], verbs: ['list'] }] : readByTheWebhook,
    );
  });

  it('labels its rights, so that the uninstall finds them', async () => {
    for (const { metadata } of await objectsIn(join(CATALOGUE, platform, 'rbac.yaml'))) {
      expect(metadata['labels']).toMatchObject({ 'app.kubernetes.io/name': 'clusterpedia-import' });
    }
  });

  it('keeps the right to read Secrets apart, so that it can be granted per namespace', async () => {
    const [roles] = await rolesOf(platform);
    for (const role of roles.filter(({ kind }) => kind === 'ClusterRole')) {
      const readsSecrets = (role['rules'] as readonly Rule[]).flatMap(resourcesOfRule).includes('secrets.');
      expect(role.metadata['labels']).toEqual({
        'app.kubernetes.io/name': 'clusterpedia-import',
        [`rbac.clusterpedia.io/aggregate-to-import-controller${readsSecrets ? '-secrets' : ''}`]: 'true',
      });
    }
  });

  it('reads Secrets and ConfigMaps of one namespace by a Role there, where the policy fixes that namespace', async () => {
    const { source, references = [] } = (await policyOf(platform)).spec;
    const namespaces = [
      ...(source.group === '' ? (source.namespaces ?? ['*']) : []),
      ...references.flatMap(({ group, allowedNamespaces = ['*'] }) =>
        group === '' ? allowedNamespaces : [],
      ),
    ];
    const fixed = [...new Set(namespaces)];

    const roles = await objectsIn(join(CATALOGUE, platform, 'rbac.yaml'));

    const granted = roles.flatMap(({ kind, metadata, subjects = [], roleRef }) =>
      kind === 'RoleBinding'
        ? (subjects as readonly { readonly name: string }[]).map(({ name }) => [
            metadata['namespace'],
            name.replace('clusterpedia-import-', ''),
            ...roles
              .filter(
                (role) => role.kind === 'Role' && role.metadata.name === (roleRef as { name: string }).name,
              )
              .flatMap(({ rules = [] }) => rules as readonly Rule[])
              .flatMap(({ verbs }) => verbs.join(' ')),
          ])
        : [],
    );
    const ofWebhook = source.group === '' ? ['list'] : platform === 'kubean' ? ['get'] : [];
    expect(granted).toEqual(
      fixed.includes('*')
        ? []
        : fixed.flatMap((namespace) => [
            [namespace, 'controller', 'get list watch'],
            ...ofWebhook.map((verbs) => [namespace, 'webhook', verbs]),
          ]),
    );
  });
});

/** What a platform's policy adds to the controller's roles, and to the webhook's. */
async function rolesOf(platform: string) {
  const roles = await objectsIn(join(CATALOGUE, platform, 'rbac.yaml'));
  const isOfTheWebhook = ({ metadata }: (typeof roles)[number]): boolean =>
    metadata.name.endsWith('-webhook') ||
    Object.hasOwn(metadata['labels'] ?? {}, 'rbac.clusterpedia.io/aggregate-to-import-webhook-secrets');
  return [roles.filter((role) => !isOfTheWebhook(role)), roles.filter(isOfTheWebhook)] as const;
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const resourcesOfRule = ({ apiGroups, resources }: Rule): readonly string[] =>
  apiGroups.flatMap((group) => resources.map((resource) => `${resource}.${group}`));

describe('names', () => {
  /** What every name of a platform begins with. */
  const prefixes = async () =>
    Promise.all(
      platforms.map(async (platform) => {
        const { nameTemplate } = (await policyOf(platform)).spec;
        return { platform, prefix: nameTemplate.slice(0, nameTemplate.indexOf('{{')) };
      }),
    );

  it('of two platforms never meet: each platform but Cluster API has a prefix, which begins no other', async () => {
    const found = await prefixes();
    const bare = found.filter(({ prefix }) => !/^[a-z0-9]+-$/.test(prefix)).map(({ platform }) => platform);
    expect(bare).toEqual(['cluster-api']);
    const others = found.filter(({ prefix }) => prefix !== '');
    const meeting = others.flatMap((one) =>
      others
        .filter((other) => other !== one && other.prefix.startsWith(one.prefix))
        .map((other) => `${one.platform} and ${other.platform}`),
    );
    expect(meeting).toEqual([]);
  });

  it('of Cluster API meet one only in a namespace that is called after a prefix, which no sample is', async () => {
    const found = (await prefixes()).filter(({ prefix }) => prefix !== '');
    for (const sample of catalogueCases.filter(({ platform }) => platform === 'cluster-api')) {
      const made = (await objectsIn(join(sample.folder, 'expected.yaml'))).map(
        ({ metadata }) => metadata.name,
      );
      expect(made.filter((name) => found.some(({ prefix }) => name.startsWith(prefix)))).toEqual([]);
    }
  });

  it.each([
    { platform: 'cluster-api', name: 'default-capi-quickstart' },
    { platform: 'karmada', name: 'karmada-member1' },
    { platform: 'vcluster', name: 'vc-default-vcluster-1' },
  ])('of $platform are those that users know: $name', async ({ platform, name }) => {
    const made = await objectsIn(join(CATALOGUE, platform, 'testdata/expected.yaml'));
    expect(made.map(({ metadata }) => metadata.name)).toContain(name);
  });
});

describe("Clusterpedia's published policies", () => {
  const folder = join(import.meta.dirname, 'published');

  it.each(['cluster_api', 'karmada', 'kubevela', 'vcluster', 'argocd', 'concepts_example'])(
    '%s is not refused',
    async (name) => {
      const [policy] = await objectsIn(join(folder, `${name}.yaml`));
      const { findings } = reviewPolicy({ operation: 'CREATE', object: policy });
      expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    },
  );

  it('cluster_api makes the same PediaClusters as its counterpart here, but for the name and the sync fields', async () => {
    const sample = catalogueCases.find(({ platform, name }) => platform === 'cluster-api' && name === '');
    if (sample === undefined) throw new Error('no sample objects for cluster-api');
    const render = async (policy: string) =>
      renderInventory(new Inventory(await readManifests([policy, ...inputFiles(sample)]))).pediaClusters;
    const kubeconfigs = (made: Awaited<ReturnType<typeof render>>) =>
      made.map(({ spec }) => (spec as { readonly kubeconfig: string }).kubeconfig);

    const published = await render(join(folder, 'cluster_api.yaml'));
    const ours = await render(policyFile('cluster-api'));

    expect(published.map(({ metadata }) => metadata.name)).toEqual([
      'capi-default-capi-quickstart',
      'capi-default-capi-quickstart-2',
    ]);
    expect(kubeconfigs(published)).toEqual(kubeconfigs(ours));
  });

  it('the later argocd is refused: what it renders is no YAML', async () => {
    const [policy] = await objectsIn(join(import.meta.dirname, 'published-broken/argocd.yaml'));
    const { findings } = reviewPolicy({ operation: 'CREATE', object: policy });
    expect(findings).toContainEqual(
      expect.objectContaining({ severity: 'error', field: 'spec.template' }) as object,
    );
  });
});

describe('the worked example', () => {
  it('is the text of the guide, unchanged', async () => {
    const text = await readFile(policyFile('mcp'), 'utf8');
    expect(text).toContain(`  creationCondition: |
    {{ if ne .source.spec.apiEndpoint "" }}
      {{ range .source.status.conditions }}
        {{ if eq .type "Ready" }}
          {{ if eq .status "True" }} true {{ end }}
        {{ end }}
      {{ end }}
    {{ end }}
`);
    expect(text).toContain('      tokenData: "{{ .references.authSecret.data.token }}"\n');
  });
});
