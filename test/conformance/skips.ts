const CAMEL_CASE =
  'the reference is sprig 3.2.3, which makes all letters within a word lower case; since 3.3.0 fooBar becomes FooBar';

/** Cases that cannot agree with Go, by id, each with its reason. */
export const skips: ReadonlyMap<string, string> = new Map([
  ['sprig-00118', CAMEL_CASE],
  ['sprig-00120', CAMEL_CASE],
  [
    'read-byte-order-mark',
    'a byte order mark within the text is refused, for libyaml counts columns otherwise after it',
  ],
]);
