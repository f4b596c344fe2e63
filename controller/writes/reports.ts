import type { EventRecorder, EventSubject } from '../../src/kube/index.ts';
import type { EventAction, ReportedReason } from '../../src/reconcile/index.ts';

/** Name under which events are reported. */
export const REPORTING_CONTROLLER = 'clusterpedia.io/import-controller';

/** One event: the object, the reason, and the action during which it happened. */
export interface Report {
  readonly about: EventSubject;
  readonly reason: ReportedReason;
  readonly action: EventAction;
  /** Never holds secret material. */
  readonly message: string;
}

/**
 * Reports failures and held deletions as events. The controller sends no other events, and all of these are warnings.
 */
export class Reports {
  readonly #events: EventRecorder;

  constructor(events: EventRecorder) {
    this.#events = events;
  }

  report({ about, reason, action, message }: Report): void {
    const { apiVersion, kind, metadata } = about;
    const { name, uid, resourceVersion } = metadata;
    const regarding: EventSubject = { apiVersion, kind, metadata: { name, uid, resourceVersion } };
    this.#events.record({ regarding, type: 'Warning', reason, action, message });
  }
}
