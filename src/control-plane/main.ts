import { once } from 'node:events';
import { Command } from 'commander';
import { locateAssets } from './locate.ts';
import { startControlPlane } from './start.ts';

/** Aborted by Ctrl-C and SIGTERM, so that whatever is under way is undone before the process ends. */
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    interrupted.abort(new Error(`stopped by ${signal}`));
  });
}

function log(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function printAssets(): Promise<void> {
  process.stdout.write(`${await locateAssets({ log, signal: interrupted.signal })}\n`);
}

async function start(): Promise<void> {
  const controlPlane = await startControlPlane({ log, signal: interrupted.signal });
  try {
    log(`try: KUBECONFIG=${controlPlane.kubeconfigPath} ${controlPlane.assets}/kubectl get namespaces`);
    log('stop with Ctrl-C');
    process.stdout.write(`${controlPlane.kubeconfigPath}\n`);
    if (!interrupted.signal.aborted) await once(interrupted.signal, 'abort');
  } finally {
    await controlPlane.stop();
  }
}

const program = new Command('control-plane').description(
  'etcd and kube-apiserver on loopback, for development and tests',
);
program
  .command('assets')
  .description('print the folder with etcd, kube-apiserver and kubectl')
  .action(printAssets);
program
  .command('start')
  .description('start a control plane, print the path of its kubeconfig, stay up')
  .action(start);

try {
  await program.parseAsync();
} catch (error) {
  if (!interrupted.signal.aborted) {
    log(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
