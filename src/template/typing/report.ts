import { closest, Lines } from '../errors.ts';
import type { LineAndColumn } from '../errors.ts';
import { checkTypes } from './check.ts';
import type { TypeFault } from './evaluation.ts';
import { outlinesOf } from './outline.ts';
import type { Outline } from './outline.ts';
import type { Program } from './program.ts';
import type { Type } from './type.ts';

/** Something that types tell of a template, with its place. */
export interface TypeFinding extends LineAndColumn {
  /** `fails`: it fails on every value that can be there. `never-met`: a comparison that never holds. */
  readonly kind: TypeFault['kind'];
  /** Names both types; ends with what would make it right, if that is known. */
  readonly message: string;
  /** The constant that was probably meant. */
  readonly suggestion?: string;
}

/** What the types of a template's expressions tell of it. */
export interface TemplateTypes {
  /** In the order of the text. */
  readonly findings: readonly TypeFinding[];
  /** What it prints on each way through its branches, as far as few ways tell of each branch. */
  outlines(): readonly Outline[];
  /** Whether all of the template was looked at; one that is very large is not. */
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
