import type { KubeObject, SourceScope } from '../../api/index.ts';

/**
 * Whether the API server would return an object for a policy's `namespaces`, `labelSelector` and `fieldSelector`.
 * An object without a namespace may be applied to any, so it counts as being in each.
 */
export function isSelected(scope: SourceScope, object: KubeObject): boolean {
  const { namespaces = [], labelSelector = '', fieldSelector = '' } = scope;
  const { namespace, labels = {} } = object.metadata;
  const agrees: { readonly [Field in keyof Required<SourceScope>]: boolean } = {
    namespaces: namespaces.length === 0 || namespace === undefined || namespaces.includes(namespace),
    labelSelector: requirementsOf(labelSelector).every((requirement) => matchesLabels(requirement, labels)),
    fieldSelector: requirementsOf(fieldSelector).every((requirement) => matchesFields(requirement, object)),
  };
  return Object.values(agrees).every(Boolean);
}

/** Commas separate requirements, but not within `in (a, b)`. */
const requirementsOf = (selector: string) =>
  selector.trim() === '' ? [] : selector.split(/,(?![^(]*\))/).map((requirement) => requirement.trim());

/** One requirement of a label selector (apimachinery `labels.Requirement.Matches`). */
function matchesLabels(requirement: string, labels: { readonly [key: string]: string }): boolean {
  const set = /^(\S+)\s+(in|notin)\s*\((.*)\)$/.exec(requirement);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    const values = list.split(',').map((value) => value.trim());
    const value = labels[key];
    return operator === 'in'
      ? value !== undefined && values.includes(value)
      : !values.includes(value ?? '\0');
  }
  const compared = /^([^\s!=<>]+)\s*(==?|!=|<|>)\s*(.*)$/.exec(requirement);
  if (compared === null) {
    return requirement.startsWith('!') ? !(requirement.slice(1).trim() in labels) : requirement in labels;
  }
  const [, key = '', operator, wanted = ''] = compared;
  const value = labels[key];
  if (operator === '!=') return value !== wanted;
  if (value === undefined) return false;
  if (operator === '<') return Number(value) < Number(wanted);
  if (operator === '>') return Number(value) > Number(wanted);
  return value === wanted;
}

/** One requirement of a field selector: the value at the path, nothing where there is none. */
function matchesFields(requirement: string, object: KubeObject): boolean {
  const [, path = '', operator, wanted = ''] = /^([^!=\s]+)\s*(==?|!=)\s*(.*)$/.exec(requirement) ?? [];
  let value: unknown = object;
  for (const name of path.split('.')) {
    value = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  }
  const text =
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
  return (text === wanted) === (operator !== '!=');
}
