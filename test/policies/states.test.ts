import { describe, expect, it } from 'vitest';
import { Inventory } from '../../src/cli/manifests/inventory.ts';
import { readManifests } from '../../src/cli/manifests/read-manifests.ts';
import type { Manifest } from '../../src/cli/manifests/manifests.ts';
import { renderedBy, renderInventory, viewOf } from '../../src/cli/plan/inventory-view.ts';
import { planOf } from '../../src/cli/plan/plan.ts';
import type { KubeObject, PediaClusterLifecycle, PediaClusterSpec } from '../../src/api/index.ts';
import { readKubeconfig } from '../../src/sprig/index.ts';
import type { CatalogueCase } from './catalogue.ts';
import { catalogueCases, inputFiles, policyFile } from './catalogue.ts';
import { outcomes } from './states.ts';

/*
 * For every platform and every state of its sample clusters: whether a PediaCluster is created, and with which server,
 * credential and authority. The golden files say the same in full; here it can be read.
 */

const decoded = (data: string | undefined): string | undefined =>
  data === undefined ? undefined : Buffer.from(data, 'base64').toString('utf8');

/** The samples' own certificates hold a text instead; those of older samples are real ones. */
function named(data: string | undefined): string | undefined {
  const text = decoded(data);
  if (text === undefined) return undefined;
  const body = /-----BEGIN [A-Z ]+-----\n([A-Za-z0-9+/=\n]+)-----END/.exec(text)?.[1] ?? '';
  const content = Buffer.from(body, 'base64').toString('latin1');
  return /^[ -~]+$/.test(content) ? content : 'certificate';
}

const tokenOf = (data: string | undefined): string | undefined => {
  const token = decoded(data);
  return token === undefined
    ? undefined
    : token.startsWith('token-of-') || token.startsWith('bootstrap-')
      ? token
      : 'token';
};

interface Access {
  readonly server: string | undefined;
  readonly caData?: string | undefined;
  readonly tokenData?: string | undefined;
  readonly certData?: string | undefined;
  readonly username?: string | undefined;
  readonly proxyURL?: string | undefined;
  readonly tlsServerName?: string | undefined;
  /** Whether the server is not verified. */
  readonly insecure: boolean;
}

function accessOf(spec: PediaClusterSpec): Access {
  if (spec.kubeconfig !== undefined) {
    const config = readKubeconfig(spec.kubeconfig);
    expect(config.needs).toEqual([]);
    expect(config.faults).toEqual([]);
    return config;
  }
  const { apiserver, caData, tokenData, certData } = spec;
  // Without a kubeconfig and a CA Clusterpedia does not verify the server.
  return { server: apiserver, caData, tokenData, certData, insecure: caData === undefined };
}

function sentence(spec: PediaClusterSpec): string {
  const access = accessOf(spec);
  const authority = access.insecure
    ? 'not verified'
    : access.caData === undefined
      ? 'authorities of the system'
      : (named(access.caData) ?? '');
  return [
    access.server,
    [tokenOf(access.tokenData), named(access.certData), access.username].filter(Boolean).join(' and '),
    authority.replace(/^certificate$/, 'authority'),
    ...(access.proxyURL === undefined ? [] : [`by ${access.proxyURL}`]),
    ...(access.tlsServerName === undefined ? [] : [`as ${access.tlsServerName}`]),
  ].join(', ');
}

/** The samples as they were before the deletion of any of them began. */
function beforeDeletions(manifests: readonly Manifest[]): readonly Manifest[] {
  return manifests.map((manifest) => {
    const { deletionTimestamp: _, ...metadata } = manifest.object.metadata;
    return { ...manifest, object: { ...manifest.object, metadata } };
  });
}

/** What becomes of each lifecycle, made when its source was new, as long as there is no PediaCluster. */
async function outcomesOf(sample: CatalogueCase): Promise<Record<string, string>> {
  const manifests = await readManifests([policyFile(sample.platform), ...inputFiles(sample)]);
  const lifecycles = renderInventory(new Inventory(beforeDeletions(manifests)))
    .lifecycles as readonly (KubeObject & PediaClusterLifecycle)[];
  const { pediaClusters, problems } = renderedBy(
    planOf({ ...viewOf(new Inventory(manifests)), lifecycles: lifecycles }),
  );
  const made = new Map(pediaClusters.map(({ metadata, spec }) => [metadata.name, spec as PediaClusterSpec]));
  return Object.fromEntries(
    lifecycles.map(({ metadata, spec: { source } }) => {
      const key = source.namespace === undefined ? source.name : `${source.namespace}/${source.name}`;
      const pediaCluster = made.get(metadata.name);
      if (pediaCluster !== undefined) return [metadata.name, sentence(pediaCluster)];
      const found = problems.find(({ subject }) => subject.endsWith(`source ${key}`));
      return [metadata.name, `no: ${found?.problem.reason ?? 'unknown'}`];
    }),
  );
}

describe.each(catalogueCases)('what becomes of the clusters of $platform $name', (sample) => {
  it('is as the table says', async () => {
    expect(await outcomesOf(sample)).toEqual(outcomes[`${sample.platform} ${sample.name}`.trim()]);
  });
});

it('the table is of samples that there are', () => {
  expect(Object.keys(outcomes).sort()).toEqual(
    catalogueCases.map(({ platform, name }) => `${platform} ${name}`.trim()).sort(),
  );
});

describe('a cluster that is being deleted', () => {
  const beside = catalogueCases.filter(({ name }) => name === 'states');

  it.each(beside)('of $platform gets no lifecycle anew, and is in the table', async (sample) => {
    const manifests = await readManifests([policyFile(sample.platform), ...inputFiles(sample)]);
    const namesIn = (found: readonly Manifest[]) =>
      renderInventory(new Inventory(found)).lifecycles.map(({ metadata }) => metadata.name);
    const present = new Set(namesIn(manifests));
    const going = namesIn(beforeDeletions(manifests)).filter((name) => !present.has(name));
    expect(going).not.toEqual([]);
    const states = outcomes[`${sample.platform} states`];
    expect(going.map((name) => states?.[name])).toEqual(going.map(() => 'no: SourceDeleting'));
  });
});
