import { DataError } from '../../template/data-error.ts';
import { isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import type { Document, Node, ParsedNode, Scalar, YAMLMap } from 'yaml';
import { formatFloat } from '../../template/format.ts';
import type { CallContext } from '../../template/function.ts';
import { fromBytes } from '../../template/text.ts';
import { floatValue, isPlainList, isPlainMap } from '../../template/types.ts';
import type { Value, ValueMap } from '../../template/value.ts';
import { base64Bytes, CorruptInputError } from '../chapters/encoding.ts';
import { checkDepth, newMap, setKey } from '../kinds.ts';
import { hasSeparators, separatedValue, withLineFeeds, withoutAddedBreak } from './breaks.ts';
import { foreignIndicator } from './indicators.ts';
import { readPlainBlocks } from './plain-blocks.ts';
import { resolvePlain } from './resolve.ts';
import type { Resolved } from './resolve.ts';

/*
 * YAML as sigs.k8s.io/yaml reads it into a map: gopkg.in/yaml.v2's YAML 1.1, then JSON, so that every number is a
 * float64 and every key a string. The "yaml" package parses the syntax, except that of simple texts (plain-blocks.ts).
 * The meaning of scalars is computed here. So some texts that libyaml accepts against the specification are errors:
 * quoted text and flow collections that continue at the margin of their map.
 */

/** Invalid YAML text. The message does not quote it, because it may be a secret. */
export class YamlError extends DataError {}

/** Steps for each possible node, counted by the characters that begin or end one. */
const STEPS_PER_NODE = 100;

/** Characters that one step pays for, each time that a text is read. */
const CHARACTERS_PER_STEP = 8;

/** Characters with which a node, or a property of one, may begin or end. A dash counts if a blank follows. */
const nodeMark = /[\n\r\u0085\u2028\u2029,[\]{}:?&*!"']|-(?=[\s\u0085])/g;

/** Characters that libyaml's reader refuses. Lone surrogates stand for bytes that are not UTF-8. */
const controlCharacter = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/;

/** Steps for each value. An alias repeats values without parsing. */
const STEPS_PER_VALUE = 20;

/** Pays for reading. */
type Budget = Pick<CallContext, 'charge'>;

function chargeParsing(text: string, context: Budget): void {
  context.charge(STEPS_PER_NODE + Math.ceil(text.length / CHARACTERS_PER_STEP));
  nodeMark.lastIndex = 0;
  while (nodeMark.test(text)) context.charge(STEPS_PER_NODE);
}

/** Reads the first document of a text as a map; an empty document is an empty map. @throws YamlError */
export function readYaml(text: string, context: Budget): ValueMap {
  chargeParsing(text, context);
  if (controlCharacter.test(text))
    throw new YamlError('error converting YAML to JSON: yaml: control characters are not allowed');
  const plain = readPlainBlocks(text, jsonValue);
  if (plain !== undefined) {
    context.charge(STEPS_PER_VALUE * plain.values);
    return plain.root;
  }
  // libyaml skips one at the start of a line, and what follows it is one column further to the right.
  if (text.includes('\ufeff', 1))
    throw new YamlError('error converting YAML to JSON: yaml: a byte order mark is not at the start');
  const written = text.toWellFormed();
  const source = withLineFeeds(written);
  const document = parseDocument(source, {
    schema: 'failsafe',
    version: '1.1',
    prettyErrors: false,
    logLevel: 'silent',
    uniqueKeys: false,
  });
  const error = document.errors.find(({ code }) => code !== 'MULTIPLE_DOCS');
  if (error) {
    const line = lineAt(source, error.pos[0]);
    const reason = error.code.toLowerCase().replaceAll('_', ' ');
    throw new YamlError(`error converting YAML to JSON: yaml: line ${String(line)}: ${reason}`);
  }
  // Which reads the text once more.
  context.charge(Math.ceil(text.length / CHARACTERS_PER_STEP));
  const foreign = foreignIndicator(source);
  if (foreign !== undefined)
    throw new YamlError(
      `error converting YAML to JSON: yaml: line ${String(lineAt(source, foreign))}: YAML 1.1 and 1.2 read it differently; put a blank after an indicator, or quotes around the text`,
    );
  const { explicit, version } = document.directives.yaml;
  if (explicit === true && version !== '1.1')
    throw new YamlError('error converting YAML to JSON: yaml: found incompatible YAML document');
  const value = new YamlReader(document, written, context).read();
  if (value === null || value === undefined) return newMap();
  if (isPlainMap(value)) return value;
  throw new YamlError(
    `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${jsonTypeOf(value)} into Go value of type map[string]interface {}`,
  );
}

const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length;

function jsonTypeOf(value: Value): string {
  if (isPlainList(value)) return 'array';
  return typeof value === 'string' ? 'string' : typeof value === 'boolean' ? 'bool' : 'number';
}

type AnyNode = Node | ParsedNode | null | undefined;

class YamlReader {
  readonly #document: Document.Parsed;
  /** The original text. The document has line feeds in place of other breaks. */
  readonly #written: string;
  readonly #context: Budget;
  /** The anchors whose nodes are being read. An alias to one of them means a node that contains itself. */
  readonly #open = new Set<unknown>();
  /** Many aliases may refer to one long scalar. */
  readonly #scalars = new Map<Scalar, Resolved>();

  constructor(document: Document.Parsed, written: string, context: Budget) {
    this.#document = document;
    this.#written = written;
    this.#context = context;
  }

  read(): Value {
    return this.#value(this.#document.contents, 0);
  }

  #value(node: AnyNode, depth: number): Value {
    this.#context.charge(STEPS_PER_VALUE);
    checkDepth(depth);
    if (isAlias(node)) return this.#alias(node.resolve(this.#document), depth);
    if (isScalar(node)) return jsonValue(this.#scalar(node));
    if (isMap(node)) return this.#map(node, depth);
    if (isSeq(node)) return node.items.map((item) => this.#value(item as AnyNode, depth + 1));
    return null;
  }

  #scalar(node: Scalar): Resolved {
    const known = this.#scalars.get(node);
    if (known !== undefined) return known;
    const resolved = resolveScalar(node, this.#textOf(node));
    this.#scalars.set(node, resolved);
    return resolved;
  }

  #textOf({ value, range, type }: Scalar): string {
    const text = typeof value === 'string' ? value : '';
    if (!range) return text;
    const source = this.#written.slice(range[0], range[1]);
    if (type === 'QUOTE_DOUBLE') checkEscapes(source);
    const chomped = type?.startsWith('BLOCK_') ? withoutAddedBreak(text, source) : text;
    return hasSeparators(source) ? separatedValue(chomped, source, type) : chomped;
  }

  #alias(target: AnyNode, depth: number): Value {
    if (!target) throw new YamlError('error converting YAML to JSON: yaml: unknown anchor referenced');
    if (this.#open.has(target))
      throw new YamlError('error converting YAML to JSON: yaml: an anchor contains itself');
    this.#open.add(target);
    const value = this.#value(target, depth + 1);
    this.#open.delete(target);
    return value;
  }

  #map(node: YAMLMap, depth: number): Value {
    const map = newMap();
    for (const { key, value } of node.items) {
      const keyNode = key as AnyNode;
      if (isMergeKey(keyNode)) this.#merge(map, value as AnyNode, depth);
      else setKey(map, this.#key(keyNode), this.#value(value as AnyNode, depth + 1));
    }
    return map;
  }

  /** `<<`: the entries of a map, or of each map in a list. The first map with a key wins. */
  #merge(map: Record<string, Value>, node: AnyNode, depth: number): void {
    if (isAlias(node) && !isMap(node.resolve(this.#document))) throw noMerge();
    const merged = this.#value(node, depth + 1);
    const sources = Array.isArray(merged) ? (merged as readonly Value[]).toReversed() : [merged];
    for (const source of sources) {
      if (!isPlainMap(source)) throw noMerge();
      for (const [key, value] of Object.entries(source)) setKey(map, key, value);
    }
  }

  #key(node: AnyNode): string {
    const target = isAlias(node) ? node.resolve(this.#document) : node;
    const key = isScalar(target) ? this.#scalar(target) : undefined;
    if (key === undefined || key === null)
      throw new YamlError('error converting YAML to JSON: a key is no string, number or boolean');
    if (typeof key === 'number') return keyOfFloat(key);
    return String(key);
  }
}

function noMerge(): YamlError {
  return new YamlError(
    'error converting YAML to JSON: yaml: map merge requires map or sequence of maps as the value',
  );
}

/** Rejects escapes that YAML 1.2 took from JSON and libyaml does not know: slashes and halves of surrogate pairs. */
function checkEscapes(source: string): void {
  if (!source.includes('\\')) return;
  for (const [escape] of source.matchAll(/\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[^])/g)) {
    if (escape === '\\/')
      throw new YamlError('error converting YAML to JSON: yaml: found unknown escape character');
    if (/^\\u/i.test(escape) && !isCharacter(parseInt(escape.slice(2), 16)))
      throw new YamlError('error converting YAML to JSON: yaml: found invalid Unicode character escape code');
  }
}

function isCharacter(code: number): boolean {
  return (code < 0xd800 || code > 0xdfff) && code <= 0x10ffff;
}

/** yaml.v2's `isMerge`: with a tag, even quoted text counts. */
function isMergeKey(node: AnyNode): boolean {
  if (!isScalar(node) || node.value !== '<<') return false;
  return node.tag === `${TAG_PREFIX}merge` || isImplicit(node);
}

/** libyaml's `plain_implicit`: plain text without a tag, and any text with the tag "!". */
function isImplicit({ tag, type }: Scalar): boolean {
  return tag === '!' || (tag === undefined && (type === 'PLAIN' || type === undefined));
}

function keyOfFloat(key: number): string {
  if (Number.isNaN(key)) return '.nan';
  if (!Number.isFinite(key)) return key > 0 ? '.inf' : '-.inf';
  return formatFloat(key, 'g', -1, 32);
}

const TAG_PREFIX = 'tag:yaml.org,2002:';

/** A scalar by its tag. If it is plain and has none, by its text. */
function resolveScalar(node: Scalar, text: string): Resolved {
  const tag = node.tag?.startsWith(TAG_PREFIX) ? node.tag.slice(TAG_PREFIX.length) : undefined;
  if (node.tag === undefined) return isImplicit(node) ? resolvePlain(text) : text;
  switch (tag) {
    case 'binary':
      return binary(text);
    case 'int':
    case 'float':
    case 'bool':
    case 'null':
      return tagged(tag, resolvePlain(text));
    default:
      return text;
  }
}

function tagged(tag: 'int' | 'float' | 'bool' | 'null', value: Resolved): Resolved {
  const fits = {
    int: typeof value === 'bigint',
    float: typeof value === 'number' || typeof value === 'bigint',
    bool: typeof value === 'boolean',
    null: value === null,
  };
  if (fits[tag]) return tag === 'float' ? Number(value) : value;
  throw new YamlError(`error converting YAML to JSON: yaml: cannot decode a scalar as a !!${tag}`);
}

function binary(text: string): string {
  try {
    return fromBytes(base64Bytes(text.replace(/[ \t]/g, ''))).toWellFormed();
  } catch (error) {
    if (error instanceof CorruptInputError)
      throw new YamlError('error converting YAML to JSON: yaml: !!binary value contains invalid base64 data');
    throw error;
  }
}

/** A scalar's value after conversion to JSON. */
function jsonValue(value: Resolved): Value {
  if (typeof value === 'bigint') return floatValue(Number(value));
  if (typeof value !== 'number') return value;
  if (!Number.isFinite(value))
    throw new YamlError(`error converting YAML to JSON: json: unsupported value: ${String(value)}`);
  return floatValue(value);
}
