import type { ConfigOf, ObjectField } from './schema.ts';

/** The section `controller` of the configuration. */
export const controllerSchema = {
  type: 'object',
  description: 'The controller that turns sources into PediaClusters.',
  properties: {
    concurrency: {
      type: 'integer',
      minimum: 1,
      maximum: 1000,
      default: 8,
      description: 'Objects reconciled at once, per kind.',
    },
    probes: {
      type: 'object',
      description: 'Plain HTTP server for /livez, /readyz and /metrics.',
      properties: {
        address: { type: 'string', minLength: 1, default: '::', description: 'IP address.' },
        port: {
          type: 'integer',
          minimum: 0,
          maximum: 65535,
          default: 8080,
          description: 'Port. 0 takes a free one.',
        },
      },
    },
    leaderElection: {
      type: 'object',
      description: 'Of several replicas, one works. The numbers are those of the Kubernetes controllers.',
      properties: {
        enabled: {
          type: 'boolean',
          default: true,
          description: 'false only where there is a single replica.',
        },
        namespace: {
          type: 'string',
          minLength: 1,
          default: 'clusterpedia-import-system',
          description: 'Namespace of the Lease.',
        },
        name: {
          type: 'string',
          minLength: 1,
          default: 'clusterpedia-import-controller',
          description: 'Name of the Lease.',
        },
        identity: {
          type: 'string',
          minLength: 1,
          description: 'Name of this replica. The host name and a random suffix where absent.',
        },
        leaseDurationSeconds: {
          type: 'number',
          minimum: 1,
          maximum: 3600,
          default: 15,
          description: 'Seconds after which a silent leader is replaced.',
        },
        renewDeadlineSeconds: {
          type: 'number',
          minimum: 0.5,
          maximum: 3600,
          default: 10,
          description: 'Seconds after which a leader that cannot renew its Lease gives up.',
        },
        retryPeriodSeconds: {
          type: 'number',
          minimum: 0.1,
          maximum: 3600,
          default: 2,
          description: 'Seconds between attempts.',
        },
      },
    },
    allowedExecCommands: {
      type: 'array',
      items: { type: 'string', minLength: 1, description: 'A command, as kubeconfigs write it.' },
      default: [],
      description:
        'Commands that the kubeconfig of a PediaCluster may name in users[].user.exec, exactly as written there. Clusterpedia runs them in its own pod. Empty: none.',
    },
    breaker: {
      type: 'object',
      description:
        "Holds deletions back when one change would delete more than `count` and more than `fraction` of a policy's PediaClusters.",
      properties: {
        count: {
          type: 'integer',
          minimum: 0,
          default: 10,
          description: 'So many deletions always go through.',
        },
        fraction: {
          type: 'number',
          minimum: 0,
          maximum: 1,
          default: 0.5,
          description: "So large a part of a policy's PediaClusters always goes through.",
        },
        windowSeconds: {
          type: 'number',
          minimum: 1,
          maximum: 3600,
          default: 60,
          description: 'Deletions within so many seconds count as one change.',
        },
        settleSeconds: {
          type: 'number',
          minimum: 0,
          maximum: 3600,
          default: 2,
          description: 'Deletions are judged, and done, once no new one has come in so many seconds.',
        },
      },
    },
  },
} as const satisfies ObjectField;

export type ControllerConfig = ConfigOf<typeof controllerSchema>;

const { count, fraction } = controllerSchema.properties.breaker.properties;
/** How many deletions at once go through where nothing else is configured. */
export const breakerDefaults = { count: count.default, fraction: fraction.default } as const;
