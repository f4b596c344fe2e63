import { execFile } from 'node:child_process';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { runBuild } from './build.ts';
import type { ProcessGroup } from './processes.ts';

interface ModuleBuildOptions {
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** Has the PATH on which `go` is found, and Go's settings: GOPROXY, GOMODCACHE, GOCACHE, GOTOOLCHAIN, … */
  readonly env: Readonly<NodeJS.ProcessEnv>;
}

/** Programs that are built together: those of one module, and of the modules that it requires. */
export interface Programs {
  readonly module: string;
  /** `1.36.3`, or `1.36` for the newest patch release that the proxy has. */
  readonly version: string;
  /** Packages, by the name that their program gets. */
  readonly packages: Readonly<Record<string, string>>;
  /** Variables that the linker sets, by their path. */
  readonly variables?: (version: string) => Readonly<Record<string, string>>;
}

const COMPONENT_VERSION = 'k8s.io/component-base/version';

/** Kubernetes and etcd. */
export const kubernetesPrograms = (version: string): Programs => ({
  module: 'k8s.io/kubernetes',
  version,
  packages: {
    'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
    'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
    kubectl: 'k8s.io/kubernetes/cmd/kubectl',
    // In the version that k8s.io/apiserver requires for its tests.
    etcd: 'go.etcd.io/etcd/server/v3',
  },
  // The version that `--version` and the API server's `/version` print.
  variables: (built) => {
    const [, major = '', minor = ''] = /^v(\d+)\.(\d+)/.exec(built) ?? [];
    return {
      [`${COMPONENT_VERSION}.gitVersion`]: built,
      [`${COMPONENT_VERSION}.gitMajor`]: major,
      [`${COMPONENT_VERSION}.gitMinor`]: minor,
    };
  },
});

/** The part of `go mod edit -json` that is read. */
interface ModuleFile {
  readonly Go: string;
  readonly Godebug?: readonly { readonly Key: string; readonly Value: string }[] | null;
  readonly Replace?: readonly { readonly Old: ModuleVersion; readonly New: ModuleVersion }[] | null;
}

interface ModuleVersion {
  readonly Path: string;
  readonly Version?: string;
}

/**
 * Builds programs from their Go modules, with the machine's Go and the module proxy that it is set up for. Go's own
 * caches keep what was downloaded and compiled.
 *
 * @param out is created
 * @returns the version that was built, `v1.36.3`
 * @throws Error with Go's message, if Go is not installed, the proxy lacks a module, or something does not compile
 */
export async function buildFromModules(
  { module, version, packages, variables = () => ({}) }: Programs,
  work: ProcessGroup,
  out: string,
  { log, signal, env }: ModuleBuildOptions,
): Promise<string> {
  const goEnv = { ...env, GO111MODULE: 'on', GOFLAGS: '-mod=mod', GOWORK: 'off', CGO_ENABLED: '0' };
  const go = async (...args: readonly string[]): Promise<string> => {
    const options = { cwd: work.dir, env: goEnv, maxBuffer: 64 * 1024 * 1024, ...(signal && { signal }) };
    try {
      return (await promisify(execFile)('go', args, options)).stdout;
    } catch (error) {
      signal?.throwIfAborted();
      throw failureOf(error);
    }
  };

  log(`[1/3] looking for the Go module ${module} ${version}`);
  const found = JSON.parse(await go('list', '-m', '-json', `${module}@v${version}`)) as {
    readonly Version: string;
    readonly GoMod: string;
  };
  const moduleFile = JSON.parse(await go('mod', 'edit', '-json', found.GoMod)) as ModuleFile;
  await writeFile(join(work.dir, 'go.mod'), buildModule(module, found.Version, moduleFile));

  log(`[2/3] downloading ${module} ${found.Version} and what it requires`);
  const paths = Object.values(packages);
  const needed = (await go('list', '-deps', ...paths)).trim().split('\n').length;

  log(`[3/3] compiling ${String(needed)} packages (some minutes, the first time)`);
  await mkdir(out);
  const settings = Object.entries(variables(found.Version)).map(([name, value]) => `-X ${name}=${value}`);
  // Without symbols the programs are a third smaller.
  const flags = ['-v', '-trimpath', '-ldflags', ['-s', '-w', ...settings].join(' '), '-o', `${out}/`];
  await runBuild(work, 'go', ['build', ...flags, ...paths], {
    env: goEnv,
    signal,
    onLine: eachTenth(needed, log),
    reasonOf: reasonInGoOutput,
  });
  for (const [name, path] of Object.entries(packages)) {
    if (programOf(path) !== name) await rename(join(out, programOf(path)), join(out, name));
  }
  return found.Version;
}

/** Go names a program by the last element of its path that is no version. */
const programOf = (path: string): string => basename(path.replace(/\/v\d+$/, ''));

/**
 * The go.mod of the module that everything is built in. Kubernetes' own go.mod replaces its staging modules by folders,
 * but Go applies replacements of the main module only. So the staging modules are pinned here to the versions that are
 * published for that Kubernetes: v0.36.3 for v1.36.3.
 */
function buildModule(module: string, version: string, { Go, Godebug, Replace }: ModuleFile): string {
  const stagingVersion = version.replace(/^v1\./, 'v0.');
  const spaced = ({ Path, Version = '' }: ModuleVersion): string => `${Path} ${Version}`.trimEnd();
  const replacements = (Replace ?? []).map(({ Old, New }) => {
    const target = New.Path.startsWith('./') ? { Path: Old.Path, Version: stagingVersion } : New;
    return `replace ${spaced(Old)} => ${spaced(target)}`;
  });
  const lines = [
    'module programs',
    `go ${Go}`,
    ...(Godebug ?? []).map(({ Key, Value }) => `godebug ${Key}=${Value}`),
    `require ${module} ${version}`,
    ...replacements,
  ];
  return `${lines.join('\n')}\n`;
}

/** Go prints the name of each package that it compiles. It does not print those that are in its cache. */
function eachTenth(needed: number, log: (line: string) => void): (line: string) => void {
  let compiled = 0;
  return (line) => {
    if (!isPackage(line)) return;
    compiled += 1;
    const tenths = Math.floor((10 * compiled) / needed);
    if (tenths !== Math.floor((10 * (compiled - 1)) / needed)) log(`  ${String(10 * tenths)} %`);
  };
}

const isPackage = (line: string): boolean => /^[\w./~-]+$/.test(line);

/** The end of what Go says, without its progress. */
function reasonInGoOutput(output: string): string {
  const lines = output
    .split('\n')
    .filter((line) => line !== '' && !isPackage(line) && !line.startsWith('go: downloading '));
  return lines.slice(-5).join('\n');
}

function failureOf(error: unknown): Error {
  const { code, stderr, message } = error as NodeJS.ErrnoException & { readonly stderr?: string };
  if (code === 'ENOENT') return new Error('there is no Go on this machine (the command go)');
  return new Error(reasonInGoOutput(stderr ?? '') || message);
}
