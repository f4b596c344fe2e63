import type { ClusterImportPolicy, Schema } from '../api/index.ts';
import { clusterImportPolicySpecSchema } from '../api/index.ts';
import { closest } from '../template/index.ts';
import type { CompiledTemplates } from './compile.ts';
import { compileInSteps } from './compile.ts';
import type { FieldPath } from './field-path.ts';
import { referenceField, sourceField, SPEC, specField } from './field-path.ts';
import type { Finding } from './finding.ts';
import type { Paced } from './paced.ts';
import { Recent } from './recent.ts';
import { closedValidator } from './rendering/schema-validation.ts';
import { selectorProblem } from './selector.ts';
import { textLengthOf } from './templates.ts';

const objectSchema = {
  type: 'object',
  required: ['spec'],
  properties: {
    apiVersion: { type: 'string', enum: ['policy.clusterpedia.io/v1alpha1'] },
    kind: { type: 'string', enum: ['ClusterImportPolicy'] },
    metadata: { type: 'object' },
    spec: clusterImportPolicySpecSchema,
    status: { type: 'object' },
  },
} as const satisfies Schema;

const validate = closedValidator(objectSchema, closest);

/** Each reference means reading an object for every source, and each kind of them means a watch. */
const MAX_REFERENCES = 64;

/**
 * All templates together, in UTF-16 units. One template has at most 64 KiB; a whole object in etcd has at most 1.5 MiB.
 */
const MAX_TEXT = 1_000_000;

const resourcePattern = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

/** The result of reading an object: a policy of the right shape, or what is wrong with its shape. */
export type Draft =
  | { readonly kind: 'policy'; readonly policy: ClusterImportPolicy }
  | { readonly kind: 'malformed'; readonly findings: readonly Finding[] };

/**
 * A draft with those of its templates compiled that compile. Reviews, and the code that gathers facts for them, start
 * from it.
 */
export type PreparedDraft =
  | (Extract<Draft, { kind: 'policy' }> & { readonly compiled: CompiledTemplates })
  | Extract<Draft, { kind: 'malformed' }>;

/**
 * Checks an object against the CRD's own schema, including unknown fields, and against rules that a schema cannot
 * express.
 */
export function readDraft(object: unknown): Draft {
  const problems = validate(object).map(({ field, message, suggestion }): Finding => ({
    severity: 'error',
    code: 'schema',
    field: field === '' ? 'object' : field,
    message,
    ...(suggestion === undefined ? {} : { suggestion }),
  }));
  if (problems.length > 0) return { kind: 'malformed', findings: problems };
  // The schema check above has passed.
  const policy = object as ClusterImportPolicy;
  const findings = checkFields(policy.spec);
  return findings.length > 0 ? { kind: 'malformed', findings } : { kind: 'policy', policy };
}

/**
 * Maximum length of all specs whose compiled templates are kept, and of a single one; in UTF-16 units of their JSON.
 */
const MAX_KEPT = 32 * 1_024;
const MAX_KEPT_SPEC = 16 * 1_024;

/**
 * Compiled templates by the JSON of their spec. A policy arrives several times in a short time: first as a dry run,
 * then applied. An update brings the stored policy as well. Results that a run finds about a template are kept with it.
 */
const compiledOfLate = new Recent<CompiledTemplates>(MAX_KEPT, (spec) => spec.length);

/** {@link readDraft}, with the templates compiled once for all later steps, and a pause before each template. */
export function* prepareDraft(object: unknown): Paced<PreparedDraft> {
  const draft = readDraft(object);
  if (draft.kind === 'malformed') return draft;
  const { spec } = draft.policy;
  const key = JSON.stringify(spec);
  const compiled = compiledOfLate.find(key) ?? (yield* compileInSteps(spec));
  if (key.length <= MAX_KEPT_SPEC) compiledOfLate.keep(key, compiled);
  return { ...draft, compiled };
}

function checkFields(spec: ClusterImportPolicy['spec']): readonly Finding[] {
  const findings: Finding[] = [];
  const report: Report = ({ text: field }, message) => {
    findings.push({ severity: 'error', code: 'schema', field, message });
  };
  checkResource(specField('source'), spec.source, report);
  const { labelSelector, fieldSelector } = spec.source;
  const labels = selectorProblem('label', labelSelector ?? '');
  if (labels !== undefined) report(sourceField('labelSelector'), labels);
  const fields = selectorProblem('field', fieldSelector ?? '');
  if (fields !== undefined) report(sourceField('fieldSelector'), fields);
  if ((spec.references ?? []).length > MAX_REFERENCES) {
    report(specField('references'), `has more than ${String(MAX_REFERENCES)} entries`);
  }
  if (textLengthOf(spec) > MAX_TEXT) {
    report(SPEC, `has templates of more than ${String(MAX_TEXT)} characters together`);
  }
  const seen = new Set<string>();
  spec.references?.forEach((reference, index) => {
    const field = referenceField(index);
    checkResource(field, reference, report);
    if (reference.key === '') report(field.child('key'), 'must not be empty');
    if (seen.has(reference.key)) report(field.child('key'), `is used twice: ${reference.key}`);
    seen.add(reference.key);
  });
  return findings;
}

type Report = (field: FieldPath, message: string) => void;

function checkResource(
  field: FieldPath,
  { group, resource }: { readonly group: string; readonly resource: string },
  report: Report,
): void {
  if (!resourcePattern.test(resource)) {
    report(
      field.child('resource'),
      resource.includes('/')
        ? 'names a subresource; only whole resources can be watched'
        : 'must be the plural name of a resource in lower case, such as "clusters"',
    );
  }
  if (group.includes('/'))
    report(field.child('group'), 'must be a group without its version; put the version into versions');
}
