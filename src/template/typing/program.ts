import type { TemplateFunction } from '../function.ts';
import type { Type } from './type.ts';

/*
 * A template in the form of the type checker, for both languages: variables are resolved, pipelines are calls, and the
 * dot is a variable like any other.
 */

/** Identifies a variable, or a dot, within one body. */
export type VariableId = number;

interface Node {
  /** Where its errors are reported, in UTF-16 units of the template's text. */
  readonly position: number;
}

export type Expression = Constant | Variable | Fields | Call | Assignment;

/** A value whose type follows from its syntax alone. */
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

/** Nested fields of a value. */
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

/** Sets variables to a value. Its result is that value. */
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
  /** The variables for the value, or for each item of it, in the body. */
  readonly items: readonly VariableId[];
  /** The variables for each key or index in the body of a `range`. */
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

/** The variable for the data of a body: its dot at the beginning, and `$`. */
export const DATA: VariableId = 0;

/** The values of a type for which a condition holds, or does not hold. */
export type Truth = (type: Type, outcome: boolean) => Type;

/** The differences between the template languages in how they treat values. */
export interface Language {
  /** The truth that the conditions of its blocks test. Functions test Go's truth. */
  readonly truth: Truth;
  /** Whether reading a field of a value without fields fails. Otherwise it gives nothing. */
  readonly strictFields: boolean;
  /** Whether a whole number is accepted for any kind of number that a function wants. */
  readonly oneNumber: boolean;
  /** The name of the block that iterates, for messages. */
  readonly loop: string;
  /** How a template names the data that it was given, wherever the dot is. */
  readonly root: '$' | '@root';
}

export interface Program {
  readonly main: readonly Statement[];
  /** The templates that it defines, by name. */
  readonly templates: ReadonlyMap<string, readonly Statement[]>;
  readonly language: Language;
  /** Whether it calls a function that changes maps in place. Then the content of maps is not known. */
  readonly mutates: boolean;
}

/** The expressions that a statement evaluates itself; those of the statements in its blocks are not among them. */
export function expressionsOf(statement: Statement): readonly Expression[] {
  switch (statement.kind) {
    case 'emit':
    case 'evaluate':
    case 'if':
    case 'with':
    case 'range':
      return [statement.value];
    case 'template':
      return statement.argument === undefined ? [] : [statement.argument];
    case 'text':
    case 'break':
    case 'continue':
      return [];
  }
}

/** The statements in a statement's blocks. */
export const nestedIn = (statement: Statement): readonly Statement[] =>
  'body' in statement ? [...statement.body, ...statement.otherwise] : [];

const parts = new WeakMap<Expression, readonly Expression[]>();

/** An expression, and all of its parts. */
export function partsOf(expression: Expression): readonly Expression[] {
  const known = parts.get(expression) ?? findParts(expression);
  parts.set(expression, known);
  return known;
}

function findParts(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'fields':
      return [expression, ...partsOf(expression.base)];
    case 'assignment':
      return [expression, ...partsOf(expression.value)];
    case 'call':
      return [expression, ...expression.args.flatMap(partsOf)];
    case 'constant':
    case 'variable':
      return [expression];
  }
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
      // For the dot, only the point is written, or nothing.
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
