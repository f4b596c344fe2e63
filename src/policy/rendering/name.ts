/** Longest name of an object, from `metav1/validation` (DNS-1123 subdomain). */
export const MAX_NAME_LENGTH = 253;

const labelPattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/**
 * Why a text cannot be the name of a cluster-scoped object (RFC 1123 subdomain); `undefined` if it can. It names kinds
 * of characters, but neither a character of the text nor its length: a name may come from a Secret, and more people can
 * read messages.
 */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (name.length > MAX_NAME_LENGTH) return `is longer than ${String(MAX_NAME_LENGTH)} characters`;
  if (/\s/.test(name)) return 'contains white space';
  const allowed = 'only a-z, 0-9, "-" and "." are allowed';
  if (/[A-Z]/.test(name)) return `contains upper-case letters; ${allowed}`;
  if (/[^-a-z0-9.]/u.test(name)) return `contains characters that a name cannot have; ${allowed}`;
  if (!name.split('.').every((label) => labelPattern.test(label))) {
    return 'has a part that does not start and end with a letter or digit';
  }
  return undefined;
}

/** Longest name of a namespace, from `metav1/validation` (DNS-1123 label). */
const MAX_NAMESPACE_LENGTH = 63;

/** Why a text cannot be the name of a namespace (RFC 1123 label); `undefined` if it can. See {@link nameProblem}. */
export function namespaceProblem(name: string): string | undefined {
  if (name.length > MAX_NAMESPACE_LENGTH) return `is longer than ${String(MAX_NAMESPACE_LENGTH)} characters`;
  return nameProblem(name) ?? (name.includes('.') ? 'contains a point, which no namespace has' : undefined);
}

/** How to make a name from a rendered text that cannot be one, as the end of a sentence. */
export const nameHint = (name: string): string =>
  /^\S*[A-Z]\S*$/.test(name) ? '; pipe it through lower' : whiteSpaceHint(name);

/** How to get rid of white space in a rendered text, as the end of a sentence; nothing where there is none. */
export function whiteSpaceHint(text: string): string {
  if (/^\s|\s$|[\r\n]/.test(text))
    return '; write "{{-" and "-}}" around what the template breaks into lines, or pipe the value through trim';
  return /\s/.test(text) ? '; pipe the value through trim, nospace or replace " " "-"' : '';
}
