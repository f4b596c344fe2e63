import type { Clock, KubeClient, StoredObject, ResourceType } from '../../src/kube/index.ts';
import { objectKey, sleep } from '../../src/kube/index.ts';

export interface ReadAheadOptions {
  readonly client: KubeClient;
  readonly type: ResourceType;
  /** Namespace of the objects; `undefined` if the kind has none. */
  readonly namespace: string | undefined;
  /** Keys of the objects that will be asked for. */
  readonly wanted: Iterable<string>;
  /** Called when no more objects can be taken from it. */
  readonly onEnd?: () => void;
}

/** Objects per page. Few, because they come with all of their content. */
const PAGE_SIZE = 25;
/**
 * A page is held in memory as a whole. If the other objects of the namespace make pages larger than this, it is better
 * to fetch the wanted objects one by one.
 */
const MAX_PAGE_BYTES = 8 * 1024 * 1024;
/** Characters of JSON that may wait to be taken. Then no further page is read until half of them were taken. */
const MAX_HELD = 512 * 1024;
/** Objects that nobody has taken this long after the last page are dropped. */
const MAX_HELD_MS = 30_000;
/** After this wait, fetching the object directly is faster, for this caller and all later ones. */
const MAX_WAIT_MS = 1_000;

/**
 * Reads the objects of one namespace page by page, for many callers who would otherwise fetch them one by one: an
 * object on a page costs the API server about a tenth of a request. Only wanted objects are kept, until they are taken.
 *
 * It is only a shortcut: what it does not have, for whatever reason, is fetched.
 */
export class ReadAhead {
  readonly #options: ReadAheadOptions;
  readonly #wanted: Set<string>;
  readonly #held = new Map<string, { readonly object: StoredObject; readonly characters: number }>();
  readonly #stopping = new AbortController();
  #heldCharacters = 0;
  /** Key of the last object read. Objects before it have been read or do not exist. */
  #reached = '';
  #ended = false;
  /** A caller has waited in vain. */
  #isSlow = false;
  /** Resolved with each page, and at the end. */
  #progress = Promise.withResolvers<void>();
  /** Resolved when half of what was held has been taken. */
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
      // The callers who fetch the remaining objects will get the error themselves.
    }
    this.#ended = true;
    this.#progress.resolve();
    if (this.#stopping.signal.aborted || this.#held.size === 0) this.stop();
    else this.#forget = clock.after(MAX_HELD_MS, () => this.stop());
  }

  /** Stops reading, and forgets what was not taken. Idempotent. */
  stop(): void {
    this.#stopping.abort(new Error('nothing is read ahead any more'));
    this.#forget();
    this.#wanted.clear();
    this.#held.clear();
    this.#options.onEnd?.();
  }

  /**
   * Returns the object, once. If it is still to come, waits for it a while.
   *
   * @returns `undefined` if it has to be fetched
   */
  async take(key: string, signal: AbortSignal): Promise<StoredObject | undefined> {
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

  #take(object: StoredObject): void {
    const key = objectKey(object.metadata);
    this.#reached = key;
    if (!this.#wanted.has(key) || this.#stopping.signal.aborted) return;
    const characters = JSON.stringify(object).length;
    this.#held.set(key, { object, characters });
    this.#heldCharacters += characters;
  }

  /** @throws if what is held is not taken */
  async #makesRoom(signal: AbortSignal): Promise<void> {
    this.#room = Promise.withResolvers<void>();
    await within(this.#options.client.clock, MAX_HELD_MS, this.#room.promise, signal);
    if (this.#heldCharacters > MAX_HELD / 2) this.stop();
    signal.throwIfAborted();
  }
}

/** Waits for the promise, for at most this many milliseconds or until the signal is aborted. */
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
