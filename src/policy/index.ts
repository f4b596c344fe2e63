export * from './builtin-resources.ts';
export * from './checks/facts.ts';
export type { FindingCode } from './codes.ts';
export { CODES, FINDING_CODES } from './codes.ts';
export type * from './compile.ts';
export { compileLifecycle, compilePolicy } from './compile.ts';
export type { Draft, PreparedDraft } from './draft.ts';
export { prepareDraft, readDraft } from './draft.ts';
export { conditionOutcome } from './rendering/condition.ts';
export * from './finding.ts';
export type { NamedKubeconfig } from './kubeconfigs.ts';
export { kubeconfigsOf } from './kubeconfigs.ts';
export { compilerFor } from './language.ts';
export { nameProblem } from './rendering/name.ts';
export type { Paced } from './paced.ts';
export { toEnd } from './paced.ts';
export type { PathTree } from './path-tree.ts';
export { emptyTree, project, prune, unionOf } from './path-tree.ts';
export type { ReferenceStep, ResolvedReferences } from './resolve.ts';
export { resolveInSteps, resolveWith } from './resolve.ts';
export * from './review.ts';
export type { ExpressionType } from './typing/expression-types.ts';
export { expressionTypesOf } from './typing/expression-types.ts';
export type { SourceSelectors } from './selector.ts';
export { selectorsOf } from './selector.ts';
export { asData } from './rendering/template.ts';
export type { SchemaFacts, SchemaReview } from './schema-review.ts';
export { reviewSchemas } from './schema-review.ts';
export type { Coverage } from './trial/evidence.ts';
export { describeCoverage } from './trial/evidence.ts';
export { SYNTHETIC_VARIANTS, synthesize } from './trial/synthetic.ts';
export type { CredentialKind, SecretKeys, Unusable, UnusableReason, Usability } from './usable.ts';
export { endpointProblem, unusableReasons, usabilityOf } from './usable.ts';
export { YamlShapeError } from './rendering/yaml-error.ts';
export { YamlRenderer } from './rendering/yaml-shape.ts';
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
