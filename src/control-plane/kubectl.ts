import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** What a run of kubectl printed, and how it ended. */
export interface KubectlResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

export interface KubectlOptions {
  /** Given to kubectl's standard input. */
  readonly stdin?: string;
  /** Milliseconds after which kubectl is killed. @default 60000 */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** An object as the API server prints it. */
export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/** kubectl ended with another code than 0. */
export class KubectlError extends Error {
  constructor(args: readonly string[], result: KubectlResult) {
    super(
      `kubectl ${args.join(' ')}: ${(result.stderr || result.stdout).trim() || `exit code ${String(result.code)}`}`,
    );
    this.name = 'KubectlError';
  }
}

/**
 * A server-side apply of an APIService makes the aggregator of Kubernetes 1.20 panic: it has no field manager for them.
 */
const hasApiService = /\bkind["']?:\s*["']?APIService\b/;

/** kubectl of one control plane, as one user. */
export class Kubectl {
  readonly #command: string;
  readonly #globalFlags: readonly string[];

  /**
   * @param assets folder that holds kubectl
   * @param kubeconfig path of a kubeconfig
   * @param cacheDir where kubectl may cache discovery; it should be deleted with the control plane
   */
  constructor(assets: string, kubeconfig: string, cacheDir: string) {
    this.#command = join(assets, 'kubectl');
    this.#globalFlags = [`--kubeconfig=${kubeconfig}`, `--cache-dir=${cacheDir}`];
  }

  /** Runs kubectl. A non-zero exit code is a result, not an error. */
  async try(args: readonly string[], options: KubectlOptions = {}): Promise<KubectlResult> {
    const { stdin = '', timeoutMs = 60_000, signal } = options;
    const child = spawn(this.#command, [...this.#globalFlags, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      signal,
    });
    const exited = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);
    const [stdout, stderr, [code, killed]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      exited,
    ]);
    if (code === null)
      throw new Error(
        `kubectl ${args.join(' ')}: ended by ${String(killed)} within ${String(timeoutMs / 1000)} s`,
      );
    return { stdout, stderr, code };
  }

  /**
   * Runs kubectl and returns what it printed on standard output.
   *
   * @throws KubectlError when its exit code isn't 0
   */
  async run(args: readonly string[], options: KubectlOptions = {}): Promise<string> {
    const result = await this.try(args, options);
    if (result.code !== 0) throw new KubectlError(args, result);
    return result.stdout;
  }

  /** Applies manifests (YAML or JSON text, any number of documents), server-side where that works for all of them. */
  async apply(manifests: string, options: Omit<KubectlOptions, 'stdin'> = {}): Promise<void> {
    const how = hasApiService.test(manifests) ? [] : ['--server-side', '--force-conflicts'];
    await this.run(['apply', ...how, '--filename=-'], { ...options, stdin: manifests });
  }

  /** One object, or undefined when there is none. `kind` as on the command line: `pediaclusters`, `secrets`. */
  async get<T extends ApiObject = ApiObject>(
    kind: string,
    name: string,
    namespace?: string,
  ): Promise<T | undefined> {
    const args = ['get', kind, name, '--ignore-not-found', '--output=json', ...inNamespace(namespace)];
    const output = await this.run(args);
    return output === '' ? undefined : (JSON.parse(output) as T);
  }

  /** All objects of a kind, of one namespace or of all. */
  async list(kind: string, namespace?: string): Promise<readonly ApiObject[]> {
    const where = namespace === undefined ? ['--all-namespaces'] : inNamespace(namespace);
    const output = await this.run(['get', kind, '--output=json', ...where]);
    return (JSON.parse(output) as { items: ApiObject[] }).items;
  }
}

function inNamespace(namespace: string | undefined): string[] {
  return namespace === undefined ? [] : [`--namespace=${namespace}`];
}
