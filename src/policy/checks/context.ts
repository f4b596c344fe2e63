import { closest } from '../../template/index.ts';
import type { PolicyTemplate } from '../compile.ts';
import type { Finding } from '../finding.ts';
import { placeOfRead } from '../place.ts';
import type { Check } from './check.ts';

/**
 * Names that a template uses but its context does not have: anything but `.source` and `.references` at the top, and
 * references that are not declared, or are declared too late for this template.
 */
export function checkContext(
  templates: readonly PolicyTemplate[],
  declared: readonly string[],
): readonly Finding[] {
  return templates.flatMap((template) => {
    const seen = new Set<string>();
    return template.template.readPaths.flatMap((read): readonly Finding[] => {
      const [root, key] = read.path;
      if (root === undefined || root === '*') return [];
      const problem = nameProblem(root, key, template, declared);
      if (problem === undefined || seen.has(problem.message)) return [];
      seen.add(problem.message);
      return [
        {
          severity: 'error',
          code: 'unknown-name',
          field: template.field,
          ...placeOfRead(template.template, read),
          ...problem,
        },
      ];
    });
  });
}

function nameProblem(
  root: string,
  key: string | undefined,
  { role, visibleReferences }: PolicyTemplate,
  declared: readonly string[],
): { readonly message: string; readonly suggestion?: string } | undefined {
  if (root === 'source') return undefined;
  if (root !== 'references') {
    const suggestion = closest(root, ['source', 'references']);
    return {
      message: `.${root} is not defined; templates see .source and .references`,
      ...(suggestion === undefined ? {} : { suggestion: `.${suggestion}` }),
    };
  }
  if (role === 'selector' || role === 'name') {
    return { message: '.references is not available here: this template sees .source only' };
  }
  if (key === undefined || key === '*' || visibleReferences.includes(key)) return undefined;
  if (declared.includes(key)) {
    return { message: `.references.${key} is resolved later; a reference sees only those before it` };
  }
  const suggestion = closest(key, visibleReferences);
  return {
    message: `.references.${key} is not declared in spec.references${suggestion === undefined ? declaredText(visibleReferences) : ''}`,
    ...(suggestion === undefined ? {} : { suggestion: `.references.${suggestion}` }),
  };
}

/** At most this many keys are listed. */
const MAX_LISTED = 8;

/** The references that a template sees, as the end of a sentence. */
function declaredText(keys: readonly string[]): string {
  if (keys.length === 0) return '';
  const more = keys.length > MAX_LISTED ? ` and ${String(keys.length - MAX_LISTED)} more` : '';
  return `, which has ${keys
    .slice(0, MAX_LISTED)
    .map((key) => JSON.stringify(key))
    .join(', ')}${more}`;
}

export const context: Check = {
  of: 'text',
  run: ({ policy, templates }) =>
    checkContext(
      templates,
      (policy.spec.references ?? []).map(({ key }) => key),
    ),
};
