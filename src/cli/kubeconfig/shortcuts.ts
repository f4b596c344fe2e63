/** A cluster entry that lets `kubectl --cluster NAME` ask Clusterpedia instead of the cluster itself. */
export interface Shortcut {
  readonly name: string;
  readonly server: string;
}

/** Name of the shortcut to the resources of all clusters. */
export const ALL_CLUSTERS = 'clusterpedia';

/** Path of Clusterpedia's aggregated API for resources of all clusters (Clusterpedia `hack/gen-clusterconfigs.sh`). */
const RESOURCES_PATH = '/apis/clusterpedia.io/v1beta1/resources';

/**
 * The shortcuts to Clusterpedia on one API server: one to the resources of all clusters, and one for each PediaCluster.
 * @param server the API server's URL
 * @param prefix the beginning of each name, for kubeconfigs with several Clusterpedias
 */
export function shortcutsFor(
  server: string,
  pediaClusters: readonly string[],
  prefix: string,
): readonly Shortcut[] {
  const resources = `${server.replace(/\/+$/, '')}${RESOURCES_PATH}`;
  return [
    { name: `${prefix}${ALL_CLUSTERS}`, server: resources },
    ...pediaClusters
      .filter((name) => name !== ALL_CLUSTERS)
      .sort()
      .map((name) => ({
        name: `${prefix}${name}`,
        server: `${resources}/clusters/${encodeURIComponent(name)}`,
      })),
  ];
}

/** Whether a cluster entry asks Clusterpedia on that API server. */
export const isShortcutOn = (server: string, entryServer: string): boolean =>
  entryServer.startsWith(`${server.replace(/\/+$/, '')}${RESOURCES_PATH}`);
