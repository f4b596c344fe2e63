import type { ClusterImportPolicy, Schema } from '../../api/index.ts';
import { clusterImportPolicySpecSchema } from '../../api/index.ts';
import { closest } from '../../template/index.ts';
import { templatesOf } from '../compile.ts';
import type { Finding } from '../finding.ts';
import { closedValidator } from '../rendering/schema-validation.ts';
import { selectorProblem } from '../selector.ts';

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

/** Every reference is an object that is read for each source, and each kind of them one that is watched. */
const MAX_REFERENCES = 64;

/** All templates together, in UTF-16 units. One has 64 KiB at most; a whole object in etcd 1.5 MiB. */
const MAX_TEXT = 1_000_000;

const RESOURCE = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

/** The object against the CRD's own schema, unknown fields included, and what a schema cannot say. */
export function checkSchema(object: unknown): readonly Finding[] {
  const problems = validate(object).map(({ field, message, suggestion }): Finding => ({
    severity: 'error',
    code: 'schema',
    field: field === '' ? 'object' : field,
    message,
    ...(suggestion === undefined ? {} : { suggestion }),
  }));
  return problems.length > 0 ? problems : checkFields((object as ClusterImportPolicy).spec);
}

function checkFields(spec: ClusterImportPolicy['spec']): readonly Finding[] {
  const findings: Finding[] = [];
  const report = (field: string, message: string) => {
    findings.push({ severity: 'error', code: 'schema', field, message });
  };
  checkResource('spec.source', spec.source, report);
  const { labelSelector, fieldSelector } = spec.source;
  const labels = selectorProblem('label', labelSelector ?? '');
  if (labels !== undefined) report('spec.source.labelSelector', labels);
  const fields = selectorProblem('field', fieldSelector ?? '');
  if (fields !== undefined) report('spec.source.fieldSelector', fields);
  if ((spec.references ?? []).length > MAX_REFERENCES) {
    report('spec.references', `has more than ${String(MAX_REFERENCES)} entries`);
  }
  if (templatesOf(spec).reduce((sum, { text }) => sum + text.length, 0) > MAX_TEXT) {
    report('spec', `has templates of more than ${String(MAX_TEXT)} characters together`);
  }
  const seen = new Set<string>();
  spec.references?.forEach((reference, index) => {
    const field = `spec.references[${String(index)}]`;
    checkResource(field, reference, report);
    if (reference.key === '') report(`${field}.key`, 'must not be empty');
    if (seen.has(reference.key)) report(`${field}.key`, `is used twice: ${reference.key}`);
    seen.add(reference.key);
  });
  return findings;
}

function checkResource(
  field: string,
  { group, resource }: { readonly group: string; readonly resource: string },
  report: (field: string, message: string) => void,
): void {
  if (!RESOURCE.test(resource)) {
    report(
      `${field}.resource`,
      resource.includes('/')
        ? 'names a subresource; only whole resources can be watched'
        : 'must be the plural name of a resource in lower case, such as "clusters"',
    );
  }
  if (group.includes('/'))
    report(`${field}.group`, 'must be a group without its version; put the version into versions');
}
