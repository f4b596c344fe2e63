import { CLUSTER_IMPORT_POLICY, FINALIZER } from '../src/api/index.ts';
import type { AdmissionRequest, PatchOperation, Response } from './admission.ts';
import { errored, misdirection, patched } from './admission.ts';

/**
 * The mutating webhook. It gives a new policy the controller's finalizer, so that no policy can be deleted before the
 * controller has seen it. It changes nothing else, and nothing on other operations: GitOps would see that as drift.
 */
export function mutatePolicy(request: AdmissionRequest): Response {
  const problem = misdirection(request, CLUSTER_IMPORT_POLICY);
  if (problem !== undefined) return errored(400, 'BadRequest', problem);
  return patched(request.operation === 'CREATE' ? finalizerPatch(request.object) : []);
}

function finalizerPatch(object: AdmissionRequest['object']): PatchOperation[] {
  const metadata: unknown = object && 'metadata' in object ? object.metadata : undefined;
  // The API server itself refuses an object without metadata.
  if (typeof metadata !== 'object' || metadata === null) return [];
  const finalizers: unknown = 'finalizers' in metadata ? metadata.finalizers : undefined;
  if (!Array.isArray(finalizers)) return [{ op: 'add', path: '/metadata/finalizers', value: [FINALIZER] }];
  return finalizers.includes(FINALIZER)
    ? []
    : [{ op: 'add', path: '/metadata/finalizers/-', value: FINALIZER }];
}
