import type { TestProject } from 'vitest/node';
import { startControlPlane } from '../../src/control-plane/start.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Path of a kubeconfig of the group system:masters, for the control plane that the project's test files share. */
    kubeconfig: string;
    /** Folder with etcd, kube-apiserver and kubectl. */
    assets: string;
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
  project.provide('assets', controlPlane.assets);
  return () => controlPlane.stop();
}
