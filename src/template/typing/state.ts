import type { VariableId } from './program.ts';
import { never, orAbsent, underKey, union, unknown } from './type.ts';
import type { Type } from './type.ts';

/** The place of a value: keys from a root, which is the data or a computed value. */
export interface Place {
  readonly root: number;
  readonly rootType: Type;
  readonly path: readonly string[];
  /** Whether the root is a constant of the template, set to a variable. */
  readonly isConstant?: boolean;
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

const keyOf = ({ root, path }: Place): string => path.reduce(keyBelow, String(root));

const keyBelow = (key: string, name: string): string => `${key}\0${name}`;

/** The root of places about which nothing is known. */
const nowhere: Place = newPlace(unknown);

/** What is known at one point of a run: the places of the variables, and what conditions imply about places. */
export class State {
  #variables: Map<VariableId, Place>;
  #facts: Map<string, Type>;
  /** Whether another state may hold the same map. It is then copied before it is changed: most states are only read. */
  #sharesVariables = true;
  #sharesFacts = true;

  constructor(variables: Map<VariableId, Place> = new Map(), facts: Map<string, Type> = new Map()) {
    this.#variables = variables;
    this.#facts = facts;
  }

  clone(): State {
    this.#sharesVariables = true;
    this.#sharesFacts = true;
    return new State(this.#variables, this.#facts);
  }

  /** The state in which a called template begins. */
  frame(id: VariableId, place: Place): State {
    this.#sharesFacts = true;
    return new State(new Map([[id, place]]), this.#facts);
  }

  set(id: VariableId, value: Typed): void {
    if (this.#sharesVariables) this.#variables = new Map(this.#variables);
    this.#sharesVariables = false;
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

  typeAt({ root, rootType, path }: Place): Type {
    let key = String(root);
    let type = this.#facts.get(key) ?? rootType;
    for (const name of path) {
      key = keyBelow(key, name);
      type = this.#facts.get(key) ?? fieldOf(type, name);
    }
    return type;
  }

  /** Records the type that was found for a place. */
  narrow(place: Place, type: Type): void {
    if (place === nowhere) return;
    if (this.#sharesFacts) this.#facts = new Map(this.#facts);
    this.#sharesFacts = false;
    this.#facts.set(keyOf(place), type);
  }

  /** What is known where two ways meet. */
  join(other: State): State {
    const variables = new Map<VariableId, Place>();
    for (const [id, place] of this.#variables) {
      const its = other.#variables.get(id);
      if (its === undefined) continue;
      const same = place === its || keyOf(place) === keyOf(its);
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
