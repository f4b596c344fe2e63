import type { AdmissionFacts, CompiledPolicy, Finding, LiveSource } from '../policy/index.ts';
import { compilePolicy, PolicyError, RenderError, resourcesOf, reviewPolicy } from '../policy/index.ts';
import type { FilePosition } from './errors.ts';
import { Inventory } from './inventory.ts';
import type { Manifest, ManifestObject } from './manifests.ts';

/** A finding with its place in the manifests. */
export interface PlacedFinding {
  readonly finding: Finding;
  readonly position: FilePosition;
}

/** The verdict on one policy among manifests. */
export interface PolicyReport {
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
    name: manifest.object.metadata.name,
    position: manifest.positionOf(''),
    findings: reviewPolicy(factsOf(manifest.object, inventory)).findings.map((finding) => ({
      finding,
      position: manifest.positionOf(finding.field, finding.line, finding.column),
    })),
  }));
}

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
