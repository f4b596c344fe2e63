import type { Alias, Node, ScalarTag, YAMLMap } from 'yaml';
import { isAlias, isMap, isScalar, isSeq, Scalar, Schema } from 'yaml';
import type { Fragment } from '../../template/index.ts';
import { Recent } from '../recent.ts';
import { MAX_DEPTH, MAX_NODES, parseDocument } from './yaml-document.ts';
import { freePrefix, hideValues, placeholder, placeOf, YamlShapeError } from './yaml-error.ts';

/**
 * Rendering YAML from a template so that an interpolated value can never change the document's structure.
 *
 * The fragments of a structural run are written with a placeholder for each value, that text is parsed, and the
 * values are put into the parsed scalars. The text with placeholders is the same for every source that takes the
 * same branches of the template, so its parse, the {@link Shape}, is cached by {@link YamlRenderer}.
 */

/** What a rendered YAML value is after parsing: JSON data. */
export type YamlValue =
  null | boolean | number | bigint | string | readonly YamlValue[] | { readonly [key: string]: YamlValue };

/** A scalar with holes: literal strings and, as numbers, indices into the values. */
interface HoledScalar {
  readonly segments: readonly (string | number)[];
  /** Plain scalars are resolved by the core schema once their holes are filled. The others are strings. */
  readonly plain: boolean;
}

type Shape =
  | { readonly kind: 'constant'; readonly value: YamlValue }
  | ({ readonly kind: 'scalar' } & HoledScalar)
  | { readonly kind: 'sequence'; readonly items: readonly Shape[] }
  | { readonly kind: 'mapping'; readonly entries: readonly ShapeEntry[] };

interface ShapeEntry {
  readonly key: Shape;
  readonly value: Shape;
  /** Whether the entry came through a merge key, so that a key of the mapping itself replaces it. */
  readonly merged: boolean;
}

type InterpolatedValue = Extract<Fragment, { kind: 'value' }>;

/** How many shapes a renderer keeps. A template has one for each combination of branches that its sources take. */
const MAX_SHAPES = 64;

/** Longest text in UTF-16 units that is used as a cache key. */
const MAX_CACHED_TEXT = 256 * 1024;

const coreTags = new Schema({ schema: 'core' }).tags.filter(
  (tag): tag is ScalarTag => 'test' in tag && tag.test !== undefined && tag.default === true,
);

/** Resolves plain text by YAML 1.2's core schema (https://yaml.org/spec/1.2.2/#103-core-schema). */
function resolvePlain(text: string): YamlValue {
  for (const tag of coreTags) {
    if (tag.test?.test(text)) {
      const resolved = tag.resolve(text, () => undefined, {});
      const value: unknown = isScalar(resolved) ? resolved.value : resolved;
      if (
        value === null ||
        typeof value === 'boolean' ||
        typeof value === 'number' ||
        typeof value === 'bigint'
      ) {
        return value;
      }
      if (typeof value === 'string') return value;
    }
  }
  return text;
}

/** Renders the output of one template repeatedly, and parses each distinct shape once. */
export class YamlRenderer {
  readonly #shapes = new Recent<Shape>(MAX_SHAPES);
  #parses = 0;

  /** How many documents were parsed so far. A rendering of a known shape parses nothing. */
  get parses(): number {
    return this.#parses;
  }

  /**
   * The YAML value of a structural run's fragments.
   * @throws {YamlShapeError} if the text is not a single YAML document, if a value is where only structure may be (an
   * anchor,
   * alias, tag or directive), or if two keys of a mapping are equal.
   */
  render(fragments: readonly Fragment[]): YamlValue {
    const { text, values, prefix } = writeWithPlaceholders(fragments);
    return fill(this.#shape(text, prefix), values);
  }

  /**
   * Whether the template's own text spells every name on a path of the rendered document, exactly at the places through
   * which the path leads. A name somewhere else in the text proves nothing: a text can contain every letter.
   */
  spells(fragments: readonly Fragment[], path: readonly string[]): boolean {
    const { text, prefix } = writeWithPlaceholders(fragments);
    return spells(this.#shape(text, prefix), path);
  }

  #shape(text: string, prefix: string): Shape {
    const parse = (): Shape => {
      this.#parses++;
      return parseShape(text, prefix);
    };
    return text.length <= MAX_CACHED_TEXT ? this.#shapes.get(text, parse) : parse();
  }
}

function writeWithPlaceholders(fragments: readonly Fragment[]): {
  text: string;
  values: readonly InterpolatedValue[];
  prefix: string;
} {
  const prefix = freePrefix(
    fragments.flatMap((fragment) => (fragment.kind === 'text' ? [fragment.text] : [])),
  );
  const values: InterpolatedValue[] = [];
  const empty = new Set<number>();
  let text = '';
  for (const fragment of fragments) {
    if (fragment.kind === 'text') {
      text += fragment.text;
      continue;
    }
    if (fragment.value === '' && !fragment.exact) empty.add(values.length);
    text += placeholder(prefix, values.length);
    values.push(fragment);
  }
  if (empty.size > 0) text = dropEmptyLines(text, prefix, empty);
  return { text, values, prefix };
}

/**
 * Blanks lines that contain nothing but empty values. A line with only `{{ .source.spec.extra }}` is a blank line if
 * the value is empty, as in plain text rendering; it is not a scalar of its own.
 */
function dropEmptyLines(text: string, prefix: string, empty: ReadonlySet<number>): string {
  const pattern = new RegExp(`${prefix}(\\d+)_`, 'g');
  return text
    .split('\n')
    .map((line) => {
      if (!line.includes(prefix)) return line;
      const rest = line.replace(pattern, (token, index: string) => (empty.has(Number(index)) ? '' : token));
      return rest.trim() === '' ? rest : line;
    })
    .join('\n');
}

function parseShape(text: string, prefix: string): Shape {
  return new ShapeReader(text, prefix).read(parseDocument(text, prefix)?.contents);
}

/** Turns the syntax tree of one document into its shape. */
class ShapeReader {
  readonly #text: string;
  readonly #prefix: string;
  readonly #holes: RegExp;
  /** The nodes that the anchors name at the reader's present position in the document. */
  readonly #anchors = new Map<string, Node>();
  /** The meaning that each alias had when it was first read. Later its anchor may name something else. */
  readonly #targets = new Map<Alias, Node>();
  #nodes = 0;
  #depth = 0;
  #expanding = 0;

  constructor(text: string, prefix: string) {
    this.#text = text;
    this.#prefix = prefix;
    this.#holes = new RegExp(`${prefix}(\\d+)_`);
  }

  read(node: unknown): Shape {
    if (++this.#nodes > MAX_NODES) {
      throw new YamlShapeError(`has more than ${String(MAX_NODES)} YAML nodes, counting repeated aliases`);
    }
    // An alias inside the node that it names would never end.
    if (++this.#depth > MAX_DEPTH) {
      throw new YamlShapeError(
        `nests YAML deeper than ${String(MAX_DEPTH)} levels, counting repeated aliases`,
      );
    }
    const shape = isAlias(node) ? this.#expand(node) : this.#readNode(node);
    this.#depth--;
    return shape;
  }

  #expand(alias: Alias): Shape {
    const target = this.#targets.get(alias) ?? this.#anchors.get(alias.source);
    if (target === undefined) throw this.#structureError(alias, `the alias *${alias.source} has no anchor`);
    this.#targets.set(alias, target);
    this.#expanding++;
    const shape = this.read(target);
    this.#expanding--;
    return shape;
  }

  #readNode(node: unknown): Shape {
    if (node === null || node === undefined) return { kind: 'constant', value: null };
    if (!isScalar(node) && !isSeq(node) && !isMap(node)) {
      throw new YamlShapeError('holds something that is no mapping, sequence or scalar');
    }
    if (node.anchor !== undefined && this.#expanding === 0) this.#anchors.set(node.anchor, node);
    this.#checkProperties(node);
    if (isScalar(node)) return this.#readScalar(node);
    if (isSeq(node)) return { kind: 'sequence', items: node.items.map((item) => this.read(item)) };
    this.#checkKeys(node);
    return { kind: 'mapping', entries: node.items.flatMap((pair) => this.#readPair(pair)) };
  }

  /** Compares the keys of the template's own text. Whether keys with values are equal is known only when rendering. */
  #checkKeys({ items }: YAMLMap): void {
    const seen = new Set<string>();
    for (const { key } of items) {
      if (!isScalar(key)) continue;
      const text = String(key.value);
      if (text.includes(this.#prefix)) continue;
      if (seen.has(text)) {
        throw this.#structureError(key, 'is not YAML: the same key stands twice in one mapping');
      }
      seen.add(text);
    }
  }

  /**
   * A `<<` in the template's own text merges, as it does for Clusterpedia. If a value spells it, it is a key like any
   * other.
   */
  #readPair({ key, value: node }: { key: unknown; value: unknown }): readonly ShapeEntry[] {
    // In the order of the text, because the value may use an anchor of the key.
    if (!(isScalar(key) && key.type === Scalar.PLAIN && key.value === '<<')) {
      return [{ key: this.read(key), value: this.read(node), merged: false }];
    }
    const value = this.read(node);
    const merged = value.kind === 'sequence' ? value.items : [value];
    return merged.flatMap((shape) => {
      if (shape.kind !== 'mapping')
        throw this.#structureError(key, '"<<" merges something that is no mapping');
      return shape.entries.map((entry) => ({ ...entry, merged: true }));
    });
  }

  #readScalar(node: Scalar): Shape {
    const source = node.type === Scalar.PLAIN ? (node.source ?? '') : String(node.value);
    if (!source.includes(this.#prefix)) return { kind: 'constant', value: constantOf(node.value) };
    const plain = node.type === Scalar.PLAIN && node.tag === undefined;
    const segments = source
      .split(this.#holes)
      .map((part, index) => (index % 2 === 1 ? Number(part) : part))
      .filter((part) => part !== '');
    return { kind: 'scalar', segments, plain };
  }

  /** Anchors and tags are structure: a value in them would name or type a node. */
  #checkProperties(node: { anchor?: string | undefined; tag?: string | undefined }): void {
    if (node.anchor?.includes(this.#prefix))
      throw this.#structureError(node, 'a value stands in an anchor (&…)');
    if (node.tag?.includes(this.#prefix)) throw this.#structureError(node, 'a value stands in a tag (!…)');
    if (node.tag !== undefined && !tagsOfTheCore.has(node.tag)) {
      throw this.#structureError(node, `the tag ${node.tag} is not one of YAML's core schema`);
    }
  }

  #structureError(node: unknown, message: string): YamlShapeError {
    const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined;
    const start: unknown = Array.isArray(range) ? range[0] : undefined;
    return new YamlShapeError(
      hideValues(message, this.#prefix),
      typeof start === 'number' ? placeOf(this.#text, start, this.#prefix) : undefined,
    );
  }
}

const tagsOfTheCore: ReadonlySet<string> = new Set(
  ['str', 'null', 'bool', 'int', 'float', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`),
);

function constantOf(value: unknown): YamlValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'number':
    case 'bigint':
      return value;
    default:
      return null;
  }
}

function spells(shape: Shape, [name, ...rest]: readonly string[]): boolean {
  if (name === undefined) return true;
  if (shape.kind === 'sequence') {
    // Nulls do not count in a list. The text does not show whether an item that is a value will be null.
    const items = shape.items.filter((item) => item.kind !== 'constant' || item.value !== null);
    const item = items[Number(name)];
    return item !== undefined && items.every(({ kind }) => kind !== 'scalar') && spells(item, rest);
  }
  if (shape.kind !== 'mapping') return false;
  const entry = shape.entries.find(({ key }) => key.kind === 'constant' && keyText(key.value) === name);
  return entry !== undefined && spells(entry.value, rest);
}

function fill(shape: Shape, values: readonly InterpolatedValue[]): YamlValue {
  switch (shape.kind) {
    case 'constant':
      return shape.value;
    case 'scalar':
      return fillScalar(shape, values);
    case 'sequence':
      return shape.items.map((item) => fill(item, values));
    case 'mapping':
      return fillMapping(shape.entries, values);
  }
}

function fillScalar({ segments, plain }: HoledScalar, values: readonly InterpolatedValue[]): YamlValue {
  const [only] = segments;
  if (plain && segments.length === 1 && typeof only === 'number') {
    const value = values[only];
    return value === undefined ? null : value.exact ? value.value : resolvePlain(value.value);
  }
  const text = segments
    .map((segment) => {
      if (typeof segment === 'string') return segment;
      // In a longer or a quoted scalar, encoder output is text: a block scalar may contain a whole file.
      const value = values[segment];
      return value?.encoded ?? value?.value ?? '';
    })
    .join('');
  return plain ? resolvePlain(text) : text;
}

function fillMapping(entries: readonly ShapeEntry[], values: readonly InterpolatedValue[]): YamlValue {
  const result = new Map<string, { value: YamlValue; merged: boolean }>();
  for (const { key, value, merged } of entries) {
    const name = keyText(fill(key, values));
    const earlier = result.get(name);
    if (earlier !== undefined && !earlier.merged && !merged) {
      // The key may be or contain a value, so the message does not repeat it.
      throw new YamlShapeError('two keys of one mapping come out equal');
    }
    if (earlier === undefined || !merged) result.set(name, { value: fill(value, values), merged });
  }
  // fromEntries defines properties, so a key "__proto__" is like any other key.
  return Object.fromEntries([...result].map(([name, { value }]) => [name, value]));
}

function keyText(key: YamlValue): string {
  if (key === null) return 'null';
  if (typeof key === 'object') throw new YamlShapeError('a mapping has a key that is no scalar');
  return String(key);
}
