import { describe, expect, it } from 'vitest';
import { errorOf, render } from './render.ts';

// Expectations are Go's own answers (test/conformance/oracle).
describe('URLs', () => {
  it.each<[string, string, string]>([
    [
      'all parts',
      '{{ urlParse "https://us%20er:p%40ss@host.example:8080/a%2Fb/c?x=1&y#frag%20ment" }}',
      'map[fragment:frag ment host:host.example:8080 hostname:host.example opaque: path:/a/b/c query:x=1&y scheme:https userinfo:us%20er:p%40ss]',
    ],
    [
      'opaque',
      '{{ urlParse "mailto:a@b.c" }}',
      'map[fragment: host: hostname: opaque:a@b.c path: query: scheme:mailto userinfo:]',
    ],
    [
      'relative',
      '{{ urlParse "//host/p?q" }}',
      'map[fragment: host:host hostname:host opaque: path:/p query:q scheme: userinfo:]',
    ],
    [
      'IPv6',
      '{{ urlParse "http://[fe80::1%25en0]:80/" }}',
      'map[fragment: host:[fe80::1%en0]:80 hostname:fe80::1%en0 opaque: path:/ query: scheme:http userinfo:]',
    ],
    [
      'join escapes the path',
      '{{ urlJoin (dict "scheme" "http" "host" "h" "path" "/a b/☃?#" "query" "q=1 2" "fragment" "f g" "userinfo" "us:p%20@") }}',
      'http://us:p%20%40@h/a%20b/%E2%98%83%3F%23?q=1 2#f%20g',
    ],
    ['join puts a slash between host and path', '{{ urlJoin (dict "host" "h" "path" "p") }}', '//h/p'],
    ['join guards a first segment with a colon', '{{ urlJoin (dict "path" "a:b") }}', './a:b'],
    ['join of parse', '{{ urlJoin (urlParse "https://u:p@h:1/p?a=b#f") }}', 'https://u:p@h:1/p?a=b#f'],
  ])('%s', (_sentence, template, output) => {
    expect(render(template)).toBe(output);
  });

  it.each([
    ['a control character', 'http://h/\n'],
    ['a bad escape', 'http://h/%zz'],
    ['an escaped letter in the host', 'http://%41/'],
    ['a port that is no number', 'http://h:x/'],
    ['two ports', 'http://h:1:2/'],
    ['brackets around a name', 'http://[host]/'],
    ['brackets around an IPv4 address', 'http://[1.2.3.4]/'],
    ['a bracket without its pair', 'http://[::1/'],
    ['a scheme without a name', '://h'],
    ['a space in the user information', 'http://a b@h/'],
  ])('%s is refused, without the URL in the message', (_sentence, url) => {
    const error = errorOf('{{ urlParse . }}', url);
    expect(error.code).toBe('function-failed');
    expect(error.message).not.toContain(url);
  });

  it.each(['::1', '::', '1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7::', '::ffff:1.2.3.4', '1:2:3:4:5:6:1.2.3.4'])(
    '%s is an IPv6 address',
    (address) => {
      expect(render('{{ (urlParse .).hostname }}', `http://[${address}]:80/`)).toBe(address);
    },
  );

  it.each([
    '1::2::3',
    '12345::',
    ':1',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '::1.2.3',
    '1.2.3.4::',
    '::01.2.3.4',
  ])('%s is none', (address) => {
    expect(errorOf('{{ urlParse . }}', `http://[${address}]/`).code).toBe('function-failed');
  });

  it('a part that is no string is refused', () => {
    expect(errorOf('{{ urlJoin (dict "host" 1) }}').code).toBe('function-failed');
  });
});
