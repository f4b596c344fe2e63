import { DataError } from '../../template/data-error.ts';
import { Buffer } from 'node:buffer';
import { fromBytes, toBytes } from '../../template/text.ts';

/* Go's net/url as of Go 1.26, the parts that sprig uses. Inside this file, a string has a character for each byte. */

/** A parsed URL: its parts are unescaped, except the query. */
export interface ParsedUrl {
  readonly scheme: string;
  readonly opaque: string;
  readonly user: UserInfo | undefined;
  readonly host: string;
  readonly path: string;
  readonly query: string;
  readonly fragment: string;
  /** Whether the URL has no authority at all, as in `file:/tmp`. */
  readonly omitsHost: boolean;
}

export interface UserInfo {
  readonly name: string;
  readonly password: string | undefined;
}

/** An invalid URL. The message does not quote it, because it may contain a password. */
export class UrlError extends DataError {}

/** By part of a URL: the characters that may be unescaped, besides those that are unreserved everywhere. */
const allowed = {
  path: '$&+,/:;=@',
  user: '$&+,;=',
  host: '!$&\'()*+,;=:[]<>"',
  zone: '!$&\'()*+,;=:[]<>"',
  fragment: '$&+,/:;=?@!()*',
} as const;

type Part = keyof typeof allowed;

function mayStand(character: string, part: Part): boolean {
  return /^[A-Za-z0-9_.~-]$/.test(character) || allowed[part].includes(character);
}

function escape(text: string, part: Part): string {
  return text.replace(/[^A-Za-z0-9_.~-]/g, (character) =>
    mayStand(character, part)
      ? character
      : `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

function unescape(text: string, part: Part): string {
  if (part === 'host' || part === 'zone') checkHostCharacters(text);
  return text.replace(/%([0-9A-Fa-f]{2})?/g, (whole: string, hex?: string) => {
    if (hex === undefined) throw new UrlError('invalid URL escape');
    const code = parseInt(hex, 16);
    const character = String.fromCharCode(code);
    // In a host, only non-ASCII characters may be escaped; %25 begins an IPv6 zone (RFC 6874).
    if (part === 'host' && code < 0x80 && whole !== '%25')
      throw new UrlError('invalid URL escape in the host');
    if (part === 'zone' && whole !== '%25' && character !== ' ' && !mayStand(character, 'host'))
      throw new UrlError('invalid URL escape in the host');
    return character;
  });
}

function checkHostCharacters(text: string): void {
  for (const character of text)
    if (character !== '%' && character < '\x80' && !mayStand(character, 'host'))
      throw new UrlError('invalid character in host name');
}

function cut(text: string, separator: string): [before: string, after: string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

const bytesOf = (text: string): string => toBytes(text).toString('latin1');
const textOf = (bytes: string): string => fromBytes(Buffer.from(bytes, 'latin1'));

/** Go's `url.Parse`. @throws UrlError */
export function parseUrl(text: string): ParsedUrl {
  const [whole, fragment = ''] = cut(bytesOf(text), '#');
  const url = parseWithoutFragment(whole);
  return {
    scheme: url.scheme,
    opaque: textOf(url.opaque),
    user: url.user && {
      name: textOf(url.user.name),
      password: url.user.password === undefined ? undefined : textOf(url.user.password),
    },
    host: textOf(url.host),
    path: textOf(url.path),
    query: textOf(url.query),
    fragment: textOf(unescape(fragment, 'fragment')),
    omitsHost: url.omitsHost,
  };
}

const emptyUrl: ParsedUrl = {
  scheme: '',
  opaque: '',
  user: undefined,
  host: '',
  path: '',
  query: '',
  fragment: '',
  omitsHost: false,
};

function parseWithoutFragment(text: string): ParsedUrl {
  if (/[\x00-\x1f\x7f]/.test(text)) throw new UrlError('invalid control character in URL');
  if (text === '*') return { ...emptyUrl, path: '*' };
  const [scheme, afterScheme] = splitScheme(text);
  const [hierarchy, query = ''] = cut(afterScheme, '?');
  const url = { ...emptyUrl, scheme, query };
  if (!hierarchy.startsWith('/')) {
    if (scheme !== '') return { ...url, opaque: hierarchy };
    if (cut(hierarchy, '/')[0].includes(':'))
      throw new UrlError('first path segment in URL cannot contain colon');
  }
  if (!hierarchy.startsWith('//') || (scheme === '' && hierarchy.startsWith('///')))
    return { ...url, path: unescape(hierarchy, 'path'), omitsHost: scheme !== '' };
  const slash = hierarchy.indexOf('/', 2);
  const authority = parseAuthority(slash < 0 ? hierarchy.slice(2) : hierarchy.slice(2, slash));
  return { ...url, ...authority, path: slash < 0 ? '' : unescape(hierarchy.slice(slash), 'path') };
}

function splitScheme(text: string): [scheme: string, rest: string] {
  if (text.startsWith(':')) throw new UrlError('missing protocol scheme');
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1];
  return scheme === undefined ? ['', text] : [scheme.toLowerCase(), text.slice(scheme.length + 1)];
}

function parseAuthority(authority: string): Pick<ParsedUrl, 'user' | 'host'> {
  const at = authority.lastIndexOf('@');
  const host = parseHost(authority.slice(at + 1));
  if (at < 0) return { user: undefined, host };
  const userInfo = authority.slice(0, at);
  if (!/^[A-Za-z0-9._:~!$&'()*+,;=%@-]*$/.test(userInfo)) throw new UrlError('invalid userinfo');
  const [name, password] = cut(userInfo, ':');
  const user = {
    name: unescape(name, 'user'),
    password: password === undefined ? undefined : unescape(password, 'user'),
  };
  return { user, host };
}

const optionalPort = /^(?::[0-9]*)?$/;

function parseHost(host: string): string {
  if (host.includes('[')) return parseIpLiteral(host);
  const colon = host.indexOf(':');
  if (colon >= 0 && !optionalPort.test(host.slice(colon))) throw new UrlError('invalid port after host');
  return unescape(host, 'host');
}

/** `[fe80::1]`, `[fe80::1%25en0]:80`: only an IPv6 address may be in brackets (RFC 3986, RFC 6874). */
function parseIpLiteral(host: string): string {
  const close = host.lastIndexOf(']');
  if (close < 0) throw new UrlError("missing ']' in host");
  if (!host.startsWith('[')) throw new UrlError('invalid IP-literal');
  const port = host.slice(close + 1);
  if (!optionalPort.test(port)) throw new UrlError('invalid port after host');
  const literal = host.slice(1, close);
  const zone = literal.indexOf('%25');
  const address =
    zone < 0
      ? unescape(literal, 'host')
      : unescape(literal.slice(0, zone), 'host') + unescape(literal.slice(zone), 'zone');
  const [ip, scope] = cut(address, '%');
  if (!isIpv6(ip) || scope === '') throw new UrlError('invalid IP-literal');
  return `[${address}]${port}`;
}

/** Whether Go's `netip.ParseAddr` reads the text as an IPv6 address. */
function isIpv6(text: string): boolean {
  const [before = '', after, ...more] = text.split('::');
  if (more.length > 0) return false;
  const count = groupsIn(before, after === undefined) + (after === undefined ? 0 : groupsIn(after, true));
  return after === undefined ? count === 8 : count < 8;
}

const ipv4 = /^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!$)|$)){4}$/;

/** How many groups of 16 bits a part of an address has; `NaN` if it is invalid. An IPv4 address may end the whole. */
function groupsIn(part: string, isEnd: boolean): number {
  if (part === '') return 0;
  const groups = part.split(':');
  return groups.reduce((sum, group, i) => {
    if (isEnd && i === groups.length - 1 && ipv4.test(group)) return sum + 2;
    return /^[0-9A-Fa-f]{1,4}$/.test(group) ? sum + 1 : NaN;
  }, 0);
}

/** Go's `Userinfo.String`. */
export function formatUserInfo(user: UserInfo | undefined): string {
  if (!user) return '';
  const name = escape(bytesOf(user.name), 'user');
  return user.password === undefined ? name : `${name}:${escape(bytesOf(user.password), 'user')}`;
}

/** Go's `URL.Hostname`: the host without port and brackets. */
export function hostname(host: string): string {
  const colon = host.lastIndexOf(':');
  const name = colon >= 0 && optionalPort.test(host.slice(colon)) ? host.slice(0, colon) : host;
  return name.startsWith('[') && name.endsWith(']') && name.length > 1 ? name.slice(1, -1) : name;
}

/** Go's `URL.String`. */
export function formatUrl(url: ParsedUrl): string {
  const scheme = url.scheme === '' ? '' : `${url.scheme}:`;
  const query = url.query === '' ? '' : `?${url.query}`;
  const fragment = url.fragment === '' ? '' : `#${escape(bytesOf(url.fragment), 'fragment')}`;
  return scheme + (url.opaque === '' ? hierarchyOf(url) : url.opaque) + query + fragment;
}

function hierarchyOf(url: ParsedUrl): string {
  const { scheme, user, host } = url;
  const path = url.path === '*' ? '*' : escape(bytesOf(url.path), 'path');
  const hasAuthority =
    host !== '' || user !== undefined || (scheme !== '' && url.path !== '' && !url.omitsHost);
  const userInfo = user === undefined ? '' : `${formatUserInfo(user)}@`;
  const authority = hasAuthority ? `//${userInfo}${escape(bytesOf(host), 'host')}` : '';
  if (path !== '' && !path.startsWith('/') && host !== '') return `${authority}/${path}`;
  // A first segment with a colon would be read as a scheme (RFC 3986, section 4.2).
  if (scheme === '' && authority === '' && cut(path, '/')[0].includes(':')) return `./${path}`;
  return authority + path;
}
