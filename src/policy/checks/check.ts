import type { ClusterImportPolicy } from '../../api/index.ts';
import type { CompiledPolicy, PolicyTemplate } from '../compile.ts';
import type { Finding } from '../finding.ts';
import type { Paced } from '../paced.ts';
import type { Evidence } from '../trial/evidence.ts';
import type { SampleFacts } from '../trial/sample.ts';
import type { AdmissionFacts } from './facts.ts';

/** What checks look at: a draft that has the right shape, and what is known of its surroundings. */
export interface Subject {
  readonly policy: ClusterImportPolicy;
  /** The policy that is stored, of an update; absent where that has another shape. */
  readonly before?: ClusterImportPolicy;
  /** As far as they compile. */
  readonly templates: readonly PolicyTemplate[];
  /** What is known of the source's resource and of each reference's. */
  readonly resources: SampleFacts;
  readonly facts: AdmissionFacts;
}

/** The same with what rendering on trial has shown. */
export interface TriedSubject extends Subject {
  readonly compiled: CompiledPolicy;
  readonly evidence: Evidence;
}

/**
 * An admission check: looks at a policy and says what is wrong with it. Pure; it pauses before each rendering of its own.
 *
 * - `text`: judges what is written, without rendering it
 * - `evidence`: judges what rendering shows; left out where the text has an error already
 * - `request`: judges what the request changes, or who makes it; the evidence may be missing
 */
export type Check =
  | { readonly of: 'text'; readonly run: (subject: Subject) => readonly Finding[] }
  | {
      readonly of: 'evidence';
      readonly run: (subject: TriedSubject) => readonly Finding[] | Paced<readonly Finding[]>;
    }
  | {
      readonly of: 'request';
      readonly run: (subject: Subject & { readonly evidence?: Evidence }) => readonly Finding[];
    };
