import type { Shortcut } from './shortcuts.ts';
import { isShortcutOn } from './shortcuts.ts';

/** An entry of `clusters` in a kubeconfig, with all its fields. */
export interface ClusterEntry {
  readonly name: string;
  readonly cluster: ClusterFields;
}

export interface ClusterFields {
  readonly server: string;
  readonly extensions?: readonly { readonly name?: unknown; readonly extension?: unknown }[];
  readonly [field: string]: unknown;
}

/** One change of a kubeconfig. */
export type KubeconfigChange =
  | { readonly verb: 'add' | 'update'; readonly entry: ClusterEntry }
  | { readonly verb: 'remove'; readonly name: string };

export interface Merge {
  readonly changes: readonly KubeconfigChange[];
  /** Names that are taken by other entries. Those stay as they are. */
  readonly conflicts: readonly { readonly name: string; readonly server: string }[];
  readonly unchanged: number;
}

/**
 * Marks an entry as made by this program. It is an extension, because clients keep extensions that they do not know.
 */
const MARK = 'clusterpedia-import';

/** The fields that say how the API server is reached and trusted. A shortcut copies them from its cluster's entry. */
const connectionFields = [
  'certificate-authority',
  'certificate-authority-data',
  'insecure-skip-tls-verify',
  'tls-server-name',
  'proxy-url',
  'disable-compression',
] as const;

/**
 * The changes after which the entries contain exactly these shortcuts to an API server. An entry of the same name is
 * changed only if this program made it or if it already is such a shortcut. An entry is removed only if this program
 * made it for the same API server. Pure.
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

/** Other fields of an existing entry, such as extensions of other programs, are kept. */
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
 * Whether this program made an entry for an API server. It is recognized by its address or by the name of its own
 * entry: a cluster that was created anew (as kind does) or has moved has another address.
 */
function isOurs(entry: ClusterEntry, base: ClusterEntry): boolean {
  const mark = extensionsOf(entry).find(({ name }) => name === MARK);
  if (mark === undefined) return false;
  const { extension } = mark;
  const madeFor =
    typeof extension === 'object' && extension !== null && 'cluster' in extension ? extension.cluster : '';
  return madeFor === base.name || isShortcutOn(base.cluster.server, entry.cluster.server);
}

/** None if somebody has written something else there. */
const extensionsOf = ({ cluster }: ClusterEntry): NonNullable<ClusterFields['extensions']> =>
  Array.isArray(cluster.extensions) ? (cluster.extensions as NonNullable<ClusterFields['extensions']>) : [];

const sameFields = (one: ClusterEntry, other: ClusterEntry): boolean =>
  JSON.stringify(sorted(one.cluster)) === JSON.stringify(sorted(other.cluster));

const sorted = (fields: ClusterFields) => Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));
