import { isAlias, isMap, isScalar, isSeq, Scalar } from 'yaml';
import type { Pair, YAMLMap, YAMLSeq } from 'yaml';
import type { Schema } from '../../api/index.ts';
import type { Outline, TypeHole } from '../../template/index.ts';
import { closest, types } from '../../template/index.ts';
import type { YamlShapeError } from '../rendering/yaml-error.ts';
import type { BrokenOutline, OutlineDocument } from './outline-document.ts';
import { isNoAddress, NO_ADDRESS } from '../usable.ts';
import { spreadBy } from './outline-document.ts';
import type { OutlineText } from './outline-text.ts';

const { describeType, isNever, without } = types;

/** A fault in an outline that does not depend on the values. */
export interface StructureFault {
  readonly code: 'invalid-yaml' | 'no-address' | 'not-a-pediacluster';
  /** In UTF-16 units of the template's text. */
  readonly position: number;
  readonly message: string;
  readonly suggestion?: string;
  /** Whether it may be right after all. */
  readonly isDoubtful?: true;
}

/** The faults of one outline. */
export interface OutlineFaults {
  readonly faults: readonly StructureFault[];
  /** Why it is not YAML, if it is not. */
  readonly broken?: StructureFault;
}

/**
 * Compares an outline with a schema: names of fields, and kinds of values. It does not look for missing fields.
 * @param read the outline as the document that it is
 */
export function faultsOf(
  outline: Outline,
  read: OutlineDocument | BrokenOutline,
  schema: Schema,
): OutlineFaults {
  if ('error' in read) {
    const { written, error } = read;
    const position = written.positionOf(offsetOf(written.text, error));
    const printed = outline.pieces.find((piece) => piece.position === position);
    const hint = printed?.kind === 'hole' ? hintForTest(printed) : '';
    const broken: StructureFault = {
      code: 'invalid-yaml',
      position,
      message: `the rendered text ${error.message}${hint}`,
    };
    return { faults: [], broken };
  }
  const reader = new Reader(read);
  reader.value(read.document?.contents, schema, '');
  return { faults: [...reader.faults, ...unindented(outline)] };
}

/** Several lines of YAML behind blanks: only the first one would be indented. */
function unindented({ pieces }: Outline): readonly StructureFault[] {
  let line = '';
  return pieces.flatMap((piece): readonly StructureFault[] => {
    if (piece.kind === 'text') {
      line = piece.text.includes('\n')
        ? piece.text.slice(piece.text.lastIndexOf('\n') + 1)
        : line + piece.text;
      return [];
    }
    const { type, before, expression, position } = piece;
    const blanks = line;
    line += '…';
    if (before !== '' || !/^ +$/.test(blanks) || !hasLines(type)) return [];
    const message = `${expression} writes several lines, of which only the first is indented here; pipe it through nindent ${String(blanks.length)}`;
    return [{ code: 'invalid-yaml', position, message, isDoubtful: true }];
  });
}

/** Whether a value is YAML that may have more than one line. */
function hasLines({ strings }: types.Type): boolean {
  if (strings?.encodes?.as !== 'yaml') return false;
  const { lists, maps } = strings.encodes.of;
  return (
    lists !== undefined ||
    (maps !== undefined && (maps.fields.size > 1 || !isNever(without(maps.others(), 'absent', 'null'))))
  );
}

function offsetOf(text: string, { line = 1 }: YamlShapeError): number {
  let offset = 0;
  for (let count = 1; count < line; count++) offset = text.indexOf('\n', offset) + 1;
  const rest = text.slice(offset);
  return offset + (rest.length - rest.trimStart().length);
}

/** Walks a document and its schema together. */
class Reader {
  readonly faults: StructureFault[] = [];
  readonly #written: OutlineText;
  readonly #holesOf: OutlineDocument['holesOf'];

  constructor({ written, holesOf }: OutlineDocument) {
    this.#written = written;
    this.#holesOf = holesOf;
  }

  value(node: unknown, schema: Schema, path: string): void {
    if (node === null || node === undefined || isAlias(node)) return;
    if (isMap(node)) this.#map(node, schema, path);
    else if (isSeq(node)) this.#list(node, schema, path);
    else if (isScalar(node)) this.#scalar(node, schema, path);
  }

  #list(node: YAMLSeq, schema: Schema, path: string): void {
    const [first] = node.items;
    const hole = isScalar(first) ? this.#only(first) : undefined;
    // An encoded list is written as its only item.
    if (hole?.type.strings?.encodes?.as === 'yaml') {
      this.#hole(hole, schema, path);
      return;
    }
    if (!this.#isKind(schema, 'array', node, path, 'a list') || schema.items === undefined) return;
    if (node.items.length === 1 && hole?.mayLackItems !== undefined) this.#tellEmpty(hole, schema, path);
    for (const [index, item] of node.items.entries())
      this.value(item, schema.items, `${path}[${String(index)}]`);
  }

  /** Whether the schema allows a mapping or a list here. If not, reports it. */
  #isKind(schema: Schema, kind: Schema['type'], node: unknown, path: string, found: string): boolean {
    if (schema.type === undefined || schema.type === kind) return true;
    if (schema['x-kubernetes-preserve-unknown-fields'] === true) return false;
    this.#tell(node, `${nameOf(path)} must be ${article(schema.type)}, not ${found}`);
    return false;
  }

  #map(node: YAMLMap, schema: Schema, path: string): void {
    const [first] = node.items;
    const spread = first === undefined ? undefined : spreadBy(first, this.#holesOf);
    if (spread === undefined && !this.#isKind(schema, 'object', node, path, 'a map')) return;
    const seen = new Set<unknown>();
    for (const pair of node.items) {
      const hole = spreadBy(pair, this.#holesOf);
      if (hole === undefined && isScalar(pair.key) && !this.#isHoled(pair.key)) {
        if (seen.has(pair.key.value)) this.#tellTwice(pair.key);
        seen.add(pair.key.value);
      }
      if (hole === undefined) this.#pair(pair, schema, path);
      else this.#hole(hole, schema, path);
    }
    if (path === 'spec' && node.has('kubeconfig')) this.#tellAddress(node.get('apiserver', true));
  }

  /** Reports an endpoint beside a kubeconfig that is none, whichever of its values it has. */
  #tellAddress(node: unknown): void {
    if (!isScalar(node)) return;
    const hole = this.#only(node);
    const texts = hole?.type.strings?.values ?? (this.#isHoled(node) ? [] : textOf(node));
    const [first = ''] = texts;
    if (first === '' || !texts.every(isNoAddress)) return;
    this.#tell(node, `spec.apiserver "${first}" ${NO_ADDRESS}`, { code: 'no-address', isDoubtful: true });
  }

  #pair({ key, value }: Pair, schema: Schema, path: string): void {
    if (!isScalar(key) || key.value === '<<') return;
    if (this.#isHoled(key)) {
      const printed = this.#holesOf(key).holes.find(isTest);
      this.#tellQuotes(key, path, `a key of ${nameOf(path)}`);
      // A field of a PediaCluster is spelt by the template. Labels may have any keys.
      if (
        printed !== undefined &&
        schema.properties !== undefined &&
        schema.additionalProperties === undefined
      )
        this.#refuseTest(printed, `the name of a field of ${nameOf(path)}`);
      return;
    }
    const name = String(key.value);
    const field = path === '' ? name : `${path}.${name}`;
    const known = schema.properties?.[name] ?? schema.additionalProperties;
    if (known !== undefined) {
      this.value(value, known, field);
    } else if (
      schema.properties !== undefined &&
      schema['x-kubernetes-preserve-unknown-fields'] !== true &&
      !(isScalar(value) && value.value === null)
    ) {
      const suggestion = closest(name, Object.keys(schema.properties));
      this.#tell(key, `unknown field ${field}`, suggestion === undefined ? {} : { suggestion });
    }
  }

  #scalar(node: Scalar, schema: Schema, path: string): void {
    const { type } = schema;
    if (type === undefined) return;
    const hole = this.#only(node);
    if (type === 'string') this.#tellQuotes(node, path, path);
    if (hole !== undefined && node.type === Scalar.PLAIN) {
      if (schema.format === 'byte') this.#tellEncoding(hole, path);
      this.#hole(hole, schema, path);
      return;
    }
    const holed = this.#isHoled(node);
    if (type === 'string' && (schema.format === 'byte' || path === 'spec.apiserver')) {
      const printed = this.#holesOf(node).holes.find(isTest);
      if (printed !== undefined) this.#refuseTest(printed, path);
      const encoded = path === 'spec.apiserver' ? this.#holesOf(node).holes.find(isBase64) : undefined;
      if (encoded !== undefined)
        this.faults.push({
          code: 'not-a-pediacluster',
          position: encoded.position,
          message: `${path} is a text, but ${encoded.expression} is base64; decode it with "b64dec"`,
        });
    }
    if (schema.format === 'byte' && hole !== undefined) this.#tellEncoding(hole, path);
    const whole =
      type === 'string' && !path.startsWith('metadata.annotations')
        ? this.#holesOf(node).holes.find(isWhole)
        : undefined;
    if (whole !== undefined) {
      const what = describeType(without(whole.type, 'absent', 'null'));
      this.faults.push({
        code: 'not-a-pediacluster',
        position: whole.position,
        message: `${path} is a text, but ${whole.expression} is ${what}${hintForWhole(whole.type, schema, path)}`,
      });
    }
    if (!path.startsWith('metadata.annotations')) this.#tellSpelling(node, path);
    // Text with a value in it may be read as a number or a boolean, but not as a list or a map.
    if (holed && node.type === Scalar.PLAIN && type !== 'array' && type !== 'object') return;
    const { value } = node;
    if (value === null) return;
    const found = typeof value === 'bigint' ? 'number' : typeof value;
    const wanted = type === 'integer' ? 'number' : type;
    if (found !== wanted) {
      const isQuoted = holed && node.type !== Scalar.PLAIN;
      const quotes = type === 'string' ? '; put it in quotes' : isQuoted ? '; in quotes it is a string' : '';
      this.#tell(node, `${nameOf(path)} must be ${article(type)}${quotes}`);
    } else if (typeof value === 'string' && !holed && schema.enum?.includes(value) === false) {
      this.#tell(node, `${nameOf(path)} must be one of ${schema.enum.join(', ')}`);
    }
  }

  /** A value that stands alone where the schema wants something. */
  #hole({ type, expression, position }: TypeHole, schema: Schema, path: string): void {
    const present = without(type, 'absent', 'null');
    if (present.unknown === true || isNever(present) || schema.type === undefined) return;
    if (isNever(fitting(present, schema))) {
      const what = `${nameOf(path)} must be ${article(schema.type)}, but ${expression} is ${describeType(present)}`;
      const hint = printsWhole(present) ? hintForWhole(present, schema, path) : hintFor(present, schema);
      this.faults.push({ code: 'not-a-pediacluster', position, message: what + hint });
    }
  }

  #isHoled(node: Scalar): boolean {
    return this.#holesOf(node).holes.length > 0;
  }

  /** Reports a credential that is encoded twice or, probably, not at all. */
  #tellEncoding({ type, expression, position }: TypeHole, path: string): void {
    const { forms } = type.strings ?? {};
    const isTwice = forms?.includes('twice') === true;
    if (!isTwice && forms?.includes('decoded') !== true) return;
    const message = isTwice
      ? `${path} would be base64 of base64: ${expression} encodes what is encoded; leave out b64enc`
      : `${path} must be base64, and ${expression} is decoded; leave out b64dec, unless the value is base64 of base64`;
    this.faults.push({
      code: 'not-a-pediacluster',
      position,
      message,
      ...(isTwice ? {} : { isDoubtful: true }),
    });
  }

  /**
   * Reports quotes that a function writes where they do not enclose the whole value: they become part of it. Any text
   * may be meant for an annotation, unless YAML would not allow the quotes there.
   */
  #tellQuotes(node: Scalar, path: string, place: string): void {
    const { type: style } = node;
    const only = this.#only(node);
    const isQuoted = style === Scalar.QUOTE_DOUBLE || style === Scalar.QUOTE_SINGLE;
    const isAnnotation = path.startsWith('metadata.annotations');
    for (const hole of this.#holesOf(node).holes) {
      const { encodes } = hole.type.strings ?? {};
      if (style === Scalar.PLAIN && hole === only && encodes !== undefined) continue;
      const quotes = quotesOf(hole.type);
      if (quotes === undefined) continue;
      const isMaybe = quotes === 'maybe';
      if (isAnnotation && (isMaybe || style !== Scalar.QUOTE_DOUBLE)) continue;
      const wayOut =
        hole === only && encodes !== undefined && isQuoted
          ? 'leave out the quotes around it'
          : 'print the value without them';
      const message = `${hole.expression} writes quotes${isMaybe ? ' around a text' : ''}, which become part of ${place}; ${wayOut}`;
      this.faults.push({
        code: 'not-a-pediacluster',
        position: hole.position,
        message,
        ...(isMaybe || isAnnotation ? { isDoubtful: true } : {}),
      });
    }
  }

  /** Reports a text of the template itself that can hardly be meant. */
  #tellSpelling(node: Scalar, path: string): void {
    const text = String(node.value);
    const [, field] = unbraced.exec(text) ?? [];
    if (field !== undefined) this.#tell(node, `${path} has "${field}" as a text; write it between {{ and }}`);
    if (this.#isHoled(node)) return;
    const rule = syncRules.find(({ place }) => place.test(path));
    if (rule === undefined || text === '*' || text === '' || rule.form.test(text)) return;
    this.#tell(node, `${path} must be ${rule.words}, so nothing is collected by "${text}"`, {
      isDoubtful: true,
    });
  }

  /** Reports a list that is written from one that may have no items. */
  #tellEmpty(
    { expression, position, mayLackItems = '' }: TypeHole,
    { minItems = 0 }: Schema,
    path: string,
  ): void {
    if (minItems < 1) return;
    const message = `${path} must have at least ${String(minItems)} item${minItems === 1 ? '' : 's'}, but ${expression} writes none where ${mayLackItems} has none`;
    this.faults.push({ code: 'not-a-pediacluster', position, message, isDoubtful: true });
  }

  /** Reports a boolean that is printed where neither of its texts can be right. */
  #refuseTest(hole: TypeHole, place: string): void {
    const message = `${hole.expression} prints true or false into ${place}${WAY_OUT}`;
    this.faults.push({ code: 'not-a-pediacluster', position: hole.position, message });
  }

  /** The hole of which a scalar consists. */
  #only(node: Scalar): TypeHole | undefined {
    return this.#holesOf(node).only;
  }

  #tellTwice(key: Scalar): void {
    this.#tell(key, `the key "${String(key.value)}" stands twice in one mapping`);
  }

  #tell(
    node: unknown,
    message: string,
    more: Partial<Pick<StructureFault, 'code' | 'suggestion' | 'isDoubtful'>> = {},
  ): void {
    const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined;
    const [start] = Array.isArray(range) ? (range as unknown[]) : [];
    this.faults.push({
      code: 'not-a-pediacluster',
      position: this.#written.positionOf(typeof start === 'number' ? start : 0),
      message,
      ...more,
    });
  }
}

/** The text of a scalar that is one. */
const textOf = ({ value }: Scalar): readonly string[] => (typeof value === 'string' ? [value] : []);

/** A field of the data, as templates write it. */
const unbraced = /(?:^|[^\w.-])(\.?(?:source|references)(?:\.\w+)*\.(?:metadata|spec|status|data)(?:\.\w+)*)/;

/** What the names in `spec.syncResources` look like. */
const syncRules: readonly { readonly place: RegExp; readonly form: RegExp; readonly words: string }[] = [
  {
    place: /^spec\.syncResources\[\d+\]\.(?:resources|eventsInvolvedResources)\[\d+\]$/,
    form: /^[a-z0-9-]+(?:\/[a-z]+)?$/,
    words: 'the plural name of a resource in lower case, such as "deployments"',
  },
  {
    place: /^spec\.syncResources\[\d+\]\.group$/,
    form: /^[a-z0-9.-]+$/,
    words: 'a group without its version, such as "apps"',
  },
  {
    place: /^spec\.syncResources\[\d+\]\.versions\[\d+\]$/,
    form: /^v[a-z0-9]+$/,
    words: 'a version without its group, such as "v1"',
  },
];

/** Whether a value is printed that is true or false, and nothing else. */
export function isTest({ type }: Pick<TypeHole, 'type'>): boolean {
  return Object.keys(without(type, 'absent', 'null')).join() === 'booleans';
}

/** Whether a value is a list or map, and nothing else: its text, such as `map[a:b]`, is of no use. */
function isWhole({ type }: TypeHole): boolean {
  const present = without(type, 'absent', 'null');
  return isContainer(present) || printsWhole(present) || isContainer(encodedBy(present));
}

function isContainer(type: types.Type): boolean {
  const kinds = Object.keys(type);
  return kinds.length > 0 && kinds.every((kind) => kind === 'lists' || kind === 'maps');
}

/** What a text encodes, if a type has only texts. */
function encodedBy(type: types.Type): types.Type {
  const isText = Object.keys(type).join() === 'strings';
  return isText ? without(type.strings?.encodes?.of ?? types.never, 'absent', 'null') : types.never;
}

/** Whether a text has a list or a map in it as Go prints it. */
function printsWhole(type: types.Type): boolean {
  const { prints, encodes } = type.strings ?? {};
  if (Object.keys(type).join() !== 'strings') return false;
  return prints === 'list' || prints === 'map' || (encodes?.as === 'quote' && isContainer(encodedBy(type)));
}

/** Whether a function writes quotes around a value. */
function quotesOf(type: types.Type): 'always' | 'maybe' | undefined {
  const { prints, encodes } = type.strings ?? {};
  const of = encodes === undefined ? types.never : without(encodes.of, 'absent', 'null');
  // A list or map in quotes is another fault.
  if (isContainer(of)) return undefined;
  const isOnlyText = Object.keys(without(type, 'absent', 'null')).join() === 'strings';
  if (prints === 'quotes' || encodes?.as === 'quote') return isOnlyText ? 'always' : 'maybe';
  if (encodes?.as !== 'json' || (of.unknown !== true && of.strings === undefined)) return undefined;
  return isOnlyText && Object.keys(of).join() === 'strings' ? 'always' : 'maybe';
}

/** Whether a value is base64, and nothing else. */
export function isBase64({ type }: Pick<TypeHole, 'type'>): boolean {
  const present = without(type, 'absent', 'null');
  return Object.keys(present).join() === 'strings' && present.strings?.format === 'byte';
}

/** What was probably meant where true or false is printed and cannot be right. */
export const WAY_OUT = '; if it is a condition, write "if" before it';

const hintForTest = (hole: TypeHole): string =>
  isTest(hole) ? `; ${hole.expression} prints true or false${WAY_OUT}` : '';

/** The values of a type that are present and may be what a schema wants. */
function fitting(type: types.Type, schema: Schema): types.Type {
  const { strings, booleans } = type;
  const encodes = strings?.encodes;
  if (type.unknown === true) return type;
  if (encodes !== undefined && encodes.as !== 'quote')
    return fittingEncoded(without(encodes.of, 'absent', 'null'), schema);
  switch (schema.type) {
    case 'string':
      // Go prints lists and maps as text too, though that is hardly intended.
      return printsWhole(type) ? types.never : types.only(type, 'strings', 'named');
    case 'boolean': {
      if (encodes !== undefined) return types.never;
      const mayBeBoolean =
        strings !== undefined && (strings.values?.some((text) => /^(true|false)$/i.test(text)) ?? true);
      if (booleans !== undefined || mayBeBoolean) return type;
      return types.never;
    }
    case 'integer':
    case 'number':
      return types.only(type, 'integers', 'float', ...(encodes === undefined ? (['strings'] as const) : []));
    default:
      return types.never;
  }
}

function fittingEncoded(of: types.Type, schema: Schema): types.Type {
  if (of.unknown === true || isNever(of)) return types.unknown;
  switch (schema.type) {
    case 'array': {
      const item = without(types.anyItem(of), 'absent', 'null');
      if (of.lists === undefined) return types.never;
      return schema.items === undefined || isNever(item) ? of : fittingEncoded(item, schema.items);
    }
    case 'object':
      return types.only(of, 'maps');
    case 'boolean':
      return types.only(of, 'booleans', 'strings');
    case 'string':
      return types.only(of, 'strings');
    default:
      return types.only(of, 'integers', 'float', 'strings');
  }
}

function hintFor({ lists, maps, integers, float, booleans, strings }: types.Type, { type }: Schema): string {
  if (type === 'string' && (integers ?? float ?? booleans) !== undefined) return '; pipe it through quote';
  if (type === 'string' && lists !== undefined) return '; pick an item with "index" or "first"';
  const { flattenedBy } = strings ?? {};
  if ((type === 'array' || type === 'object') && flattenedBy !== undefined)
    return `; "${flattenedBy}" makes plain text of what was encoded: leave it out`;
  if (
    (type === 'array' || type === 'object') &&
    strings?.encodes === undefined &&
    (lists ?? maps) !== undefined
  )
    return '; pipe it through toJson';
  return '';
}

/** The way out where a text is wanted, and a list or map is printed. */
function hintForWhole(type: types.Type, { format }: Schema, path: string): string {
  if (format === 'byte' && type.strings?.encodes !== undefined) return '; pipe it through b64enc';
  const of = type.strings?.encodes?.of ?? type;
  if (path.endsWith(']') && (of.lists !== undefined || type.strings?.prints === 'list'))
    return '; write {{ … | toJson }} for the whole list, without brackets and quotes around it';
  return of.lists !== undefined || type.strings?.prints === 'list'
    ? '; pick an item with "index" or "first"'
    : '; pick a field of it';
}

const nameOf = (path: string): string => (path === '' ? 'it' : path);

const article = (type: string) => (/^[aeio]/.test(type) ? `an ${type}` : `a ${type}`);
