import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nameProblem } from '../../policy/index.ts';
import type { ClusterOptions } from '../cluster-options.ts';
import { clusterOptions } from '../cluster-options.ts';
import type { DefineCommand } from '../command.ts';
import { exitWith } from '../command.ts';
import type { ExitCode } from '../errors.ts';
import { EXIT, UsageError } from '../errors.ts';
import type { Target } from '../explain/target.ts';
import { parseTarget } from '../explain/target.ts';
import { examples, exitCodes } from '../help.ts';
import type { Chosen } from '../init/files.ts';
import { filesOf } from '../init/files.ts';
import { readExample } from '../init/live-example.ts';
import { readManifests } from '../manifests/read-manifests.ts';
import { reviewManifests } from '../manifests/review.ts';
import type { Output } from '../output.ts';
import { reportFormats, summarize } from '../report/index.ts';
import { ownVersion } from '../version.ts';

export const define: DefineCommand = (command, { output }) => {
  command
    .argument('<name>', 'name of the policy')
    .argument(
      '<example...>',
      'files, folders, or -: the definition of the source, one source, and the Secret or ConfigMap with its credentials; with --server their names',
    )
    .option('--source <name>', 'name of the source, where the files have several')
    .option('--secret <name>', 'name of the object with its credentials, where the files have several')
    .option(
      '--server',
      "take them from the kubeconfig's cluster, which is only read: RESOURCE.GROUP/NAME or RESOURCE.GROUP/NAMESPACE/NAME of the source, and secret/NAMESPACE/NAME or configmap/NAMESPACE/NAME where the source does not tell it",
    )
    .option('--folder <path>', 'folder to write to, which must not exist or be empty (default: the name)');
  for (const option of clusterOptions('with --server: ')) command.addOption(option);
  command
    .addHelpText(
      'after',
      `
Writes a policy, its roles, a kustomization, and a case with its golden file. Of Secrets, keys and shape are written, never a
value: a kubeconfig becomes one of nobody. With --server, the definition, the source and one object with credentials are read.
${exitCodes({
  0: 'written, and the policy has no error',
  1: 'written, and the policy has errors, which are printed',
  2: 'wrong use, something cannot be read or written, or nothing shows a way to the credentials',
})}`,
    )
    .addHelpText(
      'after',
      examples(
        'clusterpedia-import init acme crd.yaml cluster.yaml secret.yaml',
        'clusterpedia-import init --server acme kubeclusters.fleet.acme.example/default/berlin',
        'clusterpedia-import init --server acme kubeclusters.fleet.acme.example/default/berlin secret/acme-system/berlin',
      ),
    )
    .action(
      exitWith((name: string, paths: string[], options: InitOptions) => init(name, paths, options, output)),
    );
};

interface InitOptions extends Chosen, ClusterOptions {
  readonly folder?: string;
  readonly server?: true;
}

/** `init NAME EXAMPLE…`: exit 0 if the policy that it writes has no error. @throws {UsageError} */
async function init(
  name: string,
  example: readonly string[],
  options: InitOptions,
  output: Output,
): Promise<ExitCode> {
  const problem = nameProblem(name);
  if (problem !== undefined) throw new UsageError(`${name}: the name of a policy ${problem}`);
  const folder = options.folder ?? name;
  await refuseFull(folder);
  const { manifests, ...chosen } =
    options.server === true
      ? await readExample(targetsOf(example), options, output)
      : { ...options, manifests: await readManifests(example, output) };
  const files = filesOf(name, manifests, chosen, folder);
  const { notes } = files;
  await mkdir(join(folder, 'case'), { recursive: true });
  for (const [path, text] of files.texts) {
    await writeFile(join(folder, path), text, { flag: 'wx' });
    output.progress(`wrote ${join(folder, path)}`);
  }
  for (const note of notes) output.progress(`look: ${note}`);
  const reports = reviewManifests(files.manifests);
  const text = reportFormats.human(reports, {
    colour: output.colour,
    version: ownVersion(),
    workingDirectory: process.cwd(),
  });
  output.line(text);
  output.progress(`try: clusterpedia-import test ${folder}`);
  return summarize(reports).errors > 0 ? EXIT.findings : EXIT.good;
}

/** The objects that are named instead of files. @throws {UsageError} */
function targetsOf(names: readonly string[]): readonly [Target, Target?] {
  const [source, credentials, more] = names.map(parseTarget);
  if (source === undefined || more !== undefined)
    throw new UsageError('with --server, name the source, and if need be the object with its credentials');
  return credentials === undefined ? [source] : [source, credentials];
}

async function refuseFull(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((): string[] => []);
  if (entries.length > 0) throw new UsageError(`${folder}: is not empty; choose another with --folder`);
}
