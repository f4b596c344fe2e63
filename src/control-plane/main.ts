import { once } from 'node:events';
import { Command } from 'commander';
import { locateAssets } from './locate.ts';
import { startControlPlane } from './start.ts';
import { parseKubernetesChoice } from './versions.ts';
import type { KubernetesChoice } from './versions.ts';

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

interface Options {
  readonly kubernetes?: string;
}

function choiceIn({ kubernetes }: Options): KubernetesChoice | undefined {
  return kubernetes === undefined ? undefined : parseKubernetesChoice(kubernetes, '--kubernetes');
}

async function printAssets(options: Options): Promise<void> {
  const assets = await locateAssets({ kubernetes: choiceIn(options), log, signal: interrupted.signal });
  process.stdout.write(`${assets}\n`);
}

async function start(options: Options): Promise<void> {
  const controlPlane = await startControlPlane({
    kubernetes: choiceIn(options),
    log,
    signal: interrupted.signal,
  });
  try {
    log(`try: KUBECONFIG=${controlPlane.kubeconfigPath} ${controlPlane.assets}/kubectl get namespaces`);
    log('stop with Ctrl-C');
    process.stdout.write(`${controlPlane.kubeconfigPath}\n`);
    if (!interrupted.signal.aborted) await once(interrupted.signal, 'abort');
  } finally {
    await controlPlane.stop();
  }
}

const kubernetesOption = [
  '--kubernetes <version>',
  'newest, oldest, or a version such as 1.36 (default: $KUBERNETES_VERSION, else newest)',
] as const;

const program = new Command('control-plane').description(
  'etcd and kube-apiserver on loopback, for development and tests',
);
program
  .command('assets')
  .description('print the folder with etcd, kube-apiserver and kubectl; make it first if need be')
  .option(...kubernetesOption)
  .action(printAssets);
program
  .command('start')
  .description('start a control plane, print the path of its kubeconfig, stay up')
  .option(...kubernetesOption)
  .action(start);

try {
  await program.parseAsync();
} catch (error) {
  if (!interrupted.signal.aborted) {
    log(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
