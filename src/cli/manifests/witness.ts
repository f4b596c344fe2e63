import type { ClusterImportPolicySpec, KubeObject } from '../../api/index.ts';
import { isRecord } from '../../api/index.ts';
import type { CompiledPolicy, PathTree, ReferenceLocation } from '../../policy/index.ts';
import { resolveWith } from '../../policy/index.ts';
import type { Inventory } from './inventory.ts';
import { kindOfPlural } from './inventory.ts';

/** What the API server sets; a sample has it whether or not a template reads it. */
const setByServer = ['uid', 'resourceVersion', 'generation', 'creationTimestamp'];

/** A resource as a policy names it. */
interface Named {
  readonly group: string;
  readonly resource: string;
  readonly versions?: readonly string[];
}

/**
 * A finding's witness as manifests that `render` takes: of the kinds that the policy asks for, in a namespace that it
 * selects, and each reference where the policy looks for it.
 *
 * @param witness the source, then the references in the order of the policy, as `Finding.witness` has them
 */
export function witnessManifests(
  witness: readonly KubeObject[],
  policy: CompiledPolicy,
  wanted: ClusterImportPolicySpec['source'],
  inventory: Inventory,
): readonly KubeObject[] {
  const [sample, ...others] = witness;
  if (sample === undefined) return [];
  const { namespaces = [] } = wanted;
  const { namespace = '' } = sample.metadata;
  const [selected = namespace] = namespaces.includes(namespace) ? [namespace] : namespaces;
  const source = manifestOf(sample, wanted, policy.readPaths.source, inventory, {
    name: sample.metadata.name,
    ...(namespace === '' ? {} : { namespace: selected }),
  });
  // Objects by key have the order of their keys, which is not that of the list where a key is a number.
  const keys = Object.keys(Object.fromEntries(policy.references.map(({ key }) => [key, true])));
  const samples = new Map(keys.map((key, index) => [key, others[index]]));
  const references: KubeObject[] = [];
  resolveWith(policy, source, ({ reference, location }) => {
    const reads = policy.readPaths.references.get(reference.key);
    const object = samples.get(reference.key);
    if (object === undefined) return undefined;
    const manifest = manifestOf(object, reference, reads, inventory, location);
    references.push(manifest);
    return manifest;
  });
  return withoutRepetitions([source, ...references]);
}

function manifestOf(
  { metadata, apiVersion: _, kind: __, ...fields }: KubeObject,
  named: Named,
  reads: PathTree | undefined,
  inventory: Inventory,
  place: ReferenceLocation,
): KubeObject {
  const { group, resource, versions = [] } = named;
  const { version = versions[0] ?? 'v1', kind = kindOfPlural(resource) } = inventory.factsOf(named);
  const readOfMetadata = reads?.children.get('metadata');
  const isRead = (field: string) =>
    reads?.all === true || readOfMetadata?.all === true || readOfMetadata?.children.has(field) === true;
  const { name: ___, namespace: ____, ...others } = metadata;
  const kept = Object.entries(others).filter(([field]) => !setByServer.includes(field) || isRead(field));
  return {
    apiVersion: group === '' ? version : `${group}/${version}`,
    kind,
    metadata: { ...place, ...Object.fromEntries(kept) },
    ...fields,
  };
}

/** Two references may lead to one object, of which each sample has what is read through it. */
function withoutRepetitions(objects: readonly KubeObject[]): readonly KubeObject[] {
  const byId = Map.groupBy(objects, ({ apiVersion, kind, metadata: { namespace, name } }) =>
    JSON.stringify([apiVersion, kind, namespace, name]),
  );
  return [...byId.values()].map((same) => same.reduce((one, other) => merged(one, other) as KubeObject));
}

function merged(one: unknown, other: unknown): unknown {
  if (!isRecord(one) || !isRecord(other)) return one ?? other;
  const fields = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries([...fields].map((field) => [field, merged(one[field], other[field])]));
}
