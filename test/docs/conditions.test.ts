import { describe, expect, it } from 'vitest';
import { REPORTING_CONTROLLER } from '../../controller/writes/reports.ts';
import type { ConditionEntry, EventEntry, ReasonEntry } from '../../src/reconcile/index.ts';
import { CONDITIONS, REASONS } from '../../src/reconcile/index.ts';
import { alignedTable } from './tables.ts';

/*
 * docs/conditions.md is written from the catalogues of reasons, conditions and events:
 * `npx vitest run --project unit test/docs -u` writes it anew, and the test fails while it differs.
 */

const reasons = Object.entries<ReasonEntry>(REASONS);

const code = (text: string) => `\`${text}\``;

const conditionsTable = (kind: keyof typeof CONDITIONS) =>
  alignedTable(
    ['type', '`True`', '`False`'],
    Object.entries<ConditionEntry>(CONDITIONS[kind]).map(([type, says]) => [
      code(type),
      says.true,
      says.false,
    ]),
  );

const REASONS_TABLE = alignedTable(
  ['reason', 'on', 'meaning', 'what to do'],
  reasons.map(([reason, { on, meaning, remedy }]) => [
    code(reason),
    on.length === 0 ? '–' : on.join(', '),
    meaning,
    remedy,
  ]),
);

const subject = ({ regarding, andTo }: EventEntry) =>
  andTo === undefined ? regarding : `${regarding}, and ${andTo}`;

const EVENTS_TABLE = alignedTable(
  ['reason', 'regarding', 'action', 'when'],
  (['ClusterImportPolicy', 'PediaClusterLifecycle'] as const).flatMap((kind) =>
    reasons.flatMap(([reason, { events = [] }]) =>
      events
        .filter(({ regarding }) => regarding === kind)
        .map((event) => [code(reason), subject(event), code(event.action), event.when]),
    ),
  ),
);

const PAGE = `# Conditions, reasons and events

\`observedGeneration\` is always set. \`Reconciling\` and \`Updating\` follow
[kstatus](https://github.com/kubernetes-sigs/cli-utils/tree/master/pkg/kstatus): they are \`True\` only while work is under way, so
\`kubectl wait\`, Flux and Argo CD judge health rightly. Messages never hold secret material.

\`\`\`sh
kubectl wait clusterimportpolicy --all --for=condition=Ready
kubectl get pediaclusterlifecycle -o wide
\`\`\`

## ClusterImportPolicy

${conditionsTable('policy')}

## PediaClusterLifecycle

${conditionsTable('lifecycle')}

## Reasons

"Policy" and "lifecycle" say whose conditions carry the reason.

${REASONS_TABLE}

## Events

Events are few: failures and held deletions, each told once and counted when it repeats; none for routine successes. All are of
type \`Warning\`. \`reportingController\` is \`${REPORTING_CONTROLLER}\`.

${EVENTS_TABLE}

\`\`\`sh
kubectl get events.events.k8s.io --all-namespaces --field-selector reportingController=${REPORTING_CONTROLLER}
kubectl describe pediaclusterlifecycle
\`\`\`

Events about cluster-scoped objects live in the namespace \`default\` (in \`kube-system\` on Kubernetes 1.20), for an hour.

The webhook writes no events: what it refuses, it says to who asked. The API server's audit log has each verdict, as the
annotations \`outcome\` and \`trial-renderings\` after the name of the webhook.
`;

describe('docs/conditions.md', () => {
  it('says what the catalogues say', async () => {
    await expect(PAGE).toMatchFileSnapshot(new URL('../../docs/conditions.md', import.meta.url).pathname);
  });

  it.each(reasons)('the reason %s is a word for programs, and says what it means', (reason, entry) => {
    expect(reason).toMatch(/^[A-Z][A-Za-z]+$/);
    expect(entry.meaning).not.toBe('');
    expect(
      entry.on.length + (entry.events?.length ?? 0) > 0 ||
        ['NoSources', 'DeletionProtected'].includes(reason),
    ).toBe(true);
  });
});
