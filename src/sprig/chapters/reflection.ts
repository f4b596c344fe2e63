import { fixed } from '../define.ts';
import type { Chapter } from '../define.ts';
import { deepEqual, kindName, typeName } from '../kinds.ts';

/** sprig's chapter "Reflection Functions". */
export const reflection: Chapter = {
  typeOf: fixed(['any'], ([value]) => typeName(value)),
  typeIs: fixed(['string', 'any'], ([target, value]) => target === typeName(value)),
  typeIsLike: fixed(['string', 'any'], ([target, value]) => {
    const type = typeName(value);
    return target === type || `*${target as string}` === type;
  }),
  kindOf: fixed(['any'], ([value]) => kindName(value)),
  kindIs: fixed(['string', 'any'], ([target, value]) => target === kindName(value)),
  deepEqual: fixed(['any', 'any'], ([a, b], context) => deepEqual(a, b, context)),
};
