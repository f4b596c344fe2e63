import type { PolicyReference } from '../../api/index.ts';
import type { PolicyTemplate } from '../compile.ts';
import { referenceField } from '../field-path.ts';
import type { Finding } from '../finding.ts';
import type { Paced } from '../paced.ts';
import { valuesAt } from '../typing/outline-document.ts';
import type { PolicyTypes } from '../typing/policy-types.ts';
import type { Check } from './check.ts';

/**
 * Secrets that the author of a source may choose freely, together with an address that depends on the source. Such an
 * author could have the credentials of any Secret that the controller may read sent to another address.
 * `allowedNamespaces` limits which Secrets may be chosen. A Secret in the source's own namespace, or in the namespace
 * of its own name, is not a choice.
 */
export function* checkSteering(
  references: readonly PolicyReference[],
  templates: readonly PolicyTemplate[],
  types: PolicyTypes,
): Paced<readonly Finding[]> {
  if (!references.some(isSecretAnywhere)) return [];
  const origins = new Origins();
  for (const [index, reference] of references.entries()) {
    yield;
    origins.add(reference, index, templates);
  }
  const chosen = references.flatMap((reference, index) =>
    isSecretAnywhere(reference) && origins.isFree(reference.key)
      ? [{ key: reference.key, field: referenceField(index).child('namespaceTemplate').text }]
      : [],
  );
  if (chosen.length === 0) return [];
  yield;
  const connections = yield* connectionsOf(templates, types);
  return chosen
    .filter(({ key }) =>
      connections.some(
        ({ address, credential }) =>
          credential.some((path) => isOf(path, key)) &&
          // The address in the Secret itself goes with its credential.
          address.some((path) => origins.differs(path) && !(path[0] === 'references' && path[1] === key)),
      ),
    )
    .map(({ field }) => ({
      severity: 'warning',
      code: 'steerable-secret',
      field,
      message:
        'the source chooses both the address and the Secret, so its author may have the credentials of another Secret sent there; set allowedNamespaces',
    }));
}

/** Whether a reference is a Secret that may be in any namespace, as far as the policy limits it. */
const isSecretAnywhere = ({ group, resource, allowedNamespaces = [] }: PolicyReference): boolean =>
  group === '' && resource === 'secrets' && allowedNamespaces.length === 0;

type Path = readonly string[];

/** Whether a path of a template's data may lead into a reference. */
const isOf = ([root, key]: Path, reference: string): boolean =>
  root === undefined || root === '*' || (root === 'references' && [undefined, '*', reference].includes(key));

/** Who decides which object a reference is. */
interface Origin {
  /** Whether the source's author may write any text into its namespace, its name, or the object's content. */
  readonly namespace: boolean;
  readonly name: boolean;
  readonly content: boolean;
  /** Whether another source may have another object. */
  readonly differs: boolean;
}

/** Who decides what is at a path of a template's data: the author of the source, or somebody else. */
class Origins {
  readonly #known = new Map<string, Origin>();

  /** Adds a reference after those before it. */
  add(
    { key, allowedNamespaces = [] }: PolicyReference,
    index: number,
    templates: readonly PolicyTemplate[],
  ): void {
    const pathsOf = (part: 'namespaceTemplate' | 'nameTemplate'): readonly Path[] => {
      const { text: field } = referenceField(index).child(part);
      return templates.find((template) => template.field === field)?.template.flows.all.paths() ?? [];
    };
    const [namespaces, names] = [pathsOf('namespaceTemplate'), pathsOf('nameTemplate')];
    const namespace = namespaces.some((path) => this.#isWritten(path));
    const name = names.some((path) => this.#isWritten(path));
    const isNear = namespaces.some((path) => isNamespaceOfSource(path));
    this.#known.set(key, {
      namespace,
      name,
      // The author chooses among objects, or writes those in the source's namespace.
      content: name || (allowedNamespaces.length === 0 && (namespace || isNear)),
      differs: [...namespaces, ...names].some((path) => this.differs(path)),
    });
  }

  /** Whether the source's author may have a reference be in any namespace. */
  isFree(key: string): boolean {
    return this.#known.get(key)?.namespace === true;
  }

  /** Whether what is at a path may be another for another source. */
  differs([root, key]: Path): boolean {
    if (root !== 'references' || key === undefined || key === '*') return true;
    return this.#known.get(key)?.differs === true;
  }

  /** Whether the source's author may write any text at a path: not the name and namespace of the source. */
  #isWritten([root, key, ...below]: Path): boolean {
    if (root === 'source') return key !== 'metadata' || !isIdentity(below[0]);
    if (root !== 'references' || key === undefined || key === '*') return true;
    // A reference that is declared later, or not at all, is another check's.
    const origin = this.#known.get(key);
    if (origin === undefined) return false;
    const [field, part] = below;
    return origin[field === 'metadata' && (part === 'namespace' || part === 'name') ? part : 'content'];
  }
}

const isIdentity = (field: string | undefined): boolean =>
  field === 'name' || field === 'namespace' || field === 'uid';

const isNamespaceOfSource = ([root, metadata, field]: Path): boolean =>
  root === 'source' && metadata === 'metadata' && field === 'namespace';

/** One way in which Clusterpedia connects: what its address and its credential are made of. */
interface Connection {
  readonly address: readonly Path[];
  readonly credential: readonly Path[];
}

/** Where addresses and credentials are in a kubeconfig, and in the map that `toKubeconfig` takes. */
const inKubeconfig = {
  address: [
    ['server'],
    ['proxyURL'],
    ['clusters', '*', 'cluster', 'server'],
    ['clusters', '*', 'cluster', 'proxy-url'],
  ],
  credential: [
    ...['tokenData', 'certData', 'keyData', 'username', 'password'].map((part) => [part]),
    ['users', '*', 'user', '*'],
  ],
} as const;

/** The connections on the ways through the policy's template. A kubeconfig has both an address and a credential. */
function* connectionsOf(
  templates: readonly PolicyTemplate[],
  types: PolicyTypes,
): Paced<readonly Connection[]> {
  const body = templates.find(({ role }) => role === 'pediaCluster');
  if (body === undefined) return [];
  const { flows } = body.template;
  const connections: Connection[] = [];
  for (const outline of types.of(body).outlines()) {
    yield;
    const document = types.documentOf(outline);
    if ('error' in document) continue;
    const pathsAt = (place: string, below: readonly Path[] = [[]]) =>
      valuesAt(document, ['spec', place]).flatMap(({ hole, fields }) =>
        below.flatMap((more) => flows.at(hole.position).paths([...fields, ...more])),
      );
    connections.push(
      {
        address: pathsAt('kubeconfig', inKubeconfig.address),
        credential: pathsAt('kubeconfig', inKubeconfig.credential),
      },
      {
        address: pathsAt('apiserver'),
        credential: ['tokenData', 'certData', 'keyData'].flatMap((place) => pathsAt(place)),
      },
    );
  }
  // Where nothing can be read, anything may be anywhere.
  return connections.length > 0
    ? connections
    : [{ address: flows.all.paths(), credential: flows.all.paths() }];
}

export const steering: Check = {
  of: 'text',
  run: ({ policy, templates, types }) => checkSteering(policy.spec.references ?? [], templates, types),
};
