import type { KubeObject } from '../../api/index.ts';
import type { References } from '../compile.ts';

/** What the templates of a policy are rendered for. */
export interface TrialData {
  readonly source: KubeObject;
  readonly references: References;
}
