import { createHash } from 'node:crypto';
import type { KubeObject } from '../../api/index.ts';
import type {
  AdmissionFacts,
  CompiledPolicy,
  Coverage,
  ExistingLifecycle,
  Finding,
  FindingCode,
  LiveSource,
  PreparedDraft,
  ResourceFacts,
} from '../../policy/index.ts';
import { nameProblem, prepareDraft, resolveWith, reviewPolicy, toEnd } from '../../policy/index.ts';
import type { GatheredFacts } from '../../../webhook/facts.ts';
import type { FilePosition, ManifestError } from '../errors.ts';
import { describePosition } from '../errors.ts';
import { Inventory } from './inventory.ts';
import type { ManifestObject } from './manifest-object.ts';
import type { Manifest } from './manifests.ts';
import type { NotChecked } from './not-checked.ts';
import { missingRights, notChecked } from './not-checked.ts';
import { lifecyclesAtHand } from './taken-names.ts';
import { witnessManifests } from './witness.ts';

/** A finding with its place in the manifests. */
export interface PlacedFinding {
  readonly finding: Finding;
  readonly position: FilePosition;
}

/** What a report is about: a policy, or a text of which it is not known which policies it holds. */
export type ReportSubject = 'ClusterImportPolicy' | 'manifest';

/** The verdict on one policy among manifests. */
export interface PolicyReport {
  readonly subject: ReportSubject;
  /** Of the policy, or of the file. */
  readonly name: string;
  readonly position: FilePosition;
  readonly findings: readonly PlacedFinding[];
  /** What could not be looked at, for lack of manifests. */
  readonly notChecked?: readonly NotChecked[];
  /** What the trial reached; absent where nothing was rendered. */
  readonly coverage?: Coverage;
}

/** What a cluster tells of policies. */
export type FactsOfCluster = ReadonlyMap<ManifestObject, GatheredFacts>;

/**
 * Reviews every policy among the manifests as the webhook would, with the CRDs and source objects among them.
 * Pure: the same {@link reviewPolicy} over facts taken from files.
 *
 * @param cluster what a cluster tells besides
 */
export function reviewManifests(
  manifests: readonly Manifest[],
  cluster: FactsOfCluster = new Map(),
): readonly PolicyReport[] {
  const inventory = new Inventory(manifests);
  const policies = manifests.filter(isPolicy);
  const prepared = policies.map((manifest) => ({ manifest, draft: toEnd(prepareDraft(manifest.object)) }));
  const lifecycles = lifecyclesAtHand(
    prepared.map(({ draft }) => draft),
    inventory,
  );
  return prepared.map(({ manifest, draft }) => {
    const live = cluster.get(manifest.object);
    const facts = withCluster(factsOf(manifest.object, draft, inventory, lifecycles), live?.facts);
    const { findings, coverage } = reviewPolicy(facts);
    return {
      subject: 'ClusterImportPolicy',
      name: manifest.object.metadata.name,
      position: manifest.positionOf(''),
      findings: [
        ...findings.map((finding) => withManifests(finding, draft, inventory)),
        ...manifestFindings(manifest, policies),
        ...(draft.kind === 'malformed' ? [] : missingRights(draft.policy, inventory)),
      ].map((finding) => ({
        finding,
        position: manifest.positionOf(finding.field, finding.line, finding.column),
      })),
      ...(draft.kind === 'malformed'
        ? {}
        : { notChecked: notChecked(draft.policy, inventory, { facts, gaps: live?.gaps }) }),
      ...(coverage && { coverage }),
    };
  });
}

/** The finding, with its witness as manifests that `render` takes. */
function withManifests(finding: Finding, draft: PreparedDraft, inventory: Inventory): Finding {
  const { witness } = finding;
  if (witness === undefined || draft.kind === 'malformed' || draft.compiled.policy === undefined)
    return finding;
  const manifests = witnessManifests(witness, draft.compiled.policy, draft.policy.spec.source, inventory);
  return { ...finding, witness: manifests };
}

/** What is to be told of a policy's manifest, besides the policy. */
function manifestFindings(manifest: Manifest, policies: readonly Manifest[]): readonly Finding[] {
  const warning = (code: FindingCode, field: string, message: string): Finding => ({
    severity: 'warning',
    code,
    field,
    message,
  });
  const { generatedName, object } = manifest;
  const namesakes = policies.filter(
    (other) => other !== manifest && other.object.metadata.name === object.metadata.name,
  );
  const nameFault = generatedName === undefined ? nameProblem(object.metadata.name) : undefined;
  return [
    ...(nameFault === undefined
      ? []
      : [
          {
            ...warning('invalid-policy-name', 'metadata.name', `the name of the policy ${nameFault}`),
            severity: 'error' as const,
          },
        ]),
    ...(generatedName === undefined
      ? []
      : [
          warning(
            'generated-name',
            'metadata.generateName',
            'each time that this is created it makes another policy, which imports the same clusters; give it a metadata.name',
          ),
        ]),
    ...(namesakes.length === 0 || generatedName !== undefined
      ? []
      : [
          warning(
            'given-twice',
            'metadata.name',
            `the policy is given at ${namesakes.map((other) => describePosition(other.positionOf(''))).join(', ')} too; what is applied last counts`,
          ),
        ]),
  ];
}

/** The finding of a text that is no manifest. */
export function invalidManifest({ position, problem }: ManifestError): PlacedFinding {
  return {
    finding: {
      severity: 'error',
      code: 'invalid-manifest',
      field: '',
      message: problem,
    },
    position,
  };
}

/** The report on such a text. */
export const reportOnBroken = (error: ManifestError): PolicyReport => ({
  subject: 'manifest',
  name: error.position.file,
  position: error.position,
  findings: [invalidManifest(error)],
});

/** Whether a manifest holds a ClusterImportPolicy, in whatever version. */
export const isPolicy = ({ object }: Manifest): boolean =>
  object.kind === 'ClusterImportPolicy' && object.apiVersion.startsWith('policy.clusterpedia.io/');

function factsOf(
  object: ManifestObject,
  draft: PreparedDraft,
  inventory: Inventory,
  lifecycles: readonly ExistingLifecycle[],
): AdmissionFacts {
  const facts: AdmissionFacts = { operation: 'CREATE', object, draft };
  if (draft.kind === 'malformed') return facts;
  const { spec } = draft.policy;
  const references = (spec.references ?? []).map(
    (reference) => [reference.key, inventory.factsOf(reference)] as const,
  );
  const { policy } = draft.compiled;
  // Sources that a policy with a fault in its text keeps from being tried are among the files all the same.
  const sources = inventory.sourcesOf(spec.source).map(asServed);
  return {
    ...facts,
    source: inventory.factsOf(spec.source),
    references: new Map(references),
    lifecycles,
    liveSources: {
      items: sources.map((source) => ({
        source,
        references: policy ? referencesOf(policy, source, inventory) : {},
      })),
      truncated: false,
    },
  };
}

/**
 * An object of a file with what the API server sets: made up where the file does not say it, as samples have it. The uid
 * is another one for each object, because names may be made from it.
 */
function asServed(object: KubeObject): KubeObject {
  const { namespace = '', name } = object.metadata;
  const digest = createHash('sha256').update(`${object.kind} ${namespace}/${name}`).digest('hex');
  const uid = `${digest.slice(0, 8)}-${digest.slice(8, 12)}-4${digest.slice(13, 16)}-8${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
  const set = { uid, resourceVersion: '1', generation: 1, creationTimestamp: '2024-01-01T00:00:00Z' };
  return { ...object, metadata: { ...set, ...object.metadata } };
}

/** The facts of the files, with those of a cluster: what both have is as the files have it. */
function withCluster(facts: AdmissionFacts, live: AdmissionFacts | undefined): AdmissionFacts {
  if (live?.source === undefined) return facts;
  const { operation, object, oldObject } = live;
  const knownOf = (mine: ResourceFacts | undefined, theirs: ResourceFacts): ResourceFacts =>
    mine?.known === true && (mine.schema !== undefined || theirs.schema === undefined) ? mine : theirs;
  return {
    ...facts,
    operation,
    object,
    ...(oldObject === undefined ? {} : { oldObject }),
    source: knownOf(facts.source, live.source),
    references: new Map(
      [...(live.references ?? [])].map(([key, theirs]) => [key, knownOf(facts.references?.get(key), theirs)]),
    ),
    lifecycles: [...(facts.lifecycles ?? []), ...(live.lifecycles ?? [])],
    liveSources: bothOf(facts.liveSources, live.liveSources),
  };
}

function bothOf(
  mine: AdmissionFacts['liveSources'],
  theirs: AdmissionFacts['liveSources'],
): NonNullable<AdmissionFacts['liveSources']> {
  const items = mine !== undefined && 'items' in mine ? mine.items : [];
  if (theirs === undefined || 'skipped' in theirs)
    return items.length > 0 || theirs === undefined ? { items, truncated: false } : theirs;
  const idOf = ({ source: { metadata } }: LiveSource) => `${metadata.namespace ?? ''}/${metadata.name}`;
  const known = new Set(items.map(idOf));
  const others = theirs.items.filter((source) => !known.has(idOf(source)));
  return { items: [...items, ...others], truncated: theirs.truncated };
}

/** The references of a source that are among the manifests. A problem is the review's to report. */
function referencesOf(
  policy: CompiledPolicy,
  source: LiveSource['source'],
  inventory: Inventory,
): LiveSource['references'] {
  return resolveWith(policy, source, ({ reference, location }) =>
    inventory.find({ ...reference, ...location }),
  ).objects;
}
