import type { Shortcut } from './shortcuts.ts';
import { isShortcutOn } from './shortcuts.ts';

/** An entry of `clusters` in a kubeconfig, with all that it holds. */
export interface ClusterEntry {
  readonly name: string;
  readonly cluster: ClusterFields;
}

export interface ClusterFields {
  readonly server: string;
  readonly extensions?: readonly { readonly name?: unknown; readonly extension?: unknown }[];
  readonly [field: string]: unknown;
}

/** One thing that happens to a kubeconfig. */
export type KubeconfigChange =
  | { readonly verb: 'add' | 'update'; readonly entry: ClusterEntry }
  | { readonly verb: 'remove'; readonly name: string };

export interface Merge {
  readonly changes: readonly KubeconfigChange[];
  /** Names that are taken by entries of somebody else, which are left as they are. */
  readonly conflicts: readonly { readonly name: string; readonly server: string }[];
  readonly unchanged: number;
}

/** Marks an entry as made here, where kubeconfigs have room for it: clients keep extensions that they do not know. */
const MARK = 'clusterpedia-import';

/** How the API server is reached and trusted: what a shortcut takes over from its cluster entry. */
const connectionFields = [
  'certificate-authority',
  'certificate-authority-data',
  'insecure-skip-tls-verify',
  'tls-server-name',
  'proxy-url',
  'disable-compression',
] as const;

/**
 * What must happen to the entries so that they hold exactly these shortcuts to an API server. An entry of the same name is
 * only touched where it was made here or is such a shortcut already; one is only removed where it was made here, for the
 * same API server. Pure.
 * @param base the entry of the API server
 */
export function mergeShortcuts(
  entries: readonly ClusterEntry[],
  base: ClusterEntry,
  shortcuts: readonly Shortcut[],
): Merge {
  const changes: KubeconfigChange[] = [];
  const conflicts: { name: string; server: string }[] = [];
  let unchanged = 0;
  for (const shortcut of shortcuts) {
    const existing = entries.find(({ name }) => name === shortcut.name);
    const wanted = entryFor(shortcut, base, existing);
    if (existing === undefined) changes.push({ verb: 'add', entry: wanted });
    else if (!isOurs(existing, base) && existing.cluster.server !== shortcut.server)
      conflicts.push({ name: existing.name, server: existing.cluster.server });
    else if (sameFields(existing, wanted)) unchanged++;
    else changes.push({ verb: 'update', entry: wanted });
  }
  const kept = new Set(shortcuts.map(({ name }) => name));
  for (const entry of entries) {
    if (isOurs(entry, base) && !kept.has(entry.name)) changes.push({ verb: 'remove', name: entry.name });
  }
  return { changes, conflicts, unchanged };
}

/** What an existing entry has beside the connection, e.g. extensions of others, is kept. */
function entryFor(
  { name, server }: Shortcut,
  base: ClusterEntry,
  existing: ClusterEntry | undefined,
): ClusterEntry {
  const { server: _, extensions: __, ...rest } = existing?.cluster ?? { server };
  const others = Object.entries(rest).filter(([field]) => !connectionFields.some((own) => own === field));
  const connection = connectionFields.flatMap((field) =>
    base.cluster[field] === undefined ? [] : [[field, base.cluster[field]] as const],
  );
  return {
    name,
    cluster: {
      server,
      ...Object.fromEntries([...connection, ...others]),
      extensions: [
        ...(existing === undefined ? [] : extensionsOf(existing)).filter(({ name }) => name !== MARK),
        { name: MARK, extension: markOf(base) },
      ],
    },
  };
}

const markOf = ({ name, cluster }: ClusterEntry) => ({ cluster: name, server: cluster.server });

/**
 * Whether an entry was made here for an API server: by its address, or by the name of its own entry, since a cluster that is
 * made anew (as kind does) or moves has another address.
 */
function isOurs(entry: ClusterEntry, base: ClusterEntry): boolean {
  const mark = extensionsOf(entry).find(({ name }) => name === MARK);
  if (mark === undefined) return false;
  const { extension } = mark;
  const madeFor =
    typeof extension === 'object' && extension !== null && 'cluster' in extension ? extension.cluster : '';
  return madeFor === base.name || isShortcutOn(base.cluster.server, entry.cluster.server);
}

/** None where people wrote something else. */
const extensionsOf = ({ cluster }: ClusterEntry): NonNullable<ClusterFields['extensions']> =>
  Array.isArray(cluster.extensions) ? (cluster.extensions as NonNullable<ClusterFields['extensions']>) : [];

const sameFields = (one: ClusterEntry, other: ClusterEntry): boolean =>
  JSON.stringify(sorted(one.cluster)) === JSON.stringify(sorted(other.cluster));

const sorted = (fields: ClusterFields) => Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));
