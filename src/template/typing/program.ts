import type { TemplateFunction } from '../function.ts';
import type { Type } from './type.ts';

/*
 * A template as the type checker sees it, whichever language it is written in: variables are resolved, pipelines are
 * calls, and the dot is a variable like any other.
 */

/** Names a variable, or a dot, within one body. */
export type VariableId = number;

interface Node {
  /** Where an error of it is reported, in UTF-16 units of the template's text. */
  readonly position: number;
}

export type Expression = Constant | Variable | Fields | Call | Assignment;

/** A value of which the syntax alone tells the type. */
export interface Constant extends Node {
  readonly kind: 'constant';
  readonly type: Type;
  /** As written, for messages. */
  readonly text: string;
}

export interface Variable extends Node {
  readonly kind: 'variable';
  readonly id: VariableId;
  readonly text: string;
}

/** Fields of a value, one of the other. */
export interface Fields extends Node {
  readonly kind: 'fields';
  readonly base: Expression;
  readonly names: readonly string[];
}

export interface Call extends Node {
  readonly kind: 'call';
  readonly name: string;
  readonly called: TemplateFunction;
  readonly args: readonly Expression[];
  /** How many of the last arguments are evaluated before the others, even if the function needs none of them. */
  readonly eager: number;
}

/** Sets variables to a value, which is its own value too. */
export interface Assignment extends Node {
  readonly kind: 'assignment';
  readonly ids: readonly VariableId[];
  readonly value: Expression;
}

export type Statement = Text | Emit | Evaluate | Branch | CallTemplate | Leave;

export interface Text extends Node {
  readonly kind: 'text';
  readonly text: string;
}

/** Prints a value. */
export interface Emit extends Node {
  readonly kind: 'emit';
  readonly value: Expression;
}

/** Computes a value and prints nothing. */
export interface Evaluate extends Node {
  readonly kind: 'evaluate';
  readonly value: Expression;
}

export interface Branch extends Node {
  readonly kind: 'if' | 'with' | 'range';
  /** Whether the body is for a condition that does not hold (`unless`). */
  readonly negated: boolean;
  readonly value: Expression;
  /** What the body sees the value, or each item of it, as. */
  readonly items: readonly VariableId[];
  /** What the body of a `range` sees each key or index as. */
  readonly keys: readonly VariableId[];
  readonly body: readonly Statement[];
  readonly otherwise: readonly Statement[];
}

export interface CallTemplate extends Node {
  readonly kind: 'template';
  readonly name: string;
  readonly argument?: Expression;
}

export interface Leave extends Node {
  readonly kind: 'break' | 'continue';
}

/** The variable that holds the data of a body: its dot at the beginning, and `$`. */
export const DATA: VariableId = 0;

/** The values of a type for which a condition holds, or does not. */
export type Truth = (type: Type, outcome: boolean) => Type;

/** How a template language treats values, where languages differ. */
export interface Language {
  /** What the conditions of its blocks ask. Functions ask as Go does. */
  readonly truth: Truth;
  /** Whether reading a field of what has none fails; it gives nothing otherwise. */
  readonly strictFields: boolean;
  /** Whether a whole number is taken for whichever kind of number a function asks for. */
  readonly oneNumber: boolean;
  /** What a message calls the block that goes over items. */
  readonly loop: string;
}

export interface Program {
  readonly main: readonly Statement[];
  /** The templates that it defines, by name. */
  readonly templates: ReadonlyMap<string, readonly Statement[]>;
  readonly language: Language;
  /** Whether it calls a function that changes maps in place: what a map holds is then not known. */
  readonly mutates: boolean;
}

/** Characters of an expression that a message shows. */
const MAX_SHOWN = 60;

/** An expression as a message names it. */
export function textOf(expression: Expression): string {
  const text = wholeText(expression, 0);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

function wholeText(expression: Expression, depth: number): string {
  if (depth > MAX_SHOWN) return '…';
  switch (expression.kind) {
    case 'constant':
    case 'variable':
      return expression.text;
    case 'fields': {
      const names = expression.names.join('.');
      if (expression.base.kind !== 'variable') return `(${wholeText(expression.base, depth + 1)}).${names}`;
      const { text } = expression.base;
      // Of the dot only the point is written, or nothing.
      if (text === '.' || text === 'this') return text === '.' ? `.${names}` : names;
      return text.endsWith('..') ? `${text}/${names}` : `${text}.${names}`;
    }
    case 'call':
      return [expression.name, ...expression.args.map((argument) => nestedText(argument, depth + 1))].join(
        ' ',
      );
    case 'assignment':
      return wholeText(expression.value, depth + 1);
  }
}

function nestedText(expression: Expression, depth: number): string {
  const text = wholeText(expression, depth);
  return expression.kind === 'call' ? `(${text})` : text;
}
