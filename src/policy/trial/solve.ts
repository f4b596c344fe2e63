import { entriesOf, intValue, isAssignable, itemsOf, nilFor } from '../../template/extension.ts';
import type {
  CallContext,
  Kept,
  ParamType,
  TemplateFunction,
  Value,
  Way,
  Wish,
} from '../../template/index.ts';
import { Num } from '../../template/index.ts';
import type { Guard, Origin } from './directed-flow.ts';
import { meets } from './solve-values.ts';

/*
 * Reads a condition backwards: from its wanted result, through the inverses that functions declare, to the values that
 * the data's fields should have.
 */

/** A key, an index, or the present element of a loop. */
export type Step = string | number | { readonly loop: number };

/** A wish for one part of the data. */
export interface Edit {
  readonly path: readonly Step[];
  readonly wish: Wish;
  /** Whether the wish is for the key of the map, at the loop that ends the path. */
  readonly ofKey?: true;
}

/** Edits that together cause something. */
export type Plan = readonly Edit[];

/** Maximum of edits in one plan. */
const MAX_EDITS = 32;

/** Maximum of plans that are followed for one wish. */
const MAX_PLANS = 12;

/**
 * Maximum of work for one decision point and outcome. Looking at an origin is one step; a function call counts its own
 * cost.
 */
const MAX_STEPS = 20_000;

/** The steps that are left. */
export interface Work {
  left: number;
}

class OutOfSteps extends Error {}

/** Thrown often, and never shown: one is enough, because each new error records its stack. */
const outOfSteps = new OutOfSteps();

/** Finds plans for wishes, given the present data. */
export class Solver {
  /** Whether all ways are known. Then an empty result means that there is none. */
  exact = true;
  readonly #data: Value;
  readonly #values = new Map<Origin, Value>();
  readonly #work: Work;
  #steps: number;

  /** @param work the work left for everything that is solved for one policy */
  constructor(data: Value, work: Work, kept?: Kept) {
    this.#data = data;
    this.#context = { ...this.#budget, kept };
    this.#work = work;
    this.#steps = Math.min(MAX_STEPS, work.left);
  }

  /** Plans that make all guards hold. */
  plansFor(guards: readonly Guard[]): readonly Plan[] {
    try {
      return guards.reduce<readonly Plan[]>(
        (plans, { origin, wish }) =>
          plans.length === 0 ? plans : this.#both(plans, this.#plans(origin, wish)),
        [[]],
      );
    } catch (error) {
      if (!(error instanceof OutOfSteps)) throw error;
      this.exact = false;
      return [];
    }
  }

  #plans(origin: Origin, wish: Wish): readonly Plan[] {
    this.#spend(1);
    if (isConstant(origin)) return meets(this.#value(origin), wish) ? [[]] : [];
    switch (origin.kind) {
      case 'several':
        return this.#limited(
          origin.options.flatMap(({ value, guards }) =>
            guards.reduce(
              (plans, guard) =>
                plans.length === 0 ? plans : this.#both(plans, this.#plans(guard.origin, guard.wish)),
              this.#plans(value, wish),
            ),
          ),
        );
      case 'call':
        return this.#throughCall(origin, wish);
      case 'data':
        return [[editAt([], wish)]];
      case 'field':
        return this.#inField(origin, wish);
      case 'item': {
        const path = pathOf(origin.of);
        if (path) return [[editAt([...path, { loop: origin.loop }], wish)]];
        return this.#plans(origin.of, { want: 'item', at: 0, value: wish });
      }
      case 'key':
        return this.#ofKey(origin, wish);
      default:
        this.exact = false;
        return [];
    }
  }

  #inField({ of, name }: Extract<Origin, { kind: 'field' }>, wish: Wish): readonly Plan[] {
    const path = pathOf(of);
    if (path) return [[editAt([...path, name], wish)]];
    const there = this.#plans(of, { want: 'key', key: name, holds: true, value: wish });
    if (!isMetByNothing(wish)) return there;
    return this.#limited([...there, ...this.#plans(of, { want: 'key', key: name, holds: false })]);
  }

  /** The key of a map at which a loop is. An index cannot be changed. */
  #ofKey({ of, loop }: Extract<Origin, { kind: 'key' }>, wish: Wish): readonly Plan[] {
    this.exact = false;
    const path = pathOf(of);
    if (!path) return [];
    return [[{ path: [...path, { loop }], wish, ofKey: true }]];
  }

  #throughCall({ called, args }: Extract<Origin, { kind: 'call' }>, wish: Wish): readonly Plan[] {
    const { inverse, choice } = called;
    const given = args.map((argument) => ({ value: this.#value(argument), constant: isConstant(argument) }));
    const ways: readonly Way[] = inverse?.(wish, given) ?? [];
    const open = given.filter(({ constant }) => !constant).length;
    // If several arguments are open, other values of them might work. A choice names all of its ways.
    if (inverse === undefined || (open > 1 && choice === undefined)) this.exact = false;
    return this.#limited(
      ways.flatMap((way) =>
        way.reduce<readonly Plan[]>(
          (plans, [index, wanted]) => {
            const argument = args[index];
            if (argument === undefined || plans.length === 0) return [];
            return this.#both(plans, this.#plans(argument, this.#wayThere(called, args, index, wanted)));
          },
          [[]],
        ),
      ),
    );
  }

  /** Leads a wish back through a call to one of its arguments. */
  #wayThere(called: TemplateFunction, args: readonly Origin[], index: number, wish: Wish): Wish {
    if (wish.want !== 'made' || wish.from !== undefined) return wish;
    const given = args.map((argument) => this.#value(argument));
    const results = new Map<Value, { readonly result: Value; readonly steps: number }>();
    const from = (value: Value): Value => {
      // The same few values are compared with several wishes, and for several samples. They cost the same steps each time,
      // so that what is tried does not depend on what is kept.
      const known = results.get(value);
      if (known !== undefined && known.steps <= this.#steps) {
        this.#spend(known.steps);
        return known.result;
      }
      const before = this.#steps;
      const result = this.#resultOrNothing(called, given.with(index, value));
      results.set(value, { result, steps: before - this.#steps });
      return result;
    };
    return { ...wish, from };
  }

  #resultOrNothing(called: TemplateFunction, args: readonly Value[]): Value {
    try {
      return this.#call(called, args);
    } catch (error) {
      if (error instanceof OutOfSteps) return undefined;
      throw error;
    }
  }

  /** Plans that combine one of the first with one of the second, if they do not contradict each other. */
  #both(some: readonly Plan[], others: readonly Plan[]): readonly Plan[] {
    const plans: Plan[] = [];
    for (const plan of some) {
      for (const other of others) {
        this.#spend(1 + plan.length * other.length);
        const both = joined(plan, other);
        if (both === undefined) continue;
        if (both.length <= MAX_EDITS) plans.push(both);
        else this.exact = false;
      }
    }
    return this.#limited(plans);
  }

  #limited(plans: readonly Plan[]): readonly Plan[] {
    this.#spend(plans.length);
    if (plans.length > MAX_PLANS) this.exact = false;
    return plans.slice(0, MAX_PLANS);
  }

  #spend(steps: number): void {
    this.#work.left -= steps;
    if ((this.#steps -= steps) < 0) throw outOfSteps;
  }

  /** The value of an origin with the present data; `undefined` if computing it fails. */
  #value(origin: Origin): Value {
    if (this.#values.has(origin)) return this.#values.get(origin);
    this.#spend(1);
    this.#values.set(origin, undefined);
    const value = this.#evaluate(origin);
    this.#values.set(origin, value);
    return value;
  }

  #evaluate(origin: Origin): Value {
    switch (origin.kind) {
      case 'data':
        return this.#data;
      case 'constant':
        return constantValue(origin.value);
      case 'field': {
        const entries = containerOf(this.#value(origin.of));
        return entries && Object.hasOwn(entries, origin.name) ? entries[origin.name] : undefined;
      }
      case 'item':
        return firstOf(this.#value(origin.of));
      case 'key': {
        const entries = containerOf(this.#value(origin.of));
        return entries ? Object.keys(entries)[0] : intValue(0);
      }
      case 'several':
        for (const { value, guards } of origin.options) {
          if (guards.every((guard) => meets(this.#value(guard.origin), guard.wish)))
            return this.#value(value);
        }
        return undefined;
      case 'call':
        return this.#call(
          origin.called,
          origin.args.map((argument) => this.#value(argument)),
        );
      default:
        return undefined;
    }
  }

  #call(called: TemplateFunction, args: readonly Value[]): Value {
    const given: Value[] = [];
    for (const [index, argument] of args.entries()) {
      const type = called.params[index] ?? called.variadic ?? 'any';
      const fitting = fitted(argument, type);
      if (fitting === undefined) return undefined;
      given.push(fitting.value);
    }
    try {
      return called.call(given, this.#context);
    } catch (error) {
      // A function that fails gives nothing. The template's run will show what happens then.
      if (error instanceof OutOfSteps) throw error;
      return undefined;
    }
  }

  readonly #context: CallContext;

  readonly #budget: CallContext = {
    now: () => 0,
    random: () => 0.5,
    structural: false,
    charge: (steps) => {
      this.#spend(steps);
    },
    checkLength: (length) => {
      if (length > MAX_STEPS) throw outOfSteps;
    },
    checkCount: (count) => {
      if (count > MAX_STEPS) throw outOfSteps;
    },
  };
}

/** The edits of two plans together; `undefined` if they obviously contradict each other. */
function joined(plan: Plan, other: Plan): Plan | undefined {
  const both = [...plan];
  for (const edit of other) {
    const key = placeOf(edit);
    const present = both.filter((known) => placeOf(known) === key && known.ofKey === edit.ofKey);
    if (present.some(({ wish }) => contradicts(wish, edit.wish))) return undefined;
    if (plan.some((known) => isInNothing(known, edit) || isInNothing(edit, known))) return undefined;
    if (!present.some(({ wish }) => isSameWish(wish, edit.wish))) both.push(edit);
  }
  return both;
}

/** Turns a wish for a value's content into a wish for the value's own place. */
function editAt(path: readonly Step[], wish: Wish): Edit {
  if (wish.want === 'key') {
    const lacking: Wish = { want: 'equal', to: undefined, holds: true };
    const inner: Wish = wish.holds ? (wish.value ?? { want: 'equal', to: undefined, holds: false }) : lacking;
    return editAt([...path, wish.key], inner);
  }
  if (wish.want === 'item' && wish.at !== undefined && wish.at >= 0 && wish.at < MAX_INDEX)
    return editAt([...path, wish.at], wish.value);
  return { path, wish };
}

/** Longest list that is made to reach an item by index. */
const MAX_INDEX = 64;

const places = new WeakMap<Edit['path'], string>();

/** The path as a key. Plans are compared edit by edit, so it is made once. */
function placeOf({ path }: Edit): string {
  const known = places.get(path) ?? JSON.stringify(path);
  places.set(path, known);
  return known;
}

/** Whether no value can meet both wishes. */
function contradicts(one: Wish, other: Wish): boolean {
  if (one.want === 'equal' && one.holds) return !meets(one.to, other);
  if (other.want === 'equal' && other.holds) return !meets(other.to, one);
  return 'holds' in one && 'holds' in other && one.holds !== other.holds && isSameWish(one, other, true);
}

/** Whether one edit wants a value at a place, and the other wants the container of that place to be missing. */
function isInNothing(inner: Edit, outer: Edit): boolean {
  return (
    inner.path.length > outer.path.length &&
    !meets(undefined, inner.wish) &&
    (outer.wish.want === 'truth' || outer.wish.want === 'equal') &&
    meets(undefined, outer.wish) &&
    outer.path.every((step, i) => JSON.stringify(step) === JSON.stringify(inner.path[i]))
  );
}

/** Whether two wishes are the same, or the same except for `holds`. */
function isSameWish(one: Wish, other: Wish, contrary = false): boolean {
  if (one.want !== other.want) return false;
  switch (one.want) {
    case 'truth':
      return contrary || one.holds === (other as typeof one).holds;
    case 'text': {
      const { part, text, holds } = other as typeof one;
      return one.part === part && one.text === text && (contrary || one.holds === holds);
    }
    case 'equal': {
      const { to, holds } = other as typeof one;
      return one.to === to && (contrary || one.holds === holds);
    }
    default:
      return one === other;
  }
}

/** Whether no data can change the origin. */
function isConstant(origin: Origin): boolean {
  if (origin.kind === 'constant') return true;
  if (origin.kind !== 'call' || origin.called.nondeterministic !== undefined) return false;
  return origin.args.every(isConstant);
}

/** The place in the data at which an origin is; `undefined` if it is computed. */
function pathOf(origin: Origin): readonly Step[] | undefined {
  switch (origin.kind) {
    case 'data':
      return [];
    case 'field': {
      const path = pathOf(origin.of);
      return path && [...path, origin.name];
    }
    case 'item': {
      const path = pathOf(origin.of);
      return path && [...path, { loop: origin.loop }];
    }
    default:
      return undefined;
  }
}

/** Whether a missing value meets a wish. */
function isMetByNothing(wish: Wish): boolean {
  return wish.want === 'made' ? isMetByNothing(wish.of) : 'holds' in wish && !wish.holds;
}

/** A constant, in the form in which a Go template computes with it. */
function constantValue(value: unknown): Value {
  return typeof value === 'number' && Number.isSafeInteger(value) ? intValue(value) : (value as Value);
}

const containerOf = (value: Value) =>
  typeof value === 'object' && value !== null ? entriesOf(value) : undefined;

function firstOf(value: Value): Value {
  const items = itemsOf(value);
  if (items) return items[0];
  return Object.values(containerOf(value) ?? {})[0];
}

/** An argument as a parameter takes it; `undefined` if it does not accept it. */
function fitted(value: Value, type: ParamType): { readonly value: Value } | undefined {
  if (value === undefined || value === null) return nilFor(type);
  const number = value instanceof Num ? value.value : value;
  if (typeof number === 'number' && Number.isSafeInteger(number)) {
    if (type === 'int' || type === 'uint32' || type === 'float64') return { value: new Num(type, number) };
    if (type === 'int64') return { value: number };
  }
  return isAssignable(value, type) ? { value } : undefined;
}
