import { hash } from 'node:crypto';
import { KubeconfigError, readKubeconfig } from '../../sprig/kubeconfig/read.ts';
import { LimitError } from '../../template/index.ts';
import type { Finding } from '../finding.ts';
import type { NamedKubeconfig } from '../kubeconfigs.ts';
import { Recent } from '../recent.ts';
import { specField } from '../field-path.ts';

/** How many kubeconfigs have their verdict kept: enough for the existing sources of some policies. */
const MAX_KNOWN = 1_024;

/**
 * Verdicts by the digest of the kubeconfig, so that no credential stays in memory. The same existing sources are tried
 * for every policy over one resource, and each time a policy is applied. Reading the kubeconfig is most of the cost of
 * one.
 */
const known = new Recent<Fault | undefined>(MAX_KNOWN);

interface Fault {
  readonly code: 'not-self-contained' | 'unusable';
  /** The end of a sentence about the kubeconfig. */
  readonly message: string;
}

/** Why an existing kubeconfig cannot be used in Clusterpedia's own pod. Quotes nothing of it. */
export function kubeconfigFault({
  isInSecret,
  kubeconfig,
}: Omit<NamedKubeconfig, 'field'>): Finding | undefined {
  const fault = known.get(hash('sha256', kubeconfig, 'base64'), () => faultOf(kubeconfig));
  const does = isInSecret ? 'names a Secret in authenticationFrom with a kubeconfig' : 'renders a kubeconfig';
  return (
    fault && {
      severity: 'error',
      code: fault.code,
      field: specField('template').text,
      message: `${does} that ${fault.message}`,
    }
  );
}

function faultOf(kubeconfig: string): Fault | undefined {
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

const fault = (code: Fault['code'], message: string): Fault => ({ code, message });
