import type { Kubectl, KubectlResult } from '../../control-plane/kubectl.ts';
import type { ManagedProcess } from '../../control-plane/processes.ts';
import { lastLines, throwIfEnded } from '../../control-plane/readiness.ts';
import { eventually } from '../../control-plane/wait.ts';
import type { Output } from '../output.ts';

/** No step takes longer; on an idle machine each takes seconds. */
const STEP_TIMEOUT_MS = 120_000;

/** Prints the demo: the steps, the commands with their output, and what is waited for. */
export class Stage {
  readonly #output: Output;
  readonly #signal: AbortSignal;
  readonly #processes: ManagedProcess[] = [];
  #step = '';

  constructor(output: Output, signal: AbortSignal) {
    this.#output = output;
    this.#signal = signal;
  }

  /** Announces a step. @throws the signal's reason if the demo is to end */
  begin(step: string): void {
    this.#signal.throwIfAborted();
    this.#step = step;
    this.say('', this.#output.colour('bold', `== ${step}`));
  }

  say(...lines: readonly string[]): void {
    for (const line of lines) this.#output.line(line);
  }

  /** From now on, waiting ends if one of these processes ends, and their output is part of the report on a failure. */
  watch(...processes: readonly ManagedProcess[]): void {
    this.#processes.push(...processes);
  }

  /** Runs kubectl and shows the command and everything that it prints. */
  async show(kubectl: Kubectl, args: readonly string[], stdin?: string): Promise<KubectlResult> {
    this.#signal.throwIfAborted();
    const shown = ['kubectl', ...args].map((word) => (/[\s'"{}()]/.test(word) ? `'${word}'` : word));
    this.say('', `$ ${shown.join(' ')}`);
    const result = await kubectl.try(args, { signal: this.#signal, ...(stdin !== undefined && { stdin }) });
    const printed = `${result.stdout}${result.stderr}`.trimEnd();
    if (printed !== '') this.say(...printed.split('\n'));
    return result;
  }

  /** Waits for a condition, and says how long that took. `attempt` throws as long as it doesn't hold. */
  async until<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    const start = performance.now();
    const watched = (): Promise<T> => {
      this.#processes.forEach(throwIfEnded);
      return attempt();
    };
    const result = await eventually(what, watched, { timeoutMs: STEP_TIMEOUT_MS, signal: this.#signal });
    this.say(
      this.#output.colour('green', `   ${what}: after ${((performance.now() - start) / 1000).toFixed(1)} s`),
    );
    return result;
  }

  /** Prints to standard error what failed at which step, with the last lines of the processes' output. */
  report(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#output.progress(`error: demo: ${this.#step}: ${message}`);
    for (const child of this.#processes) {
      this.#output.progress(`the last lines of the ${child.name}:`);
      for (const line of lastLines(child)) this.#output.progress(`  ${line}`);
    }
  }
}
