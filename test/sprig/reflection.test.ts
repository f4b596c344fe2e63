import { describe, expect, it } from 'vitest';
import { render } from './render.ts';

// Expectations are Go's own answers (test/conformance/oracle).
describe('Reflection, conversion, defaults and paths', () => {
  it.each<[string, string, string]>([
    [
      'kinds',
      '{{ list (kindOf 1) (kindOf .source.spec.port) (kindOf 1.5) (kindOf nil) (kindOf (list)) (kindOf (split "" "")) (kindOf (toDate "" "")) (kindOf (semver "1")) (kindOf 2.5i) }}',
      '[int int64 float64 invalid slice map struct ptr complex128]',
    ],
    [
      'types',
      '{{ list (typeOf 1) (typeOf nil) (typeOf (until 1)) (typeOf (split "" "")) (typeOf (chunk 1 (list))) (typeOf (toDate "" "")) (typeOf (semver "1")) }}',
      '[int <nil> []int map[string]string [][]interface {} time.Time *semver.Version]',
    ],
    [
      'typeIsLike takes pointers for what they point to',
      '{{ list (typeIsLike "semver.Version" (semver "1")) (typeIs "semver.Version" (semver "1")) }}',
      '[true false]',
    ],
    [
      'deepEqual compares types',
      '{{ list (deepEqual 1 1.0) (deepEqual 1 (int64 1)) (deepEqual (list 1) (until 2)) (deepEqual (dict "a" (list 1)) (dict "a" (list 1))) (deepEqual nil nil) }}',
      '[false false false true true]',
    ],
    ['a nil list is not an empty one', '{{ deepEqual (list) (rest (list)) }}', 'false'],
    [
      'toString',
      '{{ list (toString 1.5) (toString nil) (toString (list 1)) (toString (dict "a" 1)) | toJson }}',
      '["1.5","\\u003cnil\\u003e","[1]","map[a:1]"]',
    ],
    ['toStrings skips nil', '{{ toStrings (list 1 nil "a") }}', '[1 a]'],
    [
      'default takes what is not empty',
      '{{ list (default 1 0) (default 1 "") (default 1 false) (default 1 (dict)) (default 1 nil) (default 1 2) (default 1) }}',
      '[1 1 1 1 1 2 1]',
    ],
    ['a date is never empty', '{{ empty (toDate "2006" "x") }}', 'false'],
    ['coalesce', '{{ coalesce 0 "" nil (list) "x" "y" }}', 'x'],
    ['ternary', '{{ list (ternary 1 2 true) (false | ternary 1 2) }}', '[1 2]'],
    ['base', '{{ list (base "") (base "///") (base "a/b//") (base "/") }}', '[. / b /]'],
    ['dir', '{{ list (dir "") (dir "a") (dir "/a") (dir "a//b/../c") (dir "//") }}', '[. . / a /]'],
    [
      'clean',
      '{{ list (clean "") (clean "/../a/./b/..") (clean "../../a") (clean "a/../..") (clean "//x") }}',
      '[. /a ../../a .. /x]',
    ],
    ['ext', '{{ list (ext "a.b/c") (ext "a.tar.gz") (ext ".x") (ext "x.") }}', '[ .gz .x .]'],
  ])('%s', (_sentence, template, output) => {
    expect(render(template)).toBe(output);
  });
});
