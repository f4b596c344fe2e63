import type { Run } from '../template/extension.ts';
import { entriesOf, itemsOf } from '../template/extension.ts';
import type { Value } from '../template/index.ts';
import { Encoded, Num } from '../template/index.ts';

/** What the package passes to a block helper. */
export interface BlockOptions {
  fn(context: unknown, options?: { data?: object; blockParams?: readonly unknown[] }): string;
  inverse(context: unknown): string;
  readonly data: object;
}

/** Handlebars' own truth: false, a missing value, 0, the empty string and the empty list are false. */
export function holds(value: Value): boolean {
  if (value instanceof Num) return Number(value.value) !== 0;
  if (value instanceof Encoded) return value.text !== '';
  const items = itemsOf(value);
  if (items !== undefined) return items.length > 0;
  return value !== 0 && Boolean(value);
}

/** `{{#if}}`; with `wanted` false, `{{#unless}}`. */
export function branch(context: unknown, value: Value, wanted: boolean, options: BlockOptions): string {
  return holds(value) === wanted ? options.fn(context) : options.inverse(context);
}

/** `{{#with}}`: the block's context is the value, unless it is false. */
export function within(context: unknown, value: Value, options: BlockOptions): string {
  return holds(value)
    ? options.fn(value, { data: options.data, blockParams: [value] })
    : options.inverse(context);
}

/**
 * `{{#each}}`: over a list in order, over a map in the order of its keys, as Go's `range`; `@../` refers to the
 * surrounding data.
 */
export function each(context: unknown, value: Value, options: BlockOptions, run: Run): string {
  const items = itemsOf(value);
  const entries =
    items === undefined ? mapEntries(value) : items.map((item, index) => [index, item] as const);
  if (entries.length === 0) return options.inverse(context);
  let output = '';
  entries.forEach(([key, item], index) => {
    run.charge(1);
    const last = index === entries.length - 1;
    const data = { ...options.data, key, index, first: index === 0, last, _parent: options.data };
    const text = options.fn(item, { data, blockParams: [item, key] });
    run.chargeText(text.length);
    output += text;
    run.checkLength(output.length);
  });
  return output;
}

/** Whether `{{#each}}` has any item. */
export function hasItems(value: Value): boolean {
  return (itemsOf(value) ?? mapEntries(value)).length > 0;
}

function mapEntries(value: Value): readonly (readonly [string, Value])[] {
  if (typeof value !== 'object' || value === null) return [];
  const entries = entriesOf(value);
  if (entries === undefined) return [];
  return Object.keys(entries)
    .sort()
    .map((key) => [key, entries[key]] as const);
}
