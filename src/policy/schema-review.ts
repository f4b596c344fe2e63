import type { ClusterImportPolicy } from '../api/index.ts';
import type { AdmissionFacts, ResourceFacts } from './checks/facts.ts';
import { prepareDraft } from './draft.ts';
import type { Finding } from './finding.ts';
import type { Paced } from './paced.ts';
import { reviewInSteps } from './review.ts';

/** What is known of the kinds that a policy names, and of its sources. */
export type SchemaFacts = Required<Pick<AdmissionFacts, 'source' | 'references'>> &
  Pick<AdmissionFacts, 'liveSources'>;

/** What the schemas, as they are now, make of a policy that was admitted before. */
export interface SchemaReview {
  /** The errors that the schemas are to blame for; empty where the policy fits them. */
  readonly faults: readonly Finding[];
  /** Whether no source could outweigh them: the text itself proves them, or existing sources were tried as at admission. */
  readonly proven: boolean;
}

/**
 * Judges a stored policy by the schemas of its kinds, by the same checks as at admission. What the policy would be refused
 * for without any schema is left out: that was there when it was admitted, or is for the author's next edit.
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
    // Nothing was rendered where the text has an error.
    proven: review.coverage === undefined || known.liveSources !== undefined,
  };
}

/** Codes of what the sources at hand show, which says nothing of schemas. */
const OF_SOURCES: ReadonlySet<string> = new Set(['live-sources-fail', 'not-self-contained', 'name-conflict']);

const errorsOf = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter(({ severity, code }) => severity === 'error' && !OF_SOURCES.has(code));

const placeOf = ({ code, field, line, column }: Finding): string =>
  JSON.stringify([code, field, line, column]);

/** The kinds of Kubernetes itself, in groups without a dot, do not change. */
function withoutSchema(facts: ResourceFacts): ResourceFacts {
  if (!facts.group.includes('.')) return facts;
  const { schema: _, ...rest } = facts;
  return rest;
}
