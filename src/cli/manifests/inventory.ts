import type { ClusterImportPolicySpec, KubeObject, Schema } from '../../api/index.ts';
import { compareVersions, groupResource, negotiate } from '../../api/index.ts';
import type { ResourceFacts } from '../../policy/index.ts';
import { builtinResources } from '../../policy/index.ts';
import { closest } from '../../template/index.ts';
import { crdSchema, crdSelectableFields } from '../../kube/openapi.ts';
import type { ManifestObject } from './manifest-object.ts';
import type { Manifest } from './manifests.ts';
import { groupOf, objectId } from './manifests.ts';
import { isSelected } from './selection.ts';

/** A resource that the manifests define or that Kubernetes has by itself. */
interface KnownResource {
  readonly group: string;
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** In order of preference. */
  readonly versions: readonly KnownVersion[];
}

interface KnownVersion {
  readonly name: string;
  readonly schema?: Schema;
  readonly selectableFields?: readonly string[];
}

/** A rule of a role. */
export interface RoleRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  /** Of a Role; `undefined` for a ClusterRole, whose rules hold everywhere. */
  readonly namespace: string | undefined;
}

interface Subject {
  readonly kind?: string;
  readonly name?: string;
}

const isController = ({ kind, name }: Subject): boolean =>
  kind === 'ServiceAccount' && name === 'clusterpedia-import-controller';

const roleId = (namespace: string | undefined, name: string | undefined): string =>
  `${namespace ?? ''}/${name ?? ''}`;

/** The objects of manifests as an API server would serve them: by resource, with the schemas of the CRDs among them. */
export class Inventory {
  readonly #resources: readonly KnownResource[];
  readonly #objects: readonly ManifestObject[];
  readonly #byResource = new Map<string, readonly KubeObject[]>();
  readonly #byName = new Map<string, ReadonlyMap<string, readonly KubeObject[]>>();

  constructor(manifests: readonly Manifest[]) {
    // If an object is given more than once, the last one counts, as with `kubectl apply`.
    this.#objects = [...new Map(manifests.map(({ object }) => [objectId(object), object])).values()];
    const definitions = this.#objects.filter(
      ({ kind, apiVersion }) =>
        kind === 'CustomResourceDefinition' && apiVersion.startsWith('apiextensions.k8s.io/'),
    );
    this.#resources = [
      ...definitions.map(fromDefinition),
      ...builtinResources.map(({ version, schema, ...resource }) => ({
        ...resource,
        versions: [{ name: version, schema }],
      })),
    ];
  }

  /** The facts about a resource. A resource without a CRD among the manifests is unknown, not missing. */
  factsOf(wanted: {
    readonly group: string;
    readonly resource: string;
    readonly versions?: readonly string[];
  }): ResourceFacts {
    const { group, resource, versions = [] } = wanted;
    const known = this.#resource(group, resource);
    if (known === undefined) {
      // A name close to that of a defined resource of the group is misspelt, so it counts as not served.
      // Otherwise it may be defined elsewhere.
      const resourcesInGroup = this.#resources
        .filter((other) => other.group === group)
        .map((other) => other.resource);
      if (closest(resource, resourcesInGroup) !== undefined)
        return { group, resource, known: false, served: [], resourcesInGroup };
      return {
        group,
        resource,
        known: undefined,
        served: [],
        ...kindFromObjects(this.#objects, group, versions),
      };
    }
    const served = known.versions.map(({ name }) => name);
    const chosen = negotiate(versions, served, (version) =>
      known.versions.find(({ name }) => name === version),
    );
    if (chosen === undefined) return { group, resource, known: false, served };
    const { name: version, schema, selectableFields } = chosen;
    return {
      group,
      resource,
      known: true,
      version,
      served,
      kind: known.kind,
      namespaced: known.namespaced,
      ...(schema === undefined ? {} : { schema }),
      ...(selectableFields === undefined ? {} : { selectableFields }),
    };
  }

  /** The API groups that the manifests define. */
  groups(): readonly string[] {
    return [...new Set(this.#resources.map(({ group }) => group))].filter((group) => group !== '');
  }

  /**
   * The controller's rules among the manifests: those of ClusterRoles that are aggregated to its own, and those of
   * Roles that are bound to it, in their namespace.
   */
  roles(): readonly RoleRule[] {
    const bound = new Set(
      this.#objects
        .filter(({ kind }) => kind === 'RoleBinding')
        .filter(({ subjects }) => (subjects as readonly Subject[] | undefined)?.some(isController) === true)
        .map(({ metadata, roleRef }) => roleId(metadata.namespace, (roleRef as Subject | undefined)?.name)),
    );
    const added = ({ metadata }: ManifestObject): boolean =>
      Object.keys((metadata as KubeObject['metadata']).labels ?? {}).some((label) =>
        label.startsWith('rbac.clusterpedia.io/aggregate-to-import-controller'),
      );
    return this.#objects.flatMap((object) => {
      const { kind, metadata, rules } = object;
      const counts =
        (kind === 'ClusterRole' && added(object)) ||
        (kind === 'Role' && bound.has(roleId(metadata.namespace, metadata.name)));
      if (!counts || !Array.isArray(rules)) return [];
      const namespace = kind === 'Role' ? metadata.namespace : undefined;
      return (rules as Partial<RoleRule>[]).map(({ apiGroups = [], resources = [], verbs = [] }) => ({
        apiGroups,
        resources,
        verbs,
        namespace,
      }));
    });
  }

  /** The objects of a resource, in the order of the manifests. Without a CRD, the kind is derived from its plural. */
  objectsOf(group: string, resource: string): readonly KubeObject[] {
    const id = groupResource({ group, resource });
    const kept = this.#byResource.get(id) ?? this.#filter(group, resource);
    this.#byResource.set(id, kept);
    return kept;
  }

  #filter(group: string, resource: string): readonly KubeObject[] {
    const known = this.#resource(group, resource);
    return this.#objects.filter((object): object is KubeObject & ManifestObject => {
      if (groupOf(object) !== group) return false;
      return known === undefined ? pluralOf(object.kind) === resource : object.kind === known.kind;
    });
  }

  /** The objects that a policy's `spec.source` asks the API server for. */
  sourcesOf(source: ClusterImportPolicySpec['source']): readonly KubeObject[] {
    return this.objectsOf(source.group, source.resource).filter((object) => isSelected(source, object));
  }

  /** One object. A manifest without a namespace may be applied to any namespace, so it counts as being in each. */
  find(wanted: {
    readonly group: string;
    readonly resource: string;
    readonly namespace?: string;
    readonly name: string;
  }): KubeObject | undefined {
    const { group, resource, namespace, name } = wanted;
    return this.#named(group, resource, name).find(
      ({ metadata }) =>
        metadata.namespace === undefined || namespace === undefined || metadata.namespace === namespace,
    );
  }

  #named(group: string, resource: string, name: string): readonly KubeObject[] {
    const id = groupResource({ group, resource });
    const byName =
      this.#byName.get(id) ?? Map.groupBy(this.objectsOf(group, resource), ({ metadata }) => metadata.name);
    this.#byName.set(id, byName);
    return byName.get(name) ?? [];
  }

  #resource(group: string, resource: string): KnownResource | undefined {
    return this.#resources.find((known) => known.group === group && known.resource === resource);
  }
}

/** The plural that nearly all kinds have (`meta.UnsafeGuessKindToResource`). */
function pluralOf(kind: string): string {
  const singular = kind.toLowerCase();
  if (/(s|x|z|ch|sh)$/.test(singular)) return `${singular}es`;
  return singular.endsWith('y') ? `${singular.slice(0, -1)}ies` : `${singular}s`;
}

/**
 * A kind with this plural, the inverse of {@link pluralOf}. Only its first letter is a capital; others cannot be known.
 */
export function kindOfPlural(plural: string): string {
  const endings = [
    [/ies$/, 'y'],
    [/es$/, ''],
    [/s$/, ''],
  ] as const;
  const singulars = endings.map(([ending, singular]) => plural.replace(ending, singular));
  const singular = singulars.find((each) => pluralOf(each) === plural) ?? plural;
  return singular.charAt(0).toUpperCase() + singular.slice(1);
}

function kindFromObjects(
  objects: readonly ManifestObject[],
  group: string,
  versions: readonly string[],
): { version?: string } {
  const found = objects
    .find((object) => groupOf(object) === group)
    ?.apiVersion.split('/')
    .at(-1);
  const version = versions[0] ?? found;
  return version === undefined ? {} : { version };
}

interface DefinitionSpec {
  readonly group?: string;
  readonly scope?: string;
  readonly names?: { readonly plural?: string; readonly kind?: string };
  readonly versions?: readonly {
    readonly name?: string;
    readonly served?: boolean;
    readonly schema?: { readonly openAPIV3Schema?: Schema };
  }[];
}

function fromDefinition(definition: ManifestObject): KnownResource {
  const spec = (definition['spec'] ?? {}) as DefinitionSpec;
  return {
    group: spec.group ?? '',
    resource: spec.names?.plural ?? '',
    kind: spec.names?.kind ?? '',
    namespaced: spec.scope !== 'Cluster',
    versions: (spec.versions ?? [])
      .filter(({ served }) => served !== false)
      .map(({ name = '', schema }): KnownVersion => {
        const selectableFields = crdSelectableFields(definition, name);
        return {
          name,
          ...(schema?.openAPIV3Schema === undefined ? {} : { schema: crdSchema(definition, name) as Schema }),
          ...(selectableFields && { selectableFields }),
        };
      })
      .sort((a, b) => compareVersions(b.name, a.name)),
  };
}
