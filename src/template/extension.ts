/*
 * The parts that another template language needs to offer the same functions under the same limits. They are not part
 * of the Go engine's public API.
 */
export { builtins, withBuiltins } from './builtins.ts';
export { decisionsOf } from './decision.ts';
export type { Decisions } from './decision.ts';
export { goTypeOf, isAssignable, nilFor } from './convert.ts';
export { underKeys } from './inverse.ts';
export { LimitError } from './errors.ts';
export { defaultLimits, STEPS_PER_CALL as stepsPerCall } from './limits.ts';
export type { ReadPath } from './paths.ts';
export { returnsUnderKeys } from './reads.ts';
export type { ReadRule } from './reads.ts';
export { sprint } from './printf.ts';
export { Run } from './run.ts';
export { entriesOf, intValue, itemsOf, isTrue } from './types.ts';
export { DATA } from './typing/program.ts';
export type {
  Branch,
  Constant,
  Expression,
  Language,
  Program,
  Statement,
  VariableId,
} from './typing/program.ts';
export { flowsOf } from './typing/flow.ts';
export type { Flows } from './typing/flow.ts';
export { templateTypes } from './typing/report.ts';
