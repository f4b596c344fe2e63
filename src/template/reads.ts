/*
 * What functions read of their arguments. Each rule is written once, and answers for both languages which paths of the
 * data a template reads. `P` is what the caller knows of a value: the parts of the data that it may be.
 */

/** An argument of a call. */
export interface ReadArgument<P> {
  readonly value: P;
  /** If it is a constant: the key, a string or a whole number. */
  readonly key?: string;
}

/** A call, with the operations by which a rule reports its reads. */
export interface ReadCall<P> {
  readonly args: readonly ReadArgument<P>[];
  /** Nothing of the data. */
  readonly nothing: P;
  /**
   * Records a plain read: whether there is a value, its kind, whether it is empty and, for a scalar, the value itself.
   */
  readonly readPlainly: (value: P) => void;
  /** Records that everything below is read. */
  readonly readWhole: (value: P) => void;
  /** The value under a key, or under any key (`undefined`). It is read plainly. */
  readonly under: (value: P, key: string | undefined) => P;
  /** A value that is one of several. */
  readonly oneOf: (values: readonly P[]) => P;
  /** A new map, of which everything is read. */
  readonly mapOf: (entries: readonly Entry<P>[]) => P;
  /** A map into which entries are put in place. Everything of it and of them is read. */
  readonly withEntries: (map: P, entries: readonly Entry<P>[]) => P;
  /** A map into which the entries of others are put in place. Everything of all of them is read. */
  readonly mergedWith: (map: P, others: readonly P[]) => P;
}

/** An entry of a map; without a key, the key is not known. */
export interface Entry<P> {
  readonly key?: string;
  readonly value: P;
}

/**
 * Records what a call reads, and returns the parts of the data that it may return. It may report too much, never too
 * little.
 */
export type ReadRule = <P>(call: ReadCall<P>) => P;

/** Reads whether its arguments exist, their kinds, and scalars. */
export const readsPlainly: ReadRule = ({ args, nothing, readPlainly }) => {
  for (const { value } of args) readPlainly(value);
  return nothing;
};

/** Returns one of its arguments, depending on their values. */
export const returnsArgument: ReadRule = (call) => {
  readsPlainly(call);
  return call.oneOf(call.args.map(({ value }) => value));
};

/** Reads the keys or the number of items of its arguments. */
export const readsKeys: ReadRule = ({ args, nothing, under }) => {
  for (const { value } of args) under(value, undefined);
  return nothing;
};

/** Returns an item of a list. */
export const returnsItem: ReadRule = ({ args, under, oneOf }) =>
  oneOf(args.map(({ value }) => under(value, undefined)));

/** Returns the value in its first argument under the keys that follow: `index x "a" 1`, `get x "a"`. */
export const returnsUnderKeys: ReadRule = (call) => {
  const [container, ...keys] = call.args;
  return container === undefined ? call.nothing : underKeys(call, container, keys);
};

/** Reads whether its first argument has the key that follows. */
export const readsUnderKeys: ReadRule = (call) => {
  returnsUnderKeys(call);
  return call.nothing;
};

/** `dig "a" "b" default x` */
export const digs: ReadRule = (call) => {
  const container = call.args.at(-1);
  const fallback = call.args.at(-2);
  if (container === undefined || fallback === undefined) return call.nothing;
  return call.oneOf([underKeys(call, container, call.args.slice(0, -2)), fallback.value]);
};

/** `pluck "a" x y`: a list of the values under the key in each map. */
export const plucks: ReadRule = (call) => {
  const [key, ...containers] = call.args;
  if (key !== undefined)
    for (const container of containers) call.readWhole(underKeys(call, container, [key]));
  return call.nothing;
};

/** `pick x "a" "b"`: a map of some keys. */
export const picks: ReadRule = (call) => {
  const [container, ...keys] = call.args;
  if (container !== undefined) for (const key of keys) call.readWhole(underKeys(call, container, [key]));
  return call.nothing;
};

/** `dict "a" x "b" y` */
export const makesMap: ReadRule = ({ args, readWhole, mapOf }) => {
  const entries = args.flatMap(({ value, key }, index): readonly Entry<typeof value>[] => {
    if (index % 2 === 1) return [];
    readWhole(value);
    const given = args[index + 1];
    return given === undefined ? [] : [{ ...(key === undefined ? {} : { key }), value: given.value }];
  });
  return mapOf(entries);
};

/** `set x "a" y` */
export const setsKey: ReadRule = ({ args, nothing, readPlainly, withEntries }) => {
  const [map, key, value] = args;
  if (map === undefined || key === undefined || value === undefined) return nothing;
  readPlainly(key.value);
  return withEntries(map.value, [{ ...(key.key === undefined ? {} : { key: key.key }), value: value.value }]);
};

/** `merge x y z` */
export const merges: ReadRule = ({ args, nothing, mergedWith }) => {
  const [map, ...others] = args;
  return map === undefined
    ? nothing
    : mergedWith(
        map.value,
        others.map(({ value }) => value),
      );
};

function underKeys<P>(call: ReadCall<P>, container: ReadArgument<P>, keys: readonly ReadArgument<P>[]): P {
  return keys.reduce((value, { value: given, key }) => {
    call.readPlainly(given);
    return call.under(value, key);
  }, container.value);
}
