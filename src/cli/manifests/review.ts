import type { AdmissionFacts, CompiledPolicy, Finding, LiveSource } from '../../policy/index.ts';
import { compilePolicy, PolicyError, RenderError, resourcesOf, reviewPolicy } from '../../policy/index.ts';
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
  const spec = resourcesOf(object);
  if (spec === undefined) return { operation: 'CREATE', object };
  const references = (spec.references ?? []).map(
    (reference) => [reference.key, inventory.factsOf(reference)] as const,
  );
  return {
    operation: 'CREATE',
    object,
    source: inventory.factsOf(spec.source),
    references: new Map(references),
    liveSources: { items: sourcesFor(spec, inventory), truncated: false },
  };
}

/** The source objects among the manifests, with the references that are among them too. */
function sourcesFor(
  spec: NonNullable<ReturnType<typeof resourcesOf>>,
  inventory: Inventory,
): readonly LiveSource[] {
  let policy: CompiledPolicy;
  try {
    policy = compilePolicy(spec);
  } catch (error) {
    if (error instanceof PolicyError) return [];
    throw error;
  }
  return inventory.sourcesOf(spec.source).map((source) => {
    const found: { [key: string]: LiveSource['source'] } = {};
    for (const reference of policy.references) {
      const place = locate(() => reference.locate(source, found));
      const match = place && inventory.find({ ...reference, ...place });
      if (match !== undefined) found[reference.key] = match;
    }
    return { source, references: found };
  });
}

/** A reference that cannot be located is reported by the review itself. */
function locate<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof RenderError) return undefined;
    throw error;
  }
}
