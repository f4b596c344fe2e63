import { CLUSTER_IMPORT_POLICY } from '../src/api/index.ts';
import type { AdmissionFacts, Review } from '../src/policy/index.ts';
import {
  describeCoverage,
  formatFinding,
  needsNoReview,
  reviewInSteps,
  reviewPolicy,
} from '../src/policy/index.ts';
import type { AdmissionRequest, Response } from './admission.ts';
import { allowed, denied, errored, exempt, misdirection, timedOut, undecided } from './admission.ts';
import type { Cluster } from './cluster.ts';
import type { FactsOptions } from './facts.ts';
import { gatherFacts } from './facts.ts';
import type { Task } from './task.ts';

/** What judging a policy needs besides the request. */
export interface ValidationContext {
  readonly cluster: Cluster;
  readonly options: FactsOptions;
}

/**
 * The validating webhook: gathers the facts, then lets the checks decide. It has no side effects, so a dry run is
 * treated the same.
 */
export async function validatePolicy(
  request: AdmissionRequest,
  task: Task,
  { cluster, options }: ValidationContext,
): Promise<Response> {
  const problem = misdirection(request, CLUSTER_IMPORT_POLICY) ?? missingObject(request);
  if (problem !== undefined) return errored(400, 'BadRequest', problem);
  if (request.operation === 'DELETE') {
    return answer(request, reviewPolicy({ operation: 'DELETE', object: request.oldObject }), []);
  }
  const facts: AdmissionFacts = {
    operation: request.operation === 'CREATE' ? 'CREATE' : 'UPDATE',
    object: request.object,
    oldObject: request.oldObject,
  };
  if (needsNoReview(facts)) return exempt();
  const { facts: gathered, gaps } = await gatherFacts(request, task, cluster, options);
  const review = await task.turns.all(reviewInSteps(gathered));
  return review === undefined ? timedOut(task.deadline.totalSeconds) : answer(request, review, gaps);
}

/** The operation is about `object`; for a deletion, about `oldObject`. An update has both. */
function missingObject({ operation, object, oldObject }: AdmissionRequest): string | undefined {
  const missing =
    operation !== 'DELETE' && !hasMetadata(object)
      ? 'object'
      : operation !== 'CREATE' && !hasMetadata(oldObject)
        ? 'oldObject'
        : undefined;
  return (
    missing && `AdmissionReview request.${missing} must be an object with metadata for operation ${operation}`
  );
}

function hasMetadata(object: AdmissionRequest['object']): boolean {
  const metadata: unknown = object && 'metadata' in object ? object.metadata : undefined;
  return typeof metadata === 'object' && metadata !== null;
}

function answer(request: AdmissionRequest, review: Review, gaps: readonly string[]): Response {
  const { findings, renderings, coverage } = review;
  const found = findings.filter(({ severity }) => severity === 'warning').map(formatFinding);
  const evidence = {
    warnings: [...found, ...gaps],
    renderings,
    gaps: gaps.length,
    ...(coverage && {
      coverage: describeCoverage(coverage),
      branches: { taken: coverage.reached, missed: coverage.branches - coverage.reached },
    }),
  };
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return allowed(evidence);
  // If there is any other error, trying again would not help.
  return errors.every(({ code }) => code === 'rights-unknown')
    ? undecided(request, errors, evidence)
    : denied(request, findings, evidence);
}
