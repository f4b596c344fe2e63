import type { Deadline } from './deadline.ts';
import type { Turns } from './turns.ts';

/** How a request is to be dealt with, besides what is in it. */
export interface Task {
  /** Whether the API server has sent the request. The cluster is asked on behalf of nobody else. */
  readonly known: boolean;
  readonly deadline: Deadline;
  readonly turns: Turns;
}
