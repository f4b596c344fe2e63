import type { Schema } from '../../api/index.ts';
import { valueAt } from '../../api/index.ts';
import type { Wish } from '../../template/index.ts';
import { objectSchema, partSchema, valuesSchema } from './object-schema.ts';
import type { Edit, Plan, Step } from './solve.ts';
import { candidatesFor, nothing, sampleOf } from './solve-values.ts';
import type { Candidate } from './solve-values.ts';

/* Carries out a plan on a sample: puts values that fit the schema where the plan wants them. */

/** The schemas of the data's resources, if known. */
export interface Shapes {
  readonly source: Schema | undefined;
  /** By reference key. */
  readonly references: ReadonlyMap<string, Schema | undefined>;
}

/** A plain key or index. */
type Key = string | number;

type Place = readonly Key[];

/** The samples that carry out a plan. */
export interface Carried<T> {
  readonly samples: readonly T[];
  /** Whether the search was complete: then no sample found means that none exists. */
  readonly complete: boolean;
}

/** Samples per plan: if several values are possible, each is tried. */
const MAX_VARIANTS = 4;

/** Fields that every object has, whatever a template would need. */
const lasting: ReadonlySet<string> = new Set([
  '',
  'apiVersion',
  'kind',
  'metadata',
  'metadata.name',
  'metadata.uid',
]);

/** Copies of a sample in which the plan is carried out. */
export function carryOut<T extends object>(plan: Plan, base: T, shapes: Shapes): Carried<T> {
  const wishes = placed(plan, base, shapes);
  const samples: T[] = [];
  let complete = true;
  for (let variant = 0; variant < MAX_VARIANTS; variant++) {
    const editor = new Editor(structuredClone(base), shapes, variant);
    if (!wishes.every(({ place, wanted }) => editor.grant(place, wanted))) {
      complete &&= editor.complete;
      break;
    }
    samples.push(editor.data);
    if (!editor.hasMore) break;
  }
  return { samples, complete };
}

interface Placed {
  readonly place: Place;
  readonly wanted: readonly Wish[];
}

/** The wishes of a plan by place, deepest first: the content of a value decides whether it is empty. */
function placed(plan: Plan, base: object, shapes: Shapes): readonly Placed[] {
  const loops = new Loops(plan, base, shapes);
  const byPlace = new Map<string, { place: Place; wanted: Wish[] }>();
  for (const { path, wish, ofKey } of plan) {
    if (ofKey) continue;
    const place = loops.placeOf(path);
    const key = JSON.stringify(place);
    const known = byPlace.get(key);
    if (known === undefined) byPlace.set(key, { place, wanted: [wish] });
    else known.wanted.push(wish);
  }
  return [...byPlace.values()].sort((a, b) => b.place.length - a.place.length);
}

/** The present elements of a plan's loops: a list gets a separate item for each loop, a map a key. */
class Loops {
  readonly #plan: Plan;
  readonly #base: object;
  readonly #shapes: Shapes;
  readonly #steps = new Map<number, Key>();
  readonly #taken = new Map<string, number>();

  constructor(plan: Plan, base: object, shapes: Shapes) {
    this.#plan = plan;
    this.#base = base;
    this.#shapes = shapes;
  }

  placeOf(path: readonly Step[]): Place {
    const place: Key[] = [];
    for (const step of path) place.push(typeof step === 'object' ? this.#stepOf(step.loop, place) : step);
    return place;
  }

  #stepOf(loop: number, container: Place): Key {
    const known = this.#steps.get(loop);
    if (known !== undefined) return known;
    const step = this.#isMap(container) ? this.#keyOf(loop, container) : this.#indexIn(container);
    this.#steps.set(loop, step);
    return step;
  }

  #isMap(container: Place): boolean {
    const value = valueAt(this.#base, container);
    if (typeof value === 'object' && value !== null) return !Array.isArray(value);
    const schema = schemaAt(this.#shapes, container);
    return schema !== 'closed' && (schema?.type === 'object' || schema?.additionalProperties !== undefined);
  }

  #indexIn(container: Place): number {
    const key = JSON.stringify(container);
    const index = this.#taken.get(key) ?? 0;
    this.#taken.set(key, index + 1);
    return index;
  }

  #keyOf(loop: number, container: Place): string {
    const wanted = this.#plan.flatMap(({ path, wish, ofKey }: Edit) => {
      const last = path.at(-1);
      return ofKey && typeof last === 'object' && last.loop === loop ? [wish] : [];
    });
    const [first] = Object.keys(valueAt(this.#base, container) ?? {});
    const { values } = candidatesFor(wanted, { type: 'string', minLength: 1 }, first ?? nothing, false);
    const [key] = values;
    return typeof key === 'string' ? key : 'synthetictxt';
  }
}

/** Applies wishes to one copy of a sample. If several values are possible, it always takes the same one, in order. */
class Editor<T extends object> {
  readonly data: T;
  /** Whether another variant would give another sample. */
  hasMore = false;
  /** Whether the wishes that were refused are impossible in every way. */
  complete = true;
  readonly #shapes: Shapes;
  readonly #variant: number;

  constructor(data: T, shapes: Shapes, variant: number) {
    this.data = data;
    this.#shapes = shapes;
    this.#variant = variant;
  }

  grant(place: Place, wanted: readonly Wish[]): boolean {
    const schema = schemaAt(this.#shapes, place);
    const current = valueAt(this.data, place);
    const { values, complete } = candidatesFor(
      wanted,
      schema === 'closed' ? { enum: [] } : schema,
      current === undefined ? nothing : current,
      isRemovable(this.#shapes, place),
    );
    if (values.length === 0) {
      this.complete = complete || schema === 'closed';
      return false;
    }
    if (values.length > this.#variant + 1) this.hasMore = true;
    const value = values[Math.min(this.#variant, values.length - 1)];
    if (value === current || (value === nothing && current === undefined)) return true;
    this.complete = false;
    return value === nothing ? remove(this.data, place) : this.#put(place, value);
  }

  #put(place: Place, value: Candidate): boolean {
    let at: unknown = this.data;
    for (const [depth, key] of place.entries()) {
      if (typeof at !== 'object' || at === null || Array.isArray(at) !== (typeof key === 'number'))
        return false;
      const container = at as Record<Key, unknown>;
      if (Array.isArray(at)) this.#fill(at, place.slice(0, depth), Number(key));
      if (depth === place.length - 1) {
        container[key] = value;
        return true;
      }
      const next = container[key];
      if (
        typeof next !== 'object' ||
        next === null ||
        Array.isArray(next) !== (typeof place[depth + 1] === 'number')
      )
        container[key] = this.#container(place.slice(0, depth + 1), place[depth + 1]);
      at = container[key];
    }
    return false;
  }

  /** Adds the items before the wanted one: copies of the first item, or made-up ones. */
  #fill(list: unknown[], place: Place, index: number): void {
    const schema = schemaAt(this.#shapes, place);
    while (list.length < index)
      list.push(
        list.length > 0
          ? structuredClone(list[0])
          : sampleOf(schema === 'closed' ? undefined : schema?.items, 0),
      );
    if (list.length === index && index > 0 && typeof list[0] === 'object')
      list.push(structuredClone(list[0]));
  }

  /** A list, or a map with its required fields. */
  #container(place: Place, inner: Key | undefined): unknown {
    if (typeof inner === 'number') return [];
    const schema = schemaAt(this.#shapes, place);
    if (schema === 'closed' || (schema?.required ?? []).length === 0) return {};
    return sampleOf(schema, 0);
  }
}

function remove(data: object, place: Place): boolean {
  const container = valueAt(data, place.slice(0, -1));
  const key = place.at(-1);
  if (typeof container !== 'object' || container === null || key === undefined)
    return container === undefined;
  if (Array.isArray(container)) {
    if (key !== container.length - 1) return false;
    container.pop();
    return true;
  }
  return Reflect.deleteProperty(container, key);
}

function isRemovable(shapes: Shapes, place: Place): boolean {
  const last = place.at(-1);
  const inObject = place[0] === 'source' ? place.slice(1) : place.slice(2);
  if (last === undefined || (place[0] === 'source' && lasting.has(inObject.join('.')))) return false;
  if (place[0] === 'references')
    return place.length > 1 && (inObject.length === 0 || !lasting.has(inObject.join('.')));
  const parent = schemaAt(shapes, place.slice(0, -1));
  return parent === 'closed' || typeof last === 'number' || parent?.required?.includes(last) !== true;
}

/** The schema of a place: `undefined` if nothing is known about it, `closed` if nothing can be there. */
export function schemaAt({ source, references }: Shapes, place: Place): Schema | undefined | 'closed' {
  const [root, ...rest] = place;
  const key = root === 'references' ? String(rest.shift() ?? '') : '';
  if (root !== 'source' && (root !== 'references' || !references.has(key))) return undefined;
  const known = root === 'source' ? source : references.get(key);
  let at: Schema | undefined = known === undefined ? undefined : objectSchema(known);
  for (const step of rest) {
    if (at === undefined) return undefined;
    at = partSchema(at);
    if (typeof step === 'number') {
      at = at.items;
      continue;
    }
    const inner: Schema | undefined = at.properties?.[step] ?? valuesSchema(at);
    if (inner === undefined && at.properties !== undefined && isClosed(at)) return 'closed';
    at = inner;
  }
  return at;
}

const isClosed = (schema: Schema): boolean =>
  schema['x-kubernetes-preserve-unknown-fields'] !== true && schema.additionalProperties === undefined;
