import { join } from 'node:path';
import type { KubeObject, Schema } from '../../api/index.ts';
import { CLUSTER_IMPORT_POLICY, POLICY_GROUP } from '../../api/index.ts';
import { runCase } from '../cases/run-case.ts';
import { UsageError } from '../errors.ts';
import { Inventory } from '../manifests/inventory.ts';
import type { Manifest } from '../manifests/manifests.ts';
import { groupOf, parseManifests } from '../manifests/manifests.ts';
import { toYaml } from '../report/object-text.ts';
import type { Example } from './draft.ts';
import { decodedData, draftPolicy, inlineKubeconfig, placeByShape, placesToldBy } from './draft.ts';
import { isKubeconfig } from './kubeconfig.ts';
import { redactedObjects } from './redact.ts';

/** The names that choose among several objects. */
export interface Chosen {
  readonly source?: string;
  readonly secret?: string;
}

/** The files to write, by path in the folder. */
export interface InitFiles {
  readonly texts: ReadonlyMap<string, string>;
  readonly notes: readonly string[];
  /** The policy with its case. */
  readonly manifests: readonly Manifest[];
}

/**
 * The files of a policy that is drafted from manifests. Pure.
 * @param folder where they will be, so that positions lead there
 * @throws {UsageError} if it is unclear which object is the source, or where the credentials are.
 */
export function filesOf(
  name: string,
  manifests: readonly Manifest[],
  options: Chosen,
  folder = '',
): InitFiles {
  const given = exampleIn(name, manifests, options);
  const named = asNamedBySource(given);
  const { example } = named;
  const { spec, notes } = draftPolicy(example);
  const policy = {
    apiVersion: `${POLICY_GROUP}/${CLUSTER_IMPORT_POLICY.version}`,
    kind: CLUSTER_IMPORT_POLICY.kind,
    metadata: { name },
    spec,
  };
  const definitions = manifests
    .filter(
      ({ object }) =>
        object.kind === 'CustomResourceDefinition' &&
        (object['spec'] as { readonly group?: string } | undefined)?.group === example.group,
    )
    .map(({ object: { apiVersion, kind, metadata, spec: definition } }) => {
      // Tells where the platform runs, and nothing about its objects.
      const { conversion: _, ...rest } = definition as { readonly conversion?: unknown };
      return { apiVersion, kind, metadata: { name: metadata.name }, spec: rest };
    });
  const objects = redactedObjects([
    example.source,
    ...(example.credentials === undefined ? [] : [example.credentials]),
  ]);
  const texts = new Map<string, string>([
    ['policy.yaml', toYaml([policy])],
    ['rbac.yaml', toYaml(rolesOf(name, example))],
    [
      'kustomization.yaml',
      toYaml([
        {
          apiVersion: 'kustomize.config.k8s.io/v1beta1',
          kind: 'Kustomization',
          resources: ['policy.yaml', 'rbac.yaml'],
        },
      ]),
    ],
    ...(definitions.length === 0 ? [] : [['case/crds.yaml', toYaml(definitions)] as const]),
    ['case/objects.yaml', toYaml(objects)],
  ]);
  const own = [...texts]
    .filter(([path]) => path !== 'kustomization.yaml')
    .flatMap(([path, text]) => parseManifests(text, join(folder, path)));
  const { objects: made } = runCase({
    path: 'case',
    manifests: own,
    expected: undefined,
    expectedProblems: [],
    places: new Map(),
  });
  texts.set('case/expected.yaml', toYaml(made) || '# Nothing is made of these sources.\n');
  return { texts, notes: [...named.notes, ...notes], manifests: own };
}

function exampleIn(name: string, manifests: readonly Manifest[], options: Chosen): Example {
  const inventory = new Inventory(manifests);
  const objects = manifests.map(({ object }) => object as KubeObject);
  const isDefinition = ({ kind }: KubeObject) => kind === 'CustomResourceDefinition';
  const secrets = objects.filter(({ kind }) => kind === 'Secret');
  const holders = secrets.length > 0 ? secrets : objects.filter(isConfigMapOfCluster);
  const others = objects.filter((object) => !isDefinition(object) && object.apiVersion !== 'v1');
  const isSecretMeant = secrets.some(({ metadata }) => metadata.name === options.source);
  const definitions = objects.filter(isDefinition);
  if (others.length === 0 && definitions.length > 0 && !isSecretMeant)
    throw new UsageError(withoutObject(definitions));
  const source = oneOf(others.length > 0 ? others : secrets, options.source, 'source', '--source');
  const group = groupOf(source);
  const definition = manifests
    .map(
      ({ object }) =>
        object['spec'] as { group?: string; names?: { kind?: string; plural?: string } } | undefined,
    )
    .find((spec) => spec?.group === group && spec.names?.kind === source.kind);
  const resource = source.kind === 'Secret' ? 'secrets' : definition?.names?.plural;
  if (resource === undefined)
    throw new UsageError(
      `the definition of ${source.kind} (${source.apiVersion}) is not among the files; "kubectl get crd -o name" lists its name, and "kubectl get crd NAME -o yaml" prints it`,
    );
  const facts = inventory.factsOf({ group, resource });
  const isAlone =
    source.kind === 'Secret' || (secrets.length === 0 && inlineKubeconfig(source) !== undefined);
  if (!isAlone && holders.length === 0) throw new UsageError(withoutSecret(source));
  const credentials = isAlone
    ? undefined
    : oneOf(holders, options.secret ?? holderOf(source, holders), 'Secret', '--secret');
  return {
    name,
    source,
    group,
    resource,
    namespaced: facts.namespaced === true,
    ...(credentials === undefined ? {} : { credentials }),
    ...placeIn(manifests, credentials ?? source),
    statusFields: Object.keys(statusOf(facts.schema)),
  };
}

/** The file of an object. */
function placeIn(manifests: readonly Manifest[], wanted: KubeObject): Pick<Example, 'from'> {
  const found = manifests.find(({ object }) => object === wanted);
  return found === undefined ? {} : { from: found.file };
}

const statusOf = (schema: Schema | undefined): { readonly [field: string]: Schema } =>
  schema?.properties?.['status']?.properties ?? {};

/** What to add where the files have a definition, and no object of its kind. */
function withoutObject(definitions: readonly KubeObject[]): string {
  const kinds = definitions.map(({ metadata: { name }, spec }) => {
    const { names, scope } = spec as { readonly names?: { readonly kind?: string }; readonly scope?: string };
    return { name, kind: names?.kind ?? name, isNamespaced: scope !== 'Cluster' };
  });
  const [first] = kinds;
  const list = kinds.map(({ kind, name }) => `${kind} (${name})`).join(', ');
  const place = first?.isNamespaced === true ? ' --namespace NAMESPACE' : '';
  return `the files have the definition of ${list}, and no object of that kind: add one, as "kubectl get ${first?.name ?? ''} NAME${place} -o yaml" prints it`;
}

/** What to add where the files have no object with credentials. */
function withoutSecret(source: KubeObject): string {
  const [told] = placesToldBy(source);
  const way =
    told === undefined
      ? `add the one with the credentials of ${source.kind} ${source.metadata.name}`
      : `${told.field} of ${source.kind} ${source.metadata.name} names ${told.name}: add it, as "kubectl get secret ${told.name} --namespace ${told.namespace} -o yaml" prints it`;
  return `there is no Secret among the files; ${way}`;
}

/**
 * The example, with its credentials under the name that the source gives. The Secret that a source names need not be
 * among the files. One that has nothing to do with the source then stands in for it: its keys are what the template
 * reads.
 */
function asNamedBySource(example: Example): { readonly example: Example; readonly notes: readonly string[] } {
  const { source, credentials } = example;
  if (credentials === undefined || holderOf(source, [credentials]) !== undefined)
    return { example, notes: [] };
  const told = placeByShape(source, credentials);
  if (told === undefined) return { example, notes: [] };
  const { kind, metadata } = credentials;
  return {
    example: {
      ...example,
      credentials: { ...credentials, metadata: { ...metadata, name: told.name, namespace: told.namespace } },
    },
    notes: [
      `${told.field} names the ${kind} ${told.name}, which is not among the objects given: the template reads the keys of ${metadata.name} in its place`,
    ],
  };
}

/** A ConfigMap with a kubeconfig, as Kubean has. */
const isConfigMapOfCluster = (object: KubeObject): boolean =>
  object.apiVersion === 'v1' &&
  object.kind === 'ConfigMap' &&
  [...decodedData(object).values()].some(isKubeconfig);

/** The object that the source names, or whose name contains the source's name. */
function holderOf(source: KubeObject, holders: readonly KubeObject[]): string | undefined {
  const text = JSON.stringify([source['spec'], source['status']]);
  const named = holders.filter(({ metadata }) => text.includes(JSON.stringify(metadata.name)));
  const alike = holders.filter(
    ({ metadata }) =>
      metadata.name.includes(source.metadata.name) || metadata.namespace === source.metadata.name,
  );
  return (named[0] ?? alike[0])?.metadata.name;
}

function oneOf(
  candidates: readonly KubeObject[],
  wanted: string | undefined,
  what: string,
  flag: string,
): KubeObject {
  const names = [...new Set(candidates.map(({ metadata }) => metadata.name))];
  const found =
    wanted === undefined ? candidates : candidates.filter(({ metadata }) => metadata.name === wanted);
  const [first, ...more] = found;
  if (first === undefined)
    throw new UsageError(`there is no ${what}${wanted === undefined ? '' : ` ${wanted}`} among the files`);
  if (more.length > 0 && names.length > 1)
    throw new UsageError(
      `the files have several: name the ${what} with ${flag}; they are ${names.join(', ')}`,
    );
  return first;
}

/**
 * The rights that the controller needs for the policy. Those for Secrets are separate, so that an overlay can grant
 * them in some namespaces only.
 */
function rolesOf(name: string, { group, resource, credentials }: Example): readonly object[] {
  const role = (
    suffix: string,
    label: string,
    apiGroup: string,
    of: string,
    verbs: readonly string[] = ['get', 'list', 'watch'],
  ) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: {
      name: `clusterpedia-import-${name}${suffix}`,
      labels: {
        'app.kubernetes.io/name': 'clusterpedia-import',
        [`rbac.clusterpedia.io/${label}`]: 'true',
      },
    },
    rules: [{ apiGroups: [apiGroup], resources: [of], verbs }],
  });
  const secrets = 'aggregate-to-import-controller-secrets';
  const forWebhook = 'aggregate-to-import-webhook-secrets';
  const rolesOfCredentials = (holder: KubeObject) =>
    holder.kind === 'ConfigMap'
      ? // The webhook may get any Secret that a policy refers to, but no ConfigMap.
        [
          role('-configmaps', secrets, '', 'configmaps'),
          role('-webhook-configmaps', forWebhook, '', 'configmaps', ['get']),
        ]
      : [role('-secrets', secrets, '', 'secrets')];
  const isSecret = resource === 'secrets' && group === '';
  const ofSource = isSecret ? secrets : 'aggregate-to-import-controller';
  return [
    role('', ofSource, group, resource),
    // The webhook lists sources to try the policy on them, and has no right of its own to list Secrets.
    ...(isSecret ? [role('-webhook-secrets', forWebhook, group, resource, ['list'])] : []),
    ...(credentials === undefined ? [] : rolesOfCredentials(credentials)),
  ];
}
