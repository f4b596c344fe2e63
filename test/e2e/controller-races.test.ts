import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterImportPolicySpec } from '../../src/api/index.ts';
import { startMortal } from '../controller/mortal.ts';
import type { World } from '../controller/world.ts';
import {
  LIFECYCLES,
  MCP_CLUSTERS,
  PEDIA_CLUSTERS,
  POLICIES,
  SECRETS,
  base64,
  conditionsOf,
  create,
  eventually,
  find,
  installCrd,
  mcpCluster,
  mcpSecret,
  merge,
  policy,
  policyFile,
  startWorld,
} from '../controller/world.ts';

let world: World;
let mcp: ClusterImportPolicySpec;

beforeAll(async () => {
  world = await startWorld();
  const [definition] = await policyFile('mcp/testdata/crds.yaml');
  if (definition === undefined) throw new Error('the MCP platform has no CRD');
  await installCrd(world.client, definition);
  const [manifest] = await policyFile('mcp/policy.yaml');
  mcp = (manifest as { spec: ClusterImportPolicySpec } | undefined)?.spec as ClusterImportPolicySpec;
});
afterAll(() => world?.stop());

/** Holds the first write that matches, until it is let go. */
function holdFirst(matching: RegExp): {
  readonly hold: (write: string) => Promise<void> | undefined;
  readonly arrived: Promise<void>;
  letGo(): void;
} {
  const arrived = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  let held = false;
  return {
    hold(write) {
      if (held || !matching.test(write)) return undefined;
      held = true;
      arrived.resolve();
      return gone.promise;
    },
    arrived: arrived.promise,
    letGo: gone.resolve,
  };
}

const specOf = async (name: string) => (await find(world.client, PEDIA_CLUSTERS, name))?.['spec'];

describe('while a write is under way', () => {
  it('an edit of the policy is followed, though the status was written after it', async () => {
    const { client, controlPlane } = world;
    const status = holdFirst(/pediaclusterlifecycles\/mcp-r1\/status$/);
    const controller = await startMortal(controlPlane);
    controller.gateway.hold = status.hold;
    try {
      await client.create(SECRETS, mcpSecret('r1'));
      await create(client, MCP_CLUSTERS, mcpCluster('r1'));
      await client.create(POLICIES, policy('races', mcp));
      await status.arrived;
      const template = mcp.template.replace('.apiEndpoint }}"', '.apiEndpoint }}/edited"');
      await merge(client, POLICIES, 'races', { spec: { template } });
      await eventually('the lifecycle to follow the policy', async () => {
        expect((await find(client, LIFECYCLES, 'mcp-r1'))?.['spec']).toMatchObject({ template });
      });
      status.letGo();
      await eventually('the PediaCluster to follow the lifecycle', async () => {
        expect(await specOf('mcp-r1')).toMatchObject({ apiserver: 'https://r1.example:6443/edited' });
      });
    } finally {
      await controller.end();
    }
  });

  it('an edit of the PediaCluster by somebody else is put back', async () => {
    const { client, controlPlane } = world;
    const status = holdFirst(/pediaclusterlifecycles\/mcp-r2\/status$/);
    const controller = await startMortal(controlPlane);
    controller.gateway.hold = status.hold;
    try {
      await client.create(SECRETS, mcpSecret('r2'));
      await create(client, MCP_CLUSTERS, mcpCluster('r2'));
      await status.arrived;
      await merge(client, PEDIA_CLUSTERS, 'mcp-r2', { spec: { tokenData: base64('drift') } });
      status.letGo();
      await eventually('the token to be put back', async () => {
        expect(await specOf('mcp-r2')).toMatchObject({ tokenData: base64('token of r2') });
      });
    } finally {
      await controller.end();
    }
  });

  it('a Secret that is rotated is followed', async () => {
    const { client, controlPlane } = world;
    const creation = holdFirst(/^POST .*pediaclusters$/);
    const controller = await startMortal(controlPlane);
    controller.gateway.hold = creation.hold;
    try {
      await client.create(SECRETS, mcpSecret('r3'));
      await create(client, MCP_CLUSTERS, mcpCluster('r3'));
      await creation.arrived;
      await merge(client, SECRETS, 'r3', { data: { token: base64('rotated') } }, 'default');
      creation.letGo();
      await eventually('the new token to arrive', async () => {
        expect(await specOf('mcp-r3')).toMatchObject({ tokenData: base64('rotated') });
      });
      await eventually('the lifecycle to be ready', async () => {
        const found = await find(client, LIFECYCLES, 'mcp-r3');
        expect(conditionsOf(found)).toMatchObject({ Ready: 'True/UpToDate' });
      });
    } finally {
      await controller.end();
    }
  });
});
