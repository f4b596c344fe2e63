import type { KubeObject } from '../api/index.ts';
import type { AdmissionFacts, Finding, LiveSource, Review } from '../policy/index.ts';
import {
  compilePolicy,
  formatFinding,
  PolicyError,
  RenderError,
  resourcesOf,
  reviewPolicy,
} from '../policy/index.ts';
import { EXIT, UsageError } from './errors.ts';
import type { ExitCode } from './errors.ts';
import { Inventory } from './inventory.ts';
import type { FilePosition, Manifest } from './manifests.ts';
import { readManifests } from './manifests.ts';
import type { Output } from './output.ts';

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
  return manifests.filter(isPolicy).map((manifest) => {
    const { findings } = reviewOne(manifest.object, inventory);
    return {
      name: manifest.object.metadata.name,
      position: manifest.positionOf(''),
      findings: findings.map((finding) => ({
        finding,
        position: manifest.positionOf(finding.field, finding.line, finding.column),
      })),
    };
  });
}

const isPolicy = ({ object }: Manifest) =>
  object.kind === 'ClusterImportPolicy' && object.apiVersion.startsWith('policy.clusterpedia.io/');

function reviewOne(object: Manifest['object'], inventory: Inventory): Review {
  const spec = resourcesOf(object);
  const facts: AdmissionFacts = {
    operation: 'CREATE',
    object,
    ...(spec === undefined
      ? {}
      : {
          source: inventory.factsOf(spec.source),
          references: new Map(
            (spec.references ?? []).map((reference) => [reference.key, inventory.factsOf(reference)]),
          ),
          liveSources: { items: sourcesFor(object as KubeObject, inventory), truncated: false },
        }),
  };
  return reviewPolicy(facts);
}

/** The source objects among the manifests, with the references that are among them too. */
function sourcesFor(object: KubeObject, inventory: Inventory): readonly LiveSource[] {
  const spec = resourcesOf(object);
  if (spec === undefined) return [];
  let policy;
  try {
    policy = compilePolicy(spec);
  } catch (error) {
    if (error instanceof PolicyError) return [];
    throw error;
  }
  const { references } = policy;
  return inventory.objectsOf(spec.source.group, spec.source.resource).map((source) => {
    const found: { [key: string]: KubeObject } = {};
    for (const reference of references) {
      const target = locate(() => reference.locate(source, found));
      const match = inventory
        .objectsOf(reference.group, reference.resource)
        .find(
          ({ metadata }) =>
            metadata.name === target?.name && sameNamespace(metadata.namespace, target.namespace),
        );
      if (match !== undefined) found[reference.key] = match;
    }
    return { source, references: found };
  });
}

const sameNamespace = (actual: string | undefined, wanted: string | undefined) =>
  actual === undefined || wanted === undefined || actual === wanted;

/** A reference that cannot be located is reported by the review itself. */
function locate<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof RenderError) return undefined;
    throw error;
  }
}

/** `validate PATH…`: exit 0 where no policy has an error, 1 where one has. @throws {UsageError} */
export async function validate(paths: readonly string[], output: Output): Promise<ExitCode> {
  const reports = reviewManifests(await readManifests(paths));
  if (reports.length === 0) throw new UsageError(`no ClusterImportPolicy in ${paths.join(', ')}`);
  for (const report of reports) {
    for (const placed of report.findings) output.line(describe(placed, output));
  }
  const all = reports.flatMap(({ findings }) => findings);
  const errors = all.filter(({ finding }) => finding.severity === 'error').length;
  output.line(
    `${count(reports.length, 'policy', 'policies')}: ${count(errors, 'error')}, ${count(all.length - errors, 'warning')}`,
  );
  return errors > 0 ? EXIT.findings : EXIT.good;
}

function describe({ finding, position }: PlacedFinding, { colour }: Output): string {
  const place = `${position.file}:${String(position.line)}:${String(position.column)}`;
  const severity = finding.severity === 'error' ? colour('red', 'error') : colour('yellow', 'warning');
  const excerpt = finding.excerpt === undefined ? '' : `\n${finding.excerpt.replaceAll(/^/gm, '    ')}`;
  return `${place}: ${severity}: ${formatFinding(finding)}${excerpt}`;
}

const count = (number: number, one: string, many = `${one}s`) =>
  `${String(number)} ${number === 1 ? one : many}`;
