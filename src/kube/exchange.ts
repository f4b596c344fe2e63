import type { Dispatcher } from 'undici';
import type { Answer } from './answer.ts';
import { asError } from './clock.ts';

/**
 * Sends one request and takes its whole answer, without a stream in between.
 *
 * Rejects with the signal's reason, at once and whether or not a connection was free; else with what the HTTP library
 * reports.
 *
 * @param onBytes called for every piece of the answer
 */
export function exchange(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  signal: AbortSignal,
  onBytes: (count: number) => void,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let status = 0;
    let headers: Answer['headers'] = {};
    let abort: (reason: Error) => void = () => undefined;
    const onAbort = (): void => {
      const reason = asError(signal.reason);
      abort(reason);
      reject(reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    dispatcher.dispatch(request, {
      onRequestStart(controller) {
        abort = (reason) => controller.abort(reason);
        if (signal.aborted) onAbort();
      },
      onResponseStart(_, code, fields) {
        status = code;
        headers = fields;
      },
      onResponseData(_, chunk) {
        onBytes(chunk.length);
        chunks.push(chunk);
      },
      onResponseEnd() {
        signal.removeEventListener('abort', onAbort);
        resolve({ status, headers, text: textOf(chunks) });
      },
      onResponseError(_, error) {
        signal.removeEventListener('abort', onAbort);
        reject(error);
      },
    });
  });
}

function textOf(chunks: readonly Buffer[]): string {
  const [only] = chunks;
  if (only === undefined) return '';
  return (chunks.length === 1 ? only : Buffer.concat(chunks)).toString('utf8');
}
