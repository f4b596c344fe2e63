export { builtins } from './builtins.ts';
export { compile } from './compile.ts';
export type { CompileOptions, FunctionCall, Template } from './compile.ts';
export { valuesOf } from './decision.ts';
export type { DecisionListener, DecisionPoint } from './decision.ts';
export {
  closest,
  didYouMean,
  ERROR_CODES,
  LimitError,
  Lines,
  lineAndColumn,
  TemplateError,
} from './errors.ts';
export type { ErrorCode, ErrorStage, LineAndColumn } from './errors.ts';
export { FunctionError, PublicFunctionError } from './function.ts';
export type {
  CallContext,
  FunctionTable,
  Kept,
  ParamType,
  RemovedFunction,
  TemplateFunction,
} from './function.ts';
export type { Comparison, InverseArgument, Way, Wish } from './wish.ts';
export * as program from './typing/program.ts';
export { decodeJson } from './json.ts';
export { defaultLimits } from './limits.ts';
export type { Limits } from './limits.ts';
export type { ReadPath } from './paths.ts';
export type { RunOptions } from './run.ts';
export type { Flow, Flows } from './typing/flow.ts';
export type { Hole as TypeHole, Outline } from './typing/outline.ts';
export type { TemplateTypes, TypeFinding } from './typing/report.ts';
export type { Type } from './typing/type.ts';
export * as types from './typing/type.ts';
export { Encoded, Num, Opaque, TypedList, TypedMap } from './value.ts';
export type { Fragment, NumKind, Value, ValueMap } from './value.ts';
