import { describe, expect, it } from 'vitest';
import { allFunctions } from '../../src/sprig/index.ts';
import { builtins } from '../../src/template/extension.ts';
import { compile, Encoded, Num, Opaque } from '../../src/template/index.ts';
import type { FunctionTable, TemplateFunction, Value } from '../../src/template/index.ts';
import { entriesOf, itemsOf, typeOf } from '../../src/template/types.ts';
import type { Type } from '../../src/template/typing/type.ts';
import {
  constant,
  describeType,
  listOf,
  mapOf,
  named,
  underKey,
  unknown,
} from '../../src/template/typing/type.ts';

const functions = [...builtins, ...allFunctions].flatMap(([name, called]) =>
  'call' in called ? [[name, called] as const] : [],
);

/** What a call gives, and what it was given: caught by a function around it. */
function run(text: string, more: Readonly<Record<string, TemplateFunction>> = {}, data: Value = {}): string {
  const table: FunctionTable = new Map([...allFunctions, ...Object.entries(more)]);
  return compile(text, { functions: table }).execute(data, {
    now: () => Date.UTC(2026, 0, 2, 3, 4, 5),
    random: () => 0.5,
  });
}

function callOf(name: string, { example = '' }: TemplateFunction): string {
  return `${name} ${example}`;
}

/** Whether a value may be of a type. */
function fits(value: Value, type: Type): boolean {
  if (type.unknown === true) return true;
  if (value === undefined) return type.absent === true;
  if (value === null) return type.null === true || type.absent === true;
  if (typeof value === 'boolean') return type.booleans?.includes(value) === true;
  if (typeof value === 'string' || value instanceof Encoded) {
    const text = typeof value === 'string' ? value : value.text;
    return type.strings !== undefined && type.strings.values?.includes(text) !== false;
  }
  if (value instanceof Opaque) return type.named?.includes(value.type) === true;
  const items = itemsOf(value);
  if (items) {
    const { lists } = type;
    const elem = typeOf(value).slice(2);
    return (
      lists !== undefined &&
      items.every((item) => fits(item, lists.item())) &&
      (lists.elem === undefined || lists.elem === 'mixed' || lists.elem === elem)
    );
  }
  const entries = entriesOf(value);
  if (entries) return Object.entries(entries).every(([key, item]) => fits(item, underKey(type, key)));
  const kind = value instanceof Num ? value.kind : typeOf(value);
  if (kind === 'float64') return type.float === true;
  return type.integers?.kinds.some((known) => known === kind) === true;
}

/** The type of a value, as an expression that gives it would have it. */
function typeOfValue(value: Value): Type {
  if (value === undefined) return { absent: true };
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return constant(value);
  if (value instanceof Opaque) return named(value.type);
  const items = itemsOf(value);
  if (items) return listOf(unknown);
  const entries = entriesOf(value);
  if (entries)
    return mapOf(Object.fromEntries(Object.entries(entries).map(([key, item]) => [key, typeOfValue(item)])));
  return unknown;
}

describe('every function', () => {
  it.each(functions)('%s declares the type of its result', (_name, called) => {
    expect(called.result).toBeDefined();
  });

  it.each(functions.filter(([name]) => name !== 'call' && name !== 'fail'))(
    '%s has an example, and its result is of the type that it declares',
    (name, called) => {
      const seen: { args: readonly Value[]; value: Value }[] = [];
      const watched: TemplateFunction = {
        ...called,
        call: (args, context) => {
          const copy = [...args];
          const value = called.call(args, context);
          seen.push({ args: copy, value });
          return value;
        },
      };
      // Without its short cuts, so that every call is seen.
      const {
        one: _one,
        two: _two,
        test: _test,
        comparesStrings: _compares,
        stopsAt: _stops,
        ...plain
      } = watched;
      const output = run(`{{ ${callOf(name, called)} }}`, { [name]: plain });
      expect(output).toBe(run(`{{ ${callOf(name, called)} }}`, { [name]: called }));
      expect(seen.length).toBeGreaterThan(0);
      for (const { args, value } of seen) {
        const type = called.result?.(args.map(typeOfValue)) ?? unknown;
        expect(fits(value, type), `${describeType(type)}: ${run('{{ toJson . }}', {}, value)}`).toBe(true);
        const open = called.result?.(args.map(() => unknown)) ?? unknown;
        expect(fits(value, open), describeType(open)).toBe(true);
      }
    },
  );

  it.each(functions.filter(([, { choice }]) => choice !== undefined))(
    '%s returns the argument that its outcome names, and its ways lead to the outcome',
    (name, called) => {
      const { choice } = called;
      if (choice === undefined) return;
      for (const args of [
        ['', 'x', true],
        ['x', '', false],
        ['x', 'y', true],
        ['', '', false],
      ] as const) {
        const given = called.params.length === 3 ? args : args.slice(0, 2);
        const outcome = choice.outcomeOf(given);
        expect(choice.outcomes(given.length)[outcome]).toBeTypeOf('string');
        expect(
          choice
            .waysTo(outcome, given.length)
            .some((way) =>
              way.every(
                ([argument, wish]) => wish.want === 'truth' && Boolean(given[argument]) === wish.holds,
              ),
            ),
        ).toBe(true);
        const context = { charge: () => undefined, checkLength: () => undefined } as never;
        const result = called.call(given, context);
        if (outcome < given.length) expect(result, name).toBe(given[outcome]);
        else expect(result).toBe(null);
      }
    },
  );
});
