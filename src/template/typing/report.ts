import { closest, Lines } from '../errors.ts';
import type { LineAndColumn } from '../errors.ts';
import { checkTypes } from './check.ts';
import type { TypeFault } from './evaluation.ts';
import { outlinesOf } from './outline.ts';
import type { Outline } from './outline.ts';
import type { Program } from './program.ts';
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

/** What the types of a template's expressions show. */
export interface TemplateTypes {
  /** In the order of the text. */
  readonly findings: readonly TypeFinding[];
  /** What it prints on the ways through its branches, for the ways that were examined. */
  outlines(): readonly Outline[];
  /** Whether the whole template was checked. A very large one is not. */
  readonly complete: boolean;
}

/** Finds the types of a template for data of a type. */
export function templateTypes(text: string, program: Program, data: Type): TemplateTypes {
  const { faults, complete } = checkTypes(program, data);
  const lines = new Lines(text);
  return {
    findings: faults.map((fault) => findingOf(fault, lines)),
    outlines: () => outlinesOf(program, data),
    complete,
  };
}

function findingOf({ kind, position, message, hint, candidates }: TypeFault, lines: Lines): TypeFinding {
  const suggestion = candidates === undefined ? undefined : closest(candidates.given, candidates.values);
  return {
    kind,
    ...lines.at(position),
    message: hint === undefined ? message : `${message}; ${hint}`,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}
