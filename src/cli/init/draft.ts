import type { ClusterImportPolicySpec, KubeObject } from '../../api/index.ts';
import { valueAt } from '../../api/index.ts';
import { nameProblem } from '../../policy/index.ts';
import { UsageError } from '../errors.ts';
import {
  incompleteText,
  isKubeconfig,
  isMeantAsKubeconfig,
  kubeconfigProblem,
  needsOf,
} from './kubeconfig.ts';

/** The objects that a policy is drafted from: one cluster of a platform. */
export interface Example {
  readonly name: string;
  readonly source: KubeObject;
  readonly group: string;
  readonly resource: string;
  readonly namespaced: boolean;
  /** The Secret or ConfigMap with its credentials; absent if the source has them itself. */
  readonly credentials?: KubeObject;
  /** Where the object with the credentials was read, for messages. */
  readonly from?: string;
  /** Fields of `status` that the definition of the source has. */
  readonly statusFields?: readonly string[];
}

/** A policy's spec, and notes on what its author should look at. */
export interface Drafted {
  readonly spec: ClusterImportPolicySpec;
  readonly notes: readonly string[];
}

type Fields = { readonly [name: string]: unknown };
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A string in an object, with its path. */
interface Leaf {
  readonly path: readonly string[];
  readonly value: string;
}

/** The strings of an object outside of lists, those with short paths first. */
function leavesOf(value: unknown, path: readonly string[] = []): readonly Leaf[] {
  if (typeof value === 'string') return [{ path, value }];
  if (!isFields(value)) return [];
  return Object.entries(value)
    .flatMap(([name, item]) => leavesOf(item, [...path, name]))
    .sort((one, other) => one.path.length - other.path.length);
}

/** `.source.spec.host`, or with `index` if a key is not a valid name in a template. */
export function expressionOf(root: string, path: readonly string[]): string {
  return path.every((name) => /^[A-Za-z_]\w*$/.test(name))
    ? [root, ...path].join('.')
    : `index ${root} ${path.map((name) => JSON.stringify(name)).join(' ')}`;
}

const action = (expression: string) => `{{ ${expression} }}`;

/**
 * Drafts a policy from an example: how the source names its Secret, which keys hold credentials, where the endpoint is,
 * and which condition or phase the source has.
 * @throws {UsageError} if the example does not show where the credentials are
 */
export function draftPolicy(example: Example): Drafted {
  const { name, source, group, resource, namespaced, credentials } = example;
  const notes: string[] = [];
  const holder = credentials ?? source;
  const root = credentials === undefined ? '.source' : '.references.credentials';
  const access = accessOf(example, holder, root, notes);
  const template = ['spec:', ...access.lines.map((line) => `  ${line}`), SYNC].join('\n');
  const creationCondition = guarded(conditionOf(example, notes), access.requires);
  const place = credentials === undefined ? undefined : placeOf(source, credentials);
  if (credentials !== undefined && place !== undefined) notes.push(...guessedPlace(credentials, place));
  return {
    spec: {
      source: { group, resource, ...(source.kind === 'Secret' ? selectorOf(source, notes) : {}) },
      ...(credentials === undefined || place === undefined
        ? {}
        : {
            references: [
              {
                key: 'credentials',
                group: '',
                resource: resourceOf(credentials),
                ...fieldsOf(place),
              },
            ],
          }),
      nameTemplate: namespaced
        ? `${name}-{{ .source.metadata.namespace }}-{{ .source.metadata.name }}`
        : `${name}-{{ .source.metadata.name }}`,
      ...(creationCondition === undefined ? {} : { creationCondition }),
      template,
    },
    notes,
  };
}

/** Resource of an object that holds credentials. */
export const resourceOf = ({ kind }: KubeObject): 'secrets' | 'configmaps' =>
  kind === 'ConfigMap' ? 'configmaps' : 'secrets';

/** A place where an object with credentials may be. */
export interface Place {
  readonly namespace: string;
  readonly name: string;
  /** The field that names it. */
  readonly field: string;
}

/** Fields that name such an object, the likeliest first. */
const telling = [/kubeconf/i, /credential|auth|token/i, /secret/i];

/** Places that a source names, the likeliest first. */
export function placesToldBy(source: KubeObject): readonly Place[] {
  const leaves = leavesOf({ spec: source['spec'], status: source['status'] });
  const told = telling.flatMap((pattern) =>
    leaves.filter(
      ({ path, value }) =>
        pattern.test(path.join('.')) &&
        !/^(?:namespace|key|kind|apiVersion)$/.test(path.at(-1) ?? '') &&
        nameProblem(value) === undefined,
    ),
  );
  return [...new Set(told)].map(({ path, value }) => ({
    namespace: namespaceBeside(leaves, path)?.value ?? namespaceOf(source),
    name: value,
    field: path.join('.'),
  }));
}

/** Fields that can only hold the name of such an object: `secretRef.name`, `kubeconfigSecretName`. */
const namingField: { readonly [resource in ReturnType<typeof resourceOf>]: RegExp } = {
  secrets: /secret\w*\.name$|secret(?:ref)?(?:name)?$/i,
  configmaps: /config-?map\w*\.name$|config-?map(?:ref)?(?:name)?$/i,
};

/** The likeliest place of an object of this kind, by a field whose name shows that it names such an object. */
export const placeByShape = (source: KubeObject, holder: KubeObject): Place | undefined =>
  placesToldBy(source).find(({ field }) => namingField[resourceOf(holder)].test(field));

/** The namespace of objects that belong to a source, as on most platforms. */
export const namespaceOf = ({ metadata: { name, namespace } }: KubeObject): string => namespace ?? name;

/** A namespace in a field beside a name. */
const namespaceBeside = (leaves: readonly Leaf[], path: readonly string[]): Leaf | undefined =>
  leaves.find(
    (leaf) =>
      leaf.path.at(-1) === 'namespace' && leaf.path.slice(0, -1).join('.') === path.slice(0, -1).join('.'),
  );

interface ReferencePlace {
  readonly namespaceTemplate: string;
  readonly nameTemplate: string;
  /** The field of the source that the name was found in. */
  readonly named?: string;
  readonly allowedNamespaces?: readonly string[];
}

const fieldsOf = ({ named: _, ...fields }: ReferencePlace) => fields;

/** What to look at where no field of the source names the credentials. */
function guessedPlace(credentials: KubeObject, place: ReferencePlace): readonly string[] {
  if (place.named !== undefined) return [];
  if (!place.nameTemplate.includes('{{')) return [sharedBy(credentials, place)];
  return [
    `no field of the source names the ${credentials.kind}: its name is taken to be ${place.nameTemplate}, as it is here`,
  ];
}

/** The note for a name of credentials that is the same for all sources. */
const sharedBy = ({ kind, metadata: { name } }: KubeObject, { namespaceTemplate }: ReferencePlace): string =>
  `nothing in the source tells the name of the ${kind}: every source would take this one ${kind}, ${name}${
    namespaceTemplate.includes('{{') ? `, of the namespace ${namespaceTemplate}` : ''
  }`;

/** The place of the object with the credentials, as the source names it. */
function placeOf(source: KubeObject, credentials: KubeObject): ReferencePlace {
  const { name, namespace = 'default' } = credentials.metadata;
  const leaves = leavesOf({ spec: source['spec'], status: source['status'] });
  const named =
    leaves.find(
      ({ path, value }) => value === name && /secret|credential|kubeconfig/i.test(path.join('.')),
    ) ?? leaves.find(({ value }) => value === name);
  const told = named === undefined ? undefined : namespaceBeside(leaves, named.path);
  const beside = told?.value === namespace ? told : undefined;
  return {
    // The author of a source must not be able to choose a Secret of any namespace.
    ...(beside === undefined ? {} : { allowedNamespaces: [namespace] }),
    ...(named === undefined ? {} : { named: named.path.join('.') }),
    namespaceTemplate:
      beside !== undefined
        ? action(expressionOf('.source', beside.path))
        : namespace === source.metadata.namespace
          ? '{{ .source.metadata.namespace }}'
          : namespace === source.metadata.name
            ? '{{ .source.metadata.name }}'
            : namespaceByName(source, leaves, namespace),
    nameTemplate: named === undefined ? byName(source, name) : action(expressionOf('.source', named.path)),
  };
}

function namespaceByName(source: KubeObject, leaves: readonly Leaf[], namespace: string): string {
  const told = leaves.find(({ value }) => value === namespace);
  if (told !== undefined) return action(expressionOf('.source', told.path));
  return namespace.includes(source.metadata.name) ? byName(source, namespace) : namespace;
}

/** A name that contains the source's name, as a template. Any other name is the same for all sources. */
function byName(source: KubeObject, name: string): string {
  const at = name.indexOf(source.metadata.name);
  if (at < 0) return name;
  return `${name.slice(0, at)}{{ .source.metadata.name }}${name.slice(at + source.metadata.name.length)}`;
}

/** Data of a Secret, decoded, or of a ConfigMap, by key. */
export function decodedData({ kind, data }: KubeObject): ReadonlyMap<string, string> {
  const encoding = kind === 'ConfigMap' ? 'utf8' : 'base64';
  return new Map(
    Object.entries(isFields(data) ? data : {}).map(([key, value]) => [
      key,
      Buffer.from(typeof value === 'string' ? value : '', encoding).toString('utf8'),
    ]),
  );
}

const SYNC = `  syncResources:
    - group: ""
      resources: [pods, services, configmaps, namespaces, nodes]
    - group: apps
      resources: ["*"]
`;

/** The part of the template with the cluster's address and credentials, and what must exist for it. */
interface Access {
  readonly lines: readonly string[];
  /** An expression that is true if the endpoint is known. */
  readonly requires?: string;
}

/** Expressions for the value of a key: in base64, as PediaClusters need it, and as text. */
interface Keyed {
  readonly bytes: (key: string) => string;
  readonly text: (key: string) => string;
}

function accessOf(example: Example, holder: KubeObject, root: string, notes: string[]): Access {
  const { source } = example;
  const data = decodedData(holder);
  const at = (key: string) => expressionOf(root, ['data', key]);
  const keyed: Keyed =
    holder.kind === 'ConfigMap'
      ? { bytes: (key) => `${at(key)} | b64enc`, text: at }
      : { bytes: at, text: (key) => `${at(key)} | b64dec` };
  const field = (name: string, expression: string) => `${name}: "${action(expression)}"`;
  const meant = [...data].filter(([key, text]) => isMeantAsKubeconfig(key, text));
  const whole = meant.find(([, text]) => kubeconfigProblem(text) === undefined);
  if (whole !== undefined) {
    const [key, text] = whole;
    notes.push(...needsOf(key, text));
    return { lines: [field('kubeconfig', keyed.bytes(key))] };
  }
  const inline = inlineKubeconfig(source);
  if (inline !== undefined) {
    const expression = expressionOf('.source', inline);
    return { lines: [field('kubeconfig', expression)], requires: expression };
  }
  const credentials = plainCredentials(data, keyed) ?? jsonCredentials(data, keyed);
  const endpoint = endpointOf(source, data, keyed, notes);
  const [broken] = meant.map(([key, text]) => incompleteText(key, text));
  if (credentials === undefined || endpoint === undefined)
    throw new UsageError(`${placeText(example, holder)}: ${broken ?? lackOf(data, endpoint === undefined)}`);
  if (broken !== undefined) notes.push(`${broken}; so the template takes the other keys`);
  return {
    lines: [...endpoint.lines, ...credentials.map(([name, expression]) => field(name, expression))],
    ...(endpoint.requires === undefined ? {} : { requires: endpoint.requires }),
  };
}

/** `secret.yaml: Secret "port/alpha"`, as one can look it up. */
function placeText({ from }: Example, { kind, metadata: { namespace, name } }: KubeObject): string {
  const object = `${kind} "${namespace === undefined ? name : `${namespace}/${name}`}"`;
  return from === undefined ? object : `${from}: ${object}`;
}

const lackOf = (data: ReadonlyMap<string, string>, noEndpoint: boolean): string =>
  `no kubeconfig, and no ${noEndpoint ? 'endpoint' : 'token or certificate with its key'} found; it has the keys ${[...data.keys()].join(', ') || '(none)'}. If the credentials are in another object, name that; else write the template by hand, as docs/writing-policies.md shows`;

/** The expression for the kubeconfig of a source that contains it, in base64. */
export function inlineKubeconfig(source: KubeObject): readonly string[] | undefined {
  return leavesOf({ spec: source['spec'], status: source['status'] }).find(
    ({ value }) => value.length > 100 && isKubeconfig(Buffer.from(value, 'base64').toString('utf8')),
  )?.path;
}

/** Whether an object holds a kubeconfig, a token, or a certificate with its key. */
export function hasCredentials(holder: KubeObject): boolean {
  const data = decodedData(holder);
  const keyed: Keyed = { bytes: (key) => key, text: (key) => key };
  return (
    [...data].some(([key, text]) => isMeantAsKubeconfig(key, text)) ||
    (plainCredentials(data, keyed) ?? jsonCredentials(data, keyed)) !== undefined
  );
}

type Credentials = readonly (readonly [field: string, expression: string])[];

const notOfAuthority = /^(?!.*\bca\b)/i;

function plainCredentials(data: ReadonlyMap<string, string>, keyed: Keyed): Credentials | undefined {
  const find = (pattern: RegExp, holds = /(?:)/) =>
    [...data].find(([key, text]) => pattern.test(key) && holds.test(text))?.[0];
  const token = find(/^(?:service-?account)?-?(?:token|bearer-?token)$/i) ?? find(/token/i);
  const authority =
    find(/^(?:cluster-?)?ca(?:-?(?:cert|data|bundle))?(?:[.-](?:crt|pem))?$/i) ??
    find(/^certificate-authority-data$/i);
  const certificate =
    find(/^(?:tls\.crt|client-?cert(?:ificate)?(?:-data)?|cert(?:ificate)?(?:-data)?)$/i) ??
    find(notOfAuthority, /^-----BEGIN CERTIFICATE-----/) ??
    find(/^(?:client|admin|user)[.-](?:crt|pem|cert.*)$/i);
  const key =
    find(/^(?:tls\.key|client-?key(?:-data)?|key(?:-data)?)$/i) ??
    find(notOfAuthority, /^-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/) ??
    find(/^(?:client|admin|user)(?:[.-]key(?:\.pem)?)$/i);
  const ca: Credentials = authority === undefined ? [] : [['caData', keyed.bytes(authority)]];
  if (token !== undefined) return [...ca, ['tokenData', keyed.bytes(token)]];
  if (certificate === undefined || key === undefined) return undefined;
  return [...ca, ['certData', keyed.bytes(certificate)], ['keyData', keyed.bytes(key)]];
}

/** Credentials in a key with JSON, as Argo CD stores them. */
function jsonCredentials(data: ReadonlyMap<string, string>, keyed: Keyed): Credentials | undefined {
  for (const [key, text] of data) {
    const leaves = jsonLeaves(text);
    const token = leaves.find(({ path }) => /token/i.test(path.at(-1) ?? ''));
    if (token === undefined) continue;
    const within = ({ path }: Leaf) =>
      `(${keyed.text(key)} | fromJson)${path.map((name) => `.${name}`).join('')}`;
    const authority = leaves.find(({ path }) => /^ca(?:data)?$/i.test(path.at(-1) ?? ''));
    return [
      ...(authority === undefined ? [] : [['caData', within(authority)] as const]),
      ['tokenData', `${within(token)} | b64enc`],
    ];
  }
  return undefined;
}

function jsonLeaves(text: string): readonly Leaf[] {
  try {
    return leavesOf(JSON.parse(text));
  } catch {
    return [];
  }
}

function endpointOf(
  source: KubeObject,
  data: ReadonlyMap<string, string>,
  keyed: Keyed,
  notes: string[],
): Access | undefined {
  const said = { spec: source['spec'], status: source['status'] };
  const leaves = leavesOf(said);
  const apiserver = (expression: string): Access => ({ lines: [`apiserver: "${action(expression)}"`] });
  const urls = [
    ...leaves.filter(
      ({ path, value }) => /^https?:\/\//.test(value) && /endpoint|server|url|address/i.test(path.join('.')),
    ),
    ...leaves.filter(({ value }) => value.startsWith('https://')),
  ];
  const [url] = urls;
  if (url !== undefined) {
    const others = [...new Set(urls)].filter((other) => other.value !== url.value);
    if (others.length > 0)
      notes.push(
        `apiserver is ${url.path.join('.')}; there is an address in ${others.map(({ path }) => path.join('.')).join(', ')}, too`,
      );
    return apiserver(expressionOf('.source', url.path));
  }
  const [key] = [...data].find(([, text]) => /^https:\/\/\S+$/.test(text.trim())) ?? [];
  if (key !== undefined) return apiserver(keyed.text(key));
  const listed = listedUrl(said);
  if (listed !== undefined) {
    const list = expressionOf('.source', listed.list);
    const lines = [
      `{{- range ${list} }}`,
      `apiserver: "${action(`.${listed.path.join('.')}`)}"`,
      '{{- break }}',
      '{{- end }}',
    ];
    return { lines, requires: list };
  }
  const host = leaves.find(({ path }) => /^(?:host|hostname)$/i.test(path.at(-1) ?? ''));
  if (host === undefined) return undefined;
  const port = [...host.path.slice(0, -1), 'port'];
  const isSaid = valueAt(said, port) !== undefined;
  if (!isSaid) notes.push(`nothing tells the port beside ${host.path.join('.')}: it is taken to be 6443`);
  const [name, number] = [host.path, port].map((path) => action(expressionOf('.source', path)));
  return {
    lines: [`apiserver: "https://${name ?? ''}:${isSaid ? (number ?? '') : '6443'}"`],
    requires: expressionOf('.source', host.path),
  };
}

/** A URL in the first entry of a list. */
function listedUrl(
  value: unknown,
  path: readonly string[] = [],
): { readonly list: readonly string[]; readonly path: readonly string[] } | undefined {
  if (Array.isArray(value)) {
    const leaf = leavesOf(value[0]).find((one) => /^https:\/\//.test(one.value));
    return leaf === undefined || leaf.path.length === 0 ? undefined : { list: path, path: leaf.path };
  }
  if (!isFields(value)) return undefined;
  for (const [name, item] of Object.entries(value)) {
    const found = listedUrl(item, [...path, name]);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The condition, combined with the one that the endpoint is known. */
function guarded(condition: string | undefined, requires: string | undefined): string | undefined {
  if (requires === undefined) return condition;
  return `{{- if ${requires} }}\n${condition ?? 'true'}\n{{- end }}\n`;
}

/** What an example shows that has no condition and no phase, with the line to add where one of its fields says enough. */
function unknownState(status: Fields, statusFields: readonly string[]): string {
  if (Object.keys(status).length === 0) {
    const known = statusFields.map((name) => `status.${name}`).join(', ');
    const more = known === '' ? '' : ` (its definition has ${known}: one that has them tells more)`;
    return `the example has no status that says when it is ready${more}`;
  }
  const [leaf] = leavesOf(status).filter(({ path, value }) => path.length === 1 && /^[A-Za-z]+$/.test(value));
  const way =
    leaf === undefined
      ? ''
      : ` (if status.${leaf.path.join('.')} says it, add creationCondition: '${action(`eq ${expressionOf('.source.status', leaf.path)} ${JSON.stringify(leaf.value)}`)}')`;
  return `the example has no condition that says that it is ready${way}`;
}

/** Words for a phase or state in which a cluster can be used. */
const readyWord =
  /^(?:ready|running|active|online|available|provisioned|healthy|succeeded|joined|accepted|connected|installed|up)$/i;

/** A condition or phase that shows that the cluster is up; nothing if the example has none. */
function conditionOf({ source, statusFields = [] }: Example, notes: string[]): string | undefined {
  const status = isFields(source['status']) ? source['status'] : {};
  const conditions = Array.isArray(status['conditions']) ? status['conditions'].filter(isFields) : [];
  const met = conditions
    .filter((condition) => condition['status'] === 'True')
    .map((condition) => String(condition['type']));
  const wanted =
    met.find((type) => /^(?:Ready|Available|ControlPlaneInitialized|ControlPlaneAvailable)$/.test(type)) ??
    met.find((type) => /ready|available|initialized|healthy|accepted|joined/i.test(type));
  if (wanted !== undefined)
    return `{{- range .source.status.conditions }}\n  {{- if and (eq .type ${JSON.stringify(wanted)}) (eq .status "True") }}true{{ end }}\n{{- end }}\n`;
  for (const field of ['phase', 'state']) {
    const value = status[field];
    if (typeof value !== 'string') continue;
    if (!readyWord.test(value))
      notes.push(
        `status.${field} is ${JSON.stringify(value)} here, so clusters are imported while it is: look whether that means ready`,
      );
    return `{{ eq .source.status.${field} ${JSON.stringify(value)} }}`;
  }
  notes.push(
    `${unknownState(status, statusFields)}: clusters are imported as soon as their credentials exist`,
  );
  return undefined;
}

/** A selector that keeps the Secrets that stand for clusters. */
function selectorOf(
  source: KubeObject,
  notes: string[],
): { labelSelector?: string; selectorTemplate?: string } {
  const [label] = Object.entries(source.metadata.labels ?? {});
  if (label !== undefined) {
    notes.push(
      `sources are told from other Secrets by the label ${label[0]}: look whether that is what all of them have`,
    );
    return { labelSelector: `${label[0]}=${label[1]}` };
  }
  const keys = [...decodedData(source).keys()];
  notes.push('sources are told from other Secrets by their keys: add a label, or a prefix of their names');
  return {
    selectorTemplate: `{{ and ${keys.map((key) => `(hasKey .source.data ${JSON.stringify(key)})`).join(' ')} true }}`,
  };
}
