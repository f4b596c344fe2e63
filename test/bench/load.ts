import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';

/** What became of one request: served, turned away, or what was wrong with the answer. */
export type Verdict = 'good' | 'shed' | { readonly fault: string };

export interface Target {
  readonly url: string;
  /** PEM of the authority that the server's certificate is signed by. */
  readonly ca: string;
  /** Judges an answer to the body with this index. */
  readonly judge: (code: number, body: string, index: number) => Verdict;
}

export interface LoadResult {
  readonly requests: number;
  readonly shed: number;
  readonly errors: number;
  /** How often each kind of error came. */
  readonly faults: Readonly<Record<string, number>>;
  readonly requestsPerSecond: number;
  /** Milliseconds of the requests that were served; counted from when each was due, so that waiting counts. */
  readonly p50: number;
  readonly p99: number;
}

/** Under overload the server has little time for handshakes. */
const CONNECT_TIMEOUT_MS = 60_000;

interface Tally {
  readonly latencies: number[];
  shed: number;
  readonly faults: Map<string, number>;
}

/** Sends bodies at a fixed rate, whatever becomes of them, over kept connections. */
export async function atRate(
  target: Target,
  bodies: readonly string[],
  { perSecond, seconds, connections }: { perSecond: number; seconds: number; connections: number },
): Promise<LoadResult> {
  const agent = new Agent({
    connect: { ca: target.ca, timeout: CONNECT_TIMEOUT_MS },
    connections,
    pipelining: 1,
  });
  const tally: Tally = { latencies: [], shed: 0, faults: new Map() };
  const pending: Promise<void>[] = [];
  const start = performance.now();
  const total = Math.round(perSecond * seconds);
  for (let index = 0; index < total; index++) {
    const due = start + (index * 1000) / perSecond;
    const early = due - performance.now();
    if (early > 1) await delay(early);
    pending.push(send(agent, target, bodies, index, due, tally));
  }
  await Promise.all(pending);
  const result = resultOf(tally, performance.now() - start);
  await agent.close();
  return result;
}

/** Sends bodies as fast as the answers come, on so many connections. */
export async function asFastAsPossible(
  target: Target,
  bodies: readonly string[],
  { seconds, connections }: { seconds: number; connections: number },
): Promise<LoadResult> {
  const agent = new Agent({
    connect: { ca: target.ca, timeout: CONNECT_TIMEOUT_MS },
    connections,
    pipelining: 1,
  });
  const tally: Tally = { latencies: [], shed: 0, faults: new Map() };
  const start = performance.now();
  let next = 0;
  const worker = async (): Promise<void> => {
    while (performance.now() - start < seconds * 1000) {
      await send(agent, target, bodies, next++, performance.now(), tally);
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  const result = resultOf(tally, performance.now() - start);
  await agent.close();
  return result;
}

async function send(
  agent: Agent,
  { url, judge }: Target,
  bodies: readonly string[],
  count: number,
  due: number,
  tally: Tally,
): Promise<void> {
  const index = count % bodies.length;
  try {
    const answer = await request(url, {
      method: 'POST',
      dispatcher: agent,
      headers: { 'content-type': 'application/json' },
      body: bodies[index] ?? '',
    });
    const verdict = judge(answer.statusCode, await answer.body.text(), index);
    if (verdict === 'good') tally.latencies.push(performance.now() - due);
    else if (verdict === 'shed') tally.shed++;
    else countFault(tally, verdict.fault);
  } catch (error) {
    countFault(tally, error instanceof Error ? error.message : String(error));
  }
}

function countFault({ faults }: Tally, fault: string): void {
  faults.set(fault, (faults.get(fault) ?? 0) + 1);
}

function resultOf({ latencies, shed, faults }: Tally, milliseconds: number): LoadResult {
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (part: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
  const errors = [...faults.values()].reduce((sum, count) => sum + count, 0);
  return {
    requests: latencies.length + shed + errors,
    shed,
    errors,
    faults: Object.fromEntries(faults),
    requestsPerSecond: rounded((latencies.length * 1000) / milliseconds),
    p50: rounded(at(0.5)),
    p99: rounded(at(0.99)),
  };
}

/** Two digits after the point are as exact as these numbers are. */
export const rounded = (value: number): number => Number(value.toFixed(2));
