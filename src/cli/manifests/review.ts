import type { AdmissionFacts, CompiledPolicy, Finding, LiveSource } from '../../policy/index.ts';
import { prepareDraft, resolveWith, reviewPolicy, toEnd } from '../../policy/index.ts';
import type { FilePosition, ManifestError } from '../errors.ts';
import { Inventory } from './inventory.ts';
import type { Manifest, ManifestObject } from './manifests.ts';

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
}

/**
 * Reviews every policy among the manifests as the webhook would, with the CRDs and source objects among them.
 * Pure: the same {@link reviewPolicy} over facts taken from files.
 */
export function reviewManifests(manifests: readonly Manifest[]): readonly PolicyReport[] {
  const inventory = new Inventory(manifests);
  return manifests.filter(isPolicy).map((manifest) => ({
    subject: 'ClusterImportPolicy',
    name: manifest.object.metadata.name,
    position: manifest.positionOf(''),
    findings: reviewPolicy(factsOf(manifest.object, inventory)).findings.map((finding) => ({
      finding,
      position: manifest.positionOf(finding.field, finding.line, finding.column),
    })),
  }));
}

/** Codes of findings that no policy has, with what they mean. */
export const manifestCodes = {
  'invalid-manifest':
    'A text is no YAML or JSON that Kubernetes takes, or holds what is no Kubernetes object.',
} as const;

/** The finding of a text that is no manifest. */
export function invalidManifest({ position, problem }: ManifestError): PlacedFinding {
  return {
    finding: {
      severity: 'error',
      code: 'invalid-manifest' satisfies keyof typeof manifestCodes,
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

function factsOf(object: ManifestObject, inventory: Inventory): AdmissionFacts {
  const draft = toEnd(prepareDraft(object));
  const facts: AdmissionFacts = { operation: 'CREATE', object, draft };
  if (draft.kind === 'malformed') return facts;
  const { spec } = draft.policy;
  const references = (spec.references ?? []).map(
    (reference) => [reference.key, inventory.factsOf(reference)] as const,
  );
  const { policy } = draft.compiled;
  const sources = policy === undefined ? [] : inventory.sourcesOf(spec.source);
  return {
    ...facts,
    source: inventory.factsOf(spec.source),
    references: new Map(references),
    liveSources: {
      items: sources.map((source) => ({
        source,
        references: policy ? referencesOf(policy, source, inventory) : {},
      })),
      truncated: false,
    },
  };
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
