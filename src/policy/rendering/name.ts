/** Longest name of an object, from `metav1/validation` (DNS-1123 subdomain). */
export const MAX_NAME_LENGTH = 253;

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** Why a text cannot be the name of a cluster-scoped object (RFC 1123 subdomain); `undefined` where it can. Never repeats the text. */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (name.length > MAX_NAME_LENGTH) {
    return `has ${String(name.length)} characters; at most ${String(MAX_NAME_LENGTH)} are allowed`;
  }
  if (/\s/.test(name)) return 'contains white space';
  const forbidden = /[^-a-z0-9.]/u.exec(name)?.[0];
  if (forbidden !== undefined) {
    const lower = /[A-Z]/.test(forbidden) ? '; pipe it through lower' : '';
    return `contains ${JSON.stringify(forbidden)}; only a-z, 0-9, "-" and "." are allowed${lower}`;
  }
  if (!name.split('.').every((label) => LABEL.test(label))) {
    return 'has a part that does not start and end with a letter or digit';
  }
  return undefined;
}
