import { describe, expect, it } from 'vitest';
import { startMortal } from '../controller/mortal.ts';
import { useMcpWorld } from '../controller/mcp-world.ts';
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
  mcpCluster,
  mcpSecret,
  merge,
  names,
  policy,
  scopedPolicy,
} from '../controller/world.ts';

const world = useMcpWorld();

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

async function addCluster(label: string, name: string): Promise<void> {
  await world.client.create(SECRETS, mcpSecret(name));
  await create(world.client, MCP_CLUSTERS, mcpCluster(name, { labels: { test: label } }));
}

/** Waits until a policy has settled with such numbers. */
async function settles(name: string, status: object): Promise<void> {
  await eventually(`policy ${name} to settle with ${JSON.stringify(status)}`, async () => {
    const found = await world.client.get(POLICIES, name);
    expect(found['status']).toMatchObject(status);
    expect(conditionsOf(found)).toMatchObject({ Ready: 'True/Settled', Reconciling: 'False/Settled' });
  });
}

/** A policy with 60 clusters. */
async function addMany(label: string, prefix: string): Promise<readonly string[]> {
  const names = Array.from({ length: 60 }, (_, index) => `${prefix}${String(index)}`);
  await Promise.all(names.map((name) => addCluster(label, name)));
  await world.client.create(POLICIES, policy(label, scopedPolicy(world, label)));
  return names;
}

const specOf = async (name: string) => (await find(world.client, PEDIA_CLUSTERS, name))?.['spec'];

describe('while a write is under way', () => {
  it('an edit of the policy is followed, though the status was written after it', async () => {
    const { client, controlPlane } = world;
    const status = holdFirst(/pediaclusterlifecycles\/edits-r1\/status$/);
    const controller = await startMortal(controlPlane);
    controller.gateway.hold = status.hold;
    try {
      await addCluster('edits', 'r1');
      await client.create(POLICIES, policy('edits', scopedPolicy(world, 'edits')));
      await status.arrived;
      const template = world.mcp.template.replace('.apiEndpoint }}"', '.apiEndpoint }}/edited"');
      await merge(client, POLICIES, 'edits', { spec: { template } });
      await eventually('the lifecycle to follow the policy', async () => {
        expect((await find(client, LIFECYCLES, 'edits-r1'))?.['spec']).toMatchObject({ template });
      });
      status.letGo();
      await eventually('the PediaCluster to follow the lifecycle', async () => {
        expect(await specOf('edits-r1')).toMatchObject({ apiserver: 'https://r1.example:6443/edited' });
      });
    } finally {
      await controller.end();
    }
  });

  it('an edit of the PediaCluster by somebody else is put back', async () => {
    const { client, controlPlane } = world;
    const status = holdFirst(/pediaclusterlifecycles\/drifts-r2\/status$/);
    const controller = await startMortal(controlPlane);
    controller.gateway.hold = status.hold;
    try {
      await client.create(POLICIES, policy('drifts', scopedPolicy(world, 'drifts')));
      await addCluster('drifts', 'r2');
      await status.arrived;
      await merge(client, PEDIA_CLUSTERS, 'drifts-r2', { spec: { tokenData: base64('drift') } });
      status.letGo();
      await eventually('the token to be put back', async () => {
        expect(await specOf('drifts-r2')).toMatchObject({ tokenData: base64('token of r2') });
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
      await client.create(POLICIES, policy('rotations', scopedPolicy(world, 'rotations')));
      await addCluster('rotations', 'r3');
      await creation.arrived;
      await merge(client, SECRETS, 'r3', { data: { token: base64('rotated') } }, 'default');
      creation.letGo();
      await eventually('the new token to arrive', async () => {
        expect(await specOf('rotations-r3')).toMatchObject({ tokenData: base64('rotated') });
      });
      await eventually('the lifecycle to be ready', async () => {
        const found = await find(client, LIFECYCLES, 'rotations-r3');
        expect(conditionsOf(found)).toMatchObject({ Ready: 'True/UpToDate' });
      });
    } finally {
      await controller.end();
    }
  });

  it('a lifecycle is deleted whose policy has changed and no longer wants it', async () => {
    const { client, controlPlane } = world;
    const sources = holdFirst(/^GET .*cluster\.mcp\.io\/v1alpha1\/clusters$/);
    const controller = await startMortal(controlPlane);
    try {
      await addCluster('heirs', 'h1');
      await client.create(POLICIES, policy('heirs', scopedPolicy(world, 'heirs')));
      await settles('heirs', { lifecycles: 1, pediaClusters: 1 });

      // The new name reads a field that the controller has not kept: it lists the sources anew.
      controller.gateway.hold = sources.hold;
      const nameTemplate = '{{ .source.metadata.labels.test }}-renamed-{{ .source.metadata.name }}';
      await merge(client, POLICIES, 'heirs', { spec: { nameTemplate } });
      await sources.arrived;
      await client.delete(LIFECYCLES, 'heirs-h1', undefined);
      sources.letGo();
      await settles('heirs', { lifecycles: 1, pediaClusters: 1 });
      expect((await names(client, PEDIA_CLUSTERS)).filter((name) => name.startsWith('heirs'))).toEqual([
        'heirs-renamed-h1',
      ]);
    } finally {
      await controller.end();
    }
  });

  it('a lifecycle is deleted whose source has left the scope of its policy, which the controller has yet to hear', async () => {
    const { client, controlPlane } = world;
    const controller = await startMortal(controlPlane);
    try {
      await addCluster('deaf', 'd1');
      await client.create(POLICIES, policy('deaf', scopedPolicy(world, 'deaf')));
      await settles('deaf', { lifecycles: 1, pediaClusters: 1 });

      const { uid } = (await client.get(PEDIA_CLUSTERS, 'deaf-d1')).metadata;
      controller.gateway.isDeaf = (path) => path.endsWith('cluster.mcp.io/v1alpha1/clusters');
      await merge(client, MCP_CLUSTERS, 'd1', { metadata: { labels: { test: null } } });
      await client.delete(LIFECYCLES, 'deaf-d1', undefined);
      // It may be made again, and goes again once the news is heard; handed over, it might stay for ever.
      await eventually('the PediaCluster to go', async () => {
        expect((await find(client, PEDIA_CLUSTERS, 'deaf-d1'))?.metadata.uid).not.toBe(uid);
      });
    } finally {
      await controller.end();
    }
  });

  it('a lifecycle that goes before its turn comes keeps its policy from nothing', async () => {
    const { client, controlPlane } = world;
    const update = holdFirst(/^PATCH .*pediaclusters\/turns-r4$/);
    const controller = await startMortal(controlPlane, { concurrency: 1 });
    try {
      await client.create(POLICIES, policy('turns', scopedPolicy(world, 'turns')));
      await addCluster('turns', 'r4');
      await addCluster('turns', 'r5');
      await settles('turns', { lifecycles: 2, pediaClusters: 2 });
      controller.gateway.hold = update.hold;
      await merge(
        client,
        SECRETS,
        'r4',
        { data: { token: base64('keeps the only worker busy') } },
        'default',
      );
      await update.arrived;
      await client.delete(MCP_CLUSTERS, 'r5', undefined);
      await eventually('the lifecycle to be deleted', async () => {
        expect((await client.get(LIFECYCLES, 'turns-r5')).metadata.deletionTimestamp).toBeDefined();
      });
      await merge(client, LIFECYCLES, 'turns-r5', { metadata: { finalizers: null } });
      // Events of one kind come in order: once this one is answered, that one has come.
      const { template } = world.mcp;
      await merge(client, LIFECYCLES, 'turns-r4', { spec: { template: `${template}# edited` } });
      await eventually('the lifecycle to be put back', async () => {
        expect((await client.get(LIFECYCLES, 'turns-r4'))['spec']).toMatchObject({ template });
      });
      update.letGo();
      await settles('turns', { lifecycles: 1, pediaClusters: 1 });
    } finally {
      await controller.end();
    }
  });
});

it('a controller that learns of the PediaClusters last writes nothing when it starts', async () => {
  const { client, controlPlane } = world;
  const first = await startMortal(controlPlane);
  await client.create(POLICIES, policy('starts', scopedPolicy(world, 'starts')));
  await addCluster('starts', 'r6');
  await settles('starts', { lifecycles: 1, pediaClusters: 1 });
  await first.end();
  const second = await startMortal(controlPlane);
  try {
    const listed = Promise.withResolvers<void>();
    second.gateway.hold = (request) => (/^GET .*\/pediaclusters$/.test(request) ? listed.promise : undefined);
    await eventually('the other kinds to be watched', () => {
      const watched = [...second.gateway.watched].map((path) => path.split('/').at(-1));
      expect(watched).toEqual(expect.arrayContaining(['clusterimportpolicies', 'pediaclusterlifecycles']));
    });
    listed.resolve();
    await merge(client, SECRETS, 'r6', { data: { token: base64('a sign of life') } }, 'default');
    await eventually('the controller to be at work', async () => {
      expect(await specOf('starts-r6')).toMatchObject({ tokenData: base64('a sign of life') });
    });
    expect(second.gateway.writes.filter((write) => !write.endsWith('/pediaclusters/starts-r6'))).toEqual([]);
  } finally {
    await second.end();
  }
});

it('a status that Clusterpedia writes costs no look at the PediaCluster; an edit of its spec costs one', async () => {
  const { client, controlPlane } = world;
  const controller = await startMortal(controlPlane);
  try {
    await client.create(POLICIES, policy('beats', scopedPolicy(world, 'beats')));
    await addCluster('beats', 'r7');
    await settles('beats', { lifecycles: 1, pediaClusters: 1 });
    const reads: string[] = [];
    controller.gateway.hold = (request) => {
      if (/^GET .*\/pediaclusters\/beats-r7$/.test(request)) reads.push(request);
      return undefined;
    };
    const rotate = async (value: string): Promise<void> => {
      await merge(client, SECRETS, 'r7', { data: { token: base64(value) } }, 'default');
      await eventually('the token to be followed', async () => {
        expect(await specOf('beats-r7')).toMatchObject({ tokenData: base64(value) });
      });
    };
    await client.patchStatus(
      PEDIA_CLUSTERS,
      'beats-r7',
      undefined,
      { status: { version: 'v1.31' } },
      { type: 'merge' },
    );
    await rotate('after the status');
    expect(reads).toEqual([]);
    await merge(client, PEDIA_CLUSTERS, 'beats-r7', { spec: { tokenData: base64('drift') } });
    await eventually('the token to be put back', async () => {
      expect(await specOf('beats-r7')).toMatchObject({ tokenData: base64('after the status') });
    });
    expect(reads).toHaveLength(1);
  } finally {
    await controller.end();
  }
});

it('Secrets of many clusters are read page by page when a controller starts, and one by one when they change', async () => {
  const { client, controlPlane } = world;
  const clusters = await addMany('many', 'm');
  const { items } = await client.list(SECRETS, { namespace: 'default' });
  const pages = Math.ceil(items.length / 25);
  for (const start of ['first', 'second']) {
    const controller = await startMortal(controlPlane);
    try {
      const reads: string[] = [];
      controller.gateway.hold = (request) => {
        if (/^GET .*\/default\/secrets(\/m\d+)?$/.test(request)) reads.push(request);
        return undefined;
      };
      await eventually('all to be looked at', async () => {
        if (reads.length === 0) throw new Error('no Secret is read');
        for (const name of clusters)
          expect(await specOf(`many-${name}`)).toMatchObject({ tokenData: base64(`token of ${name}`) });
      });
      await settles('many', { lifecycles: 60, pediaClusters: 60 });
      const renewed = `renewed after the ${start} start`;
      await merge(client, SECRETS, 'm7', { data: { token: base64(renewed) } }, 'default');
      await eventually('the token to be followed', async () => {
        expect(await specOf('many-m7')).toMatchObject({ tokenData: base64(renewed) });
      });
      expect(reads).toEqual([
        ...Array<string>(pages).fill('GET /api/v1/namespaces/default/secrets'),
        'GET /api/v1/namespaces/default/secrets/m7',
      ]);
      await merge(client, SECRETS, 'm7', { data: { token: base64('token of m7') } }, 'default');
      await eventually('the token to be back', async () => {
        expect(await specOf('many-m7')).toMatchObject({ tokenData: base64('token of m7') });
      });
    } finally {
      await controller.end();
    }
  }
});

it('Secrets of many clusters are read one by one where their pages do not come', async () => {
  const clusters = await addMany('stuck', 's');
  const controller = await startMortal(world.controlPlane);
  const pages = Promise.withResolvers<void>();
  let held = 0;
  try {
    controller.gateway.hold = (request) => {
      if (!request.endsWith('/namespaces/default/secrets')) return undefined;
      held += 1;
      return pages.promise;
    };
    await settles('stuck', { lifecycles: 60, pediaClusters: 60 });
    for (const name of clusters)
      expect(await specOf(`stuck-${name}`)).toMatchObject({ tokenData: base64(`token of ${name}`) });
    expect(held).toBeGreaterThan(0);
  } finally {
    pages.resolve();
    await controller.end();
  }
});
