import type { Output } from '../output.ts';
import type { ClusterStatus, StatusPage } from '../plan/status.ts';
import { remedyOf } from '../plan/status.ts';
import { visibleLine } from '../visible.ts';
import { table } from './table.ts';

/** Names that stand for all of a group. */
const SHOWN = 3;

/** Prints the page for people: policies, then what waits, fails and is held, the same reasons together, with what to do. */
export function printStatus(
  { policies, clusters }: StatusPage,
  output: Pick<Output, 'line' | 'colour'>,
): void {
  const { line, colour } = output;
  const header = [
    'POLICY',
    'SOURCE',
    'READY',
    'REASON',
    'CLUSTERS',
    'REACHABLE',
    'WAITING',
    'FAILING',
    'HELD',
  ];
  const known = clusters.some(({ reachable }) => reachable !== 'Unknown');
  const rows = policies.map((policy) => [
    policy.name,
    policy.source,
    policy.ready,
    policy.reason,
    String(policy.clusters),
    known ? String(policy.reachable) : 'unknown',
    String(policy.waiting),
    String(policy.failing),
    String(policy.held),
  ]);
  for (const row of table(header, rows)) line(visibleLine(row));
  for (const policy of policies.filter(({ ready }) => ready !== 'True')) {
    line('');
    line(colour('red', visibleLine(sentenceOf(`policy ${policy.name}`, policy))));
    printRemedy(policy.reason, output);
  }
  for (const [state, shade] of [
    ['failing', 'red'],
    ['waiting', 'yellow'],
  ] as const) {
    for (const group of grouped(clusters.filter((cluster) => cluster.state === state))) {
      const [first] = group;
      if (first === undefined) continue;
      const names = group.slice(0, SHOWN).map(({ name, source }) => (name === '' ? source : name));
      const more = group.length > SHOWN ? ` and ${String(group.length - SHOWN)} more` : '';
      line('');
      line(
        colour(
          shade,
          visibleLine(
            sentenceOf(
              `${String(group.length)} ${state}, ${first.policy === '' ? 'owned by no policy' : `policy ${first.policy}`}`,
              first,
            ),
          ),
        ),
      );
      line(visibleLine(`  ${names.join(', ')}${more}`));
      printRemedy(first.reason, output);
    }
  }
  const unreachable = clusters.filter(({ reachable }) => reachable === 'False');
  if (unreachable.length > 0) {
    line('');
    line(colour('red', `${String(unreachable.length)} not reachable, as Clusterpedia says`));
    line(
      visibleLine(
        `  ${unreachable
          .slice(0, SHOWN)
          .map(({ name }) => name)
          .join(', ')}`,
      ),
    );
    line('  to do: kubectl describe pediacluster NAME');
  }
}

/** What is said of something. Reason and message are left out where nothing has been said yet. */
const sentenceOf = (
  subject: string,
  { reason, message }: Pick<ClusterStatus, 'reason' | 'message'>,
): string => [subject, reason, message].filter((text) => text !== '').join(': ');

function printRemedy(reason: string, { line }: Pick<Output, 'line'>): void {
  const remedy = remedyOf(reason);
  if (remedy !== '') line(visibleLine(`  to do: ${remedy}`));
}

/** Those of one policy, reason and message together, most first. */
function grouped(clusters: readonly ClusterStatus[]): readonly (readonly ClusterStatus[])[] {
  const groups = Map.groupBy(clusters, ({ policy, reason, message }) => [policy, reason, message].join('\n'));
  return [...groups.values()].sort((one, other) => other.length - one.length);
}
