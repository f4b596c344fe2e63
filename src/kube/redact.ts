import { asError } from './clock.ts';
import { isRecord, shorten } from '../api/index.ts';

/** Replaces a text that was removed. */
export const REDACTED = '[redacted]';

/** Removing shorter values would remove ordinary words. */
const MIN_SECRET_LENGTH = 6;
const MAX_TEXT_LENGTH = 1024;
const MAX_DEPTH = 64;

/** Secret values in use, so that they can be removed from any text. Never log it. */
export class SecretValues {
  readonly #values = new Set<string>();

  /** Remembers a value and its base64 form. Values shorter than 6 characters are not remembered. */
  add(value: string): void {
    for (const form of formsOf(value)) this.#values.add(form);
  }

  /** Forgets a value and its base64 form, even if another caller has added the same value. */
  delete(value: string): void {
    for (const form of formsOf(value)) this.#values.delete(form);
  }

  /** The text with every remembered value replaced, the longest first. */
  strike(text: string): string {
    let struck = text;
    for (const value of [...this.#values].sort((a, b) => b.length - a.length)) {
      if (struck.includes(value)) struck = struck.replaceAll(value, REDACTED);
    }
    return struck;
  }
}

function formsOf(value: string): string[] {
  if (value.length < MIN_SECRET_LENGTH) return [];
  return [value, Buffer.from(value, 'utf8').toString('base64')];
}

/** Names in front of a value that is a secret: `id-token`, `clientSecret`, `caData`; never only the end of a longer run. */
const SECRET_NAME = String.raw`(?<![\w-])["']?(?:[\w-]*?(?:token|password|passwd|secret|api[_-]?key)|(?:[\w-]*?(?:client-key|client-certificate|certificate-authority)-data)|kubeconfig|(?:ca|token|cert|key)Data)["']?`;
const QUOTED = String.raw`(?:"(?:[^"\\]|\\.)*"|'[^']*')`;
/** A word of letters only is kept: `cannot read the token: permission denied`. */
const BARE = String.raw`(?!\[redacted\])(?:(?=[A-Za-z]*[\d+/=_.~-])[^\s,;}\]"']{6,}|[^\s,;}\]"']{16,})`;

/** Texts that look like a credential; `$1` is the part that may stay. Each pattern takes linear time at most. */
const secretPatterns: readonly (readonly [RegExp, string])[] = [
  // PEM blocks (RFC 7468), whole or cut off.
  [/-----BEGIN [A-Z0-9 ]{1,64}-----[^-]*(?:-----END [A-Z0-9 ]{1,64}-----)?/g, REDACTED],
  // JSON Web Tokens (RFC 7519), such as service account tokens.
  [/(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g, REDACTED],
  // The base64 of `-----BEGIN`, of `apiVersion:`, of `{"apiVersion"`, and of `kind: Config`.
  [/(?<!\w)(?:LS0tLS1CRUdJTi|YXBpVmVyc2lvbj|eyJhcGlWZXJzaW9u|a2luZDogQ29uZmln)[\w+/=-]*/g, REDACTED],
  // Authorization headers (RFC 9110).
  [/\b(Bearer|Basic)\s+[\w+/=.~-]{6,}/gi, `$1 ${REDACTED}`],
  // User and password in a URL (RFC 3986).
  [/(?<![a-z0-9+.-])([a-z][a-z0-9+.-]*:\/\/)[^\s/@:]*:[^\s/@]+@/gi, `$1${REDACTED}@`],
  // The API server quotes what it refuses: `spec.tokenData: Invalid value: "…"`.
  [new RegExp(`(${SECRET_NAME}: \\w+ value: )${QUOTED}`, 'gi'), `$1${REDACTED}`],
  // `token: …`, `"client-key-data": "…"`, `password=…`
  [new RegExp(`(${SECRET_NAME}\\s*[:=]\\s*)(?:${QUOTED}|${BARE})`, 'gi'), `$1${REDACTED}`],
  [/((?<![\w-])[\w-]*?(?:password|passwd)["']?\s*[:=]\s*)(?!\[redacted\])[^\s,;}\]"']+/gi, `$1${REDACTED}`],
];

/** The text without anything that looks like a credential, and without `secrets`. */
export function redactText(text: string, secrets?: SecretValues): string {
  let clean = secrets === undefined ? text : secrets.strike(text);
  for (const [pattern, replacement] of secretPatterns) clean = clean.replace(pattern, replacement);
  return clean;
}

/** Names of fields whose value is always a secret; lower case, without separators. */
const secretFields = new Set([
  'kubeconfig',
  'cadata',
  'tokendata',
  'certdata',
  'keydata',
  'token',
  'idtoken',
  'accesstoken',
  'refreshtoken',
  'bearertoken',
  'password',
  'secret',
  'clientsecret',
  'clientkeydata',
  'clientcertificatedata',
  'certificateauthoritydata',
  'authorization',
  'cookie',
  'apikey',
  'privatekey',
]);
/** Fields that contain secrets if the object is a Secret. In other objects they are ordinary fields. */
const secretKindFields = new Set(['data', 'stringData']);
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * A copy for logs. Secret fields keep their names and lose their values, and texts are cleaned as by {@link
 * redactText}. A field that only refers to a secret (`authenticationFrom.token: {name, key}`) is kept.
 */
export function redactObject(value: unknown, secrets?: SecretValues): unknown {
  return redactValue(value, secrets, 0);
}

function redactValue(value: unknown, secrets: SecretValues | undefined, depth: number): unknown {
  if (typeof value === 'string') return redactText(value, secrets);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return REDACTED;
  if (value instanceof Error) return redactError(value, secrets);
  if (value instanceof Uint8Array) return REDACTED;
  if (Array.isArray(value)) return value.map((item) => redactValue(item, secrets, depth + 1));
  if (!isRecord(value)) return value;
  const ofSecret =
    value['kind'] === 'Secret' || ('stringData' in value && 'metadata' in value) || isSecretShape(value);
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => {
      if (ofSecret && secretKindFields.has(name)) return [name, strikeLeaves(field)];
      if (name === LAST_APPLIED) return [name, REDACTED];
      if (isSecretField(name) && (typeof field === 'string' || field instanceof Uint8Array))
        return [name, REDACTED];
      return [name, redactValue(field, secrets, depth + 1)];
    }),
  );
}

/** An item of a SecretList has no `kind` of its own. */
function isSecretShape(value: Record<string, unknown>): boolean {
  const type = value['type'];
  return 'data' in value && typeof type === 'string' && 'metadata' in value;
}

function isSecretField(name: string): boolean {
  return secretFields.has(name.toLowerCase().replaceAll(/[-_.]/g, ''));
}

/** Keeps the keys: a reader of logs needs to know which ones a Secret has. */
function strikeLeaves(value: unknown): unknown {
  if (!isRecord(value)) return value === undefined || value === null ? value : REDACTED;
  return Object.fromEntries(Object.keys(value).map((key) => [key, REDACTED]));
}

/** Message of an error and of its causes, redacted, at most `maxLength` characters. */
export function redactError(error: unknown, secrets?: SecretValues, maxLength = MAX_TEXT_LENGTH): string {
  const messages: string[] = [];
  let current: unknown = error;
  for (let depth = 0; depth < 5 && current !== undefined && current !== null; depth += 1) {
    const { message: text, name } = asError(current);
    const message = text || name;
    // A wrapping error often quotes its cause.
    if (!messages.some((seen) => seen.includes(message))) messages.push(message);
    current = current instanceof Error ? current.cause : undefined;
  }
  return shorten(redactText(messages.join(': '), secrets), maxLength);
}

/** Where an error comes from, without its message: the message may quote data. */
export function framesOf(error: unknown): readonly string[] {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return stack
    .split('\n')
    .filter((line) => /^ {4}at /.test(line))
    .slice(0, 10)
    .map((line) => line.trim());
}
