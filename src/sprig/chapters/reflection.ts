import { equality, test } from '../../template/inverse.ts';
import { ofKind } from '../../template/narrowings.ts';
import { aBoolean, aString } from '../../template/results.ts';
import type { Inverse } from '../../template/wish.ts';
import { readsPlainly } from '../../template/reads.ts';
import { fixed } from '../define.ts';
import type { Chapter } from '../define.ts';
import { deepEqual, kindName, typeName } from '../kinds.ts';

/** For functions that look only at the value itself. */
const plain = { reads: readsPlainly, cost: 'nothing' } as const;

/** The kinds of JSON data, by type. */
const kindOfType: Readonly<Record<string, string>> = {
  'map[string]interface {}': 'map',
  '[]interface {}': 'slice',
  '<nil>': 'invalid',
};

/** `kindIs`, `typeIs`, for a kind or type. */
const isOfType = test((holds, [name]) =>
  typeof name?.value === 'string'
    ? [[[1, { want: 'kind', kind: kindOfType[name.value] ?? name.value, holds }]]]
    : [],
);

/** `eq (kindOf x) "map"` */
const namesKind: Inverse = (wish) =>
  wish.want === 'equal' && typeof wish.to === 'string'
    ? [[[0, { want: 'kind', kind: kindOfType[wish.to] ?? wish.to, holds: wish.holds }]]]
    : [];

/** sprig's chapter "Reflection Functions". */
export const reflection: Chapter = {
  typeOf: fixed(['any'], ([value]) => typeName(value), {
    ...plain,
    result: aString,
    inverse: namesKind,
    example: '1',
  }),
  typeIs: fixed(['string', 'any'], ([target, value]) => target === typeName(value), {
    ...plain,
    result: aBoolean,
    inverse: isOfType,
    example: '"int" 1',
  }),
  typeIsLike: fixed(
    ['string', 'any'],
    ([target, value]) => {
      const type = typeName(value);
      return target === type || `*${target as string}` === type;
    },
    { ...plain, result: aBoolean, inverse: isOfType, example: '"semver.Version" (semver "1.2.3")' },
  ),
  kindOf: fixed(['any'], ([value]) => kindName(value), {
    ...plain,
    result: aString,
    inverse: namesKind,
    example: '(list 1)',
  }),
  kindIs: fixed(['string', 'any'], ([target, value]) => target === kindName(value), {
    ...plain,
    result: aBoolean,
    narrows: ofKind,
    inverse: isOfType,
    example: '"map" (dict)',
  }),
  deepEqual: fixed(['any', 'any'], ([a, b], context) => deepEqual(a, b, context), {
    result: aBoolean,
    inverse: equality(true),
    example: '(list 1 2) (list 1 2)',
  }),
};
