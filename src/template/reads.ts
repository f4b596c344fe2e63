/*
 * What functions read of their arguments. A rule is written once and followed by whoever asks: which paths of the data a
 * template reads, in either language. `P` is what the asker knows of a value: the parts of the data that it may be.
 */

/** An argument of a call. */
export interface ReadArgument<P> {
  readonly value: P;
  /** The key that it is as a constant: a string or a whole number. */
  readonly key?: string;
}

/** A call whose reads are asked for. */
export interface ReadCall<P> {
  readonly args: readonly ReadArgument<P>[];
  /** Nothing of the data. */
  readonly nothing: P;
  /** Notes that it is read whether there is a value, its kind, whether it is empty and, of a scalar, the value itself. */
  readonly readPlainly: (value: P) => void;
  /** Notes that everything below is read. */
  readonly readWhole: (value: P) => void;
  /** What stands under a key, or under any (`undefined`), which is read plainly. */
  readonly under: (value: P, key: string | undefined) => P;
  /** What is one of some values. */
  readonly oneOf: (values: readonly P[]) => P;
}

/** Notes what a call reads, and returns what of the data it may return. May say too much, never too little. */
export type ReadRule = <P>(call: ReadCall<P>) => P;

/** Reads whether its arguments are there, their kinds, and scalars. */
export const readsPlainly: ReadRule = ({ args, nothing, readPlainly }) => {
  for (const { value } of args) readPlainly(value);
  return nothing;
};

/** Returns one of its arguments, by what they are. */
export const returnsArgument: ReadRule = (call) => {
  readsPlainly(call);
  return call.oneOf(call.args.map(({ value }) => value));
};

/** Reads which keys or how many items its arguments have. */
export const readsKeys: ReadRule = ({ args, nothing, under }) => {
  for (const { value } of args) under(value, undefined);
  return nothing;
};

/** Returns an item of a list. */
export const returnsItem: ReadRule = ({ args, under, oneOf }) =>
  oneOf(args.map(({ value }) => under(value, undefined)));

/** Returns what its first argument has under the keys that follow: `index x "a" 1`, `get x "a"`. */
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

/** `pluck "a" x y`: a list of what each has under the key. */
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

function underKeys<P>(call: ReadCall<P>, container: ReadArgument<P>, keys: readonly ReadArgument<P>[]): P {
  return keys.reduce((value, { value: given, key }) => {
    call.readPlainly(given);
    return call.under(value, key);
  }, container.value);
}
