import type { KubeObject, PediaClusterSpec, RenderedPediaCluster } from '../api/index.ts';
import { kubeconfigsOf, usabilityOf } from '../policy/acting.ts';
import type { Kubeconfig, KubeconfigNeed } from '../sprig/index.ts';
import { KubeconfigError, readKubeconfig } from '../sprig/index.ts';
import type { ObservedPediaCluster } from './pedia-cluster.ts';
import type { Failure } from './problem.ts';
import { failure } from './problem.ts';

/**
 * Why the kubeconfig of a rendered PediaCluster must not be given to Clusterpedia: Clusterpedia would run the program
 * or read the file that the kubeconfig names, in its own pod. A kubeconfig named by `authenticationFrom` is seen only if
 * its Secret is the source or a reference.
 *
 * @param objects the source and its references
 * @param allowedCommands programs of `exec` that may be named, exactly as they are written
 * @returns `undefined` if there is no kubeconfig, or if it needs no program and no file
 */
export function standaloneProblem(
  { spec }: RenderedPediaCluster,
  objects: readonly (KubeObject | undefined)[],
  allowedCommands: readonly string[],
): Failure | undefined {
  for (const { field, kubeconfig } of kubeconfigsOf(spec, objects)) {
    const read = readOrWhy(kubeconfig);
    if (typeof read === 'string')
      return failure(
        'CredentialInvalid',
        `${field.text} is no kubeconfig that Clusterpedia could read: ${read}`,
      );
    const asked = read.needs.filter(
      (need) => need.kind !== 'exec' || !allowedCommands.includes(need.command),
    );
    if (asked.length > 0) {
      const what = asked.map(describeNeed).join(', ');
      return failure(
        'CredentialNotSelfContained',
        `the kubeconfig of ${field.text} does not stand alone: ${what}`,
      );
    }
  }
  return undefined;
}

function readOrWhy(kubeconfig: string): Kubeconfig | string {
  try {
    return readKubeconfig(kubeconfig);
  } catch (error) {
    if (error instanceof KubeconfigError) return error.message;
    throw error;
  }
}

/** What a kubeconfig needs. The command or path itself is data of a Secret, so it is not quoted. */
function describeNeed({ kind, field }: KubeconfigNeed): string {
  switch (kind) {
    case 'exec':
      return 'it runs a program (exec)';
    case 'auth-provider':
      return 'it asks a plugin (auth-provider)';
    case 'file':
      return `it reads a file (${field})`;
  }
}

/**
 * What a PediaCluster would lose if the rendered spec replaced its own: its credential, its endpoint, or the CA by
 * which the server is verified. A PediaCluster that was not usable before cannot become worse.
 *
 * @returns `undefined` if nothing would be lost
 */
export function lossOf(observed: ObservedPediaCluster, { spec }: RenderedPediaCluster): Failure | undefined {
  const had = presentIn(observed);
  if (usabilityOf(had).problems.length > 0) return undefined;
  const { problems, credential, unverified } = usabilityOf(spec);
  const [first] = problems;
  if (first !== undefined) return missing(`${first.field}: ${first.message}`);
  if (spec.kubeconfig !== undefined && credential === 'kubeconfig') {
    const read = readOrWhy(spec.kubeconfig);
    if (typeof read === 'string' || read.faults.length > 0)
      return missing('spec.kubeconfig: Clusterpedia could not connect with it');
  }
  if (unverified && isSet(had.caData) && !isSet(had.kubeconfig))
    return missing('spec.caData: without a CA the server would not be verified any more');
  return undefined;
}

const missing = (what: string): Failure =>
  failure('CredentialMissing', `what is rendered would take away what the PediaCluster has (${what})`);

/** A spec with the same fields. Their values are not known, and do not matter. */
function presentIn({ spec }: ObservedPediaCluster): Omit<PediaClusterSpec, 'syncResources'> {
  const place = { name: 'x', key: 'x' };
  return {
    ...(spec['apiserver'] === undefined ? {} : { apiserver: 'https://endpoint' }),
    ...(spec['kubeconfig'] === undefined ? {} : { kubeconfig: 'eA==' }),
    ...(spec['caData'] === undefined ? {} : { caData: 'eA==' }),
    ...(spec['tokenData'] === undefined ? {} : { tokenData: 'eA==' }),
    ...(spec['certData'] === undefined ? {} : { certData: 'eA==' }),
    ...(spec['keyData'] === undefined ? {} : { keyData: 'eA==' }),
    ...(spec['authenticationFrom'] === undefined ? {} : { authenticationFrom: { kubeconfig: place } }),
  };
}

const isSet = (text: string | undefined): boolean => text !== undefined && text !== '';
