import type { VariableId } from './program.ts';
import { never, orAbsent, underKey, union, unknown } from './type.ts';
import type { Type } from './type.ts';

/** The place of a value: keys from a root, which is the data or a computed value. */
export interface Place {
  readonly root: number;
  readonly rootType: Type;
  readonly path: readonly string[];
}

/** A value's type and its place, if it has one. What is found out about the place holds wherever it is read again. */
export interface Typed {
  readonly type: Type;
  readonly place?: Place;
}

let roots = 0;

/** A new place for a value. */
export function newPlace(type: Type): Place {
  return { root: ++roots, rootType: type, path: [] };
}

const keyOf = ({ root }: Place, path: readonly string[]): string => [String(root), ...path].join('\0');

/** The root of places about which nothing is known. */
const nowhere: Place = newPlace(unknown);

/** What is known at one point of a run: the places of the variables, and what conditions imply about places. */
export class State {
  readonly #variables: Map<VariableId, Place>;
  readonly #facts: Map<string, Type>;

  constructor(
    variables: Iterable<readonly [VariableId, Place]> = [],
    facts: Iterable<readonly [string, Type]> = [],
  ) {
    this.#variables = new Map(variables);
    this.#facts = new Map(facts);
  }

  clone(): State {
    return new State(this.#variables, this.#facts);
  }

  /** The state in which a called template begins. */
  frame(id: VariableId, place: Place): State {
    return new State([[id, place]], this.#facts);
  }

  set(id: VariableId, value: Typed): void {
    this.#variables.set(id, value.place ?? newPlace(value.type));
  }

  has(id: VariableId): boolean {
    return this.#variables.has(id);
  }

  get(id: VariableId): Typed {
    const place = this.#variables.get(id) ?? nowhere;
    // A pipeline that sets a variable turns nil into a missing value.
    return { place, type: orAbsent(this.typeAt(place)) };
  }

  typeAt(place: Place): Type {
    let type = this.#facts.get(keyOf(place, [])) ?? place.rootType;
    for (let depth = 1; depth <= place.path.length; depth++) {
      const key = place.path[depth - 1] ?? '';
      type = this.#facts.get(keyOf(place, place.path.slice(0, depth))) ?? fieldOf(type, key);
    }
    return type;
  }

  /** Records the type that was found for a place. */
  narrow(place: Place, type: Type): void {
    if (place !== nowhere) this.#facts.set(keyOf(place, place.path), type);
  }

  /** What is known where two ways meet. */
  join(other: State): State {
    const variables = new Map<VariableId, Place>();
    for (const [id, place] of this.#variables) {
      const its = other.#variables.get(id);
      if (its === undefined) continue;
      const same = place === its || keyOf(place, place.path) === keyOf(its, its.path);
      variables.set(id, same ? place : newPlace(union(this.typeAt(place), other.typeAt(its))));
    }
    const facts = new Map<string, Type>();
    for (const [key, type] of this.#facts) {
      const its = other.#facts.get(key);
      if (its !== undefined) facts.set(key, union(type, its));
    }
    return new State(variables, facts);
  }
}

/** The type of a field of a value that may also be missing: all fields of a missing value are missing. */
export function fieldOf(type: Type, name: string): Type {
  if (type.unknown === true) return unknown;
  return union(
    // Nil has no fields, unless it has gone through a pipeline.
    type.absent === true || type.null === true ? { absent: true } : never,
    type.maps === undefined ? never : underKey(type, name),
    type.named === undefined ? never : unknown,
  );
}
