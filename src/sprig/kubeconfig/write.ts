import { DataError } from '../../template/data-error.ts';
import { isUtf8 } from 'node:buffer';
import type { Buffer } from 'node:buffer';
import { base64Bytes, CorruptInputError } from '../chapters/encoding.ts';
import type { ValueMap } from '../../template/value.ts';
import { parseUrl, UrlError } from '../go/net-url.ts';
import { checkShape, execShape, ShapeError } from './shape.ts';

/**
 * The parts of a kubeconfig that a template may give: the fields of a {@link Kubeconfig}, all as text except
 * `insecure`. Empty text counts as absent.
 */
export interface KubeconfigParts extends Readonly<Partial<Record<TextPart, string>>> {
  readonly insecure?: boolean;
  /** How a program is run that fetches the credential: the `exec` of a user. Such a kubeconfig needs that program. */
  readonly exec?: ValueMap;
}

/** The parts that are text, in the order of the reference page. */
export const textParts = [
  'server',
  'caData',
  'tokenData',
  'certData',
  'keyData',
  'username',
  'password',
  'proxyURL',
  'tlsServerName',
  'namespace',
] as const;

export type TextPart = (typeof textParts)[number];

/** A part that no kubeconfig can have. The message names it and quotes nothing. */
export class KubeconfigPartError extends DataError {}

/**
 * The text of a kubeconfig with one context, which client-go reads back as the given parts. It is JSON on one line,
 * always the same for the same parts. Without `exec` it needs nothing from outside.
 *
 * White space around addresses, names and the token is removed, because Secrets made by hand end with a line break.
 * With `insecure` the authority is left out, because client-go refuses both together.
 *
 * @throws KubeconfigPartError
 */
export function writeKubeconfig(parts: KubeconfigParts): string {
  const server = trimmed(parts.server);
  if (server === undefined) throw new KubeconfigPartError('server is missing');
  checkUrl('server', server);
  const proxy = trimmed(parts.proxyURL);
  if (proxy !== undefined) checkUrl('proxyURL', proxy);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: NAME,
        cluster: {
          'certificate-authority-data': parts.insecure === true ? undefined : base64(parts, 'caData'),
          'insecure-skip-tls-verify': parts.insecure === true ? true : undefined,
          'proxy-url': proxy,
          server,
          'tls-server-name': trimmed(parts.tlsServerName),
        },
      },
    ],
    users: [
      {
        name: NAME,
        user: {
          'client-certificate-data': base64(parts, 'certData'),
          'client-key-data': base64(parts, 'keyData'),
          exec: execOf(parts.exec),
          password: parts.password || undefined,
          token: tokenOf(parts),
          username: parts.username || undefined,
        },
      },
    ],
    contexts: [{ name: NAME, context: { cluster: NAME, namespace: trimmed(parts.namespace), user: NAME } }],
    'current-context': NAME,
  };
  const text = JSON.stringify(config);
  if (!text.isWellFormed()) throw new KubeconfigPartError('a value is not UTF-8');
  return text.replace(unprintable, escaped);
}

/** Name of the cluster, the user and the context. */
const NAME = 'default';

/** Characters that JSON may contain, but that YAML 1.1 takes for a line break or refuses. */
const unprintable = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function trimmed(text: string | undefined): string | undefined {
  return text?.trim() || undefined;
}

function checkUrl(part: TextPart, text: string): void {
  try {
    parseUrl(text.includes('://') ? text : `https://${text}`);
  } catch (error) {
    if (error instanceof UrlError) throw new KubeconfigPartError(`${part} is not a URL: ${error.message}`);
    throw error;
  }
}

function bytesOfPart(parts: KubeconfigParts, part: TextPart): Buffer | undefined {
  const text = parts[part];
  if (text === undefined || text === '') return undefined;
  try {
    return base64Bytes(text);
  } catch (error) {
    if (error instanceof CorruptInputError) throw new KubeconfigPartError(`${part} is not base64`);
    throw error;
  }
}

function base64(parts: KubeconfigParts, part: TextPart): string | undefined {
  return bytesOfPart(parts, part)?.toString('base64') || undefined;
}

/** client-go refuses a program if nothing says whether it may ask the user. */
function execOf(exec: ValueMap | undefined): ValueMap | undefined {
  if (exec === undefined || Object.keys(exec).length === 0) return undefined;
  try {
    checkShape(exec, execShape, 'exec');
  } catch (error) {
    if (error instanceof ShapeError) throw new KubeconfigPartError(error.message);
    throw error;
  }
  return { interactiveMode: 'Never', ...exec };
}

function tokenOf(parts: KubeconfigParts): string | undefined {
  const bytes = bytesOfPart(parts, 'tokenData');
  if (bytes === undefined) return undefined;
  if (!isUtf8(bytes)) throw new KubeconfigPartError('tokenData is not text');
  return bytes.toString('utf8').trim() || undefined;
}
