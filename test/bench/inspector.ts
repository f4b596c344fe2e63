/** What the memory of a running Node.js process is made of, and where its time goes, asked through its inspector. */
import { open, readFile, readdir, writeFile } from 'node:fs/promises';
import type { ManagedProcess } from '../../src/control-plane/processes.ts';
import { eventually } from '../../src/control-plane/wait.ts';

/** Has a process listen for {@link Inspector.of} on a free port. */
export const INSPECTED = '--inspect=127.0.0.1:0';

const MIB = 1024 * 1024;

/** What a process holds at a moment. */
export interface Held {
  /** Resident memory as it was before anything was collected, in MiB. */
  readonly rssMib: number;
  /** What is left of the heap after everything that nobody refers to was collected, in MiB. */
  readonly heapMib: number;
  /** Open files and sockets. */
  readonly files: number;
}

/** A connection with the inspector of a process (https://chromedevtools.github.io/devtools-protocol/v8/). */
export class Inspector {
  readonly #pid: number;
  readonly #socket: WebSocket;
  #lastId = 0;

  private constructor(pid: number, socket: WebSocket) {
    this.#pid = pid;
    this.#socket = socket;
  }

  /** @param child was started with {@link INSPECTED} */
  static async of(child: ManagedProcess): Promise<Inspector> {
    const url = await eventually(`${child.name} to be inspected`, () => {
      const found = /Debugger listening on (ws:\S+)/.exec(child.output())?.[1];
      if (found === undefined) throw new Error(child.output());
      return found;
    });
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve, { once: true });
      socket.addEventListener('error', reject, { once: true });
    });
    return new Inspector(child.pid, socket);
  }

  async held(): Promise<Held> {
    const rssMib = await rssOf(this.#pid);
    const files = (await readdir(`/proc/${String(this.#pid)}/fd`)).length;
    await this.#call('HeapProfiler.collectGarbage');
    const { usedSize } = (await this.#call('Runtime.getHeapUsage')) as { usedSize: number };
    return { rssMib, heapMib: usedSize / MIB, files };
  }

  /** Writes a snapshot of the heap, after a collection, as Chrome's tools read it. */
  async snapshot(path: string): Promise<void> {
    const file = await open(path, 'w');
    let written = Promise.resolve();
    const onMessage = ({ data }: MessageEvent): void => {
      const { method, params } = JSON.parse(String(data)) as { method?: string; params?: { chunk: string } };
      if (method !== 'HeapProfiler.addHeapSnapshotChunk' || params === undefined) return;
      written = written.then(() => file.writeFile(params.chunk));
    };
    this.#socket.addEventListener('message', onMessage);
    try {
      await this.#call('HeapProfiler.takeHeapSnapshot');
      await written;
    } finally {
      this.#socket.removeEventListener('message', onMessage);
      await file.close();
    }
  }

  /** Runs something, and writes where the process spent its time meanwhile, as Chrome's tools read it. */
  async profiled<T>(path: string, run: () => Promise<T>): Promise<T> {
    await this.#call('Profiler.enable');
    await this.#call('Profiler.start');
    const result = await run();
    const { profile } = (await this.#call('Profiler.stop')) as { profile: object };
    await writeFile(path, JSON.stringify(profile));
    return result;
  }

  close(): void {
    this.#socket.close();
  }

  #call(method: string): Promise<unknown> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      if (this.#socket.readyState !== WebSocket.OPEN) {
        reject(new Error(`${method}: the process has ended`));
        return;
      }
      const settle = (then: () => void): void => {
        this.#socket.removeEventListener('message', onMessage);
        this.#socket.removeEventListener('close', onClose);
        then();
      };
      const onClose = (): void => settle(() => reject(new Error(`${method}: the process has ended`)));
      const onMessage = ({ data }: MessageEvent): void => {
        const answer = JSON.parse(String(data)) as { id?: number; result?: unknown; error?: object };
        if (answer.id !== id) return;
        settle(() =>
          answer.error === undefined
            ? resolve(answer.result)
            : reject(new Error(`${method}: ${JSON.stringify(answer.error)}`)),
        );
      };
      this.#socket.addEventListener('message', onMessage);
      this.#socket.addEventListener('close', onClose);
      this.#socket.send(JSON.stringify({ id, method }));
    });
  }
}

async function rssOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
}
