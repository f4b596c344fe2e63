import type { Clock, KubeClient, KubeObject, ResourceType } from '../../src/kube/index.ts';
import { objectKey, sleep } from '../../src/kube/index.ts';

export interface ReadAheadOptions {
  readonly client: KubeClient;
  readonly type: ResourceType;
  /** Of the objects; `undefined` where the kind has none. */
  readonly namespace: string | undefined;
  /** Keys of the objects that will be asked for. */
  readonly wanted: Iterable<string>;
  /** Nothing more is to be had from it. */
  readonly onEnd?: () => void;
}

/** Objects a page: few, for they come with all of their content. */
const PAGE_SIZE = 100;
/** Where others in the namespace are so large, asking for those that are wanted is better: a page is held in memory whole. */
const MAX_PAGE_BYTES = 8 * 1024 * 1024;
/** Characters of JSON that may wait to be taken; then no further page is asked for until half of them were. */
const MAX_HELD = 2 * 1024 * 1024;
/** What nobody has taken for so many milliseconds after the last page is not waited for any more. */
const MAX_HELD_MS = 30_000;
/** Whoever waits longer for an object than so many milliseconds is better off to ask for it, and so is everybody after. */
const MAX_WAIT_MS = 1_000;

/**
 * Reads the objects of one namespace page by page, for many who would ask for them one by one: an object on a page costs
 * the API server about a tenth of a request. Only those that are wanted are kept, until they are taken.
 *
 * It is a shortcut and no more: what it does not have, for whatever reason, is asked for.
 */
export class ReadAhead {
  readonly #options: ReadAheadOptions;
  readonly #wanted: Set<string>;
  readonly #held = new Map<string, { readonly object: KubeObject; readonly characters: number }>();
  readonly #stopping = new AbortController();
  #heldCharacters = 0;
  /** Key of the last object read: those before it have come, or will not. */
  #reached = '';
  #ended = false;
  /** Somebody has waited in vain. */
  #isSlow = false;
  /** Resolved with each page, and at the end. */
  #progress = Promise.withResolvers<void>();
  /** Resolved when half of what is held was taken. */
  #room = Promise.withResolvers<void>();
  #forget: () => void = () => undefined;

  constructor(options: ReadAheadOptions) {
    this.#options = options;
    this.#wanted = new Set(options.wanted);
  }

  /** Reads all pages. Never rejects. */
  async run(): Promise<void> {
    const { clock } = this.#options.client;
    try {
      await this.#readPages();
    } catch {
      // Whoever asks for one of the rest will be told what is wrong.
    }
    this.#ended = true;
    this.#progress.resolve();
    if (this.#stopping.signal.aborted || this.#held.size === 0) this.stop();
    else this.#forget = clock.after(MAX_HELD_MS, () => this.stop());
  }

  /** Reads no further, and forgets what was not taken. Idempotent. */
  stop(): void {
    this.#stopping.abort(new Error('nothing is read ahead any more'));
    this.#forget();
    this.#wanted.clear();
    this.#held.clear();
    this.#options.onEnd?.();
  }

  /**
   * The object, once; waits for it a while where it is to come.
   *
   * @returns `undefined` where it has to be asked for
   */
  async take(key: string, signal: AbortSignal): Promise<KubeObject | undefined> {
    if (!this.#held.has(key) && this.#isComing(key)) await this.#comes(key, signal);
    const held = this.#held.get(key);
    if (held === undefined) return undefined;
    this.#held.delete(key);
    this.#heldCharacters -= held.characters;
    if (this.#heldCharacters <= MAX_HELD / 2) this.#room.resolve();
    if (this.#ended && this.#held.size === 0) this.stop();
    return held.object;
  }

  #isComing(key: string): boolean {
    const isBlocked = this.#ended || this.#isSlow || this.#heldCharacters >= MAX_HELD;
    return !isBlocked && this.#wanted.has(key) && key > this.#reached;
  }

  async #comes(key: string, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options.client;
    const end = clock.monotonic() + MAX_WAIT_MS;
    for (let left = MAX_WAIT_MS; left > 0 && this.#isComing(key); left = end - clock.monotonic()) {
      await within(clock, left, this.#progress.promise, signal);
      if (signal.aborted) return;
    }
    if (this.#isComing(key)) this.#isSlow = true;
  }

  async #readPages(): Promise<void> {
    const { client, type, namespace } = this.#options;
    const { signal } = this.#stopping;
    let token: string | undefined;
    do {
      const { items, metadata } = await client.list(type, {
        namespace,
        limit: PAGE_SIZE,
        continue: token,
        signal,
        maxBytes: MAX_PAGE_BYTES,
        maxRetries: 0,
      });
      for (const object of items) this.#take(object);
      token = metadata.continue;
      this.#progress.resolve();
      this.#progress = Promise.withResolvers<void>();
      if (token && this.#heldCharacters >= MAX_HELD) await this.#makesRoom(signal);
    } while (token);
  }

  #take(object: KubeObject): void {
    const key = objectKey(object.metadata);
    this.#reached = key;
    if (!this.#wanted.has(key) || this.#stopping.signal.aborted) return;
    const characters = JSON.stringify(object).length;
    this.#held.set(key, { object, characters });
    this.#heldCharacters += characters;
  }

  /** @throws where what is held is not taken */
  async #makesRoom(signal: AbortSignal): Promise<void> {
    this.#room = Promise.withResolvers<void>();
    await within(this.#options.client.clock, MAX_HELD_MS, this.#room.promise, signal);
    if (this.#heldCharacters > MAX_HELD / 2) this.stop();
    signal.throwIfAborted();
  }
}

/** Waits for news, for so many milliseconds at most, and no longer than until the signal is aborted. */
async function within(
  clock: Clock,
  milliseconds: number,
  news: Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const done = new AbortController();
  const timeout = sleep(clock, milliseconds, AbortSignal.any([signal, done.signal])).catch(() => undefined);
  await Promise.race([news, timeout]);
  done.abort();
}
