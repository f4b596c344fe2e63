import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

/** Root of everything that is applied with kustomize. */
export const KUSTOMIZE = join(import.meta.dirname, '../../kustomize');

export const overlays = ['default', 'without-cert-manager', 'namespaced-references', 'production'] as const;
export type Overlay = (typeof overlays)[number];

/** An object of a manifest. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: { readonly [key: string]: string };
    readonly annotations?: { readonly [key: string]: string };
  };
  readonly [field: string]: unknown;
}

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** A Role or ClusterRole. */
export interface Role extends Manifest {
  /** The control plane's, where there is an aggregationRule. */
  readonly rules?: readonly Rule[];
  readonly aggregationRule?: {
    readonly clusterRoleSelectors: readonly { readonly matchLabels: { readonly [key: string]: string } }[];
  };
}

/** A RoleBinding or ClusterRoleBinding. */
export interface Binding extends Manifest {
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects: readonly { readonly name: string; readonly namespace: string }[];
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly resources: {
    readonly requests: { readonly [resource: string]: string };
    readonly limits: { readonly [resource: string]: string };
  };
  readonly securityContext: unknown;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

export interface Deployment extends Manifest {
  readonly spec: {
    readonly replicas: number;
    readonly template: {
      readonly metadata: { readonly labels: { readonly [key: string]: string } };
      readonly spec: {
        readonly serviceAccountName: string;
        readonly terminationGracePeriodSeconds: number;
        readonly affinity: { readonly podAntiAffinity: unknown };
        readonly securityContext: unknown;
        readonly containers: readonly Container[];
        readonly volumes: readonly {
          readonly name: string;
          readonly secret?: { readonly secretName: string };
          readonly configMap?: { readonly name: string };
        }[];
      };
    };
  };
}

/** Every object of a file, or of a text. */
export function manifestsIn(text: string): readonly Manifest[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest | null)
    .filter((object) => object !== null);
}

export const readManifestFile = (...path: readonly string[]): readonly Manifest[] =>
  manifestsIn(readFileSync(join(KUSTOMIZE, ...path), 'utf8'));

/** What an overlay installs, as rendered into the repository. */
export const installed = (overlay: Overlay): readonly Manifest[] =>
  readManifestFile('install', `${overlay}.yaml`);

export const isRole = (manifest: Manifest): manifest is Role =>
  manifest.kind === 'Role' || manifest.kind === 'ClusterRole';

export const isBinding = (manifest: Manifest): manifest is Binding =>
  manifest.kind === 'RoleBinding' || manifest.kind === 'ClusterRoleBinding';

export const isDeployment = (manifest: Manifest): manifest is Deployment => manifest.kind === 'Deployment';

/** The one object of a kind and name. */
export function find(manifests: readonly Manifest[], kind: string, name: string): Manifest {
  const found = manifests.filter((object) => object.kind === kind && object.metadata.name === name);
  const [only] = found;
  if (only === undefined || found.length > 1) {
    throw new Error(`${String(found.length)} objects of kind ${kind} are named ${name}, not one`);
  }
  return only;
}
