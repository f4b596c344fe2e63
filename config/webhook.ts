import type { ConfigOf, ObjectField } from './schema.ts';

const address = (description: string, value: string) =>
  ({ type: 'string', minLength: 1, default: value, description }) as const;

const port = (description: string, value: number) =>
  ({
    type: 'integer',
    minimum: 0,
    maximum: 65535,
    default: value,
    description: `${description} 0 takes a free one.`,
  }) as const;

const objectName = {
  pattern: '^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$',
  patternMeaning: 'a name of a Kubernetes object: lower-case letters, digits, "-" and "."',
} as const;

const certificates = {
  type: 'object',
  description: 'Where the certificate of the HTTPS server comes from.',
  properties: {
    mode: {
      type: 'string',
      enum: ['files', 'self-managed'],
      default: 'files',
      description:
        'files: read from certificates.directory and reloaded when they change, as cert-manager and its like maintain them. self-managed: a certificate authority of our own, kept in a Secret, renewed, and written into the webhook configurations.',
    },
    directory: {
      type: 'string',
      minLength: 1,
      default: '/var/run/clusterpedia-import/certificates',
      description: 'Folder with the certificate and its key. Used by mode files.',
    },
    certFile: {
      type: 'string',
      minLength: 1,
      default: 'tls.crt',
      description: 'Certificate chain, PEM; relative to certificates.directory.',
    },
    keyFile: {
      type: 'string',
      minLength: 1,
      default: 'tls.key',
      description: 'Private key, PEM; relative to certificates.directory.',
    },
    pollSeconds: {
      type: 'number',
      minimum: 1,
      maximum: 3600,
      default: 10,
      description:
        'Seconds between looks at the files (or the Secret), besides watching the folder: mounted Secrets change by symbolic links, and not every file system reports that.',
    },
    selfManaged: {
      type: 'object',
      description: 'Used by mode self-managed.',
      properties: {
        namespace: {
          type: 'string',
          ...objectName,
          default: 'clusterpedia-import-system',
          description: 'Namespace of the Secret and of the Service.',
        },
        secretName: {
          type: 'string',
          ...objectName,
          default: 'clusterpedia-import-webhook-certificates',
          description: 'Secret with the authority and the server certificate. Created where it is missing.',
        },
        serviceName: {
          type: 'string',
          ...objectName,
          default: 'clusterpedia-import-webhook',
          description:
            'Service through which the API server reaches the webhook: gives the DNS names of the certificate.',
        },
        extraNames: {
          type: 'array',
          items: { type: 'string', minLength: 1, description: 'A DNS name or IP address.' },
          default: [],
          description: 'Further DNS names and IP addresses of the certificate, for webhooks reached by URL.',
        },
        webhookConfigurations: {
          type: 'array',
          items: { type: 'string', ...objectName, description: 'Name of a webhook configuration.' },
          minItems: 1,
          default: ['clusterpedia-import'],
          description:
            'Names of the ValidatingWebhookConfigurations and MutatingWebhookConfigurations that are given the authority as caBundle.',
        },
        authorityDays: {
          type: 'number',
          minimum: 1,
          maximum: 36500,
          default: 3650,
          description:
            'Days that an authority is valid. A new one is made when a third is left; both are trusted meanwhile.',
        },
        certificateDays: {
          type: 'number',
          minimum: 0.01,
          maximum: 825,
          default: 90,
          description: 'Days that a server certificate is valid. Renewed when a third is left.',
        },
      },
    },
  },
} as const satisfies ObjectField;

const callers = {
  type: 'object',
  description:
    'How requests of the API server are told from others. Only these are judged on live objects, names that are taken and rights; any other on its own text and samples.',
  properties: {
    mode: {
      type: 'string',
      enum: ['path', 'certificate'],
      default: 'path',
      description:
        "path: by a path that cannot be guessed, kept in a Secret and written into the ValidatingWebhookConfiguration. certificate: by a client certificate, which the API server's own admission configuration has to give it.",
    },
    namespace: {
      type: 'string',
      ...objectName,
      default: 'clusterpedia-import-system',
      description: 'Namespace of the Secret. Used by mode path.',
    },
    secretName: {
      type: 'string',
      ...objectName,
      default: 'clusterpedia-import-webhook-path',
      description: 'Secret with the path. Created where it is missing. Used by mode path.',
    },
    webhookConfigurations: {
      type: 'array',
      items: { type: 'string', ...objectName, description: 'Name of a webhook configuration.' },
      minItems: 1,
      default: ['clusterpedia-import'],
      description:
        'Names of the ValidatingWebhookConfigurations into which the path is written. Used by mode path.',
    },
    rotationHours: {
      type: 'number',
      minimum: 0.001,
      maximum: 8760,
      default: 24,
      description:
        'Hours after which the path is replaced; the old one is still accepted for ten minutes. Used by mode path.',
    },
    authorityFile: {
      type: 'string',
      minLength: 1,
      default: '/var/run/clusterpedia-import/api-server/ca.crt',
      description:
        "Authorities that sign the API server's client certificate, PEM; read again when it changes. Used by mode certificate.",
    },
    names: {
      type: 'array',
      items: { type: 'string', minLength: 1, description: 'A common name.' },
      default: [],
      description:
        "Common names that the API server's client certificate may have; at least one. Used by mode certificate.",
    },
    pollSeconds: {
      type: 'number',
      minimum: 1,
      maximum: 3600,
      default: 10,
      description:
        'Seconds between looks at the Secret and the webhook configurations, or at the file of the authorities.',
    },
  },
} as const satisfies ObjectField;

const limits = {
  type: 'object',
  description: 'What the server takes on at most. The defaults suit any cluster.',
  properties: {
    bodyBytes: {
      type: 'integer',
      minimum: 1024,
      maximum: 64 * 1024 * 1024,
      default: 7 * 1024 * 1024,
      description:
        'Bytes of a request: two objects of at most 3 MiB each (old and new) and what goes around them.',
    },
    jsonDepth: {
      type: 'integer',
      minimum: 16,
      maximum: 10000,
      default: 256,
      description: 'Depth of nested objects and lists in a request.',
    },
    concurrency: {
      type: 'integer',
      minimum: 1,
      maximum: 10000,
      default: 64,
      description:
        'Policies reviewed at once. Further ones wait. The processor is shared such that a policy that costs little is not kept waiting by others.',
    },
    requests: {
      type: 'integer',
      minimum: 1,
      maximum: 100000,
      default: 64,
      description:
        'Requests under way at once, waiting ones included; a quarter of them where they are not known to come from the API server. Further ones are turned away with 429 before their body is read, so memory stays flat.',
    },
    totalBodyBytes: {
      type: 'integer',
      minimum: 1024,
      maximum: 4 * 1024 * 1024 * 1024,
      default: 64 * 1024 * 1024,
      description:
        'Bytes of all requests under way at once, whatever their number. Further ones are turned away likewise; a single request never is for this.',
    },
    connections: {
      type: 'integer',
      minimum: 1,
      maximum: 1000000,
      default: 1024,
      description:
        'Open connections. Where there are more, the oldest goes that has no request under way and has served the API server none.',
    },
    deadlineSeconds: {
      type: 'number',
      minimum: 0.2,
      maximum: 30,
      default: 4.5,
      description:
        'Seconds until a request is answered, whatever is not known by then. Less where the API server, with ?timeout=, says that it waits less long.',
    },
    marginSeconds: {
      type: 'number',
      minimum: 0.05,
      maximum: 10,
      default: 0.5,
      description: "Seconds by which an answer leaves before the API server's own timeout.",
    },
    receiveSeconds: {
      type: 'number',
      minimum: 0.1,
      maximum: 300,
      default: 5,
      description:
        'Seconds within which the headers of a request, once they have begun, and then its body must have arrived.',
    },
    keepAliveSeconds: {
      type: 'number',
      minimum: 1,
      maximum: 3600,
      default: 120,
      description:
        'Seconds that an idle connection is kept. The API server drops its own after 90 s; dropping one first could break a request on its way.',
    },
  },
} as const satisfies ObjectField;

/** How many existing sources a policy is tried on, unless the configuration says otherwise. Controller and command line try as many. */
export const DEFAULT_LIVE_SOURCES = 20;

const liveSources = {
  type: 'object',
  description: 'Trial renderings of a policy with objects that exist.',
  properties: {
    maximum: {
      type: 'integer',
      minimum: 0,
      maximum: 500,
      default: DEFAULT_LIVE_SOURCES,
      description: 'Sources tried per policy. 0 turns this off.',
    },
    timeoutSeconds: {
      type: 'number',
      minimum: 0.05,
      maximum: 25,
      default: 2.5,
      description: 'Seconds after which the policy is judged without them, with a warning.',
    },
    cacheSeconds: {
      type: 'number',
      minimum: 0,
      maximum: 300,
      default: 5,
      description: 'Seconds that objects read are used again.',
    },
  },
} as const satisfies ObjectField;

/** The section `webhook` of the configuration. */
export const webhookSchema = {
  type: 'object',
  description: 'The admission webhook.',
  properties: {
    address: address('IP address of the HTTPS server; "::" is every address.', '::'),
    port: port('Port of the HTTPS server.', 9443),
    probes: {
      type: 'object',
      description: 'Plain HTTP server for /livez, /readyz and /metrics.',
      properties: {
        address: address('IP address.', '::'),
        port: port('Port.', 8081),
      },
    },
    certificates,
    callers,
    limits,
    liveSources,
    rights: {
      type: 'string',
      enum: ['Enforce', 'Warn', 'Off'],
      default: 'Enforce',
      description:
        "Whether the author of a policy needs the rights that the policy uses (list on the source, get on the references). A policy makes the controller read objects with the controller's own rights; Enforce keeps authors from reading Secrets that they may not read.",
    },
    rightsCacheSeconds: {
      type: 'number',
      minimum: 0,
      maximum: 300,
      default: 10,
      description: "Seconds that the API server's answer about somebody's rights is used again.",
    },
    shutdownDelaySeconds: {
      type: 'number',
      minimum: 0,
      maximum: 300,
      default: 10,
      description:
        'Seconds after SIGTERM during which requests are still served, so that every API server has learned to use another replica.',
    },
    drainSeconds: {
      type: 'number',
      minimum: 0,
      maximum: 300,
      default: 10,
      description: 'Seconds after that for requests under way to end.',
    },
  },
} as const satisfies ObjectField;

export type WebhookConfig = ConfigOf<typeof webhookSchema>;
