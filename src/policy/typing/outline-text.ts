import type { Outline, TypeHole } from '../../template/index.ts';
import { types } from '../../template/index.ts';
import { placeholder } from '../rendering/yaml-error.ts';

const { isNever, without } = types;

/** An outline written as YAML text, with a placeholder for each hole. */
export interface OutlineText {
  readonly text: string;
  readonly holes: readonly TypeHole[];
  /** The offset in the template's text for an offset in this text. */
  positionOf(offset: number): number;
}

/** How holes with more than one possible form are written. */
export interface Writing {
  /** Whether values that may be empty are left out. */
  readonly leavesOut: boolean;
  /** The form in which an encoding of unknown structure is written. */
  readonly unknownAs: Form;
}

export type Form = 'value' | 'entry' | 'item';

/**
 * Writes an outline so that it can be parsed. An encoded map becomes an entry; the placeholder is its key and its
 * value.
 */
export function writeOutline(
  { pieces }: Outline,
  prefix: string,
  { leavesOut, unknownAs }: Writing,
): OutlineText {
  let text = '';
  const holes: TypeHole[] = [];
  const starts: { readonly at: number; readonly position: number; readonly isText: boolean }[] = [];
  for (const piece of pieces) {
    starts.push({ at: text.length, position: piece.position, isText: piece.kind === 'text' });
    if (piece.kind === 'text') {
      text += piece.text;
      continue;
    }
    if (leavesOut && mayBeEmpty(piece.type)) continue;
    const mark = placeholder(prefix, holes.length);
    holes.push(piece);
    text += piece.before + forms[formOf(piece.type, unknownAs)](mark);
  }
  return {
    text,
    holes,
    positionOf(offset) {
      const start = starts.findLast(({ at }) => at <= offset);
      if (start === undefined) return 0;
      return start.isText ? start.position + offset - start.at : start.position;
    },
  };
}

const forms: Readonly<Record<Form, (mark: string) => string>> = {
  value: (mark) => mark,
  entry: (mark) => `${mark}: ${mark}`,
  item: (mark) => `- ${mark}`,
};

/** A quoted text is written as any other value, because that is what it is for the parser of a rendered text. */
function formOf({ strings }: types.Type, unknownAs: Form): Form {
  const encodes = strings?.encodes;
  if (encodes?.as !== 'yaml') return 'value';
  const of = without(encodes.of, 'absent', 'null');
  if (of.unknown === true) return unknownAs;
  const isMap = of.maps !== undefined;
  const isList = of.lists !== undefined;
  const isScalar = !isNever(without(of, 'maps', 'lists'));
  if (isMap && !isList && !isScalar) return 'entry';
  return isList && !isMap && !isScalar ? 'item' : unknownAs;
}

/** Whether a value may print as nothing. */
function mayBeEmpty(type: types.Type): boolean {
  const { unknown, absent, null: isNull, strings } = type;
  return (
    (unknown ?? absent ?? isNull ?? false) || (strings !== undefined && !isNever(types.whereFalse(type)))
  );
}
