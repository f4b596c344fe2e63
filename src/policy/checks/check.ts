import type { ClusterImportPolicy } from '../../api/index.ts';
import type { CompiledPolicy, PolicyTemplate } from '../compile.ts';
import type { Finding } from '../finding.ts';
import type { Paced } from '../paced.ts';
import type { Evidence } from '../trial/evidence.ts';
import type { SampleFacts } from '../trial/sample.ts';
import type { PolicyTypes } from '../typing/policy-types.ts';
import type { AdmissionFacts } from './facts.ts';

/** The input of checks: a draft with the right shape, and the facts about its surroundings. */
export interface Subject {
  readonly policy: ClusterImportPolicy;
  /** The stored policy, for an update. Absent if it does not have the right shape. */
  readonly before?: ClusterImportPolicy;
  /** The templates that compile. */
  readonly templates: readonly PolicyTemplate[];
  /** The facts about the source's resource and about each reference's. */
  readonly resources: SampleFacts;
  /** The types in the templates, by these facts. */
  readonly types: PolicyTypes;
  readonly facts: AdmissionFacts;
}

/** The same, with the results of the trial renderings. */
export interface TriedSubject extends Subject {
  readonly compiled: CompiledPolicy;
  readonly evidence: Evidence;
}

/**
 * An admission check: looks at a policy and returns what is wrong with it. Pure; it pauses before each rendering of its
 * own, and where it analyses many templates.
 *
 * - `text`: judges what is written, without rendering it
 * - `evidence`: judges what rendering shows; skipped if the text already has an error
 * - `request`: judges what the request changes, or who makes it; the evidence may be missing
 */
export type Check =
  | {
      readonly of: 'text';
      readonly run: (subject: Subject) => readonly Finding[] | Paced<readonly Finding[]>;
    }
  | {
      readonly of: 'evidence';
      readonly run: (subject: TriedSubject) => readonly Finding[] | Paced<readonly Finding[]>;
    }
  | {
      readonly of: 'request';
      readonly run: (subject: Subject & { readonly evidence?: Evidence }) => readonly Finding[];
    };
