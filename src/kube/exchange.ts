import { StringDecoder } from 'node:string_decoder';
import type { Dispatcher } from 'undici';
import type { Answer } from './answer.ts';
import { asError } from './clock.ts';

/**
 * Sends one request and collects its whole answer, without a stream in between.
 *
 * If the signal is aborted, rejects at once with its reason, even if no connection was free. Otherwise rejects with the
 * HTTP library's error.
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
    const decoder = new StringDecoder('utf8');
    let text = '';
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
        // Buffers lie outside the heap, and many megabytes of them wait for a collection: none is kept, or made to join them.
        text += decoder.write(chunk);
      },
      onResponseEnd() {
        signal.removeEventListener('abort', onAbort);
        resolve({ status, headers, text: text + decoder.end() });
      },
      onResponseError(_, error) {
        signal.removeEventListener('abort', onAbort);
        reject(error);
      },
    });
  });
}
