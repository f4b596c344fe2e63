/** A value for each field of an object; `undefined` if the object shall not have it. Leaving a field out does not compile. */
export type EachFieldOf<T> = { readonly [K in keyof Required<T>]: T[K] | undefined };

/** The object with these fields, without those that have no value. */
export function withFields<T extends object>(fields: EachFieldOf<T>): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
