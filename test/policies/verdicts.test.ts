import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { ClusterImportPolicy, PediaClusterSpec } from '../../src/api/index.ts';
import { Inventory } from '../../src/cli/manifests/inventory.ts';
import { parseManifests } from '../../src/cli/manifests/manifests.ts';
import { render } from '../../src/cli/commands/render.ts';
import { validate } from '../../src/cli/commands/validate.ts';
import type { Finding } from '../../src/policy/index.ts';
import { formatFinding, usabilityOf } from '../../src/policy/index.ts';
import type { Cluster, ResourceRequest } from '../../webhook/cluster.ts';
import { VALIDATE_PATH } from '../../webhook/configuration.ts';
import { folderWith, keptOutput } from '../cli/workspace.ts';
import { MemoryCluster } from '../webhook/memory-cluster.ts';
import { admissionReview } from '../webhook/requests.ts';
import { testApp } from '../webhook/server.ts';
import { allVerdicts } from './all-verdicts.ts';
import { uidOf } from './fleet.ts';
import type { Refusal, Verdict } from './verdict.ts';
import { definitionsFor, isError, NEVER_CONNECTS, passedOn, saidBy, textOf } from './verdict.ts';

const manifestsOf = (...objects: readonly object[]) =>
  objects.map((object) => stringify(object, { aliasDuplicateObjects: false })).join('---\n');

const inventories = new Map<Verdict['platform'], Inventory>();

/** What the API server of such a platform serves. */
function servedFor(verdict: Verdict): Inventory {
  const known = inventories.get(verdict.platform);
  if (known !== undefined) return known;
  const made = new Inventory(parseManifests(manifestsOf(...definitionsFor(verdict)), 'crds.yaml'));
  inventories.set(verdict.platform, made);
  return made;
}

/** A cluster in memory that holds the world of a verdict. */
class PlatformCluster extends MemoryCluster {
  readonly #served: Inventory;

  constructor(verdict: Verdict) {
    const { objects = [], lifecycles = [], mayNot } = verdict.world ?? {};
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
    this.#served = servedFor(verdict);
  }

  override resource(request: ResourceRequest) {
    const facts = this.#served.factsOf(request);
    const missing = { ...facts, known: false, resourcesInGroup: ['managedclusters'] };
    return Promise.resolve({ facts: facts.known === undefined ? missing : facts });
  }
}

let app: Awaited<ReturnType<typeof testApp>>['app'];
/** The one that the webhook asks now. */
let cluster: Cluster;

beforeAll(async () => {
  const asked: Cluster = {
    resource: (...question) => cluster.resource(...question),
    list: (...question) => cluster.list(...question),
    get: (...question) => cluster.get(...question),
    mayAccess: (...question) => cluster.mayAccess(...question),
    lifecycles: () => cluster.lifecycles(),
  };
  ({ app } = await testApp({ cluster: asked }));
});

afterAll(() => app.close());

/** What the webhook answers to an AdmissionReview, with a cluster in memory. */
async function webhookSays(policy: ClusterImportPolicy, verdict: Verdict): Promise<readonly string[]> {
  const { before, deletion } = verdict.world ?? {};
  const stored = (object: ClusterImportPolicy) => ({
    ...object,
    metadata: { ...object.metadata, uid: uidOf(object.metadata.name) },
  });
  const review = admissionReview({
    ...(deletion === true
      ? { operation: 'DELETE', object: null, oldObject: stored(policy) }
      : before === undefined
        ? { operation: 'CREATE', object: stored(policy) }
        : { operation: 'UPDATE', object: stored(policy), oldObject: stored(before) }),
    userInfo: { username: 'eve' },
  });
  cluster = new PlatformCluster(verdict);
  const answer = await app.inject({
    method: 'POST',
    url: VALIDATE_PATH,
    headers: { 'content-type': 'application/json' },
    payload: JSON.stringify(review),
  });
  const { response } = answer.json<{
    readonly response: {
      readonly allowed: boolean;
      readonly status: Refusal;
      readonly warnings?: readonly string[];
    };
  }>();
  return saidBy(response.allowed ? undefined : response.status, response.warnings ?? []);
}

/** Whether files can show it: they hold no other policies' lifecycles, no requester, and no earlier state. */
const showsInFiles = ({ world: { lifecycles, mayNot, before, deletion } = {}, files }: Verdict) =>
  files === undefined &&
  lifecycles === undefined &&
  mayNot === undefined &&
  before === undefined &&
  deletion === undefined;

interface JsonReport {
  readonly policies: readonly {
    readonly coverage?: { readonly branches: number; readonly reached: number };
    readonly findings: readonly (Finding & { readonly template?: Pick<Finding, 'line' | 'column'> })[];
  }[];
}

/** The files of a verdict, with a policy. */
function filesOf(policy: ClusterImportPolicy, verdict: Verdict): Readonly<Record<string, string>> {
  const { objects = [] } = verdict.world ?? {};
  const definitions = definitionsFor(verdict);
  return {
    'policy.yaml': manifestsOf(policy),
    ...(definitions.length === 0 ? {} : { 'platform/crds.yaml': manifestsOf(...definitions) }),
    ...(objects.length === 0 ? {} : { 'platform/objects.yaml': manifestsOf(...objects) }),
  };
}

/** What `validate` finds in files, and how it ends. */
async function validateFinds(policy: ClusterImportPolicy, verdict: Verdict) {
  const output = keptOutput();
  const code = await validate([await folderWith(filesOf(policy, verdict))], { output: 'json' }, output);
  const { policies } = JSON.parse(output.lines.join('\n')) as JsonReport;
  // The report's own line and column are those in the file.
  const findings = policies.flatMap((report) =>
    report.findings.map(({ line: _, column: __, template, ...finding }): Finding => ({
      ...finding,
      ...template,
    })),
  );
  return { code, findings };
}

/** What `render` says of a policy and the witness of a finding, and the PediaClusters that it prints. */
async function renderSays(policy: ClusterImportPolicy, verdict: Verdict, witness: readonly object[]) {
  const { 'platform/objects.yaml': _, ...files } = filesOf(policy, verdict);
  const folder = await folderWith({ ...files, 'witness.yaml': manifestsOf(...witness) });
  const output = keptOutput();
  const code = await render([folder], { output: 'json', only: 'PediaCluster' }, output);
  const { items } = JSON.parse(output.lines.join('\n')) as {
    readonly items: readonly { readonly spec: PediaClusterSpec }[];
  };
  return { code, said: output.messages.join('\n'), made: items };
}

/** How many existing sources fail, before a fault that they share with samples. */
const count =
  /^(?:the one existing source that was tried fails|all \d+ existing sources that were tried fail|\d+ of \d+ existing sources fail): /;

/** What is said of a rendering without what only a review can know: for which sources, and what is in doubt. */
function withoutEvidence({ message }: Finding): string {
  const [plain = ''] = message.split(/, (?:unless the values that are read there|for a source with )/);
  return plain.replace(count, '');
}

async function expectRenderFailsAlike(policy: ClusterImportPolicy, verdict: Verdict, finding: Finding) {
  const { code, said, made } = await renderSays(policy, verdict, finding.witness ?? []);
  if (finding.code === 'invalid-condition') {
    // That counts as false, so nothing is made.
    expect(made).toEqual([]);
    return;
  }
  if (finding.code !== 'unusable') {
    expect(said).toContain(formatFinding({ ...finding, message: withoutEvidence(finding) }));
    expect([code, made]).toEqual([1, []]);
    return;
  }
  // `render` prints such a PediaCluster as it would be written.
  const problems = made.flatMap(({ spec }) => usabilityOf(spec).problems.map(({ message }) => message));
  expect(problems.some((problem) => withoutEvidence(finding).startsWith(`${NEVER_CONNECTS}${problem}`))).toBe(
    true,
  );
}

describe.each(Object.entries(allVerdicts))('%s', (_, rows) => {
  describe.each(rows)('$sentence', (verdict) => {
    const { broken, findings = [], twin, warnings = [] } = verdict;

    if (broken !== undefined)
      it('is told by the webhook, with everything that is found', async () => {
        expect(await webhookSays(broken, verdict)).toEqual(passedOn(findings));
        expect(findings).not.toEqual([]);
      });

    it('is not told where it is not so', async () => {
      expect(await webhookSays(twin, verdict)).toEqual(passedOn(warnings));
      expect(warnings.filter(isError)).toEqual([]);
    });

    if (!showsInFiles(verdict)) return;

    if (broken !== undefined)
      it('is what `validate` finds in files, and `render` of the sample that shows it', async () => {
        const { code, findings: found } = await validateFinds(broken, verdict);
        expect(found.map(textOf)).toEqual(findings);
        expect(code).toBe(findings.some(isError) ? 1 : 0);
        for (const finding of found)
          if (finding.witness !== undefined) await expectRenderFailsAlike(broken, verdict, finding);
      });

    it('is nothing that `validate` finds where it is not so', async () => {
      const { code, findings: found } = await validateFinds(twin, verdict);
      expect(found.map(textOf)).toEqual(warnings);
      expect(code).toBe(0);
    });
  });
});

it('the table has more than 150 policies that are wrong, in both languages, and as many twins', () => {
  const broken = Object.values(allVerdicts).flatMap((rows) => rows.flatMap(({ broken = [] }) => broken));
  expect(broken.length).toBeGreaterThan(150);
  const inHandlebars = broken.filter(({ spec }) => spec.templateEngine === 'Handlebars');
  expect(inHandlebars.length).toBeGreaterThan(15);
});
