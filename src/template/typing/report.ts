import { closest, Lines } from '../errors.ts';
import type { LineAndColumn } from '../errors.ts';
import { checkTypes } from './check.ts';
import type { TypeFault } from './evaluation.ts';
import { outlinesOf } from './outline.ts';
import type { Outline } from './outline.ts';
import { textOf } from './program.ts';
import type { Expression, Program } from './program.ts';
import { describeType } from './type.ts';
import type { Type } from './type.ts';

/** A fault that the types of a template show, with its place. */
export interface TypeFinding extends LineAndColumn {
  /** See {@link TypeFault}. */
  readonly kind: TypeFault['kind'];
  /** Names both types. If a correction is known, ends with it. */
  readonly message: string;
  /** The constant or field that was probably meant. */
  readonly suggestion?: string;
}

/** An expression with its type. */
export interface TypedExpression extends LineAndColumn {
  /** A chain of fields or a variable as a message names it; of a call, the name of the function. */
  readonly text: string;
  /** In plain words. */
  readonly type: string;
}

/** What the types of a template's expressions show. */
export interface TemplateTypes {
  /** In the order of the text. */
  readonly findings: readonly TypeFinding[];
  /** What each field, variable and call can be, in the order of the text. */
  expressions(): readonly TypedExpression[];
  /** What it prints on the ways through its branches, for the ways that were examined. Found on first use. */
  outlines(): readonly Outline[];
  /** Whether the whole template was checked. A very large one is not. */
  readonly complete: boolean;
}

/** The last answer about each template: the next review asks about the same data. */
const lastOf = new WeakMap<Program, { readonly data: Type; readonly types: TemplateTypes }>();

/** The types of a template for data of a type. */
export function templateTypes(text: string, program: Program, data: Type): TemplateTypes {
  const last = lastOf.get(program);
  if (last?.data === data) return last.types;
  const types = findTypes(text, program, data);
  lastOf.set(program, { data, types });
  return types;
}

function findTypes(text: string, program: Program, data: Type): TemplateTypes {
  const { faults, types, complete } = checkTypes(program, data);
  const lines = new Lines(text);
  let outlines: readonly Outline[] | undefined;
  return {
    findings: faults.map((fault) => findingOf(fault, lines)),
    expressions: () =>
      [...types]
        .filter(([expression]) => isNamed(expression))
        .sort(([one], [other]) => one.position - other.position)
        .map(([expression, type]) => ({
          ...lines.at(expression.position),
          text: expression.kind === 'call' ? expression.name : textOf(expression),
          type: describeType(type),
        })),
    outlines: () => (outlines ??= outlinesOf(program, data)),
    complete,
  };
}

/** Whether an expression has a name of its own in the text; the dot stands for too much. */
const isNamed = (expression: Expression): boolean =>
  expression.kind === 'fields' ||
  expression.kind === 'call' ||
  (expression.kind === 'variable' && expression.text.startsWith('$'));

function findingOf({ kind, position, message, hint, candidates }: TypeFault, lines: Lines): TypeFinding {
  const suggestion = candidates === undefined ? undefined : closest(candidates.given, candidates.values);
  return {
    kind,
    ...lines.at(position),
    message: hint === undefined ? message : `${message}; ${hint}`,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}
