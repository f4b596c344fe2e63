import { always, aString } from '../../template/results.ts';
import { recordOf, string } from '../../template/typing/type.ts';
import type { Value, ValueMap } from '../../template/value.ts';
import { failure, fixed, mapArgument, ofString } from '../define.ts';
import type { Chapter } from '../define.ts';
import { getKey, kindName } from '../kinds.ts';
import { formatUrl, formatUserInfo, hostname, parseUrl, UrlError } from '../go/net-url.ts';
import type { ParsedUrl } from '../go/net-url.ts';

function parsed(text: string, what: string): ParsedUrl {
  try {
    return parseUrl(text);
  } catch (error) {
    if (error instanceof UrlError) throw failure(`unable to parse ${what}: ${error.message}`);
    throw error;
  }
}

function urlParse(text: string): ValueMap {
  const url = parsed(text, 'url');
  return {
    scheme: url.scheme,
    host: url.host,
    hostname: hostname(url.host),
    path: url.path,
    query: url.query,
    opaque: url.opaque,
    fragment: url.fragment,
    userinfo: formatUserInfo(url.user),
  };
}

function stringAt(map: ValueMap, key: string): string {
  const value: Value = Object.hasOwn(map, key) ? getKey(map, key) : '';
  if (typeof value === 'string') return value;
  throw failure(`unable to parse ${key} key, must be of type string, but ${kindName(value)} found`);
}

function urlJoin(map: ValueMap): string {
  const userInfo = stringAt(map, 'userinfo');
  return formatUrl({
    scheme: stringAt(map, 'scheme'),
    host: stringAt(map, 'host'),
    path: stringAt(map, 'path'),
    query: stringAt(map, 'query'),
    opaque: stringAt(map, 'opaque'),
    fragment: stringAt(map, 'fragment'),
    user: userInfo === '' ? undefined : parsed(`proto://${userInfo}@host`, 'userinfo in dict').user,
    omitsHost: false,
  });
}

const urlType = always(
  recordOf({
    scheme: string,
    host: string,
    hostname: string,
    path: string,
    query: string,
    opaque: string,
    fragment: string,
    userinfo: string,
  }),
);

/** sprig's chapter "URL Functions". */
export const urls: Chapter = {
  urlParse: ofString(
    (text, context) => {
      context.charge(50 + text.length);
      return urlParse(text);
    },
    { result: urlType, example: '"https://user@example.com:6443/a?b=c#d"' },
  ),
  urlJoin: fixed(
    ['map[string]any'],
    ([map], context) => {
      const url = urlJoin(mapArgument(map));
      context.charge(50 + url.length);
      context.checkLength(url.length);
      return url;
    },
    { result: aString, example: '(dict "scheme" "https" "host" "example.com:6443" "path" "/a")' },
  ),
};
