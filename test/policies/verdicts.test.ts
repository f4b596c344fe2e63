import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { ClusterImportPolicy } from '../../src/api/index.ts';
import { Inventory } from '../../src/cli/manifests/inventory.ts';
import { parseManifests } from '../../src/cli/manifests/manifests.ts';
import { validate } from '../../src/cli/commands/validate.ts';
import type { Finding } from '../../src/policy/index.ts';
import { formatFinding, reviewPolicy } from '../../src/policy/index.ts';
import type { ResourceRequest } from '../../webhook/cluster.ts';
import { gatherFacts } from '../../webhook/facts.ts';
import { folderWith, keptOutput } from '../cli/workspace.ts';
import { MemoryCluster } from '../webhook/memory-cluster.ts';
import { admissionRequest, taskOf } from '../webhook/requests.ts';
import { fleetDefinition, uidOf } from './fleet.ts';
import type { Verdict, World } from './verdicts.ts';
import { verdicts } from './verdicts.ts';

const textOf = (finding: Finding) => `${finding.severity}: ${formatFinding(finding)}`;

const manifestsOf = (...objects: readonly object[]) =>
  objects.map((object) => stringify(object, { aliasDuplicateObjects: false })).join('---\n');

const inventoryOf = (...objects: readonly object[]) =>
  new Inventory(parseManifests(manifestsOf(...objects), 'world.yaml'));

const definitions = inventoryOf(fleetDefinition);

/** A cluster in memory that holds such a world. */
class FleetCluster extends MemoryCluster {
  constructor({ objects = [], lifecycles = [], mayNot }: World) {
    super({
      objects,
      lifecycles: lifecycles.map(({ name, policy, source }) => ({
        name,
        policyName: policy,
        policyUid: uidOf(policy),
        source: {
          group: 'fleet.example.io',
          resource: 'managedclusters',
          namespace: 'default',
          name: source,
        },
      })),
      mayAccess: (_user, { verb, resource }) => verb !== mayNot || resource === 'configmaps',
    });
  }

  override resource(request: ResourceRequest) {
    const facts = definitions.factsOf(request);
    const missing = { ...facts, known: false, resourcesInGroup: ['managedclusters'] };
    return Promise.resolve({ facts: facts.known === undefined ? missing : facts });
  }
}

/** What the webhook finds, with a cluster in memory. */
async function webhookFinds(policy: ClusterImportPolicy, world: World): Promise<string[]> {
  const { before, deletion } = world;
  if (deletion === true) return reviewPolicy({ operation: 'DELETE', object: policy }).findings.map(textOf);
  const stored = (object: ClusterImportPolicy) => ({
    ...object,
    metadata: { ...object.metadata, uid: uidOf(object.metadata.name) },
  });
  const request = admissionRequest({
    operation: before === undefined ? 'CREATE' : 'UPDATE',
    object: stored(policy),
    oldObject: before === undefined ? null : stored(before),
    userInfo: { username: 'eve' },
  });
  const options = { rights: 'Enforce', maximumLiveSources: 20, liveSourcesTimeoutMs: 5000 } as const;
  const { facts, gaps } = await gatherFacts(request, taskOf(30_000), new FleetCluster(world), options);
  expect(gaps).toEqual([]);
  return reviewPolicy(facts).findings.map(textOf);
}

/** Whether files can show it: they hold no other policies' lifecycles, no requester, and no earlier state. */
const showsInFiles = ({ lifecycles, mayNot, before, deletion }: World) =>
  lifecycles === undefined && mayNot === undefined && before === undefined && deletion === undefined;

interface JsonReport {
  readonly policies: readonly {
    readonly findings: readonly (Finding & { readonly template?: Pick<Finding, 'line' | 'column'> })[];
  }[];
}

/** The report's own line and column are those in the file. */
const inTemplate = ({
  line: _,
  column: __,
  template,
  ...finding
}: JsonReport['policies'][0]['findings'][0]) => textOf({ ...finding, ...template });

/** What `validate` finds in files, and how it ends. */
async function validateFinds(policy: ClusterImportPolicy, { objects = [] }: World) {
  const folder = await folderWith({
    'policy.yaml': manifestsOf(policy),
    'platform/crds.yaml': manifestsOf(fleetDefinition),
    ...(objects.length === 0 ? {} : { 'platform/objects.yaml': manifestsOf(...objects) }),
  });
  const output = keptOutput();
  const code = await validate([folder], { output: 'json' }, output);
  const { policies } = JSON.parse(output.lines.join('\n')) as JsonReport;
  return { code, findings: policies.flatMap((report) => report.findings.map(inTemplate)) };
}

describe.each(Object.entries(verdicts))('%s', (_, rows: readonly Verdict[]) => {
  describe.each(rows)('$sentence', ({ refused, findings = [], twin, warnings = [], world = {}, files }) => {
    it.runIf(refused !== undefined)('is refused by the webhook, with everything that is found', async () => {
      expect(await webhookFinds(refused ?? twin, world)).toEqual(findings);
      expect(findings.some((finding) => finding.startsWith('error: '))).toBe(true);
    });

    it('is admitted where it is not so', async () => {
      expect(await webhookFinds(twin, world)).toEqual(warnings);
      expect(warnings.every((finding) => finding.startsWith('warning: '))).toBe(true);
    });

    it.runIf(files === undefined && showsInFiles(world))('is what `validate` finds in files', async () => {
      if (refused !== undefined) expect(await validateFinds(refused, world)).toEqual({ code: 1, findings });
      expect(await validateFinds(twin, world)).toEqual({ code: 0, findings: warnings });
    });
  });
});
