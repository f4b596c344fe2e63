import { hash } from 'node:crypto';
import { KubeconfigError, readKubeconfig } from '../../sprig/kubeconfig/read.ts';
import { LimitError } from '../../template/index.ts';
import type { Finding } from '../finding.ts';
import { Recent } from '../recent.ts';

/** Kubeconfigs whose verdict is kept: those of the existing sources of some policies. */
const MAX_KNOWN = 1_024;

/**
 * Verdicts by the digest of the kubeconfig, so that no credential stays in memory. The same existing sources are tried for
 * every policy over one resource, and again each time the policy is applied; reading a kubeconfig is most of what one costs.
 */
const known = new Recent<Finding | undefined>(MAX_KNOWN);

/** What keeps a kubeconfig that exists from being used in Clusterpedia's own pod. Quotes nothing of it. */
export function kubeconfigFault(kubeconfig: string): Finding | undefined {
  return known.get(hash('sha256', kubeconfig, 'base64'), () => faultOf(kubeconfig));
}

function faultOf(kubeconfig: string): Finding | undefined {
  try {
    const { needs, faults } = readKubeconfig(kubeconfig);
    const [need] = needs;
    if (need !== undefined) {
      return fault(
        'not-self-contained',
        `does not stand alone: it has ${need.field}, which ${need.kind === 'file' ? 'reads a file' : 'runs a program'} where Clusterpedia runs`,
      );
    }
    const [problem] = faults;
    return problem === undefined
      ? undefined
      : fault('unusable', `client-go refuses (${problem.replaceAll('-', ' ')})`);
  } catch (error) {
    if (error instanceof KubeconfigError || error instanceof LimitError)
      return fault('unusable', `client-go cannot read: ${error.message}`);
    throw error;
  }
}

const fault = (code: string, message: string): Finding => ({
  severity: 'error',
  code,
  field: 'spec.template',
  message: `renders a kubeconfig that ${message}`,
});
