export * from './acting.ts';
export type { FindingCode } from './codes.ts';
export { CODES, FINDING_CODES } from './codes.ts';
export type { Draft, PreparedDraft } from './draft.ts';
export { prepareDraft, readDraft } from './draft.ts';
export * from './review.ts';
export type { ExpressionType } from './typing/expression-types.ts';
export { expressionTypesOf } from './typing/expression-types.ts';
export type { SchemaFacts, SchemaReview } from './schema-review.ts';
export { reviewSchemas } from './schema-review.ts';
export type { Coverage } from './trial/evidence.ts';
export { describeCoverage } from './trial/evidence.ts';
export { SYNTHETIC_VARIANTS, synthesize } from './trial/synthetic.ts';
export { directedSamples } from './trial/directed.ts';
export type {
  Directed,
  DirectedOptions,
  DirectedSample,
  DirectedTemplate,
  OutcomeState,
  PointCoverage,
  Shapes,
  TemplateCoverage,
} from './trial/directed.ts';
