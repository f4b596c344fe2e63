import type { KubeObject } from '../../api/index.ts';
import type { References } from '../compile.ts';

/** The data for which the templates of a policy are rendered. */
export interface TrialData {
  readonly source: KubeObject;
  readonly references: References;
}
