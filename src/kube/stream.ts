import type { Dispatcher } from 'undici';
import type { LinkedAbort } from './abort.ts';
import { asError } from './clock.ts';
import type { Clock } from './clock.ts';
import { TransportError, connectionFailure } from './errors.ts';

/** A response whose body has no fixed end. Iterate it once; close it in any case. */
export interface ByteStream extends AsyncIterable<Uint8Array> {
  /**
   * From now on, allows this many milliseconds of silence. After that the iteration fails with TransportError
   * `Timeout`.
   */
  allowSilence(milliseconds: number): void;
  /** Breaks the connection and frees its socket. Idempotent. */
  close(): Promise<void>;
}

/** A stream on a connection of its own: closing it frees the socket. */
export class OpenStream implements ByteStream {
  readonly #abort: LinkedAbort;
  readonly #dispatcher: Dispatcher;
  readonly #clock: Clock;
  readonly #label: string;
  readonly #onClose: (reason: Error) => void;
  #body: Dispatcher.ResponseData['body'] | undefined;
  #silenceMs = 0;
  #cancelTimer: () => void = () => undefined;
  /** Allowed milliseconds without a ping or any other data; 0 if the connection is not pinged. */
  #pingLimitMs = 0;
  #cancelPingTimer: () => void = () => undefined;
  #closed: Promise<void> | undefined;

  constructor(
    abort: LinkedAbort,
    dispatcher: Dispatcher,
    clock: Clock,
    label: string,
    onClose: (reason: Error) => void,
  ) {
    this.#abort = abort;
    this.#dispatcher = dispatcher;
    this.#clock = clock;
    this.#label = label;
    this.#onClose = onClose;
  }

  attach(body: Dispatcher.ResponseData['body']): void {
    this.#body = body;
    // An abort between two reads has no reader to inform. The next read gets the error.
    body.on('error', () => undefined);
  }

  allowSilence(milliseconds: number): void {
    this.#silenceMs = milliseconds;
    this.#rearm();
  }

  /** The connection is pinged from now on, or the server has answered a ping. The next answer is due within `limitMs`. */
  pinged(limitMs: number): void {
    this.#pingLimitMs = limitMs;
    this.#rearmPing();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const chunk of this.#body ?? []) {
        this.#cancelTimer();
        this.#rearmPing();
        yield chunk as Uint8Array;
        this.#rearm();
      }
    } catch (error) {
      throw this.#abort.signal.aborted
        ? asError(this.#abort.signal.reason)
        : connectionFailure(error, this.#label);
    } finally {
      await this.close();
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#closeNow();
    return this.#closed;
  }

  async #closeNow(): Promise<void> {
    this.#cancelTimer();
    this.#cancelPingTimer();
    this.#abort.unlink();
    this.#abort.abort(
      new TransportError('Closed', `${this.#label}: the stream is closed`, { request: this.#label }),
    );
    this.#onClose(asError(this.#abort.signal.reason));
    await this.#dispatcher.destroy();
  }

  #rearm(): void {
    this.#cancelTimer();
    if (this.#closed === undefined) this.#cancelTimer = this.#timer(this.#silenceMs, 'nothing came');
  }

  #rearmPing(): void {
    this.#cancelPingTimer();
    if (this.#closed !== undefined || this.#pingLimitMs === 0) return;
    this.#cancelPingTimer = this.#timer(this.#pingLimitMs, 'no ping was answered');
  }

  #timer(limit: number, what: string): () => void {
    const text = `${this.#label}: ${what} for ${String(limit)} ms`;
    return this.#clock.after(limit, () =>
      this.#abort.abort(new TransportError('Timeout', text, { request: this.#label })),
    );
  }
}
