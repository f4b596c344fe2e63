import type { KubeObject } from '../../api/index.ts';
import { groupResource } from '../../api/index.ts';
import type { KubeClient, ResourceType } from '../../kube/index.ts';
import { CUSTOM_RESOURCE_DEFINITION, Discovery, isForbidden, isNotFound, SECRET } from '../../kube/index.ts';
import { closest, didYouMean } from '../../template/index.ts';
import { withClient } from '../client.ts';
import type { ClusterOptions } from '../cluster-options.ts';
import { UsageError } from '../errors.ts';
import type { Target } from '../explain/target.ts';
import { Inventory } from '../manifests/inventory.ts';
import type { Manifest } from '../manifests/manifests.ts';
import { parseManifests } from '../manifests/manifests.ts';
import type { Output } from '../output.ts';
import { hasCredentials, inlineKubeconfig, namespaceOf, placesToldBy, resourceOf } from './draft.ts';
import type { Chosen } from './files.ts';

const configMaps: ResourceType = { ...SECRET, resource: 'configmaps', kind: 'ConfigMap' };

/** At most this many objects are read in search of credentials. Reading more would dump Secrets. */
const MAX_HOLDERS = 5;

/** The names of the objects that a policy is drafted from. */
export interface LiveExample extends Chosen {
  readonly manifests: readonly Manifest[];
}

/**
 * Reads the definition of a source, the source, and the one object with its credentials: three requests if the source
 * names that object, and one more if it has to be found by the Secrets' metadata.
 * @throws {UsageError} if the credentials are not found
 * @throws {KubeError} {@link TransportError} {@link KubeConfigError} if the cluster cannot be read.
 */
export async function readExample(
  [source, credentials]: readonly [Target, Target?],
  options: ClusterOptions,
  { progress }: Pick<Output, 'progress'>,
): Promise<LiveExample> {
  return withClient(options, async (client) => {
    progress(`reading from ${client.server}`);
    const { type, definition } = await kindOf(client, source);
    const object = await read(client, type, source);
    const holder =
      credentials === undefined
        ? await holderOf(client, object, progress)
        : await read(client, holderType(credentials), credentials);
    const objects = [definition, object, holder].filter((each) => each !== undefined);
    return {
      manifests: objects.flatMap((each) => parseManifests(JSON.stringify(each), client.server)),
      source: object.metadata.name,
      ...(holder === undefined ? {} : { secret: holder.metadata.name }),
    };
  });
}

/** The kind of the source with its definition. Secrets need none. */
async function kindOf(
  client: KubeClient,
  { kind }: Target,
): Promise<{ readonly type: ResourceType; readonly definition?: KubeObject }> {
  if (/^secrets?$/.test(kind)) return { type: SECRET };
  const [resource = '', ...rest] = kind.split('.');
  const group = rest.join('.');
  if (group === '')
    throw new UsageError(
      `${kind}: write the source as RESOURCE.GROUP/NAME, with what "kubectl api-resources -o name" prints`,
    );
  try {
    const definition = await client.get(CUSTOM_RESOURCE_DEFINITION, groupResource({ group, resource }));
    const facts = new Inventory(parseManifests(JSON.stringify(definition), client.server)).factsOf({
      group,
      resource,
    });
    const { version = '', kind: named = '', namespaced = true } = facts;
    return { type: { group, resource, version, kind: named, namespaced }, definition };
  } catch (error) {
    // An aggregated API has no CRD, and the user may have no right to read CRDs.
    if (!isNotFound(error) && !isForbidden(error)) throw error;
    return discovered(client, group, resource);
  }
}

/** A kind from discovery, which everybody may read, with a definition made from the server's OpenAPI document. */
async function discovered(
  client: KubeClient,
  group: string,
  resource: string,
): Promise<{ readonly type: ResourceType; readonly definition: KubeObject }> {
  const discovery = new Discovery(client);
  const found = await discovery.resolve({ group, resource });
  if (found.kind === 'missing') {
    const meant = closest(resource, found.resourcesInGroup);
    throw new UsageError(
      `${groupResource({ group, resource })} is not served${didYouMean(meant === undefined ? undefined : `${meant}.${group}`)}`,
    );
  }
  const { type } = found;
  const { schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } =
    await discovery.definitionOf(type);
  const { version, kind, namespaced } = type;
  return {
    type,
    definition: {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: CUSTOM_RESOURCE_DEFINITION.kind,
      metadata: { name: groupResource(type) },
      spec: {
        group,
        scope: namespaced ? 'Namespaced' : 'Cluster',
        names: { kind, listKind: `${kind}List`, plural: resource, singular: kind.toLowerCase() },
        versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema: schema } }],
      },
    },
  };
}

function holderType({ kind }: Target): ResourceType {
  if (/^secrets?$/.test(kind)) return SECRET;
  if (/^configmaps?$/.test(kind)) return configMaps;
  throw new UsageError(`${kind}: credentials are in a Secret or ConfigMap, secret/NAMESPACE/NAME`);
}

function read(
  client: KubeClient,
  type: ResourceType,
  { kind, namespace, name }: Target,
): Promise<KubeObject> {
  if (type.namespaced && namespace === undefined)
    throw new UsageError(`${kind}/${name}: has a namespace: write it as ${kind}/NAMESPACE/${name}`);
  return client.get(type, name, type.namespaced ? namespace : undefined);
}

/** The object with the credentials of a source; nothing if the source has them itself. */
async function holderOf(
  client: KubeClient,
  source: KubeObject,
  progress: (text: string) => void,
): Promise<KubeObject | undefined> {
  if (source.kind === 'Secret' || inlineKubeconfig(source) !== undefined) return undefined;
  for (const { namespace, name, field } of placesToldBy(source).slice(0, MAX_HOLDERS)) {
    const holder =
      (await readIfThere(client, SECRET, namespace, name)) ??
      (await readIfThere(client, configMaps, namespace, name));
    if (holder === undefined || !hasCredentials(holder)) continue;
    progress(`found its credentials in ${placeText(holder)}, as ${field} says`);
    return holder;
  }
  for (const { namespace, name } of await alikeIn(client, source)) {
    const holder = await readIfThere(client, SECRET, namespace ?? '', name);
    if (holder === undefined || !hasCredentials(holder)) continue;
    progress(`found its credentials in ${placeText(holder)}, by its name or owner`);
    return holder;
  }
  throw new UsageError(
    `${source.kind} ${source.metadata.name} does not tell where its credentials are: name the object after it, e.g. secret/${namespaceOf(source)}/NAME`,
  );
}

const placeText = (holder: KubeObject) =>
  `${resourceOf(holder)} "${holder.metadata.namespace ?? ''}/${holder.metadata.name}"`;

/** Nothing if it does not exist or may not be read. Then it is looked for elsewhere. */
async function readIfThere(
  client: KubeClient,
  type: ResourceType,
  namespace: string,
  name: string,
): Promise<KubeObject | undefined> {
  try {
    return await client.get(type, name, namespace);
  } catch (error) {
    if (isNotFound(error) || isForbidden(error)) return undefined;
    throw error;
  }
}

/**
 * Secrets in a source's namespace that it owns, or that are named after it. Those with `kubeconfig` in their name come
 * first. Only their metadata is read.
 */
async function alikeIn(client: KubeClient, source: KubeObject): Promise<readonly KubeObject['metadata'][]> {
  const { name, uid } = source.metadata;
  try {
    const { items } = await client.list(SECRET, { namespace: namespaceOf(source), metadataOnly: true });
    return items
      .map(({ metadata }) => metadata)
      .filter(
        (metadata) =>
          metadata.name.includes(name) ||
          metadata.namespace === name ||
          metadata.ownerReferences?.some((owner) => owner.uid === uid) === true,
      )
      .sort((one, other) => Number(/kubeconf/.test(other.name)) - Number(/kubeconf/.test(one.name)))
      .slice(0, MAX_HOLDERS);
  } catch (error) {
    if (isForbidden(error)) return [];
    throw error;
  }
}
