/** What the output of a condition template means. */
export type ConditionOutcome =
  | { readonly holds: boolean; readonly recognised: true }
  /** Neither `true`, `false` nor empty: counts as false, with a warning. */
  | { readonly holds: false; readonly recognised: false };

/** A condition holds if its output, trimmed and in lower case, is `true`. */
export function conditionOutcome(output: string): ConditionOutcome {
  const word = output.trim().toLowerCase();
  if (word === 'true') return { holds: true, recognised: true };
  return { holds: false, recognised: word === '' || word === 'false' };
}
