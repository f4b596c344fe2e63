import type { AdmissionRequest, Response } from './admission.ts';
import { shed, timedOut } from './admission.ts';
import type { Deadline } from './deadline.ts';
import { Gate } from './gate.ts';
import { Processor } from './turns.ts';
import type { ValidationContext } from './validate.ts';
import { validatePolicy } from './validate.ts';

/** The part of its time for which a request may wait for a place. A later place would not leave enough time to work. */
const WAITING_PART = 0.5;

/** Reviews policies: a limited number at once, in turns, each within its time. */
export class Reviewer {
  readonly #context: ValidationContext;
  readonly #gate: Gate;
  readonly #processor = new Processor();

  /** @param concurrency how many reviews run at once */
  constructor(context: ValidationContext, concurrency: number) {
    this.#context = context;
    this.#gate = new Gate(concurrency);
  }

  /**
   * Answers when the time is over, even if the review is still running.
   *
   * @param known whether the API server has sent the request
   */
  async review(request: AdmissionRequest, known: boolean, deadline: Deadline): Promise<Response> {
    const leave = await this.#gate.enter(deadline.signal(WAITING_PART));
    if (leave === undefined) {
      deadline.end();
      return shed();
    }
    const { promise: expired, resolve } = Promise.withResolvers<Response>();
    const timer = setTimeout(() => resolve(timedOut(deadline.totalSeconds)), deadline.remaining());
    // The place is given back when the work ends, not when the answer is sent: the limit is for the work.
    const work = this.#work(request, known, deadline).finally(leave);
    return Promise.race([work, expired]).finally(() => clearTimeout(timer));
  }

  async #work(request: AdmissionRequest, known: boolean, deadline: Deadline): Promise<Response> {
    const turns = this.#processor.turns({ known, user: request.userInfo?.username ?? '' }, deadline);
    try {
      return await validatePolicy(request, { known, deadline, turns }, this.#context);
    } finally {
      turns.end();
      deadline.end();
    }
  }
}
