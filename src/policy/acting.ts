/*
 * What acting on a policy needs: compiling, resolving, rendering. What judges a policy is in the index only: the controller
 * loads that when it has to judge one.
 */
export * from './builtin-resources.ts';
export * from './checks/facts.ts';
export type * from './compile.ts';
export { compileLifecycle, compilePolicy } from './compile.ts';
export { conditionOutcome } from './rendering/condition.ts';
export * from './finding.ts';
export type { NamedKubeconfig } from './kubeconfigs.ts';
export { kubeconfigsOf } from './kubeconfigs.ts';
export { compilerFor } from './language.ts';
export { nameProblem } from './rendering/name.ts';
export { asData } from './rendering/template.ts';
export type { Paced } from './paced.ts';
export { toEnd } from './paced.ts';
export type { PathTree } from './path-tree.ts';
export { emptyTree, project, prune, unionOf } from './path-tree.ts';
export type { ReferenceStep, ResolvedReferences } from './resolve.ts';
export { resolveInSteps, resolveWith } from './resolve.ts';
export type { SourceSelectors } from './selector.ts';
export { selectorsOf } from './selector.ts';
export type { CredentialKind, SecretKeys, Unusable, UnusableReason, Usability } from './usable.ts';
export { endpointProblem, unusableReasons, usabilityOf } from './usable.ts';
export { YamlShapeError } from './rendering/yaml-error.ts';
export { YamlRenderer } from './rendering/yaml-shape.ts';
