import type { AdmissionRequest, Response } from './admission.ts';
import { shed, timedOut } from './admission.ts';
import type { Deadline } from './deadline.ts';
import { Gate } from './gate.ts';
import { Processor } from './turns.ts';
import type { ValidationContext } from './validate.ts';
import { validatePolicy } from './validate.ts';

/** What a request may use of its time for waiting; a place later than that would not leave time to work. */
const WAITING_PART = 0.5;

/** Reviews policies: so many at once, in turns, each within its time. */
export class Reviewer {
  readonly #context: ValidationContext;
  readonly #gate: Gate;
  readonly #processor = new Processor();

  /** @param concurrency reviews at once */
  constructor(context: ValidationContext, concurrency: number) {
    this.#context = context;
    this.#gate = new Gate(concurrency);
  }

  /**
   * Answers when the time is over, whatever the review does.
   *
   * @param known whether the API server has sent the request
   */
  async review(request: AdmissionRequest, known: boolean, deadline: Deadline): Promise<Response> {
    const leave = await this.#gate.enter(deadline.signal(WAITING_PART));
    if (leave === undefined) return shed();
    const { promise: expired, resolve } = Promise.withResolvers<Response>();
    const timer = setTimeout(() => resolve(timedOut(deadline.totalSeconds)), deadline.remaining());
    // The place is given back when the work ends, not when the answer leaves: it is the work that is limited.
    const work = this.#work(request, known, deadline).finally(leave);
    return Promise.race([work, expired]).finally(() => clearTimeout(timer));
  }

  async #work(request: AdmissionRequest, known: boolean, deadline: Deadline): Promise<Response> {
    const turns = this.#processor.turns({ known, user: request.userInfo?.username ?? '' }, deadline);
    try {
      return await validatePolicy(request, { known, deadline, turns }, this.#context);
    } finally {
      turns.end();
    }
  }
}
