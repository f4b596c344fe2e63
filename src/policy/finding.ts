import type { KubeObject } from '../api/index.ts';
import type { TemplateError } from '../template/index.ts';
import { FunctionError, PublicFunctionError } from '../template/index.ts';

/** One thing that is wrong, or may be wrong, with a policy. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  /** A code for programs: a template's error code, or one of {@link findingCodes}. */
  readonly code: string;
  /** Path of the field, e.g. `spec.references[0].nameTemplate`. */
  readonly field: string;
  /** Line and column in the field's text, from 1. */
  readonly line?: number;
  readonly column?: number;
  /** That line, with a caret below the column. */
  readonly excerpt?: string;
  readonly message: string;
  /** What was probably meant, e.g. a function's name. */
  readonly suggestion?: string;
  /** The sample that shows the fault: made-up objects, the source first. `render` accepts them as manifests. */
  readonly witness?: readonly KubeObject[];
}

/** Every code of a finding that is not a template's error, with its meaning. */
export const findingCodes = {
  schema: 'The object does not match its schema, or has a field that the schema lacks.',
  'unknown-name': 'A template uses a name that its context does not hold.',
  nondeterministic: 'The clock or randomness reaches a value that is rendered again and again.',
  'unknown-resource': 'The API server does not serve a resource, or not in the versions that are allowed.',
  'unknown-field':
    'A template reads a field that the schema of the resource, or the result of a function, lacks.',
  'unselectable-field': 'A field selector names a field that the definition of the resource does not offer.',
  'unknown-key': 'None of the Secrets or ConfigMaps at hand has a key that a template reads.',
  'type-mismatch': 'An expression fails on every value that the schema allows there.',
  'never-met': 'A comparison with a constant that the schema never allows.',
  'invalid-name': 'A rendered name or namespace cannot be one.',
  'empty-name': 'The name of a reference renders to nothing: for this source it points nowhere.',
  'invalid-condition': 'A condition can only be false, or prints something else than true, false or nothing.',
  'invalid-yaml': 'The rendered text is no YAML document.',
  'not-a-pediacluster': 'The rendered document is no PediaCluster.',
  'invalid-label': 'A label or annotation that Kubernetes refuses.',
  'not-base64': 'A field of a PediaCluster that holds bytes is rendered as something that is no base64.',
  'steerable-secret':
    'Whoever writes a source chooses both the address and the Secret whose credentials are sent there.',
  'not-self-contained':
    'A kubeconfig of an existing source runs a program, or reads files, where it is used.',
  'namespace-not-allowed': 'A reference leads outside its allowedNamespaces.',
  'live-sources-fail': 'No live source that meets the creation condition renders, or some do not.',
  unverified: 'A PediaCluster is rendered without a CA, so that Clusterpedia would not verify the server.',
  unusable: 'Clusterpedia could never connect with the PediaCluster that is rendered.',
  'name-conflict': 'Two sources render one name, or a name is held by another policy.',
  forbidden: 'Who applies the policy may not read what it makes the controller read.',
  'rights-unknown':
    'Whether who applies the policy may read what it reads could not be found out; the request may be tried again.',
  'would-delete': 'A change would delete existing PediaClusters.',
  'deletion-protected': 'The policy carries the deletion-protection annotation.',
  'not-checked': 'Something could not be looked up, so a check was left out.',
} as const satisfies Record<string, string>;

/**
 * The finding as a compiler would print it: `spec.template 3:16: function "b64decc" is not defined; did you mean
 * "b64dec"?`
 */
export function formatFinding(finding: Finding): string {
  const place =
    finding.line === undefined
      ? finding.field
      : `${finding.field} ${String(finding.line)}:${String(finding.column ?? 1)}`;
  const hint = finding.suggestion === undefined ? '' : `; did you mean "${finding.suggestion}"?`;
  return `${place === '' ? '' : `${place}: `}${finding.message}${hint}`;
}

/** The finding for a template's error that was found without data, at a field. */
export function findingOf(field: string, error: TemplateError): Finding {
  return {
    severity: 'error',
    code: error.code,
    field,
    line: error.line,
    column: error.column,
    excerpt: error.excerpt,
    message: error.message,
    ...(error.suggestion === undefined ? {} : { suggestion: error.suggestion }),
  };
}

/**
 * The finding for a run that failed on data. A function's message may repeat its arguments. So it is left out, unless
 * the function guarantees that its message does not, or the failing call itself contains the text (`fail "no region"`).
 */
export function runFindingOf(field: string, text: string, error: TemplateError): Finding {
  const finding = findingOf(field, error);
  const { cause } = error;
  if (!(cause instanceof FunctionError) || cause instanceof PublicFunctionError) return finding;
  if (cause.message === '' || literalOf(text, error) === cause.message) return finding;
  return { ...finding, message: error.message.replace(`: ${cause.message}`, ' on its arguments') };
}

/** `fail` with a quoted text. In Handlebars, the position is that of the braces before it. */
const FAILS = /^(?:\{\{\{?~?\s*)?fail\s+("(?:[^"\\]|\\.)*"|'[^']*'|`[^`]*`)/;

/**
 * The quoted text with which the call at the position of an error fails. It is searched only there: elsewhere, a
 * template may contain any text that the data could have.
 */
function literalOf(text: string, { line, column }: TemplateError): string | undefined {
  const source = Array.from(text.split('\n')[line - 1] ?? '')
    .slice(column - 1)
    .join('');
  const literal = FAILS.exec(source)?.[1];
  if (literal === undefined) return undefined;
  const inner = literal.slice(1, -1);
  // A text with an escape is not used.
  return literal.startsWith('"') && inner.includes('\\') ? undefined : inner;
}

/** Thrown if a policy cannot be compiled; holds everything that is wrong with it. */
export class PolicyError extends Error {
  readonly findings: readonly Finding[];
  constructor(findings: readonly Finding[]) {
    super(findings.map(formatFinding).join('\n'));
    this.name = 'PolicyError';
    this.findings = findings;
  }
}

/**
 * Thrown if a policy's templates do not render for one source. The message never contains a value of the source or of
 * its references: it is shown in conditions, events and logs.
 */
export class RenderError extends Error {
  readonly finding: Finding;
  /** Names on the path of the faulty field in the rendered document, such as `['spec', 'apiserver']`. */
  readonly names: readonly string[];
  constructor(finding: Finding, names: readonly string[] = []) {
    super(formatFinding(finding));
    this.name = 'RenderError';
    this.finding = finding;
    this.names = names;
  }

  /** The finding's code, by which programs distinguish errors. */
  get code(): string {
    return this.finding.code;
  }

  /** Path of the template in the policy, such as `spec.template`. */
  get field(): string {
    return this.finding.field;
  }
}
