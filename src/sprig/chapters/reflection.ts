import { readsPlainly } from '../../template/reads.ts';
import { fixed } from '../define.ts';
import type { Chapter } from '../define.ts';
import { deepEqual, kindName, typeName } from '../kinds.ts';

/** They look at the value itself only. */
const plain = { reads: readsPlainly, cost: 'nothing' } as const;

/** sprig's chapter "Reflection Functions". */
export const reflection: Chapter = {
  typeOf: fixed(['any'], ([value]) => typeName(value), plain),
  typeIs: fixed(['string', 'any'], ([target, value]) => target === typeName(value), plain),
  typeIsLike: fixed(
    ['string', 'any'],
    ([target, value]) => {
      const type = typeName(value);
      return target === type || `*${target as string}` === type;
    },
    plain,
  ),
  kindOf: fixed(['any'], ([value]) => kindName(value), plain),
  kindIs: fixed(['string', 'any'], ([target, value]) => target === kindName(value), plain),
  deepEqual: fixed(['any', 'any'], ([a, b], context) => deepEqual(a, b, context)),
};
