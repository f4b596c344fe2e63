import { isForbidden, KubeError, TransportError } from '../src/kube/index.ts';

/**
 * Why the API server gave no answer, in words for a warning: short, without addresses and without anybody's data.
 *
 * @throws the error itself if it is a fault of this program
 */
export function whyUnanswered(error: unknown): string {
  if (isTimeout(error)) return 'the API server did not answer in time';
  if (isForbidden(error)) return 'the webhook may not read them';
  if (error instanceof KubeError)
    return `the API server answered ${String(error.status)} ${error.reason}`.trimEnd();
  if (error instanceof TransportError) return 'the API server cannot be reached';
  throw error;
}

const isTimeout = (error: unknown): boolean =>
  (error instanceof DOMException && (error.name === 'TimeoutError' || error.name === 'AbortError')) ||
  (error instanceof TransportError && error.code === 'Timeout');
