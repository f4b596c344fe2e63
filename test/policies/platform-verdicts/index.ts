import type { Verdict } from '../verdict.ts';
import { branches } from './branches.ts';
import { constants } from './constants.ts';
import { printed } from './printed.ts';
import { quotes } from './quotes.ts';
import { reasons } from './reasons.ts';
import { rightPolicies } from './right.ts';
import { verdictOf } from './row.ts';
import { slips } from './slips.ts';
import { types } from './types.ts';
import { usableResults } from './usable-results.ts';

/*
 * Policies for real platforms, with the definitions of the catalogue: each with something wrong in it, beside its twin that
 * differs in that alone. `verdicts.test.ts` puts them before `validate` and the webhook in memory,
 * `test/e2e/webhook-verdicts.test.ts` before a real API server.
 */

const broken = {
  ...branches,
  ...types,
  ...constants,
  ...usableResults,
  ...printed,
  ...quotes,
  ...reasons,
  ...slips,
};

/** What is said of each policy. */
export const platformVerdicts: Readonly<Record<string, readonly Verdict[]>> = {
  ...Object.fromEntries(Object.entries(broken).map(([section, all]) => [section, all.map(verdictOf)])),
  ...rightPolicies,
};
