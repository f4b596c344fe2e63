import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFailed } from 'vitest';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { installDefinitions } from '../../src/cli/demo/product.ts';
import { eventually } from '../control-plane/index.ts';
import { actionable, page } from '../docs/pages.ts';
import { MIGRATION_PAGE } from '../docs/runs.ts';
import { CATALOGUE } from '../policies/catalogue.ts';
import { asReader, Reader } from './reader.ts';

/*
 * docs/migration.md, on a cluster as Clusterpedia's controller manager leaves it: finalizers and owners are its own (see
 * pkg/controller/clusterimportpolicy and pediaclusterlifecycle of github.com/clusterpedia-io/clusterpedia).
 */

const clusters = ['cluster-1', 'cluster-2'] as const;
const POLICY_FINALIZER = 'clusterpedia.io/cluster-import-policy-controller';
const LIFECYCLE_FINALIZER = 'clusterpedia.io/pediacluster-lifecycle-controller';

let reader: Reader;

const mcp = (file: string) => readFileSync(join(CATALOGUE, 'mcp', file), 'utf8');

beforeAll(async () => {
  reader = await Reader.start();
  const { kubectl } = reader;
  await installDefinitions(kubectl);
  await kubectl.run(['delete', 'namespace', 'clusterpedia-import-system']);
  await kubectl.apply(mcp('testdata/crds.yaml'));
  await kubectl.run(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
  await kubectl.apply(CONTROLLER_MANAGER);
  const policy = await create({
    ...(parse(mcp('policy.yaml')) as object),
    metadata: { name: 'mcp', finalizers: [POLICY_FINALIZER] },
  });
  for (const cluster of clusters) await importedByClusterpedia(cluster, policy);
});

afterAll(() => reader?.stop());

beforeEach(() => {
  onTestFailed(() => {
    process.stderr.write(reader.logs());
  });
});

const CONTROLLER_MANAGER = `
apiVersion: v1
kind: Namespace
metadata: { name: clusterpedia-system }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: clusterpedia-controller-manager, namespace: clusterpedia-system }
spec:
  selector: { matchLabels: { app: clusterpedia-controller-manager } }
  template:
    metadata: { labels: { app: clusterpedia-controller-manager } }
    spec: { containers: [{ name: manager, image: controller-manager }] }
`;

interface Created {
  readonly name: string;
  readonly uid: string;
}

/** Creates an object, with its status where it has one, and returns what others name it by. */
async function create(object: object): Promise<Created> {
  const { kubectl } = reader;
  const args = ['create', '--filename=-', '--output=json'];
  const created = await kubectl.run(args, { stdin: stringify(object) });
  return (JSON.parse(created) as { metadata: Created }).metadata;
}

const owner = (kind: string, { name, uid }: Created, controller: boolean) => ({
  apiVersion: 'policy.clusterpedia.io/v1alpha1',
  kind,
  name,
  uid,
  ...(controller ? { controller: true, blockOwnerDeletion: true } : {}),
});

/** A cluster of the platform, and what Clusterpedia's controller has made of it. */
async function importedByClusterpedia(cluster: string, policy: Created): Promise<void> {
  const { kubectl } = reader;
  const sample = mcp('testdata/objects.yaml').replaceAll('name: cluster-1', `name: ${cluster}`);
  await kubectl.apply(sample);
  const [source, secret] = parseAllDocuments(sample).map((document) => document.toJS() as object);
  const { spec } = source as { spec: { apiEndpoint: string } };
  const { data } = secret as { data: { ca: string; token: string } };
  const { template, creationCondition, references } = (
    parse(mcp('policy.yaml')) as { spec: { references: readonly object[]; [field: string]: unknown } }
  ).spec;
  const name = `mcp-${cluster}`;
  const lifecycle = await create({
    apiVersion: 'policy.clusterpedia.io/v1alpha1',
    kind: 'PediaClusterLifecycle',
    metadata: {
      name,
      finalizers: [LIFECYCLE_FINALIZER],
      ownerReferences: [owner('ClusterImportPolicy', policy, true)],
    },
    spec: {
      source: { group: 'cluster.mcp.io', version: 'v1alpha1', resource: 'clusters', name: cluster },
      references: references.map((reference) => ({ ...reference, version: 'v1', versions: undefined })),
      template,
      creationCondition,
    },
  });
  await create({
    apiVersion: 'cluster.clusterpedia.io/v1alpha2',
    kind: 'PediaCluster',
    metadata: { name, ownerReferences: [owner('PediaClusterLifecycle', lifecycle, false)] },
    spec: {
      apiserver: spec.apiEndpoint,
      caData: data.ca,
      tokenData: data.token,
      syncResources: [{ group: '', resources: ['pods'] }],
    },
  });
}

const names = async (kind: string) => (await reader.kubectl.list(kind)).map(({ metadata }) => metadata.name);

const migration = page(MIGRATION_PAGE);
const lineOf = (heading: string) =>
  migration.text.slice(0, migration.text.indexOf(heading)).split('\n').length;
const BACK = lineOf('## Back');

describe('the way there', asReader, () => {
  const blocks = actionable(migration).filter(([, { line }]) => line < BACK);
  it.each(blocks)('%s', async (_, block) => {
    await reader.follow(block);
  });

  it('leaves the collected resources as they were', async () => {
    const found = await reader.kubectl.get('pediaclusters', 'mcp-cluster-1');
    expect(found?.['spec']).toMatchObject({ syncResources: [{ group: '', resources: ['pods'] }] });
  });

  it('takes the lifecycles over', async () => {
    const found = await reader.kubectl.get('pediaclusterlifecycles', 'mcp-cluster-1');
    expect(found?.metadata['finalizers']).toEqual([
      LIFECYCLE_FINALIZER,
      'policy.clusterpedia.io/import-controller',
    ]);
    expect(found?.['status']).toMatchObject({
      conditions: [{ type: 'Created', reason: 'Created' }, {}, {}, {}, {}],
    });
  });

  it('ends in clusters that go with their source, whatever finalizers they were given before', async () => {
    await reader.kubectl.run(['delete', 'clusters.cluster.mcp.io', 'cluster-2']);
    await eventually('the cluster and its lifecycle to be gone', async () => {
      expect(await names('pediaclusters')).toEqual(['mcp-cluster-1']);
      expect(await names('pediaclusterlifecycles')).toEqual(['mcp-cluster-1']);
    });
    // The page compares with what there was before.
    await reader.follow({
      page: MIGRATION_PAGE,
      line: 0,
      language: 'sh',
      file: undefined,
      text: 'sed -i /cluster-2/d before.txt\n',
    });
  });
});

describe('the way back', asReader, () => {
  const blocks = actionable(migration).filter(([, { line }]) => line > BACK);
  it.each(blocks)('%s', async (_, block) => {
    await reader.follow(block);
  });

  it('leaves no status of ours, which would say Ready for ever', async () => {
    for (const kind of ['clusterimportpolicies', 'pediaclusterlifecycles']) {
      const objects = await reader.kubectl.list(kind);
      expect(objects.map((object) => object['status'])).toEqual([undefined]);
    }
  });

  it("leaves what Clusterpedia's controller takes over again: objects with their owners, without finalizers", async () => {
    const lifecycle = await reader.kubectl.get('pediaclusterlifecycles', 'mcp-cluster-1');
    expect(lifecycle?.metadata['finalizers']).toBeUndefined();
    expect(lifecycle?.metadata['ownerReferences']).toMatchObject([
      { kind: 'ClusterImportPolicy', name: 'mcp' },
    ]);
    const pediaCluster = await reader.kubectl.get('pediaclusters', 'mcp-cluster-1');
    expect(pediaCluster?.metadata['ownerReferences']).toMatchObject([
      { kind: 'PediaClusterLifecycle', name: 'mcp-cluster-1', uid: lifecycle?.metadata['uid'] },
    ]);
  });
});
