import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeObject } from '../../api/index.ts';
import { CLUSTER_IMPORT_POLICY, POLICY_GROUP } from '../../api/index.ts';
import { nameProblem } from '../../policy/index.ts';
import { runCase } from '../cases/run-case.ts';
import type { DefineCommand } from '../command.ts';
import { exitWith } from '../command.ts';
import type { ExitCode } from '../errors.ts';
import { EXIT, UsageError } from '../errors.ts';
import { examples, exitCodes } from '../help.ts';
import type { Example } from '../init/draft.ts';
import { draftPolicy, inlineKubeconfig } from '../init/draft.ts';
import { redactedObjects } from '../init/redact.ts';
import { Inventory } from '../manifests/inventory.ts';
import type { Manifest } from '../manifests/manifests.ts';
import { groupOf, parseManifests } from '../manifests/manifests.ts';
import { readManifests } from '../manifests/read-manifests.ts';
import { reviewManifests } from '../manifests/review.ts';
import type { Output } from '../output.ts';
import { reportFormats, summarize } from '../report/index.ts';
import { toYaml } from '../report/object-text.ts';
import { ownVersion } from '../version.ts';

export const define: DefineCommand = (command, { output }) => {
  command
    .argument('<name>', 'name of the policy')
    .argument('<path...>', 'files, folders, or -: the definition of the source, one source, and its Secret')
    .option('--source <name>', 'name of the source, where the files have several')
    .option('--secret <name>', 'name of its Secret, where the files have several')
    .option('--folder <path>', 'folder to write to, which must not exist or be empty (default: the name)')
    .addHelpText(
      'after',
      `
Writes a policy, its roles, a kustomization, and a case with its golden file. Of Secrets, keys and shape are written, never a
value: a kubeconfig becomes one of nobody.
${exitCodes({
  0: 'written, and the policy has no error',
  1: 'written, and the policy has errors, which are printed',
  2: 'wrong use, something cannot be read or written, or the files show no way to the credentials',
})}`,
    )
    .addHelpText(
      'after',
      examples(
        'clusterpedia-import init acme crd.yaml cluster.yaml secret.yaml',
        'kubectl get crd/clusters.acme.io clusters.acme.io/one secret/one -o yaml | clusterpedia-import init acme -',
      ),
    )
    .action(
      exitWith((name: string, paths: string[], options: InitOptions) => init(name, paths, options, output)),
    );
};

interface InitOptions {
  readonly source?: string;
  readonly secret?: string;
  readonly folder?: string;
}

/** `init NAME PATH…`: exit 0 where the policy that it writes has no error. @throws {UsageError} */
async function init(
  name: string,
  paths: readonly string[],
  options: InitOptions,
  output: Output,
): Promise<ExitCode> {
  const problem = nameProblem(name);
  if (problem !== undefined) throw new UsageError(`${name}: the name of a policy ${problem}`);
  const folder = options.folder ?? name;
  await refuseFull(folder);
  const files = filesOf(name, await readManifests(paths, output), options);
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

/** What is written, by path in the folder. */
export interface InitFiles {
  readonly texts: ReadonlyMap<string, string>;
  readonly notes: readonly string[];
  /** The policy with its case. */
  readonly manifests: readonly Manifest[];
}

/**
 * The files of a policy that is drafted from manifests. Pure.
 * @throws {UsageError} where it cannot be told which object is the source, or how to get to the credentials.
 */
export function filesOf(
  name: string,
  manifests: readonly Manifest[],
  options: Pick<InitOptions, 'source' | 'secret'>,
): InitFiles {
  const example = exampleIn(name, manifests, options);
  const { spec, notes } = draftPolicy(example);
  const policy = {
    apiVersion: `${POLICY_GROUP}/${CLUSTER_IMPORT_POLICY.version}`,
    kind: CLUSTER_IMPORT_POLICY.kind,
    metadata: { name },
    spec,
  };
  const definitions = manifests
    .filter(
      ({ object }) =>
        object.kind === 'CustomResourceDefinition' &&
        (object['spec'] as { readonly group?: string } | undefined)?.group === example.group,
    )
    .map(({ object: { apiVersion, kind, metadata, spec: definition } }) => ({
      apiVersion,
      kind,
      metadata: { name: metadata.name },
      spec: definition,
    }));
  const objects = redactedObjects([
    example.source,
    ...(example.secret === undefined ? [] : [example.secret]),
  ]);
  const texts = new Map<string, string>([
    ['policy.yaml', toYaml([policy])],
    ['rbac.yaml', toYaml(rolesOf(name, example))],
    [
      'kustomization.yaml',
      toYaml([
        {
          apiVersion: 'kustomize.config.k8s.io/v1beta1',
          kind: 'Kustomization',
          resources: ['policy.yaml', 'rbac.yaml'],
        },
      ]),
    ],
    ...(definitions.length === 0 ? [] : [['case/crds.yaml', toYaml(definitions)] as const]),
    ['case/objects.yaml', toYaml(objects)],
  ]);
  const own = [...texts]
    .filter(([path]) => path !== 'kustomization.yaml')
    .flatMap(([path, text]) => parseManifests(text, path));
  const { objects: made } = runCase({
    path: 'case',
    manifests: own,
    expected: undefined,
    expectedProblems: [],
    places: new Map(),
  });
  texts.set('case/expected.yaml', toYaml(made) || '# Nothing is made of these sources.\n');
  return { texts, notes, manifests: own };
}

function exampleIn(
  name: string,
  manifests: readonly Manifest[],
  options: Pick<InitOptions, 'source' | 'secret'>,
): Example {
  const inventory = new Inventory(manifests);
  const objects = manifests.map(({ object }) => object as KubeObject);
  const isDefinition = ({ kind }: KubeObject) => kind === 'CustomResourceDefinition';
  const secrets = objects.filter(({ kind }) => kind === 'Secret');
  const others = objects.filter(
    (object) => !isDefinition(object) && object.kind !== 'Secret' && object.apiVersion !== 'v1',
  );
  const source = oneOf(others.length > 0 ? others : secrets, options.source, 'source', '--source');
  const group = groupOf(source);
  const definition = manifests
    .map(
      ({ object }) =>
        object['spec'] as { group?: string; names?: { kind?: string; plural?: string } } | undefined,
    )
    .find((spec) => spec?.group === group && spec.names?.kind === source.kind);
  const resource = source.kind === 'Secret' ? 'secrets' : definition?.names?.plural;
  if (resource === undefined)
    throw new UsageError(`the definition of ${source.kind} (${source.apiVersion}) is not among the files`);
  const facts = inventory.factsOf({ group, resource });
  const secret =
    source.kind === 'Secret' || (secrets.length === 0 && inlineKubeconfig(source) !== undefined)
      ? undefined
      : oneOf(secrets, options.secret ?? secretOf(source, secrets), 'Secret', '--secret');
  return {
    name,
    source,
    group,
    resource,
    namespaced: facts.namespaced === true,
    ...(secret === undefined ? {} : { secret }),
  };
}

/** The one Secret that the source speaks of, or whose name holds the source's. */
function secretOf(source: KubeObject, secrets: readonly KubeObject[]): string | undefined {
  const text = JSON.stringify([source['spec'], source['status']]);
  const named = secrets.filter(({ metadata }) => text.includes(JSON.stringify(metadata.name)));
  const alike = secrets.filter(
    ({ metadata }) =>
      metadata.name.includes(source.metadata.name) || metadata.namespace === source.metadata.name,
  );
  return (named[0] ?? alike[0])?.metadata.name;
}

function oneOf(
  candidates: readonly KubeObject[],
  wanted: string | undefined,
  what: string,
  flag: string,
): KubeObject {
  const names = [...new Set(candidates.map(({ metadata }) => metadata.name))];
  const found =
    wanted === undefined ? candidates : candidates.filter(({ metadata }) => metadata.name === wanted);
  const [first, ...more] = found;
  if (first === undefined)
    throw new UsageError(`there is no ${what}${wanted === undefined ? '' : ` ${wanted}`} among the files`);
  if (more.length > 0 && names.length > 1)
    throw new UsageError(
      `the files have several: name the ${what} with ${flag}; they are ${names.join(', ')}`,
    );
  return first;
}

/** The rights that the policy makes the controller use; Secrets apart, so that an overlay can grant them in some namespaces only. */
function rolesOf(name: string, { group, resource, secret }: Example): readonly object[] {
  const role = (
    suffix: string,
    label: string,
    apiGroup: string,
    of: string,
    verbs: readonly string[] = ['get', 'list', 'watch'],
  ) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: {
      name: `clusterpedia-import-${name}${suffix}`,
      labels: {
        'app.kubernetes.io/name': 'clusterpedia-import',
        [`rbac.clusterpedia.io/${label}`]: 'true',
      },
    },
    rules: [{ apiGroups: [apiGroup], resources: [of], verbs }],
  });
  const secrets = 'aggregate-to-import-controller-secrets';
  const isSecret = resource === 'secrets' && group === '';
  const ofSource = isSecret ? secrets : 'aggregate-to-import-controller';
  return [
    role('', ofSource, group, resource),
    // The webhook lists sources to try the policy out, and may list no Secrets by itself.
    ...(isSecret
      ? [role('-webhook-secrets', 'aggregate-to-import-webhook-secrets', group, resource, ['list'])]
      : []),
    ...(secret === undefined ? [] : [role('-secrets', secrets, '', 'secrets')]),
  ];
}

async function refuseFull(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((): string[] => []);
  if (entries.length > 0) throw new UsageError(`${folder}: is not empty; choose another with --folder`);
}
