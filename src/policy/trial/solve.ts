import { entriesOf, intValue, isAssignable, itemsOf, nilFor } from '../../template/extension.ts';
import type { CallContext, ParamType, TemplateFunction, Value, Way, Wish } from '../../template/index.ts';
import { Num } from '../../template/index.ts';
import type { Guard, Origin } from './directed-flow.ts';
import { meets } from './solve-values.ts';

/*
 * Reads a condition backwards: from what it should give, through the inverses that functions declare, to what the
 * fields of the data should be.
 */

/** A key, an index, or what a loop is at. */
export type Step = string | number | { readonly loop: number };

/** What a part of the data should be. */
export interface Edit {
  readonly path: readonly Step[];
  readonly wish: Wish;
  /** Whether the wish is for the key of the map that the loop at the end of the path is at. */
  readonly ofKey?: true;
}

/** Edits that together bring something about. */
export type Plan = readonly Edit[];

/** Edits of one plan. */
const maxEdits = 32;

/** Plans that are followed for one wish. */
const maxPlans = 12;

/** Work for one decision point and outcome: an origin looked at is one step, a function called what it charges. */
const maxSteps = 20_000;

/** Steps that are left. */
export interface Work {
  left: number;
}

class OutOfSteps extends Error {}

/** Finds plans for wishes, given what the data holds now. */
export class Solver {
  /** Whether all ways are known, so that where there is none, there is none indeed. */
  exact = true;
  readonly #data: Value;
  readonly #values = new Map<Origin, Value>();
  readonly #work: Work;
  #steps: number;

  /** @param work what is left for all that is solved for one policy */
  constructor(data: Value, work: Work) {
    this.#data = data;
    this.#work = work;
    this.#steps = Math.min(maxSteps, work.left);
  }

  /** Plans that have all guards hold. */
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

  /** The key of a map that a loop is at; an index is what it is. */
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
    // Where several arguments are open, others of their values might do; a choice names all of its ways.
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

  /** A wish that leads back through a call, with the way there. */
  #wayThere(called: TemplateFunction, args: readonly Origin[], index: number, wish: Wish): Wish {
    if (wish.want !== 'made' || wish.from !== undefined) return wish;
    const given = args.map((argument) => this.#value(argument));
    const from = (value: Value): Value => {
      try {
        return this.#call(called, given.with(index, value));
      } catch (error) {
        if (error instanceof OutOfSteps) return undefined;
        throw error;
      }
    };
    return { ...wish, from };
  }

  /** Plans that are one of the first and one of the second, where that is not a contradiction. */
  #both(some: readonly Plan[], others: readonly Plan[]): readonly Plan[] {
    const plans: Plan[] = [];
    for (const plan of some) {
      for (const other of others) {
        this.#spend(1 + plan.length * other.length);
        const both = joined(plan, other);
        if (both === undefined) continue;
        if (both.length <= maxEdits) plans.push(both);
        else this.exact = false;
      }
    }
    return this.#limited(plans);
  }

  #limited(plans: readonly Plan[]): readonly Plan[] {
    this.#spend(plans.length);
    if (plans.length > maxPlans) this.exact = false;
    return plans.slice(0, maxPlans);
  }

  #spend(steps: number): void {
    this.#work.left -= steps;
    if ((this.#steps -= steps) < 0) throw new OutOfSteps();
  }

  /** What an origin gives with the data at hand; `undefined` where that fails. */
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
      // A function that fails gives nothing; of what a template does then, its run tells.
      if (error instanceof OutOfSteps) throw error;
      return undefined;
    }
  }

  readonly #context: CallContext = {
    now: () => 0,
    random: () => 0.5,
    structural: false,
    charge: (steps) => {
      this.#spend(steps);
    },
    checkLength: (length) => {
      if (length > maxSteps) throw new OutOfSteps();
    },
    checkCount: (count) => {
      if (count > maxSteps) throw new OutOfSteps();
    },
  };
}

/** The edits of two plans; `undefined` where they contradict one another outright. */
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

/** A wish for what stands in something, as one for its own place. */
function editAt(path: readonly Step[], wish: Wish): Edit {
  if (wish.want === 'key') {
    const lacking: Wish = { want: 'equal', to: undefined, holds: true };
    const inner: Wish = wish.holds ? (wish.value ?? { want: 'equal', to: undefined, holds: false }) : lacking;
    return editAt([...path, wish.key], inner);
  }
  if (wish.want === 'item' && wish.at !== undefined && wish.at >= 0 && wish.at < maxIndex)
    return editAt([...path, wish.at], wish.value);
  return { path, wish };
}

/** Longest list that is made for an item at an index. */
const maxIndex = 64;

const placeOf = ({ path }: Edit): string => JSON.stringify(path);

/** Whether no value can be as both wish. */
function contradicts(one: Wish, other: Wish): boolean {
  if (one.want === 'equal' && one.holds) return !meets(one.to, other);
  if (other.want === 'equal' && other.holds) return !meets(other.to, one);
  return 'holds' in one && 'holds' in other && one.holds !== other.holds && isSameWish(one, other, true);
}

/** Whether an edit wants a value there, and another that there is nothing which could hold it. */
function isInNothing(inner: Edit, outer: Edit): boolean {
  return (
    inner.path.length > outer.path.length &&
    !meets(undefined, inner.wish) &&
    (outer.wish.want === 'truth' || outer.wish.want === 'equal') &&
    meets(undefined, outer.wish) &&
    outer.path.every((step, i) => JSON.stringify(step) === JSON.stringify(inner.path[i]))
  );
}

/** Whether two wishes are the same, or the same but for what holds. */
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

/** Whether no data can change it. */
function isConstant(origin: Origin): boolean {
  if (origin.kind === 'constant') return true;
  if (origin.kind !== 'call' || origin.called.nondeterministic !== undefined) return false;
  return origin.args.every(isConstant);
}

/** The place of the data that an origin is; `undefined` where it is computed. */
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

/** Whether what is missing meets a wish. */
function isMetByNothing(wish: Wish): boolean {
  return wish.want === 'made' ? isMetByNothing(wish.of) : 'holds' in wish && !wish.holds;
}

/** A constant as a Go template computes with it. */
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

/** An argument as a parameter takes it; `undefined` where it does not. */
function fitted(value: Value, type: ParamType): { readonly value: Value } | undefined {
  if (value === undefined || value === null) return nilFor(type);
  const number = value instanceof Num ? value.value : value;
  if (typeof number === 'number' && Number.isSafeInteger(number)) {
    if (type === 'int' || type === 'uint32' || type === 'float64') return { value: new Num(type, number) };
    if (type === 'int64') return { value: number };
  }
  return isAssignable(value, type) ? { value } : undefined;
}
