import { isForbidden, KubeError, redactError } from '../src/kube/index.ts';

/** Why the API server gave no answer, in words fit for a warning: short, and without secrets. */
export function reasonOf(error: unknown): string {
  if (error instanceof DOMException && (error.name === 'TimeoutError' || error.name === 'AbortError')) {
    return 'the API server did not answer in time';
  }
  if (isForbidden(error)) return 'the webhook may not read them';
  if (error instanceof KubeError) return `the API server answered ${error.status} ${error.reason}`.trimEnd();
  return redactError(error);
}
