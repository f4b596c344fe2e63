import { decodeJson } from '../template/index.ts';
import { TransportError } from './errors.ts';
import { isRecord } from '../api/index.ts';
import { METADATA_ONLY } from './media-types.ts';
import { apiVersionOf, resourcePath } from './object.ts';
import type { StoredObject, ResourceType } from './object.ts';
import { statusError } from './answer.ts';
import type { ByteStream } from './stream.ts';
import type { Transport } from './transport.ts';

export interface WatchOptions {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** The version to start from. Without it the server sends the existing objects first. */
  readonly resourceVersion?: string | undefined;
  /** How long the server keeps the watch open. */
  readonly timeoutSeconds: number;
  /** Asks for a streaming list (KEP-3157): all existing objects, then a bookmark that ends them. */
  readonly sendInitialEvents?: boolean;
  readonly metadataOnly?: boolean | undefined;
  /**
   * Only metadata and the columns that `kubectl get` prints are transferred: an object has them under `printed`, by
   * name. A server without tables sends more or less than that, without `printed`.
   */
  readonly printedColumns?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: StoredObject }
  /** Nothing happened up to this version. `initialEventsEnd`: all existing objects have been sent. */
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string; readonly initialEventsEnd: boolean };

/** Events, in the batches they arrived in. Iterate it once; close it in any case. */
export interface WatchStream extends AsyncIterable<readonly WatchEvent[]> {
  /** See {@link ByteStream.allowSilence}. */
  allowSilence(milliseconds: number): void;
  /** Ends the request; the iteration ends too. */
  close(): Promise<void>;
}

/**
 * An event is one line. By default etcd accepts objects of up to 1.5 MiB; in practice the limit is never above 8 MiB.
 */
const MAX_LINE_BYTES = 64 * 1024 * 1024;
/** Time until the server confirms the watch, which it does before the first event. */
const OPEN_TIMEOUT_MS = 20_000;
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';
const NEWLINE = 0x0a;

/**
 * Opens a watch. The iteration ends when the server ends the watch. It throws KubeError for an ERROR event (410: the
 * resource version is too old), and TransportError if the connection breaks, falls silent, or sends something that is
 * not an event.
 */
export async function openWatch(
  transport: Transport,
  resource: ResourceType,
  options: WatchOptions,
): Promise<WatchStream> {
  const path = resourcePath(resource, { namespace: options.namespace });
  const bytes = await transport.stream({
    method: 'GET',
    path,
    query: {
      watch: true,
      allowWatchBookmarks: true,
      labelSelector: options.labelSelector,
      fieldSelector: options.fieldSelector,
      resourceVersion: options.resourceVersion,
      timeoutSeconds: options.timeoutSeconds,
      ...(options.sendInitialEvents && { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' }),
    },
    ...(options.metadataOnly && { accept: METADATA_ONLY.object }),
    ...(options.printedColumns && { accept: METADATA_ONLY.printed }),
    timeoutMs: OPEN_TIMEOUT_MS,
    signal: options.signal,
  });
  return {
    allowSilence: (milliseconds) => bytes.allowSilence(milliseconds),
    close: () => bytes.close(),
    [Symbol.asyncIterator]: () => readEvents(bytes, resource, `WATCH ${path}`),
  };
}

async function* readEvents(
  bytes: ByteStream,
  resource: ResourceType,
  label: string,
): AsyncGenerator<readonly WatchEvent[], void, undefined> {
  const columns: string[] = [];
  for await (const lines of splitLines(bytes, label)) {
    const events: WatchEvent[] = [];
    for (const line of lines) {
      let event: WatchEvent | undefined;
      try {
        event = readEvent(line, resource, label, columns);
      } catch (error) {
        // Events before the bad one are valid.
        if (events.length > 0) yield events;
        throw error;
      }
      if (event !== undefined) events.push(event);
    }
    if (events.length > 0) yield events;
  }
}

/** The complete lines of each chunk. A last line without an end is an event that was cut off. */
async function* splitLines(bytes: ByteStream, label: string): AsyncGenerator<string[], void, undefined> {
  let rest: Buffer[] = [];
  let restLength = 0;
  for await (const chunk of bytes) {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const lines: string[] = [];
    let start = 0;
    for (let end = buffer.indexOf(NEWLINE); end >= 0; end = buffer.indexOf(NEWLINE, start)) {
      const tail = buffer.subarray(start, end);
      lines.push((rest.length === 0 ? tail : Buffer.concat([...rest, tail])).toString('utf8'));
      rest = [];
      restLength = 0;
      start = end + 1;
    }
    if (start < buffer.length) {
      rest.push(buffer.subarray(start));
      restLength += buffer.length - start;
      if (restLength > MAX_LINE_BYTES) {
        throw new TransportError(
          'InvalidResponse',
          `${label}: an event of more than ${String(MAX_LINE_BYTES)} bytes`,
          { request: label },
        );
      }
    }
    yield lines;
  }
  if (restLength > 0) {
    throw new TransportError('InvalidResponse', `${label}: the last event was cut short`, { request: label });
  }
}

/** @param columns columns of a watch of tables, which are sent with its first event only */
function readEvent(
  line: string,
  resource: ResourceType,
  label: string,
  columns: string[],
): WatchEvent | undefined {
  if (line.trim() === '') return undefined;
  let event: unknown;
  try {
    event = decodeJson(line);
  } catch {
    throw new TransportError('InvalidResponse', `${label}: an event is not valid JSON`, { request: label });
  }
  const { type, object: sent } = isRecord(event) ? event : {};
  const object = type === 'ERROR' ? sent : ofTable(sent, columns);
  const metadata = isRecord(object) ? object['metadata'] : undefined;
  if (type === 'ERROR') throw statusError(object, { status: 500, label });
  if (isRecord(metadata) && typeof metadata['resourceVersion'] === 'string') {
    if (type === 'BOOKMARK') {
      const annotations = metadata['annotations'];
      return {
        type,
        resourceVersion: metadata['resourceVersion'],
        initialEventsEnd: isRecord(annotations) && annotations[INITIAL_EVENTS_END] === 'true',
      };
    }
    if (
      (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') &&
      typeof metadata['name'] === 'string'
    ) {
      return {
        type,
        object: { ...(object as StoredObject), apiVersion: apiVersionOf(resource), kind: resource.kind },
      };
    }
  }
  throw new TransportError('InvalidResponse', `${label}: not an event: type ${JSON.stringify(type)}`, {
    request: label,
  });
}

/**
 * The object of a table with one row, with its cells under `printed`. Anything else is returned as it is (apiserver
 * `endpoints/handlers/response.go`, `asTable`: in a watch, only the first table has the columns).
 */
function ofTable(sent: unknown, columns: string[]): unknown {
  if (!isRecord(sent) || sent['kind'] !== 'Table') return sent;
  const definitions: unknown = sent['columnDefinitions'];
  if (Array.isArray(definitions) && definitions.length > 0)
    columns.splice(
      0,
      columns.length,
      ...definitions.map((column) => (isRecord(column) ? String(column['name']) : '')),
    );
  const rows: unknown = sent['rows'];
  const row: unknown = Array.isArray(rows) ? rows[0] : undefined;
  if (!isRecord(row) || !isRecord(row['object'])) return sent;
  const cells: readonly unknown[] = Array.isArray(row['cells']) ? row['cells'] : [];
  return {
    ...row['object'],
    printed: Object.fromEntries(columns.map((name, index) => [name, cells[index]])),
  };
}
