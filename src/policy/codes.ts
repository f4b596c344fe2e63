import type { ErrorCode } from '../template/index.ts';
import { ERROR_CODES } from '../template/index.ts';

/** A code as `docs/reference/errors.md` explains it. */
export interface CodeEntry {
  /** What it is about: what a policy says, or the files in which policies and roles stand. */
  readonly of: 'policy' | 'manifest';
  readonly meaning: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** Every code of a finding that is not a template's error. A code that is not here cannot be given. */
export const FINDING_CODES = {
  schema: {
    of: 'policy',
    meaning: 'The object does not match its schema, or has a field that the schema lacks.',
    remedy: 'Compare the field with [fields](fields.md).',
  },
  'unknown-name': {
    of: 'policy',
    meaning: 'A template uses a name that its context does not hold.',
    remedy: 'Use `.source`, or a reference that is declared before this template.',
  },
  nondeterministic: {
    of: 'policy',
    meaning: 'The clock or randomness reaches a value that is rendered again and again.',
    remedy: 'Take the value from the source, or put it into a field that is used once, at creation.',
  },
  'unknown-resource': {
    of: 'policy',
    meaning: 'The API server does not serve a resource, or not in the versions that are allowed.',
    remedy: 'Install what serves it, or mend group, resource and versions.',
  },
  'unknown-field': {
    of: 'policy',
    meaning: 'A template reads a field that the schema of the resource, or the result of a function, lacks.',
    remedy: 'Mend the name of the field; `kubectl explain` shows those that there are.',
  },
  'unselectable-field': {
    of: 'policy',
    meaning: 'A field selector names a field that the definition of the resource does not offer.',
    remedy: 'Select by `metadata.name`, by a label, or in `selectorTemplate`.',
  },
  'unknown-key': {
    of: 'policy',
    meaning: 'None of the Secrets or ConfigMaps at hand has a key that a template reads.',
    remedy: 'Use one of the keys that the message names, or mend the reference.',
  },
  'type-mismatch': {
    of: 'policy',
    meaning: 'An expression fails, or prints no sensible text, for every value that the schema allows there.',
    remedy: 'Convert the value first, e.g. by `toString`, or read another field.',
  },
  'never-met': {
    of: 'policy',
    meaning:
      'A comparison, a search or a key that the schema or every existing source rules out, or a default in the place of the value.',
    remedy: 'Use a text or key that the schema lists; the default stands first, the value last.',
  },
  'invalid-name': {
    of: 'policy',
    meaning: 'A rendered name or namespace cannot be one.',
    remedy: 'Make it a name, e.g. by `lower`, `replace` and `trunc`.',
  },
  'empty-name': {
    of: 'policy',
    meaning: 'The name of a reference renders to nothing: for this source it points nowhere.',
    remedy: 'Nothing, where such sources have nothing to name; else read a field that every source has.',
  },
  'invalid-condition': {
    of: 'policy',
    meaning: 'A condition can only be false, or prints something else than true, false or nothing.',
    remedy: 'Let it print `true` where it is to hold.',
  },
  'invalid-yaml': {
    of: 'policy',
    meaning: 'The rendered text is no YAML document.',
    remedy: 'Look at the indentation at that place; `clusterpedia-import template` prints the text.',
  },
  'not-a-pediacluster': {
    of: 'policy',
    meaning: 'The rendered document is no PediaCluster.',
    remedy: 'Compare the field with [fields](fields.md#pediacluster).',
  },
  'invalid-label': {
    of: 'policy',
    meaning: 'A label or annotation that Kubernetes refuses.',
    remedy: 'Shorten or replace what a label may not hold, or use an annotation.',
  },
  'not-base64': {
    of: 'policy',
    meaning: 'A field of a PediaCluster that holds bytes is rendered as something that is no base64.',
    remedy: 'Encode plain text by `b64enc`; the data of a Secret is base64 already.',
  },
  'steerable-secret': {
    of: 'policy',
    meaning:
      'Whoever writes a source chooses both the address and the Secret whose credentials are sent there.',
    remedy:
      'Limit the reference by `allowedNamespaces`, or let its name, or the name in `authenticationFrom`, hold namespace and name of the source.',
  },
  'not-self-contained': {
    of: 'policy',
    meaning: 'A kubeconfig of an existing source runs a program, or reads files, where it is used.',
    remedy: 'Use a kubeconfig with its credentials inline.',
  },
  'namespace-not-allowed': {
    of: 'policy',
    meaning: 'A reference leads outside its allowedNamespaces.',
    remedy: 'Add the namespace to the list, or mend `namespaceTemplate`.',
  },
  'live-sources-fail': {
    of: 'policy',
    meaning: 'Existing sources that are to be imported do not render well: all of them, or some.',
    remedy: 'The message has the place; let the template bear sources that lack the field.',
  },
  unverified: {
    of: 'policy',
    meaning: 'A PediaCluster is rendered without a CA, so that Clusterpedia would not verify the server.',
    remedy: 'Set `caData` (beside `authenticationFrom` its `ca`), or a kubeconfig that has a CA.',
  },
  unusable: {
    of: 'policy',
    meaning: 'Clusterpedia could never connect with the PediaCluster that is rendered.',
    remedy:
      'Give it a kubeconfig, an endpoint with a token or with certificate and key, or `authenticationFrom`.',
  },
  'no-address': {
    of: 'policy',
    meaning:
      'Beside a kubeconfig, `apiserver` is no address. Clusterpedia connects with the server of the kubeconfig, so nothing fails.',
    remedy: 'Write the address, e.g. `https://host:6443`, or leave `apiserver` out.',
  },
  'name-conflict': {
    of: 'policy',
    meaning: 'Two sources render one name or may do so, or a name is held by another policy.',
    remedy: 'Make `nameTemplate` unique, e.g. by the namespace or a prefix.',
  },
  forbidden: {
    of: 'policy',
    meaning: 'Who applies the policy may not read what it makes the controller read.',
    remedy: 'Ask for that right, or let somebody who has it apply the policy.',
  },
  'rights-unknown': {
    of: 'policy',
    meaning:
      'Whether who applies the policy may read what it reads could not be found out; the request may be tried again.',
    remedy: 'Apply the policy again; if it stays, look at the API server.',
  },
  'would-delete': {
    of: 'policy',
    meaning: 'A change would delete or replace existing PediaClusters, or let go of them.',
    remedy: 'Check that this is meant; `clusterpedia-import render --server --diff` shows which ones.',
  },
  'deletion-protected': {
    of: 'policy',
    meaning: 'The policy carries the deletion-protection annotation.',
    remedy: 'Take the annotation off first.',
  },
  'not-checked': {
    of: 'policy',
    meaning: 'Something could not be looked up, so a check was left out.',
    remedy: 'The message has the reason; apply the policy again when it is gone.',
  },
  'invalid-manifest': {
    of: 'manifest',
    meaning: 'A text is no YAML or JSON that Kubernetes takes, or holds what is no Kubernetes object.',
    remedy: 'Mend the text at that place.',
  },
  'invalid-policy-name': {
    of: 'manifest',
    meaning: "A policy's metadata.name is none that the API server takes.",
    remedy: 'Use lower-case letters, digits, `-` and `.`.',
  },
  'generated-name': {
    of: 'manifest',
    meaning: 'A policy has metadata.generateName: every creation makes another one.',
    remedy: 'Give it a `metadata.name`.',
  },
  'given-twice': {
    of: 'manifest',
    meaning: 'A policy is given more than once.',
    remedy: 'Keep one of them.',
  },
  'missing-right': {
    of: 'manifest',
    meaning: 'No role among the files gives the controller a right that the policy makes it use.',
    remedy: "Add it to the platform's `rbac.yaml`.",
  },
  'not-in-kustomization': {
    of: 'manifest',
    meaning:
      "The kustomization of a policy's folder does not name its file, or the one above not the folder.",
    remedy: 'Name it under `resources`.',
  },
} as const satisfies { readonly [code: string]: CodeEntry };

/** A code of a finding, by which programs distinguish findings. */
export type FindingCode = ErrorCode | keyof typeof FINDING_CODES;

/** What each code of a finding means, and what to do about it, as Markdown of the page. */
export const CODES: { readonly [code: string]: Pick<CodeEntry, 'meaning' | 'remedy'> } = {
  ...FINDING_CODES,
  ...ERROR_CODES,
};
