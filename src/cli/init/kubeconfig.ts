import { parse } from 'yaml';
import { isRecord } from '../../api/index.ts';
import type { KubeconfigFault } from '../../sprig/index.ts';
import { KubeconfigError, readKubeconfig } from '../../sprig/index.ts';

/** Whether a text is a kubeconfig. */
export function isKubeconfig(text: string): boolean {
  const { clusters, users } = rootOf(text);
  return Array.isArray(clusters) && Array.isArray(users);
}

/** The map that a text is in YAML; an empty one where it is none. */
function rootOf(text: string): { readonly [field: string]: unknown } {
  if (!/:/.test(text)) return {};
  try {
    const value: unknown = parse(text, { logLevel: 'silent' });
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

/** Whether a text has parts of a kubeconfig, or stands under a key that says that it is one. */
export function isMeantAsKubeconfig(key: string, text: string): boolean {
  if (/kube-?conf/i.test(key)) return true;
  const root = rootOf(text);
  return lists.some((list) => Array.isArray(root[list])) || 'current-context' in root;
}

const lists = ['clusters', 'contexts', 'users'] as const;

/** What is missing in a kubeconfig, or wrong with it, as a sentence about it; it quotes nothing. Nothing where it is whole. */
export function kubeconfigProblem(text: string): string | undefined {
  if (text.trim() === '') return 'it is empty';
  if (!isKubeconfig(text) && isKubeconfig(Buffer.from(text, 'base64').toString('utf8')))
    return 'it is base64 of base64; decode it once in the template, with b64dec';
  const root = rootOf(text);
  const missing = lists.filter((list) => !Array.isArray(root[list]) || root[list].length === 0);
  try {
    const { faults, needs, tokenData, certData, username } = readKubeconfig(text);
    if (missing.length > 0) return `it has no ${missing.join(' and no ')}`;
    if (typeof root['current-context'] !== 'string' || root['current-context'] === '')
      return 'it has no current-context';
    const [fault] = faults;
    if (fault !== undefined) return faultTexts[fault];
    return needs.length === 0 && (tokenData ?? certData ?? username) === undefined
      ? 'the user of its current context has no token and no certificate, or is not among its users'
      : undefined;
  } catch (error) {
    if (error instanceof KubeconfigError) return error.message;
    throw error;
  }
}

const faultTexts: { readonly [fault in KubeconfigFault]: string } = {
  'context-not-found': 'its current-context is none of its contexts',
  'no-server': 'the cluster of its current context has no server, or is not among its clusters',
  'bad-proxy-url': 'its proxy-url is no URL of a proxy',
  'two-authorities': 'it has certificate-authority beside certificate-authority-data',
  'two-certificates': 'it has client-certificate beside client-certificate-data',
  'two-keys': 'it has client-key beside client-key-data',
  'certificate-without-key': 'it has a client certificate without its key',
  'several-methods': 'it has a token beside a user name',
  'impersonation-without-user': 'it impersonates groups or the like without a user',
};

/** The whole sentence, with the way out. */
export const incompleteText = (key: string, text: string): string =>
  `the kubeconfig in the key "${key}" cannot be used: ${kubeconfigProblem(text) ?? ''}. "kubectl config view --raw --minify --flatten" prints a whole one`;

/** What to look at where a kubeconfig needs something of the machine that it is used on. */
export function needsOf(key: string, text: string): readonly string[] {
  return readKubeconfig(text).needs.map(
    ({ field, kind }) =>
      `the kubeconfig in the key "${key}" has ${field}, which ${kind === 'file' ? 'reads a file' : 'runs a program'} where Clusterpedia runs: the controller does not write it${kind === 'exec' ? ' unless its configuration allows the program' : ''}`,
  );
}
