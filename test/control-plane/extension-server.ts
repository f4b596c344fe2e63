import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { stringify } from 'yaml';
import { createCertificateAuthority, issueServerCertificate, validFor } from '../../config/certificates.ts';
import type { CertificatePair } from '../../config/certificates.ts';
import type { KubeClient, StoredObject, ResourceType } from '../../src/kube/index.ts';
import { FRONT_PROXY } from './front-proxy.ts';
import type { Kubectl } from './index.ts';
import { freePort } from './index.ts';

/** The kind by which a server asks whether somebody may do something. */
export const SUBJECT_ACCESS_REVIEWS: ResourceType = {
  group: 'authorization.k8s.io',
  version: 'v1',
  resource: 'subjectaccessreviews',
  kind: 'SubjectAccessReview',
  namespaced: false,
};

/** A schema of OpenAPI: an object whose fields are described. */
export interface ObjectSchema {
  readonly properties?: { readonly [field: string]: object };
  readonly [keyword: string]: unknown;
}

export interface ExtensionServerOptions {
  /** Of the cluster that it extends: says whom to trust as front proxy, and who may do what. */
  readonly client: KubeClient;
  /** The kind that it serves. */
  readonly type: ResourceType;
  /** As it would be in a CRD. */
  readonly schema: ObjectSchema;
  /** Which OpenAPI documents it publishes: servers before 1.24 know of version 2 only. @default both */
  readonly openApi?: readonly ('v2' | 'v3')[];
}

/** A request for objects, as far as tests look at it. */
export interface SeenRequest {
  readonly verb: 'get' | 'list' | 'watch';
  readonly user: string;
  readonly fieldSelector: string;
}

type EventType = 'ADDED' | 'MODIFIED' | 'DELETED';

interface Manifest {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

interface Change {
  readonly version: number;
  readonly type: EventType;
  readonly object: StoredObject;
}

interface Watcher {
  readonly response: ServerResponse;
  readonly selects: (object: StoredObject) => boolean;
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

/** A Status as Kubernetes answers with. */
class Refusal extends Error {
  readonly answer: Answer;

  constructor(code: number, reason: string, message: string) {
    super(message);
    const body = { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Failure', message, reason, code };
    this.answer = { status: code, body };
  }
}

const NAMESPACE = 'default';
const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const BOOKMARK_MS = 1000;

/**
 * An extension API server as `k8s.io/apiserver` makes them, for one kind, with its objects in memory: behind the API server's
 * aggregation layer, with TLS, front proxy authentication and delegated authorization; discovery, OpenAPI, list, get and watch
 * with resource versions, bookmarks and field selectors (`metadata.name` and `metadata.namespace`, as such servers have by
 * default). It knows no streaming lists, and answers those as a server does that has the feature off.
 */
export class ExtensionServer {
  /** Requests for objects, in the order in which they came. */
  readonly requests: SeenRequest[] = [];
  readonly #options: ExtensionServerOptions;
  readonly #port: number;
  readonly #service: string;
  readonly #certificate: CertificatePair;
  readonly #authority: CertificatePair;
  readonly #connections = new Set<Socket>();
  readonly #watchers = new Set<Watcher>();
  #server: Server | undefined;
  #objects = new Map<string, StoredObject>();
  #changes: Change[] = [];
  #version = 1;
  #bookmarks: NodeJS.Timeout | undefined;

  private constructor(
    options: ExtensionServerOptions,
    port: number,
    service: string,
    authority: CertificatePair,
    certificate: CertificatePair,
  ) {
    this.#options = options;
    this.#port = port;
    this.#service = service;
    this.#authority = authority;
    this.#certificate = certificate;
  }

  static async start(options: ExtensionServerOptions): Promise<ExtensionServer> {
    const service = options.type.group.replaceAll('.', '-');
    const authority = await createCertificateAuthority(service, validFor(1));
    const names = { dnsNames: [`${service}.${NAMESPACE}.svc`] };
    const certificate = await issueServerCertificate(authority, names, validFor(1));
    const server = new ExtensionServer(options, await freePort(), service, authority, certificate);
    await server.serve();
    return server;
  }

  /** Makes the API server serve the kind, as Karmada does it: by a Service that is a name elsewhere. */
  async register(kubectl: Kubectl): Promise<void> {
    const { group, version } = this.#options.type;
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: this.#service, namespace: NAMESPACE },
      spec: { type: 'ExternalName', externalName: 'localhost' },
    };
    const registration = {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: `${version}.${group}` },
      spec: {
        group,
        version,
        groupPriorityMinimum: 2000,
        versionPriority: 10,
        caBundle: Buffer.from(this.#authority.certPem).toString('base64'),
        service: { namespace: NAMESPACE, name: this.#service, port: this.#port },
      },
    };
    await kubectl.apply([service, registration].map((object) => stringify(object)).join('---\n'));
  }

  /** Serves again after {@link close}, on the same port with the same objects. */
  async serve(): Promise<void> {
    const { certPem, keyPem } = this.#certificate;
    const server = createServer({
      cert: certPem,
      key: keyPem,
      ca: await this.#frontProxyAuthority(),
      requestCert: true,
      rejectUnauthorized: false,
    });
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void this.#serve(request, response);
    });
    server.on('connection', (socket: Socket) => {
      this.#connections.add(socket);
      socket.on('close', () => this.#connections.delete(socket));
    });
    server.listen(this.#port, 'localhost');
    await once(server, 'listening');
    this.#server = server;
    this.#bookmarks = setInterval(() => {
      for (const { response } of this.#watchers) this.#sendBookmark(response);
    }, BOOKMARK_MS);
  }

  /** Ends as a crash does. */
  async close(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    clearInterval(this.#bookmarks);
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#connections) socket.destroy();
    await closed;
    this.#watchers.clear();
  }

  /** Creates or replaces an object. */
  put(manifest: Manifest): void {
    const { group, version, kind } = this.#options.type;
    const known = this.#objects.get(keyOf(manifest));
    this.#version += 1;
    const object = {
      ...manifest,
      apiVersion: `${group}/${version}`,
      kind,
      metadata: {
        creationTimestamp: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
        uid: randomUUID(),
        ...known?.metadata,
        ...manifest.metadata,
        resourceVersion: String(this.#version),
      },
    } as StoredObject;
    this.#objects.set(keyOf(object), object);
    this.#tell(known === undefined ? 'ADDED' : 'MODIFIED', object);
  }

  /** @param key `namespace/name`, or the name alone */
  delete(key: string): void {
    const known = this.#objects.get(key);
    if (known === undefined) throw new Error(`There is no ${key}`);
    this.#objects.delete(key);
    this.#version += 1;
    const metadata = { ...known.metadata, resourceVersion: String(this.#version) };
    this.#tell('DELETED', { ...known, metadata });
  }

  /** Has the same objects in a store that counts from the beginning, as one that was restored from a copy. */
  restore(): void {
    const objects = [...this.#objects.values()];
    this.#objects = new Map();
    this.#changes = [];
    this.#version = 1;
    for (const object of objects) this.put(object);
  }

  #tell(type: EventType, object: StoredObject): void {
    const change = { version: this.#version, type, object };
    this.#changes.push(change);
    for (const watcher of this.#watchers) send(watcher, change);
  }

  /** Whom an extension server trusts to say who asks is written in a ConfigMap. */
  async #frontProxyAuthority(): Promise<string> {
    const type = { group: '', version: 'v1', resource: 'configmaps', kind: 'ConfigMap', namespaced: true };
    const { client } = this.#options;
    const { data } = await client.get(type, 'extension-apiserver-authentication', 'kube-system');
    return (data as { readonly 'requestheader-client-ca-file': string })['requestheader-client-ca-file'];
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = new URL(request.url ?? '/', 'https://localhost');
      const user = userOf(request);
      const answer = this.#published(url.pathname) ?? (await this.#objectsAt(url, user, response));
      if (answer !== undefined) reply(response, answer);
    } catch (error) {
      if (error instanceof Refusal) reply(response, error.answer);
      else reply(response, new Refusal(500, 'InternalError', String(error)).answer);
    }
  }

  /** Discovery and OpenAPI. */
  #published(path: string): Answer | undefined {
    const { openApi = ['v2', 'v3'], type } = this.#options;
    const { group, version, resource, kind, namespaced } = type;
    const groupVersion = `${group}/${version}`;
    const versions = [{ groupVersion, version }];
    const groupEntry = { name: group, versions, preferredVersion: versions[0] };
    const verbs = ['get', 'list', 'watch'];
    const documents: { readonly [path: string]: object } = {
      '/apis': { apiVersion: 'v1', kind: 'APIGroupList', groups: [groupEntry] },
      [`/apis/${group}`]: { apiVersion: 'v1', kind: 'APIGroup', ...groupEntry },
      [`/apis/${groupVersion}`]: {
        apiVersion: 'v1',
        kind: 'APIResourceList',
        groupVersion,
        resources: [{ name: resource, singularName: kind.toLowerCase(), kind, namespaced, verbs }],
      },
      ...(openApi.includes('v2') && { '/openapi/v2': this.#openApiV2() }),
      ...(openApi.includes('v3') && {
        '/openapi/v3': {
          paths: {
            [`apis/${groupVersion}`]: { serverRelativeURL: `/openapi/v3/apis/${groupVersion}?hash=1` },
          },
        },
        [`/openapi/v3/apis/${groupVersion}`]: this.#openApiV3(),
      }),
    };
    const body = documents[path];
    if (body !== undefined) return { status: 200, body };
    if (path.startsWith('/openapi')) throw notFound(path);
    return undefined;
  }

  #openApiV2(): object {
    const refer = (name: string) => ({ $ref: `#/definitions/${name}` });
    return {
      swagger: '2.0',
      info: { title: 'Extension', version: 'v1' },
      paths: this.#operations((schema) => ({ description: 'OK', schema }), refer),
      definitions: withoutAlternatives(this.#definitions(refer)),
    };
  }

  #openApiV3(): object {
    const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });
    return {
      openapi: '3.0.0',
      info: { title: 'Extension', version: 'v1' },
      paths: this.#operations(
        (schema) => ({ description: 'OK', content: { 'application/json': { schema } } }),
        reference,
      ),
      // As Go's types come out: a field with a default is all of the type that it refers to.
      components: { schemas: this.#definitions((name) => ({ allOf: [reference(name)], default: {} })) },
    };
  }

  #operations(respond: (schema: object) => object, refer: (name: string) => object): object {
    const { group, version, resource, kind } = this.#options.type;
    const get = {
      operationId: `list${kind}`,
      responses: { 200: respond(refer(this.#definitionOf(''))) },
      'x-kubernetes-action': 'list',
      'x-kubernetes-group-version-kind': { group, version, kind },
    };
    return { [`/apis/${group}/${version}/${resource}`]: { get } };
  }

  /** The kind as Go's types come out: one definition for it, one for each part. */
  #definitions(refer: (name: string) => object): { readonly [name: string]: object } {
    const { schema, type } = this.#options;
    const { group, version, kind } = type;
    const { spec = {}, status = {} } = schema.properties ?? {};
    const text = { type: 'string' };
    const texts = { type: 'object', additionalProperties: text };
    return {
      [this.#definitionOf('')]: {
        type: 'object',
        properties: {
          apiVersion: text,
          kind: text,
          metadata: refer(OBJECT_META),
          spec: refer(this.#definitionOf('Spec')),
          status: refer(this.#definitionOf('Status')),
        },
        'x-kubernetes-group-version-kind': [{ group, version, kind }],
      },
      [this.#definitionOf('Spec')]: spec,
      [this.#definitionOf('Status')]: status,
      [OBJECT_META]: {
        type: 'object',
        properties: { name: text, namespace: text, uid: text, labels: texts, annotations: texts },
      },
    };
  }

  #definitionOf(part: string): string {
    const { group, version, kind } = this.#options.type;
    return `${group.split('.').reverse().join('.')}.${version}.${kind}${part}`;
  }

  async #objectsAt(url: URL, user: User, response: ServerResponse): Promise<Answer | undefined> {
    const { group, version, resource, kind } = this.#options.type;
    const path = new RegExp(`^/apis/${group}/${version}/(?:namespaces/([^/]+)/)?${resource}(?:/([^/]+))?$`);
    const found = path.exec(url.pathname);
    if (found === null) throw notFound(url.pathname);
    const [, namespace, name] = found;
    const query = url.searchParams;
    const verb = name !== undefined ? 'get' : query.get('watch') ? 'watch' : 'list';
    const fieldSelector = query.get('fieldSelector') ?? '';
    await this.#authorize(user, { verb, namespace, name });
    this.requests.push({ verb, user: user.name, fieldSelector });
    if (name !== undefined) {
      const body = this.#objects.get(keyOf({ metadata: { name, ...(namespace && { namespace }) } }));
      if (body === undefined) throw new Refusal(404, 'NotFound', `${resource}.${group} "${name}" not found`);
      return { status: 200, body };
    }
    const matches = selector(fieldSelector);
    const selects = (object: StoredObject): boolean =>
      matches(object) && (namespace === undefined || object.metadata.namespace === namespace);
    if (verb === 'watch') {
      this.#watch(query, selects, response);
      return undefined;
    }
    const items = [...this.#objects.values()].filter(selects);
    const metadata = { resourceVersion: String(this.#version) };
    return { status: 200, body: { apiVersion: `${group}/${version}`, kind: `${kind}List`, metadata, items } };
  }

  /** Asks the API server, as `k8s.io/apiserver` does for what it does not know itself. */
  async #authorize(
    user: User,
    what: {
      readonly verb: string;
      readonly namespace: string | undefined;
      readonly name: string | undefined;
    },
  ): Promise<void> {
    const { client, type } = this.#options;
    const { group, resource } = type;
    const { status } = await client.create(SUBJECT_ACCESS_REVIEWS, {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      metadata: { name: '' },
      spec: { user: user.name, groups: user.groups, resourceAttributes: { group, resource, ...what } },
    });
    if ((status as { readonly allowed: boolean }).allowed) return;
    const message = `User "${user.name}" cannot ${what.verb} resource "${resource}" in API group "${group}"`;
    throw new Refusal(403, 'Forbidden', `${resource}.${group} is forbidden: ${message}`);
  }

  #watch(query: URLSearchParams, selects: Watcher['selects'], response: ServerResponse): void {
    if (query.has('sendInitialEvents')) {
      const rule = 'sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled';
      throw new Refusal(422, 'Invalid', `ListOptions.meta.k8s.io "" is invalid: ${rule}`);
    }
    const watcher = { response, selects };
    const from = query.get('resourceVersion') ?? '';
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    if (from === '' || from === '0') {
      for (const object of this.#objects.values())
        send(watcher, { version: this.#version, type: 'ADDED', object });
    } else {
      for (const change of this.#changes) if (change.version > Number(from)) send(watcher, change);
    }
    this.#watchers.add(watcher);
    const seconds = Number(query.get('timeoutSeconds') ?? 1800);
    const end = setTimeout(() => response.end(), seconds * 1000);
    response.on('close', () => {
      clearTimeout(end);
      this.#watchers.delete(watcher);
    });
  }

  #sendBookmark(response: ServerResponse): void {
    const { group, version, kind } = this.#options.type;
    const metadata = { resourceVersion: String(this.#version), creationTimestamp: null };
    const object = { apiVersion: `${group}/${version}`, kind, metadata };
    response.write(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
  }
}

/**
 * The definitions with the type `string` where there are alternatives, as Go's types come out in version 2
 * (`OpenAPISchemaType` of `resource.Quantity` and `intstr.IntOrString`). Swagger 2.0 has no `anyOf`, and Kubernetes 1.20 takes
 * nothing of a document that has it.
 */
function withoutAlternatives(value: object): object {
  if (Array.isArray(value)) return value.map((item) => withoutNested(item));
  if ('anyOf' in value) return { type: 'string' };
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutNested(item)]));
}

const withoutNested = (value: unknown): unknown =>
  typeof value === 'object' && value !== null ? withoutAlternatives(value) : value;

interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

/** Who asks, where the front proxy says so: its certificate, then its headers. */
function userOf({ socket, headers }: IncomingMessage): User {
  const connection = socket as TLSSocket;
  const certificate = connection.authorized ? connection.getPeerCertificate() : undefined;
  const name = headers['x-remote-user'];
  if (certificate?.subject.CN !== FRONT_PROXY || typeof name !== 'string')
    throw new Refusal(401, 'Unauthorized', 'Unauthorized');
  const groups = String(headers['x-remote-group'] ?? '').split(', ');
  return { name, groups };
}

/** `k=v` and `k!=v` of the two fields that every kind has. */
function selector(text: string): (object: StoredObject) => boolean {
  const terms = text.split(',').filter((term) => term !== '');
  const tests = terms.map((term) => {
    const [, field = '', operator, value] = /^(.*?)(!=|==?)(.*)$/.exec(term) ?? [];
    if (field !== 'metadata.name' && field !== 'metadata.namespace')
      throw new Refusal(400, 'BadRequest', `"${field}" is not a known field selector: only "metadata.name"`);
    const key = field === 'metadata.name' ? 'name' : 'namespace';
    return ({ metadata }: StoredObject): boolean => ((metadata[key] ?? '') === value) !== (operator === '!=');
  });
  return (object) => tests.every((test) => test(object));
}

function send({ response, selects }: Watcher, { type, object }: Change): void {
  if (selects(object)) response.write(`${JSON.stringify({ type, object })}\n`);
}

function reply(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

const keyOf = ({ metadata: { namespace, name } }: Manifest): string =>
  namespace === undefined ? name : `${namespace}/${name}`;

const notFound = (path: string): Refusal => new Refusal(404, 'NotFound', `there is nothing at ${path}`);
