/* Somebody sets the clock of a machine: by an hour ahead, by an hour back, and right again. */
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { applyFiles, installDefinitions } from '../../src/cli/demo/product.ts';
import type { StoredObject } from '../../src/kube/index.ts';
import { webhookConfigurations } from '../../webhook/configuration.ts';
import type { ApiObject, ManagedProcess } from '../control-plane/index.ts';
import { freePort, Kubectl, MAIN_MODULE, startProcesses } from '../control-plane/index.ts';
import { addClusters, pediaClusterIs, policyIs } from '../controller/expecting.ts';
import { followPediaClusters } from '../controller/followed.ts';
import { useMcpWorld } from '../controller/mcp-world.ts';
import { POLICIES, controllerConfig, eventually, policy, scopedPolicy } from '../controller/world.ts';

const HOUR_MS = 60 * 60 * 1000;

/** By how many hours the clocks are off, one after the other. */
const jumps: readonly { readonly ofLeader: number; readonly ofOther: number }[] = [
  { ofLeader: 1, ofOther: 0 },
  { ofLeader: -1, ofOther: 1 },
  { ofLeader: 0, ofOther: -1 },
  { ofLeader: 0, ofOther: 0 },
];

const NAMESPACE = 'clusterpedia-import-system';
const election = { leaseDurationSeconds: 4, renewDeadlineSeconds: 3, retryPeriodSeconds: 0.5 };
/** The other would have taken the Lease over after fewer renewals, had it believed it silent. */
const RENEWALS = 1 + election.leaseDurationSeconds / election.retryPeriodSeconds;

const leases = {
  group: 'coordination.k8s.io',
  version: 'v1',
  resource: 'leases',
  kind: 'Lease',
  namespaced: true,
};

type Lease = StoredObject & {
  readonly spec: {
    readonly holderIdentity: string;
    readonly leaseTransitions: number;
    readonly renewTime: string;
  };
};

interface Machine {
  readonly process: ManagedProcess;
  readonly setClock: (hoursOff: number) => Promise<void>;
}

let kubectl: Kubectl;

const world = useMcpWorld();
beforeAll(async () => {
  const { assets, kubeconfigPath, processes } = world.controlPlane;
  kubectl = new Kubectl(assets, kubeconfigPath, processes.dir);
  await installDefinitions(kubectl);
  await applyFiles(kubectl, ['kustomize/components/self-managed-certificates/rbac.yaml']);
});

/** A process of the product on a machine whose clock can be set. */
async function startMachine(subcommand: 'controller' | 'webhook', config: object): Promise<Machine> {
  const group = await startProcesses();
  const [configFile, clockFile] = [join(group.dir, 'config.yaml'), join(group.dir, 'clock')];
  const setClock = async (hoursOff: number): Promise<void> => {
    await writeFile(`${clockFile}.new`, String(hoursOff * HOUR_MS));
    await rename(`${clockFile}.new`, clockFile);
  };
  await setClock(0);
  await writeFile(configFile, stringify(config));
  const clock = fileURLToPath(new URL('../control-plane/settable-clock.ts', import.meta.url));
  const args = [`--import=${clock}`, MAIN_MODULE, subcommand, `--config=${configFile}`];
  const process_ = await group.spawn(subcommand, process.execPath, args, {
    env: { CLOCK_OFFSET_FILE: clockFile },
  });
  return { process: process_, setClock };
}

describe('of two controllers', () => {
  const startReplica = (identity: string): Promise<Machine> =>
    startMachine(
      'controller',
      controllerConfig(world.controlPlane, { leaderElection: { ...election, identity } }),
    );

  const lease = async (): Promise<Lease['spec']> => {
    const { name, namespace } = controllerConfig(world.controlPlane).controller.leaderElection;
    return (await world.client.get<Lease>(leases, name, namespace)).spec;
  };

  /** Hours by which the leader's clock is off, rounded. */
  const hoursOff = ({ renewTime }: Lease['spec']): string =>
    ((Date.parse(renewTime) - Date.now()) / HOUR_MS).toFixed().replace('-0', '0');

  it('the one leads and works on whoever of them has a clock that jumps, and the other writes nothing', async () => {
    const first = await startReplica('first');
    await eventually('the first to lead', async () => expect((await lease()).holderIdentity).toBe('first'));
    const second = await startReplica('second');
    await eventually('the second to stand by', () =>
      expect(second.process.output()).toContain('standing by'),
    );
    const { leaseTransitions } = await lease();
    await world.client.create(POLICIES, policy('jump', scopedPolicy(world, 'jump')));
    await policyIs(world.client, 'jump', { Ready: 'True/Settled' });
    const followed = await followPediaClusters(world.client, 'jump');

    const isLedAndServed = async (cluster: string): Promise<void> => {
      const renewals = new Set<string>();
      await eventually('the Lease to be renewed many times', async () => {
        const { holderIdentity, renewTime } = await lease();
        expect(holderIdentity).toBe('first');
        renewals.add(renewTime);
        expect(renewals.size).toBeGreaterThan(RENEWALS);
      });
      await addClusters(world.client, 'jump', cluster);
      await pediaClusterIs(world.client, `jump-${cluster}`);
    };

    for (const [round, { ofLeader, ofOther }] of jumps.entries()) {
      await first.setClock(ofLeader);
      await second.setClock(ofOther);
      await eventually("the leader's clock to be set", async () =>
        expect(hoursOff(await lease())).toBe(String(ofLeader)),
      );
      await isLedAndServed(`jump${String(round)}`);
    }
    expect(await lease()).toMatchObject({ holderIdentity: 'first', leaseTransitions });
    expect(second.process.output()).not.toContain('"leading"');
    expect(first.process.exit).toBeUndefined();
    // Each was written once: nothing came and went.
    expect(await followed.end(jumps.length)).toEqual(jumps.map((_, round) => `added jump${String(round)}`));
  });
});

it('the webhook goes on, with certificates and a path of its own making', async () => {
  const port = await freePort();
  const configurations = webhookConfigurations({ target: { url: `https://127.0.0.1:${String(port)}` } });
  // Without authority and path: the webhook writes both.
  const register = () =>
    kubectl.apply(configurations.map((configuration) => stringify(configuration)).join('---\n'));
  await register();
  onTestFinished(async () => {
    const kinds = 'validatingwebhookconfigurations,mutatingwebhookconfigurations';
    await kubectl.run(['delete', kinds, 'clusterpedia-import']);
  });
  const webhook = await startMachine('webhook', {
    kubeconfig: await world.controlPlane.writeKubeconfig({
      name: `system:serviceaccount:${NAMESPACE}:clusterpedia-import-webhook`,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${NAMESPACE}`],
    }),
    webhook: {
      address: '127.0.0.1',
      port,
      probes: { address: '127.0.0.1', port: await freePort() },
      shutdownDelaySeconds: 0,
      callers: { pollSeconds: 1 },
      certificates: {
        mode: 'self-managed',
        pollSeconds: 1,
        selfManaged: { namespace: NAMESPACE, extraNames: ['127.0.0.1'] },
      },
    },
  });
  const certificate = async (): Promise<unknown> => {
    const name = 'clusterpedia-import-webhook-certificates';
    return (await kubectl.get<ApiObject & { readonly data: unknown }>('secrets', name, NAMESPACE))?.data;
  };
  // Only a request that is known to come from the API server is admitted under `rights: Enforce`.
  const isJudged = async (): Promise<void> => {
    const good = policy('tried', scopedPolicy(world, 'tried'));
    await eventually('a policy to be admitted', () => world.client.create(POLICIES, good, { dryRun: true }));
    const broken = policy('tried', { ...scopedPolicy(world, 'tried'), nameTemplate: '{{ nosuch }}' });
    await expect(world.client.create(POLICIES, broken, { dryRun: true })).rejects.toThrow('nosuch');
  };
  await isJudged();
  const made = await certificate();
  for (const hoursOff of [1, -1, 0]) {
    await webhook.setClock(hoursOff);
    await register();
    await isJudged();
    expect(await certificate()).toEqual(made);
  }
});
