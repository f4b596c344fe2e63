import { Option } from 'commander';

/** Which cluster a command asks, and as which user. The names are kubectl's. */
export interface ClusterOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** The option whose values completion reads from the kubeconfig. */
export const CONTEXT_FLAG = '--context';

/**
 * The options of a command that asks a cluster.
 * @param when the beginning of their descriptions, e.g. `with --server: `
 */
export const clusterOptions = (when = ''): readonly Option[] => [
  new Option('--kubeconfig <file>', `${when}a kubeconfig (default: kubectl's)`),
  new Option(`${CONTEXT_FLAG} <name>`, `${when}a context of the kubeconfig (default: the current one)`),
];
