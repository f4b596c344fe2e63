import type { Change, PlatformName } from '../platforms.ts';
import { platformPolicy } from '../platforms.ts';
import type { Verdict } from '../verdict.ts';

/** What is wrong, and the right thing in its place. */
type Pair<T> = readonly [wrong: T, right: T];

type Pairs = { readonly [field in Exclude<keyof Change, 'engine'>]?: Pair<NonNullable<Change[field]>> };

/** A policy with something wrong in it, and what is found. */
export interface Row extends Pairs {
  readonly on: PlatformName;
  readonly sentence: string;
  readonly engine?: Change['engine'];
  readonly findings: readonly string[];
  readonly warnings?: readonly string[];
}

/** Rows by what they are about. */
export type Rows = Readonly<Record<string, readonly Row[]>>;

/** What is said of a policy, and of its twin. */
export function verdictOf({ on, sentence, engine, findings, warnings, ...pairs }: Row): Verdict {
  const policyWith = (index: 0 | 1) =>
    platformPolicy(on, {
      ...Object.fromEntries(
        Object.entries(pairs).map(([field, pair]) => [field, (pair as Pair<unknown>)[index]]),
      ),
      engine,
    });
  return {
    sentence: `${on}: ${sentence}`,
    platform: on,
    broken: policyWith(0),
    findings,
    twin: policyWith(1),
    ...(warnings && { warnings }),
  };
}
