/**
 * Limits of what one template may cost. They depend only on the template and its data, never on measured time or
 * memory, so two processes that render the same always agree.
 */
export interface Limits {
  /** Size of a template's text in bytes of UTF-8. @default 65536 */
  readonly templateBytes: number;
  /** Nesting of control actions and parentheses in a template's text, and of printed values. @default 200 */
  readonly nesting: number;
  /** Work of one run. A step is an action, a loop turn, a tenth of a call or 16 UTF-16 units of text. @default 400000 */
  readonly steps: number;
  /** Depth of nested `template` calls. @default 256 */
  readonly templateDepth: number;
  /** Length of any one string in UTF-16 units. @default 1048576 */
  readonly valueLength: number;
  /** Length of the output in UTF-16 units. @default 1048576 */
  readonly outputLength: number;
  /** Items of any one list or map that a function builds. @default 65536 */
  readonly listLength: number;
}

/**
 * The derivation: a whole policy has at most 1.5 MiB in etcd, so no template needs more than 64 KiB, and no rendered
 * value more than 1 MiB. The steps keep the worst template below 100 ms and 100 MB on one core. They are 20 times the
 * steps of any template in the conformance tests, except the ones with endless recursion.
 */
export const defaultLimits: Limits = Object.freeze({
  templateBytes: 65_536,
  nesting: 200,
  steps: 400_000,
  templateDepth: 256,
  valueLength: 1_048_576,
  outputLength: 1_048_576,
  listLength: 65_536,
});

/** Steps that every call of a function costs. */
export const STEPS_PER_CALL = 10;

/** UTF-16 units of text that cost one step, as a shift. */
export const TEXT_SHIFT = 4;

/** Charges work, and refuses what is too long: see `CallContext`. */
export interface Budget {
  charge(steps: number): void;
  checkLength(length: number): void;
}
