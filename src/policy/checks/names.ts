import type { Outline } from '../../template/index.ts';
import { lineAndColumn } from '../../template/index.ts';
import type { PolicyTemplate, TemplateRole } from '../templates.ts';
import type { Finding } from '../finding.ts';
import { placeOfRead } from '../place.ts';
import type { PolicyTypes } from '../typing/policy-types.ts';
import { isBase64, isTest, WAY_OUT } from '../typing/structure.ts';
import type { Check } from './check.ts';

const named: Partial<Record<TemplateRole, string>> = {
  name: 'the whole name of every cluster',
  referenceName: 'the whole name of the object',
  referenceNamespace: 'the whole namespace of the object',
};

/**
 * Names that the types show to be none: a test that is printed, so that the name is true or false for every source, and
 * base64 that is not decoded.
 */
export function checkNames(templates: readonly PolicyTemplate[], types: PolicyTypes): readonly Finding[] {
  return templates.flatMap((own): readonly Finding[] => {
    const { field, role, template } = own;
    const what = named[role];
    if (what === undefined) return [];
    const [wrong] = types
      .of(own)
      .outlines()
      .flatMap((outline) => wrongIn(outline, what));
    if (wrong === undefined) return [];
    const place = placeOfRead(template, lineAndColumn(template.text, wrong.position));
    return [{ severity: 'error', code: 'type-mismatch', field, ...place, message: wrong.message }];
  });
}

function wrongIn(
  { pieces }: Outline,
  what: string,
): readonly { readonly position: number; readonly message: string }[] {
  return pieces.flatMap((piece) => {
    if (piece.kind !== 'hole') return [];
    const { expression, position } = piece;
    if (isBase64(piece))
      return [{ position, message: `${expression} is base64, and this is a name; decode it with "b64dec"` }];
    const isAlone = pieces.every(
      (other) => other === piece || (other.kind === 'text' && other.text.trim() === ''),
    );
    if (!isAlone || !isTest(piece)) return [];
    return [{ position, message: `${expression} prints true or false, and that is ${what}${WAY_OUT}` }];
  });
}

export const names: Check = {
  of: 'text',
  run: ({ templates, types }) => checkNames(templates, types),
};
