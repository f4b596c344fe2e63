import type { ClusterImportPolicySpec, PolicyReference } from '../../api/index.ts';
import type { PolicyTemplate } from '../compile.ts';
import type { FieldPath } from '../field-path.ts';
import { referenceField, specField } from '../field-path.ts';
import type { Finding } from '../finding.ts';
import type { Paced } from '../paced.ts';
import { affordable, valuesAt } from '../typing/outline-document.ts';
import type { PolicyTypes } from '../typing/policy-types.ts';
import type { Check } from './check.ts';

/**
 * Secrets that the author of a source may choose freely, together with an address that depends on the source. Such an
 * author could have the credentials of any Secret that the controller, or Clusterpedia, may read sent to another
 * address. `allowedNamespaces` says which Secrets may be chosen. A Secret in the source's own namespace, or whose namespace
 * or name has in it what only that source has, is not a choice.
 */
export function* checkSteering(
  { source, references = [] }: Pick<ClusterImportPolicySpec, 'source' | 'references'>,
  templates: readonly PolicyTemplate[],
  types: PolicyTypes,
  isNamespaced: boolean,
): Paced<readonly Finding[]> {
  const body = templates.find(({ role }) => role === 'pediaCluster');
  if (body === undefined || !(references.some(isSecretAnywhere) || mayNameSecrets(body))) return [];
  const origins = new Origins(isNamespaced && source.namespaces?.length !== 1);
  for (const [index, reference] of references.entries()) {
    yield;
    origins.add(reference, index, templates);
  }
  const chosen = references.flatMap((reference, index) => {
    const choice = isSecretAnywhere(reference) ? origins.choiceOf(reference.key) : undefined;
    return choice === undefined ? [] : [{ key: reference.key, index, choice }];
  });
  if (chosen.length === 0 && !mayNameSecrets(body)) return [];
  yield;
  const connections = yield* connectionsOf(body, types);
  const steered = chosen.filter(({ key }) =>
    connections.some(
      ({ address, credential }) =>
        credential.some((path) => isOf(path, key)) &&
        // The address in the Secret itself goes with its credential.
        address.some((path) => origins.differs(path) && !(path[0] === 'references' && path[1] === key)),
    ),
  );
  const named = connections.find(({ address, named }) =>
    named.some(
      (secret) =>
        origins.isChosen(secret) &&
        address.some((path) => origins.differs(path) && !origins.goesWith(path, secret.name)),
    ),
  );
  return [
    ...steered.map(({ index, choice }) => warning(referenceField(index).child(choice), CHOICES[choice])),
    ...(named === undefined ? [] : [warning(specField('template'), NAMED)]),
  ];
}

const CHOICES = {
  namespaceTemplate:
    'the source chooses both the address and the Secret, so its author may have the credentials of another Secret sent there; set allowedNamespaces',
  nameTemplate:
    'the source chooses both the address and the Secret, so its author may have the credentials of any Secret in that namespace sent there; use the name of the source, or set allowedNamespaces if they are all meant for such authors',
} as const;

const NAMED =
  "the source chooses both the address and the Secret of authenticationFrom, so its author may have the credentials of any Secret in Clusterpedia's namespace sent there; use the name of the source in the name of the Secret";

const warning = (field: FieldPath, message: string): Finding => ({
  severity: 'warning',
  code: 'steerable-secret',
  field: field.text,
  message,
});

/** Whether a reference is a Secret that may be any one, as far as the policy says which ones are meant. */
const isSecretAnywhere = ({ group, resource, allowedNamespaces = [] }: PolicyReference): boolean =>
  group === '' && resource === 'secrets' && allowedNamespaces.length === 0;

/** Whether a template may set `authenticationFrom`: by itself, or with a map that it encodes. */
const mayNameSecrets = ({ template: { text, calls } }: PolicyTemplate): boolean =>
  text.includes('authenticationFrom') || calls.some(({ called }) => called.structure === 'encodes');

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
  /** Whether another source may have another object, or one of another namespace. */
  readonly differs: boolean;
  readonly moves: boolean;
  readonly itsName: Text;
}

/** What a text is made of. */
interface Text {
  readonly paths: readonly Path[];
  /** The parts that it has in any case. */
  readonly parts: readonly (readonly Path[])[];
}

/** Who decides what is at a path of a template's data: the author of the source, or somebody else. */
class Origins {
  readonly #known = new Map<string, Origin>();
  /** Whether sources of several authors may have one name. */
  readonly #isNameShared: boolean;

  constructor(isNameShared: boolean) {
    this.#isNameShared = isNameShared;
  }

  /** Adds a reference after those before it. */
  add(
    { key, allowedNamespaces = [] }: PolicyReference,
    index: number,
    templates: readonly PolicyTemplate[],
  ): void {
    const textOf = (part: 'namespaceTemplate' | 'nameTemplate'): Text => {
      const { text: field } = referenceField(index).child(part);
      return printedBy(templates.find((template) => template.field === field));
    };
    const { paths: namespaces } = textOf('namespaceTemplate');
    const itsName = textOf('nameTemplate');
    const namespace = namespaces.some((path) => this.#isWritten(path));
    const name = itsName.paths.some((path) => this.#isWritten(path));
    const isNear = namespaces.some((path) => isNamespaceOfSource(path));
    const moves = namespaces.some((path) => this.differs(path));
    this.#known.set(key, {
      namespace,
      name,
      // The author chooses among objects, or writes those in the source's namespace.
      content: name || (allowedNamespaces.length === 0 && (namespace || isNear)),
      differs: moves || itsName.paths.some((path) => this.differs(path)),
      moves,
      itsName,
    });
  }

  /**
   * The template by which the source's author chooses a reference among those of others: in any namespace, or of any
   * name in the namespace that all sources have in common.
   */
  choiceOf(key: string): 'namespaceTemplate' | 'nameTemplate' | undefined {
    const origin = this.#known.get(key);
    if (origin?.namespace === true) return 'namespaceTemplate';
    return origin?.name === true && !origin.moves && !this.#isOwn(origin.itsName)
      ? 'nameTemplate'
      : undefined;
  }

  /** Whether the source's author chooses a Secret of others, or the key in one that all sources have in common. */
  isChosen({ name, keys }: NamedSecret): boolean {
    if (this.#isOwn(name)) return false;
    if (name.paths.some((path) => this.#isWritten(path))) return true;
    return keys.some((path) => this.#isWritten(path)) && !name.paths.some((path) => this.differs(path));
  }

  /** Whether what is at a path may be another for another source. */
  differs([root, key]: Path): boolean {
    if (root !== 'references' || key === undefined || key === '*') return true;
    return this.#known.get(key)?.differs === true;
  }

  /** Whether a path leads into the reference with this name, in the namespace that all sources have in common. */
  goesWith([root, key]: Path, name: Text): boolean {
    const origin = root === 'references' && key !== undefined ? this.#known.get(key) : undefined;
    if (key === undefined || origin === undefined || origin.moves) return false;
    const own = new Set(
      [['references', key, 'metadata', 'name'], ...origin.itsName.paths].map((path) => path.join('.')),
    );
    return name.paths.every((path) => own.has(path.join('.')));
  }

  /** Whether a part of a text is what no source of another author has. */
  #isOwn({ parts }: Text): boolean {
    return parts.some((paths) => paths.length > 0 && paths.every((path) => this.#isIdentity(path)));
  }

  #isIdentity([root, metadata, field]: Path): boolean {
    if (root !== 'source' || metadata !== 'metadata') return false;
    return field === 'namespace' || field === 'uid' || (field === 'name' && !this.#isNameShared);
  }

  /** Whether the source's author may write any text at a path, as far as it is not the identity of the source. */
  #isWritten(path: Path): boolean {
    const [root, key, ...below] = path;
    if (root === 'source') return !this.#isIdentity(path);
    if (root !== 'references' || key === undefined || key === '*') return true;
    // A reference that is declared later, or not at all, is another check's.
    const origin = this.#known.get(key);
    if (origin === undefined) return false;
    const [field, part] = below;
    return origin[field === 'metadata' && (part === 'namespace' || part === 'name') ? part : 'content'];
  }
}

/** What a template prints, and what it prints whatever its conditions say. */
function printedBy(template: PolicyTemplate | undefined): Text {
  if (template === undefined) return { paths: [], parts: [] };
  const { flows, program } = template.template;
  return {
    paths: flows.all.paths(),
    parts: program.main.flatMap((statement) =>
      statement.kind === 'emit' ? [flows.at(statement.position).paths()] : [],
    ),
  };
}

const isNamespaceOfSource = ([root, metadata, field]: Path): boolean =>
  root === 'source' && metadata === 'metadata' && field === 'namespace';

/** One way in which Clusterpedia connects: what its address and its credential are made of. */
interface Connection {
  readonly address: readonly Path[];
  readonly credential: readonly Path[];
  /** The Secrets of its own namespace in which Clusterpedia finds the credential. */
  readonly named: readonly NamedSecret[];
}

interface NamedSecret {
  readonly name: Text;
  /** What says which key of the Secret. */
  readonly keys: readonly Path[];
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
function* connectionsOf(body: PolicyTemplate, types: PolicyTypes): Paced<readonly Connection[]> {
  const { flows } = body.template;
  const outlines = types.of(body).outlines();
  const connections: Connection[] = [];
  const examined = affordable(outlines);
  for (const outline of examined) {
    yield;
    const document = types.documentOf(outline);
    if ('error' in document) continue;
    const partsAt = (place: Path, below: readonly Path[] = [[]]) =>
      valuesAt(document, ['spec', ...place]).map(({ hole, fields }) =>
        below.flatMap((more) => flows.at(hole.position).paths([...fields, ...more])),
      );
    const pathsAt = (place: Path, below?: readonly Path[]) => partsAt(place, below).flat();
    connections.push(
      {
        address: pathsAt(['kubeconfig'], inKubeconfig.address),
        credential: pathsAt(['kubeconfig'], inKubeconfig.credential),
        // A kubeconfig that Clusterpedia finds in a Secret has the address, too.
        named: [],
      },
      {
        address: pathsAt(['apiserver']),
        credential: ['tokenData', 'certData', 'keyData'].flatMap((place) => pathsAt([place])),
        named: ['token', 'cert', 'key'].map((part) => {
          const parts = partsAt(['authenticationFrom', part, 'name']);
          const keys = pathsAt(['authenticationFrom', part, 'key']);
          return { name: { paths: parts.flat(), parts }, keys };
        }),
      },
    );
  }
  if (connections.length > 0 && examined.length === outlines.length) return connections;
  // Where something cannot be read, anything may be anywhere.
  const paths = flows.all.paths();
  const named = body.template.text.includes('authenticationFrom')
    ? [{ name: { paths, parts: [] }, keys: paths }]
    : [];
  return [...connections, { address: paths, credential: paths, named }];
}

export const steering: Check = {
  of: 'text',
  run: ({ policy, templates, types, resources }) =>
    checkSteering(policy.spec, templates, types, resources.source?.namespaced === true),
};
