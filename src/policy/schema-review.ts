import type { ClusterImportPolicy } from '../api/index.ts';
import type { AdmissionFacts, ResourceFacts } from './checks/facts.ts';
import { prepareDraft } from './draft.ts';
import type { Finding } from './finding.ts';
import type { Paced } from './paced.ts';
import { reviewInSteps } from './review.ts';

/** The facts about the kinds that a policy names, and its sources. */
export type SchemaFacts = Required<Pick<AdmissionFacts, 'source' | 'references'>> &
  Pick<AdmissionFacts, 'liveSources'>;

/** The verdict of the present schemas on a policy that was admitted before. */
export interface SchemaReview {
  /** The errors that the schemas cause; empty if the policy fits them. */
  readonly faults: readonly Finding[];
  /**
   * Whether no source could outweigh them: either the text itself proves them, or existing sources were tried as at
   * admission.
   */
  readonly proven: boolean;
}

/**
 * Judges a stored policy by the schemas of its kinds, with the checks of admission. Errors that it would have without
 * any schema are left out: they existed when it was admitted, or are for the author's next edit.
 */
export function* reviewSchemas(policy: ClusterImportPolicy, known: SchemaFacts): Paced<SchemaReview> {
  const draft = yield* prepareDraft(policy);
  const facts: AdmissionFacts = { operation: 'CREATE', object: policy, draft, ...known };
  const review = yield* reviewInSteps(facts);
  const errors = errorsOf(review.findings);
  if (errors.length === 0) return { faults: [], proven: true };
  const open = yield* reviewInSteps({
    ...facts,
    source: withoutSchema(known.source),
    references: new Map([...known.references].map(([key, resource]) => [key, withoutSchema(resource)])),
  });
  const blameless = new Set(errorsOf(open.findings).map(placeOf));
  return {
    faults: errors.filter((finding) => !blameless.has(placeOf(finding))),
    // If the text has an error, nothing was rendered.
    proven: review.coverage === undefined || known.liveSources !== undefined,
  };
}

/** Codes of findings about the present sources, which say nothing about schemas. */
const ofSources: ReadonlySet<string> = new Set(['live-sources-fail', 'not-self-contained', 'name-conflict']);

const errorsOf = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter(({ severity, code }) => severity === 'error' && !ofSources.has(code));

const placeOf = ({ code, field, line, column }: Finding): string =>
  JSON.stringify([code, field, line, column]);

/** Kinds of Kubernetes itself, in groups without a dot, do not change. */
function withoutSchema(facts: ResourceFacts): ResourceFacts {
  if (!facts.group.includes('.')) return facts;
  const { schema: _, selectableFields: __, ...rest } = facts;
  return rest;
}
