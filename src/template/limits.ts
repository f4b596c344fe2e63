/**
 * Bounds on what one template may cost. They depend on the template and its data alone, never on time or memory
 * measured, so two processes that render the same always agree.
 */
export interface Limits {
  /** Size of a template's text in bytes of UTF-8. @default 65536 */
  readonly templateBytes: number;
  /** Nesting of control actions and parentheses in a template's text, and of values when they are printed. @default 200 */
  readonly nesting: number;
  /** Work of one run. A step is an action, a loop turn, a tenth of a call or 16 UTF-16 units of text. @default 400000 */
  readonly steps: number;
  /** `template` calls inside one another. @default 256 */
  readonly templateDepth: number;
  /** Length of any one string in UTF-16 units. @default 1048576 */
  readonly valueLength: number;
  /** Length of the output in UTF-16 units. @default 1048576 */
  readonly outputLength: number;
  /** Items of any one list or map that a function builds. @default 65536 */
  readonly listLength: number;
}

/**
 * Derived from: a whole policy has at most 1.5 MiB in etcd, so no template needs more than 64 KiB, nor a rendered
 * value more than 1 MiB; the steps keep the worst template under 100 ms and 100 MB on one core, and are 20 times what any
 * template of the conformance tests takes, endless recursion apart.
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

/** Steps that a call of a function costs, whatever it does. */
export const stepsPerCall = 10;

/** UTF-16 units of text that cost one step, as a shift. */
export const textShift = 4;

/** What pays for work, and refuses what is too long: see `CallContext`. */
export interface Budget {
  charge(steps: number): void;
  checkLength(length: number): void;
}
