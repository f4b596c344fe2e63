import { compile, TemplateError } from '../../src/template/index.ts';
import type { FunctionTable, RunOptions, TemplateFunction, Value } from '../../src/template/index.ts';

/** No functions but Go's builtins. */
export const noFunctions: FunctionTable = new Map();

/** A table of the given functions. */
export function table(functions: Record<string, TemplateFunction>): FunctionTable {
  return new Map(Object.entries(functions));
}

/** Renders a template with builtins only. */
export function render(text: string, data: Value = {}, options: RunOptions = {}): string {
  return compile(text, { functions: noFunctions }).execute(data, options);
}

/** The error that an action throws. */
export function errorOf(action: () => unknown): TemplateError {
  try {
    action();
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
  throw new Error('it must fail');
}
