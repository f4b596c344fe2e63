import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { DefineCommand } from '../command.ts';
import { exitWith } from '../command.ts';
import type { CustomResourceDefinition } from '../../api/index.ts';
import { fallbackDefinitions, policyDefinitions } from '../../api/index.ts';
import type { ExitCode } from '../errors.ts';
import { EXIT } from '../errors.ts';
import { examples, exitCodes } from '../help.ts';
import type { Output } from '../output.ts';

export const define: DefineCommand = (command, { output }) => {
  command
    .option('--all', "also PediaCluster's, for clusters without Clusterpedia")
    .option('--write <folder>', 'write them as files below a folder instead')
    .addHelpText('after', exitCodes({ 0: 'printed or written', 2: 'wrong use, or a file cannot be written' }))
    .addHelpText('after', examples('clusterpedia-import crds --all | kubectl apply -f -'))
    .action(exitWith((options: CrdsOptions) => crds(options, output)));
};

/** The CRD files of `kustomize`, by path below it; `test/api` fails if they differ from `src/api`. */
export function definitionFiles(): ReadonlyMap<string, string> {
  return new Map([
    ...policyDefinitions.map((definition) => [`crds/${fileName(definition)}`, toYaml(definition)] as const),
    ...fallbackDefinitions.map(
      (definition) => [`components/pediacluster-crd/${fileName(definition)}`, toYaml(definition)] as const,
    ),
  ]);
}

const fileName = ({ spec }: CustomResourceDefinition) => `${spec.group}_${spec.names.plural}.yaml`;

const toYaml = (definition: CustomResourceDefinition) =>
  stringify(definition, { aliasDuplicateObjects: false, lineWidth: 0, singleQuote: true });

export interface CrdsOptions {
  /** Folder to write below, instead of printing. */
  readonly write?: string;
  /** Also the definition of PediaCluster. */
  readonly all?: true;
}

/** `crds`: prints the definitions, or writes them below a folder. */
export async function crds(options: CrdsOptions, output: Output): Promise<ExitCode> {
  if (options.write !== undefined) {
    for (const [path, text] of definitionFiles()) {
      const file = join(options.write, path);
      await mkdir(join(file, '..'), { recursive: true });
      await writeFile(file, text);
      output.progress(`wrote ${file}`);
    }
    return EXIT.good;
  }
  const definitions =
    options.all === true ? [...policyDefinitions, ...fallbackDefinitions] : policyDefinitions;
  output.data(definitions.map(toYaml).join('---\n').trimEnd());
  return EXIT.good;
}
