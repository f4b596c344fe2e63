/* One policy that costs as much as the limits let it, among ten: the controller as a process, on a real API server. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import type { ClusterImportPolicySpec } from '../../src/api/index.ts';
import type { StoredObject } from '../../src/kube/index.ts';
import { LEASES } from '../../src/kube/index.ts';
import { freePort, startProcesses, startProduct } from '../control-plane/index.ts';
import { useMcpWorld } from '../controller/mcp-world.ts';
import {
  MCP_CLUSTERS,
  NAMESPACES,
  PEDIA_CLUSTERS,
  POLICIES,
  SECRETS,
  conditionsOf,
  controllerConfig,
  create,
  eventually,
  mcpCluster,
  mcpSecret,
  names,
  policy,
  scopedPolicy,
} from '../controller/world.ts';

/** FAULT_TESTS=all waits until the hostile policy has imported something as well. */
const THOROUGH = process.env['FAULT_TESTS'] === 'all';
/** 200 take the hostile policy minutes only to be selected, and ten a minute to be imported: more on a busy machine. */
const HOSTILE_SOURCES = THOROUGH ? 10 : 200;
const good = ['good1', 'good2', 'good3', 'good4', 'good5', 'good6', 'good7', 'good8', 'good9'];

const world = useMcpWorld();

/** The most that one rendering may cost: about 0.2 s. */
const COSTLY = '{{ $_ := derivePassword 1 "long" "password" .source.metadata.name "example.com" }}';

/** `derivePassword` in four templates, and in each of so many references. */
function hostile(references: number): ClusterImportPolicySpec {
  const spec = scopedPolicy(world, 'hostile');
  const [reference] = spec.references ?? [];
  if (reference === undefined) throw new Error("the seed's policy has a reference");
  return {
    ...spec,
    source: { ...spec.source, selectorTemplate: `${COSTLY}true` },
    nameTemplate: `${COSTLY}hostile-{{ .source.metadata.name }}`,
    creationCondition: `${COSTLY}true`,
    template: `${COSTLY}\n${spec.template}`,
    references: Array.from({ length: references }, (_, index) => ({
      ...reference,
      key: index === 0 ? reference.key : `${reference.key}${String(index)}`,
      nameTemplate: `${COSTLY}${reference.nameTemplate}`,
    })),
  };
}

type Lease = StoredObject & {
  readonly spec: {
    readonly holderIdentity: string;
    readonly renewTime: string;
    readonly leaseTransitions: number;
  };
};

/** How kubelet asks whether the controller lives. */
async function livenessProbe(): Promise<{ readonly timeoutSeconds: number }> {
  const file = fileURLToPath(new URL('../../kustomize/base/controller/deployment.yaml', import.meta.url));
  const { spec } = parse(await readFile(file, 'utf8')) as {
    readonly spec: {
      readonly template: {
        readonly spec: {
          readonly containers: readonly { readonly livenessProbe: { readonly timeoutSeconds: number } }[];
        };
      };
    };
  };
  const [container] = spec.template.spec.containers;
  if (container === undefined) throw new Error('the deployment has no container');
  return container.livenessProbe;
}

const TICKS_PER_SECOND = 100;

/**
 * Processor time that the main thread of a process has used, in milliseconds; 0 where there is no such file. Unlike the
 * time on a clock it does not grow while other processes have the processor.
 */
function workedMs(pid: number): number {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/stat`, 'utf8');
  } catch {
    return 0;
  }
  // The second field is a name in parentheses; user and system time are the 14th and 15th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND;
}

it(
  'does not keep the others from importing, nor the controller from its Lease and its probes',
  { timeout: 300_000 },
  async () => {
    const { client, controlPlane } = world;
    await Promise.all(
      Array.from({ length: HOSTILE_SOURCES }, async (_, index) => {
        const name = `hostile${String(index)}`;
        await client.create(SECRETS, mcpSecret(name));
        await create(client, MCP_CLUSTERS, mcpCluster(name, { labels: { test: 'hostile' } }));
      }),
    );
    const port = await freePort();
    const config = controllerConfig(controlPlane, {
      probes: { address: '127.0.0.1', port },
      leaderElection: { identity: 'the one' },
    });
    const { namespace, name } = config.controller.leaderElection;
    await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    await client.create(POLICIES, policy('hostile', hostile(THOROUGH ? 2 : 64)));
    const controller = await startProduct(await startProcesses(), 'controller', config);
    const lease = async (): Promise<Lease['spec']> => (await client.get<Lease>(LEASES, name, namespace)).spec;
    const first = await eventually('the controller to lead', lease);

    // What kubelet asks, only more often.
    const { timeoutSeconds } = await livenessProbe();
    const stop = new AbortController();
    const renewals = new Set<string>();
    const failures: string[] = [];
    /** What the controller did while each probe waited for its answer, in milliseconds of processor time. */
    const worked: number[] = [];
    const probing = (async () => {
      while (!stop.signal.aborted) {
        const before = workedMs(controller.pid);
        const answered = await fetch(`http://127.0.0.1:${String(port)}/livez`, {
          signal: AbortSignal.timeout(timeoutSeconds * 1000),
        }).then(({ status }) => String(status), String);
        worked.push(workedMs(controller.pid) - before);
        if (answered !== '200') failures.push(answered);
        renewals.add((await lease()).renewTime);
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    })();

    await eventually('the hostile policy to be at work', async () => {
      const found = await client.get(POLICIES, 'hostile');
      expect(conditionsOf(found)).toHaveProperty('Reconciling');
    });
    const imported = (prefix: string) => async (): Promise<void> => {
      const made = (await names(client, PEDIA_CLUSTERS)).filter((each) => each.startsWith(`${prefix}-`));
      expect(made.length).toBeGreaterThan(0);
    };
    for (const label of good) {
      await client.create(SECRETS, mcpSecret(label));
      await create(client, MCP_CLUSTERS, mcpCluster(label, { labels: { test: label } }));
      await client.create(POLICIES, policy(label, scopedPolicy(world, label)));
    }
    for (const label of good) await eventually(`${label} to be imported`, imported(label));
    // The hostile one is still at it.
    expect((await names(client, PEDIA_CLUSTERS)).length).toBeLessThan(HOSTILE_SOURCES + good.length);
    await eventually('the Lease to be renewed several times', () => expect(renewals.size).toBeGreaterThan(3));
    if (THOROUGH) await eventually('the hostile one too', imported('hostile'), { timeoutMs: 240_000 });
    stop.abort();
    await probing;
    expect(failures).toEqual([]);
    // Where this process gets no processor, it reads too late what the controller has done.
    const [usual] = worked.toSorted((one, other) => one - other).slice(Math.floor(worked.length * 0.9));
    expect(usual, worked.join()).toBeLessThan(1_000);
    expect(await lease()).toMatchObject({
      holderIdentity: first.holderIdentity,
      leaseTransitions: first.leaseTransitions,
    });
    expect(controller.exit).toBeUndefined();
  },
);
