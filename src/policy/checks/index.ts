import { addresses } from './addresses.ts';
import { changes } from './changes.ts';
import type { Check } from './check.ts';
import { conditions } from './conditions.ts';
import { nameConflicts } from './conflicts.ts';
import { context } from './context.ts';
import { determinism } from './determinism.ts';
import { conditionTypes } from './condition-types.ts';
import { existingSources } from './existing-sources.ts';
import { fieldSelector } from './field-selector.ts';
import { names } from './names.ts';
import { paths } from './paths.ts';
import { resources } from './resources.ts';
import { rights } from './rights.ts';
import { samples } from './samples.ts';
import { secretKeys } from './secret-keys.ts';
import { structure } from './structure.ts';
import { steering } from './steering.ts';
import { verified } from './unverified.ts';
import { expressionTypes } from './types.ts';

/** Every check of a policy, in the order in which their findings are reported. */
export const checks: readonly Check[] = [
  context,
  conditions,
  resources,
  fieldSelector,
  paths,
  expressionTypes,
  structure,
  names,
  steering,
  samples,
  determinism,
  secretKeys,
  existingSources,
  conditionTypes,
  verified,
  addresses,
  nameConflicts,
  rights,
  changes,
];
