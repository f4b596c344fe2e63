import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import semver from 'semver';

/** The oldest Kubernetes that is supported, and tested. */
export const OLDEST_KUBERNETES = '1.20.2';
/** The newest Kubernetes that is tested. It is built if no newer one can be downloaded. */
export const NEWEST_KUBERNETES = '1.37.2';

/** The newest Kubernetes that is available, or a version: `1.36` (any patch release) or `1.36.3`. */
export type KubernetesChoice = 'newest' | `${number}.${number}` | `${number}.${number}.${number}`;

/**
 * Reads what somebody chose on the command line or in the environment: `newest`, `oldest`, `1.36`, `1.36.3`, `v1.36.3`.
 *
 * @param name what the text was given as, for the error message: `--kubernetes`
 * @throws RangeError when it is none of these, or older than what is supported
 */
export function parseKubernetesChoice(text: string, name: string): KubernetesChoice {
  if (text === 'newest') return text;
  if (text === 'oldest') return OLDEST_KUBERNETES;
  const version = /^v?(\d+\.\d+(?:\.\d+)?)$/.exec(text)?.[1];
  if (version === undefined) {
    throw new RangeError(
      `${name} must be newest, oldest, or a version such as 1.36 or 1.36.3: it is ${JSON.stringify(text)}`,
    );
  }
  const [major, minor] = version.split('.');
  if (
    semver.lt(
      `${String(major)}.${String(minor)}.0`,
      `${String(semver.major(OLDEST_KUBERNETES))}.${String(semver.minor(OLDEST_KUBERNETES))}.0`,
    )
  ) {
    throw new RangeError(`${name} must be 1.20 or later: it is ${JSON.stringify(text)}`);
  }
  return version as KubernetesChoice;
}

/** Whether a version, `1.36.3`, is what was asked for: of `1.36` every patch release is. */
export function isChosen(version: string, choice: KubernetesChoice): boolean {
  return choice === 'newest' || version === choice || version.startsWith(`${choice}.`);
}

/**
 * Asks a folder's kube-apiserver for its version.
 *
 * @returns `1.36.3`
 * @throws Error when it cannot be run, or says something else
 */
export async function kubernetesVersion(assets: string): Promise<string> {
  const { stdout } = await promisify(execFile)(join(assets, 'kube-apiserver'), ['--version']);
  const version = /^Kubernetes v(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  if (version === undefined)
    throw new Error(`${assets}/kube-apiserver --version says ${JSON.stringify(stdout)}`);
  return version;
}
