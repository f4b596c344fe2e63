import type { Deadline } from './deadline.ts';
import type { Turns } from './turns.ts';

/** What a request needs for its handling besides its content. */
export interface Task {
  /** Whether the API server has sent the request. The cluster is asked only for such requests. */
  readonly known: boolean;
  readonly deadline: Deadline;
  readonly turns: Turns;
}
