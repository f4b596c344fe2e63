import { allFunctions } from '../../src/sprig/index.ts';
import { builtins } from '../../src/template/extension.ts';
import type { TemplateFunction } from '../../src/template/index.ts';

/** All functions that templates can call, Go's own included. */
export function callableFunctions(): readonly (readonly [string, TemplateFunction])[] {
  return [...new Map([...builtins, ...allFunctions])].flatMap(([name, called]) =>
    'call' in called ? [[name, called] as const] : [],
  );
}

/** Small arguments, by the type of the parameter. */
const smallArguments: Readonly<Record<string, string>> = {
  any: '1',
  reflect: '1',
  string: '"key1"',
  int: '2',
  int64: '2',
  float64: '0.5',
  uint32: '1',
  bool: 'true',
  'map[string]any': '(dict "key1" 1)',
  '[]any': '(list 1)',
  'time.Time': '(toDate "2006-01-02" "2026-01-01")',
};

/** An argument for a parameter of a type, so that a call comes to what stands in another one. */
export const argumentFor = (type: string): string => smallArguments[type] ?? '""';
