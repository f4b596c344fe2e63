import type { KubeObject } from '../../api/index.ts';
import { isRecord } from '../../api/index.ts';
import { closest, lineAndColumn } from '../../template/index.ts';
import type { PolicyTemplate } from '../compile.ts';
import type { Finding } from '../finding.ts';
import type { Expression } from '../places/statements.ts';
import { callsOf, expressionsOf, mapOf } from '../places/statements.ts';
import type { Check } from './check.ts';
import { placeOfRead } from '../place.ts';

/**
 * A type of a condition that no existing source has, though some have one of nearly the same name. Conditions come and
 * go, so any other unknown type passes. The message does not say which types they have: that is data of live objects.
 */
export function checkConditionTypes(
  templates: readonly PolicyTemplate[],
  sources: readonly KubeObject[],
): readonly Finding[] {
  const known = new Set(sources.flatMap(conditionTypesOf));
  if (known.size === 0) return [];
  return templates.flatMap(({ field, template }) =>
    mapOf(template).all.flatMap(({ statement }) =>
      callsOf(expressionsOf(statement)).flatMap((call): readonly Finding[] => {
        const wanted = call.name === 'eq' ? typeCompared(call.args) : undefined;
        if (wanted === undefined || known.has(wanted) || closest(wanted, [...known]) === undefined) return [];
        return [
          {
            severity: 'warning',
            code: 'never-met',
            field,
            ...placeOfRead(template, lineAndColumn(template.text, call.position)),
            message: `no existing source that was tried has a condition of type "${wanted}", but some have one of nearly the same name`,
          },
        ];
      }),
    ),
  );
}

/** The text with which a field `type` is compared. */
function typeCompared(args: readonly Expression[]): string | undefined {
  if (!args.some((arg) => arg.kind === 'fields' && arg.names.at(-1) === 'type')) return undefined;
  const [text, ...more] = args.flatMap((arg) =>
    arg.kind === 'constant' ? (arg.type.strings?.values ?? []) : [],
  );
  return more.length === 0 ? text : undefined;
}

function conditionTypesOf({ status }: KubeObject): readonly string[] {
  const conditions = isRecord(status) ? status['conditions'] : undefined;
  if (!Array.isArray(conditions)) return [];
  return conditions.flatMap((each: unknown) =>
    isRecord(each) && typeof each['type'] === 'string' ? [each['type']] : [],
  );
}

export const conditionTypes: Check = {
  of: 'evidence',
  run: ({ templates, evidence }) =>
    checkConditionTypes(
      templates,
      evidence.existing.map(({ live }) => live.source),
    ),
};
