import { KubeConfigError, loadKubeConfig } from '../../kube/index.ts';

/** Names of the contexts in the kubeconfig that a command line uses; none if it cannot be read. */
export async function contextNames(words: readonly string[]): Promise<readonly string[]> {
  const { kubeconfig } = kubeconfigIn(words);
  try {
    const { contexts } = await loadKubeConfig(kubeconfig === undefined ? {} : { kubeconfig });
    return contexts.map(({ name }) => name);
  } catch (error) {
    if (error instanceof KubeConfigError) return [];
    throw error;
  }
}

function kubeconfigIn(words: readonly string[]): { readonly kubeconfig?: string } {
  const flag = '--kubeconfig';
  const joined = words.find((word) => word.startsWith(`${flag}=`))?.slice(flag.length + 1);
  const at = words.indexOf(flag);
  const kubeconfig = joined ?? (at < 0 ? undefined : words[at + 1]);
  return kubeconfig === undefined ? {} : { kubeconfig };
}
