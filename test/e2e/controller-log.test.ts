/** What the log tells of imports: a line for each new failure, and for each PediaCluster that was created, updated or deleted. */
import { expect, it } from 'vitest';
import {
  addClusters,
  isQuiet,
  lifecycleIs,
  pediaClusterIs,
  policyIs,
  removePolicy,
} from '../controller/expecting.ts';
import { runInProcess } from '../controller/running.ts';
import { useMcpWorld } from '../controller/mcp-world.ts';
import {
  MCP_CLUSTERS,
  PEDIA_CLUSTERS,
  POLICIES,
  SECRETS,
  base64,
  controllerConfig,
  eventually,
  isGone,
  merge,
  policy,
  scopedPolicy,
} from '../controller/world.ts';

const world = useMcpWorld();

it('is one for each, with what it is about and why, and never a credential', async () => {
  const { client, controlPlane } = world;
  const controller = runInProcess({ ...controllerConfig(controlPlane), logLevel: 'info' });
  const lines = () =>
    controller
      .log()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly [field: string]: unknown })
      .filter(({ policy: name }) => name !== undefined)
      .map(
        ({ msg, level, policy: name, source, lifecycle, reason, problem, changed, because }) =>
          JSON.parse(
            JSON.stringify({ msg, level, name, source, lifecycle, reason, problem, changed, because }),
          ) as object,
      );
  const deletionCondition = '{{ eq (index .source.metadata.labels "gone" | default "") "yes" }}';
  await client.create(POLICIES, policy('log', scopedPolicy(world, 'log', { deletionCondition })));

  await addClusters(client, 'log', 'l1', 'l2');
  await policyIs(client, 'log', { Ready: 'True/Settled' }, { pediaClusters: 2 });
  await merge(client, SECRETS, 'l1', { data: { token: base64('a renewed token') } }, 'default');
  await pediaClusterIs(client, 'log-l1', { tokenData: base64('a renewed token') });
  // What fails is told once, however often it is looked at.
  await merge(client, SECRETS, 'l1', { data: { token: null } }, 'default');
  await lifecycleIs(client, 'log-l1', { Ready: 'False/CredentialMissing' });
  await merge(client, SECRETS, 'l1', { data: { other: base64('a look more') } }, 'default');
  await isQuiet(controller);
  await merge(client, MCP_CLUSTERS, 'l1', { metadata: { labels: { gone: 'yes' } } });
  await isGone(client, PEDIA_CLUSTERS, 'log-l1');
  await client.delete(MCP_CLUSTERS, 'l2', undefined);
  await isGone(client, PEDIA_CLUSTERS, 'log-l2');

  // One key is one worker's, so the lines of one cluster keep their order.
  const about = (cluster: string) => ({
    level: 'info',
    name: 'log',
    source: cluster,
    lifecycle: `log-${cluster}`,
  });
  const of = (cluster: string) => lines().filter((line) => 'source' in line && line.source === cluster);
  // The line comes after the lifecycle's deletion, which is after that of the PediaCluster.
  await eventually('the last line', () => {
    expect(of('l2')).toEqual([
      { ...about('l2'), msg: 'PediaCluster created' },
      { ...about('l2'), msg: 'PediaCluster deleted', because: 'absent' },
    ]);
  });
  expect(of('l1')).toEqual([
    { ...about('l1'), msg: 'PediaCluster created' },
    { ...about('l1'), msg: 'PediaCluster updated', changed: ['spec.tokenData'] },
    {
      ...about('l1'),
      level: 'warn',
      msg: 'import failed',
      reason: 'CredentialMissing',
      problem:
        'what is rendered would take away what the PediaCluster has (spec: there is neither a kubeconfig, a token, nor a certificate with its key)',
    },
    { ...about('l1'), msg: 'PediaCluster deleted', because: 'deletionCondition holds' },
  ]);
  for (const secret of ['token of l1', 'a renewed token', 'ca of l1']) {
    expect(controller.log()).not.toContain(secret);
    expect(controller.log()).not.toContain(base64(secret));
  }
  await removePolicy(client, 'log');
});
