import { platformVerdicts } from './platform-verdicts/index.ts';
import type { Verdict } from './verdict.ts';
import { verdicts } from './verdicts.ts';

/** Every policy whose verdict is written down. */
export const allVerdicts: Readonly<Record<string, readonly Verdict[]>> = {
  ...verdicts,
  ...platformVerdicts,
};
