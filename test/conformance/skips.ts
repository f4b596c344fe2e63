/** Cases that cannot agree with Go, by id, each with its reason. */
export const skips: ReadonlyMap<string, string> = new Map([]);
