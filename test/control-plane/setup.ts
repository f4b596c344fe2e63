import type { TestProject } from 'vitest/node';
import { hasControllerManager } from '../../src/control-plane/locate.ts';
import { startControlPlane } from '../../src/control-plane/start.ts';
import { kubernetesVersion } from '../../src/control-plane/versions.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Path of a kubeconfig of the group system:masters, for the control plane that the project's test files share. */
    kubeconfig: string;
    /** Folder with etcd, kube-apiserver and kubectl. */
    assets: string;
    /** Its Kubernetes: `1.36.3`. */
    kubernetes: string;
    /** Whether kube-controller-manager is in the folder. */
    hasControllerManager: boolean;
  }
}

/** Starts the control plane that all end-to-end test files share, and stops it after the last of them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const controlPlane = await startControlPlane({
    log: (line) => {
      process.stderr.write(`${line}\n`);
    },
  });
  project.provide('kubeconfig', controlPlane.kubeconfigPath);
  const { assets } = controlPlane;
  project.provide('assets', assets);
  project.provide('kubernetes', await kubernetesVersion(assets));
  project.provide('hasControllerManager', await hasControllerManager(assets));
  return () => controlPlane.stop();
}
