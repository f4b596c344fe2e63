import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, onTestFailed } from 'vitest';
import { PEDIA_CLUSTER } from '../../src/api/index.ts';
import { BROKEN_POLICY } from '../../src/cli/demo/broken-policy.ts';
import { loadClient } from '../../src/kube/index.ts';
import type { KubeClient } from '../../src/kube/index.ts';
import { pediaClusterIs } from '../controller/expecting.ts';
import type { ExtensionServer } from '../control-plane/extension-server.ts';
import { FrontProxy } from '../control-plane/front-proxy.ts';
import type { ControlPlane } from '../control-plane/index.ts';
import { eventually, Kubectl, startControlPlane } from '../control-plane/index.ts';
import { ServiceNetwork } from '../control-plane/service-network.ts';
import { actionable, page } from '../docs/pages.ts';
import { KARMADA_PAGE } from '../docs/runs.ts';
import { karmada, samplesOf, serveAggregated } from './aggregated-platforms.ts';
import { asReader, Reader } from './reader.ts';

/*
 * docs/karmada-api-server.md, with two API servers: the host cluster, in which the processes run, and one that has no nodes and
 * only those controllers that `karmadactl init` gives Karmada. It reaches the host's Services by their names.
 */

let reader: Reader;
let network: ServiceNetwork;
let frontProxy: FrontProxy;
let controlPlane: ControlPlane;
let kubectl: Kubectl;
let client: KubeClient;
let server: ExtensionServer;

/** karmadactl: `pkg/karmadactl/cmdinit/kubernetes/deployments.go`, without those that sign certificates. */
const neededControllers = [
  'namespace',
  'garbagecollector',
  'serviceaccount-token',
  'clusterrole-aggregation',
];

/** What the names that the Karmada API server asks for lead to, as the host cluster's DNS and Services have it. */
function endpoints(address: string): readonly number[] {
  const [, local] = /^localhost:(\d+)$/.exec(address) ?? [];
  if (local !== undefined) return [Number(local)];
  return /^clusterpedia-import-webhook\.clusterpedia-import-system\.svc(?:\.cluster\.local)?:443$/.test(
    address,
  )
    ? reader.endpointsOf('clusterpedia-import-webhook')
    : [];
}

beforeAll(async () => {
  if (asReader.skip === true) return;
  reader = await Reader.start();
  network = await ServiceNetwork.start(['cluster', 'controlplane']);
  network.serve(endpoints);
  frontProxy = await FrontProxy.start();
  controlPlane = await startControlPlane({
    assets: inject('assets'),
    apiServerFlags: [...network.flags, ...frontProxy.flags],
    controllers: neededControllers,
  });
  kubectl = new Kubectl(controlPlane.assets, controlPlane.kubeconfigPath, controlPlane.processes.dir);
  client = await loadClient({ kubeconfig: controlPlane.kubeconfigPath });
  server = await serveAggregated(karmada, { client, kubectl });
  await reader.bring('karmada.config', controlPlane.kubeconfig);
});

afterAll(async () => {
  await reader?.stop();
  await client?.close();
  await server?.close();
  await controlPlane?.stop();
  await network?.stop();
  await frontProxy?.stop();
});

beforeEach(() => {
  onTestFailed(() => {
    process.stderr.write(reader.logs());
  });
});

const karmadaApiServer = page(KARMADA_PAGE);
const all = actionable(karmadaApiServer);
const { text } = karmadaApiServer;
const BY_URL = text.slice(0, text.indexOf('**By URL.**')).split('\n').length;

/** The Karmada API server refuses a broken policy with what the webhook says, once that has written its `caBundle`. */
async function asksTheWebhook(): Promise<void> {
  await eventually('the webhook to be asked', async () => {
    const { stderr } = await kubectl.try(['create', '--filename=-', '--dry-run=server'], {
      stdin: BROKEN_POLICY,
    });
    expect(stderr).toContain('function "lowr" is not defined; did you mean "lower"?');
  });
}

describe('a Service that is a name elsewhere', asReader, () => {
  it.each(all.filter(([, { line }]) => line < BY_URL))('%s', async (_, block) => {
    await reader.follow(block);
  });

  it('leads the Karmada API server to the webhook', asksTheWebhook);
});

describe('a URL', asReader, () => {
  it.each(all.filter(([, { line }]) => line > BY_URL).slice(0, 1))('%s', async (_, block) => {
    await reader.follow(block);
  });

  it('leads it there as well', asksTheWebhook);
});

describe('the controller and the policy', asReader, () => {
  it.each(all.filter(([, { line }]) => line > BY_URL).slice(1))('%s', async (_, block) => {
    await reader.follow(block);
  });

  it('import the clusters, and all is on the Karmada API server', async () => {
    for (const { kind, metadata, spec } of await samplesOf(karmada, 'expected.yaml'))
      if (kind === PEDIA_CLUSTER.kind)
        await pediaClusterIs(client, metadata.name, spec as { readonly [field: string]: unknown });
    const onTheHost = await reader.kubectl.try(['get', 'clusterimportpolicies,pediaclusters']);
    expect(onTheHost.stderr).toContain('the server doesn\'t have a resource type "clusterimportpolicies"');
    const leases = await kubectl.list('leases.coordination.k8s.io');
    expect(leases.map(({ metadata: { name } }) => name)).toContain('clusterpedia-import-controller');
  });
});
