import type { PediaClusterSpec } from '../api/index.ts';
import type { FieldPath } from './field-path.ts';
import { clusterField, SPEC } from './field-path.ts';
import { whiteSpaceHint } from './rendering/name.ts';
import { describeKeys } from './secret-keys.ts';
import { parseUrl, UrlError } from '../sprig/go/net-url.ts';

/*
 * Whether Clusterpedia could ever connect with a PediaCluster, by the rules of its `BuildClusterRestConfig`
 * (`pkg/utils/rest.go`) and of client-go.
 */

/** Every reason why Clusterpedia could never connect, with what is wrong. */
export const unusableReasons = {
  'no-credential': 'there is neither a kubeconfig, a token, nor a certificate with its key',
  'no-endpoint': 'a token or a certificate needs an endpoint in apiserver',
  'invalid-endpoint': 'the endpoint is neither a URL nor host:port',
  'certificate-without-key': 'there is a certificate without its key',
  'key-without-certificate': 'there is a key without its certificate',
  'invalid-token': 'the token holds a line break or another control character, which no HTTP header takes',
  'no-secret-key': 'the Secret does not have the key',
} as const satisfies Record<string, string>;

export type UnusableReason = keyof typeof unusableReasons;

/** One reason why Clusterpedia could never connect. It contains no value of the PediaCluster or of a Secret. */
export interface Unusable {
  readonly reason: UnusableReason;
  /** The field in the PediaCluster, such as `spec.apiserver`. */
  readonly field: string;
  /** What is wrong with the field, as the end of a sentence about it. */
  readonly message: string;
}

/** How Clusterpedia would authenticate. */
export type CredentialKind = 'kubeconfig' | 'token' | 'certificate';

/** The result of {@link usabilityOf}. */
export interface Usability {
  /**
   * Why Clusterpedia could never connect. Empty: it may connect, as far as that is known without asking the cluster.
   */
  readonly problems: readonly Unusable[];
  /** The credential that Clusterpedia would use. If it sends a certificate and a token, this is `token`. */
  readonly credential?: CredentialKind;
  /** Clusterpedia reads the credential from a Secret (its feature gate `ClusterAuthenticationFromSecret`). */
  readonly fromSecret: boolean;
  /**
   * No CA: the certificate of the API server is not verified. Not set for a kubeconfig: it has its own CA, or relies on
   * the system's authorities.
   */
  readonly unverified: boolean;
}

/** The keys of a Secret, if the caller can see it. `undefined`: the Secret is not known, so nothing is concluded. */
export type SecretKeys = (name: string) => ReadonlySet<string> | undefined;

const noSecrets: SecretKeys = () => undefined;

/**
 * Whether Clusterpedia could ever connect with a rendered PediaCluster. Pure; the same for admission, controller and
 * command line. Inline credentials take precedence over `authenticationFrom`, which is read only if there are none.
 *
 * @param spec with base64 as the renderer normalises it: no line breaks, no empty strings
 * @param secretKeys the known Secrets that `authenticationFrom` may name
 */
export function usabilityOf(
  spec: Omit<PediaClusterSpec, 'syncResources'>,
  secretKeys: SecretKeys = noSecrets,
): Usability {
  const has = {
    kubeconfig: isSet(spec.kubeconfig),
    token: isSet(spec.tokenData),
    cert: isSet(spec.certData),
    key: isSet(spec.keyData),
  };
  const inline = has.kubeconfig || has.token || (has.cert && has.key);
  if (!inline && spec.authenticationFrom !== undefined && Object.keys(spec.authenticationFrom).length > 0) {
    return fromSecrets(spec, spec.authenticationFrom, secretKeys);
  }
  if (has.kubeconfig) return { problems: [], credential: 'kubeconfig', fromSecret: false, unverified: false };
  const problems = [
    ...halves(has.cert, has.key, clusterField('certData'), clusterField('keyData')),
    ...(has.token && !isHeaderValue(spec.tokenData ?? '')
      ? [problem('invalid-token', clusterField('tokenData'))]
      : []),
    ...(inline || has.cert || has.key ? [] : [problem('no-credential', SPEC)]),
    ...endpointProblems(spec.apiserver),
  ];
  return {
    problems,
    ...(inline ? { credential: has.token ? 'token' : 'certificate' } : {}),
    fromSecret: false,
    unverified: inline && !isSet(spec.caData),
  };
}

type AuthenticationFrom = NonNullable<PediaClusterSpec['authenticationFrom']>;

function fromSecrets(
  { apiserver }: Omit<PediaClusterSpec, 'syncResources'>,
  from: AuthenticationFrom,
  secretKeys: SecretKeys,
): Usability {
  const field = clusterField('authenticationFrom');
  const absent = (parts: readonly (keyof AuthenticationFrom)[]) =>
    parts.flatMap((part) => {
      const place = from[part];
      const keys = place && secretKeys(place.name);
      return place === undefined || keys === undefined || keys.has(place.key)
        ? []
        : [noSecretKey(field.child(part, 'key'), keys)];
    });
  if (from.kubeconfig !== undefined) {
    const problems = absent(['kubeconfig']);
    return { problems, credential: 'kubeconfig', fromSecret: true, unverified: false };
  }
  const certificate = from.cert !== undefined && from.key !== undefined;
  const credential = from.token !== undefined || certificate;
  const problems = [
    // Clusterpedia fails if only half of a pair is there, even if there is a token too.
    ...halves(from.cert !== undefined, from.key !== undefined, field.child('cert'), field.child('key')),
    ...(credential || from.cert !== undefined || from.key !== undefined
      ? []
      : [problem('no-credential', field)]),
    ...endpointProblems(apiserver),
    ...absent(['ca', 'token', 'cert', 'key']),
  ];
  return {
    problems,
    ...(credential ? { credential: from.token === undefined ? 'certificate' : 'token' } : {}),
    fromSecret: true,
    // The inline CA is not used together with credentials from Secrets.
    unverified: credential && from.ca === undefined,
  };
}

const isSet = (text: string | undefined): boolean => text !== undefined && text !== '';

const problem = (
  reason: UnusableReason,
  field: FieldPath,
  message: string = unusableReasons[reason],
): Unusable => ({
  reason,
  field: field.text,
  message,
});

function halves(cert: boolean, key: boolean, certField: FieldPath, keyField: FieldPath): readonly Unusable[] {
  if (cert === key) return [];
  return cert
    ? [problem('certificate-without-key', certField)]
    : [problem('key-without-certificate', keyField)];
}

/** The key may come from a source, so it is not repeated. */
const noSecretKey = (field: FieldPath, keys: ReadonlySet<string>): Unusable =>
  problem(
    'no-secret-key',
    field,
    `the Secret does not have the key that ${field.text} names; it has ${describeKeys(keys)}`,
  );

function endpointProblems(apiserver: string | undefined): readonly Unusable[] {
  if (apiserver === undefined || apiserver === '') return [problem('no-endpoint', clusterField('apiserver'))];
  const wrong = endpointProblem(apiserver);
  return wrong === undefined ? [] : [problem('invalid-endpoint', clusterField('apiserver'), wrong)];
}

/**
 * Why client-go does not accept a text as an endpoint; `undefined` if it does. Never repeats the text. Accepted are a
 * URL with a host, or `host:port` without a path (`DefaultServerURL` of `client-go/rest/url_utils.go`).
 */
export function endpointProblem(endpoint: string): string | undefined {
  if (/[\s\p{Cc}]/u.test(endpoint))
    return `the endpoint holds white space or a control character${whiteSpaceHint(endpoint)}`;
  const [, scheme, afterScheme] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/i.exec(endpoint) ?? [];
  if (scheme !== undefined && !/^https?$/i.test(scheme))
    return 'the endpoint must begin with https:// or http://, or be host:port';
  const rest = afterScheme ?? endpoint;
  const authority = rest.replace(/[/?#].*$/, '');
  if (scheme === undefined && rest !== authority && rest !== `${authority}/`)
    return 'the endpoint has a path, so it must be a URL that begins with https://';
  const wrongHost = hostProblem(authority.slice(authority.lastIndexOf('@') + 1));
  if (wrongHost !== undefined) return wrongHost;
  return isUrl(scheme === undefined ? `https://${endpoint}` : endpoint)
    ? undefined
    : 'the endpoint is neither a URL nor host:port';
}

/**
 * Whether a text is hardly meant as an endpoint: client-go does not accept it, or it is a single word such as `eu-west`.
 * Clusterpedia does not use the endpoint beside a kubeconfig, so nothing else tells.
 */
export const isNoAddress = (text: string): boolean =>
  endpointProblem(text) !== undefined || !/[.:/]|^localhost$/i.test(text);

/** What is said of such an endpoint. */
export const NO_ADDRESS = "is no address; Clusterpedia connects with the kubeconfig's server";

function isUrl(text: string): boolean {
  try {
    parseUrl(text);
    return true;
  } catch (error) {
    if (error instanceof UrlError) return false;
    throw error;
  }
}

/** Finds what `net.Dial` does not accept as `host` or `host:port`. */
function hostProblem(host: string): string | undefined {
  const bracketed = /^\[([^\]]*)\](?::(\d*))?$/.exec(host);
  if (bracketed === null && host.split(':').length > 2)
    return 'the endpoint is an IPv6 address without brackets; write it as https://[address]:port';
  const [, name = '', port = ''] = bracketed ?? /^([^:]*)(?::(.*))?$/.exec(host) ?? [];
  if (name === '') return 'the endpoint has no host';
  if (/^https?:$/i.test(host)) return 'the endpoint has https:// or http:// twice';
  if (bracketed !== null && !name.includes(':')) return 'only an IPv6 address stands in brackets';
  if (!/^\d*$/.test(port) || Number(port) > 65_535)
    return 'the port of the endpoint is no number from 0 to 65535';
  return undefined;
}

/** Whether base64 decodes to a valid value of an HTTP header (`httpguts.ValidHeaderFieldValue`). */
function isHeaderValue(base64: string): boolean {
  let text: string;
  try {
    text = atob(base64);
  } catch {
    return true;
  }
  return !/[\x00-\x08\x0a-\x1f\x7f]/.test(text);
}
