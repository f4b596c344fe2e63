import { groupResource } from '../../src/api/index.ts';
import type { ResourceType } from '../../src/kube/index.ts';
import { redactError } from '../../src/kube/index.ts';
import type { Reason, SourcesState } from '../../src/reconcile/index.ts';
import { waiting } from '../../src/reconcile/index.ts';
import type { SourceView } from '../watches/source-watches.ts';

/** What the watches of a policy's sources can tell now. */
export function sourcesState(view: SourceView, type: ResourceType): SourcesState {
  const { version } = type;
  const { state } = view;
  const name = groupResource(type);
  switch (state.kind) {
    case 'forbidden':
      return unavailable(
        'SourcesForbidden',
        `the controller may not list and watch ${name}: grant it these verbs`,
      );
    case 'missing':
      return unavailable('SourceKindNotFound', `the API server does not serve ${name}`);
    case 'failing':
      if (view.synced) return { kind: 'synced', version };
      return unavailable('SourcesNotListed', `${name} cannot be listed: ${redactError(state.error)}`);
    case 'starting':
    case 'healthy':
      return view.synced ? { kind: 'synced', version } : { kind: 'syncing', version };
  }
}

const unavailable = (reason: Reason, message: string): SourcesState => ({
  kind: 'unavailable',
  problem: waiting(reason, message),
});
