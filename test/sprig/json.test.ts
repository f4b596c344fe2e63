import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { errorOf, render } from './render.ts';

// Expectations are Go's own answers (test/conformance/oracle).
describe('JSON', () => {
  it.each<[string, string, string]>([
    [
      'toJson escapes for HTML',
      '{{ toJson "<a&b>\\u2028\\u2029" }}',
      '"\\u003ca\\u0026b\\u003e\\u2028\\u2029"',
    ],
    ['toRawJson does not', '{{ toRawJson "<a&b>\\u2028" }}', '"<a&b>\\u2028"'],
    ['control characters', '{{ toJson "\\a\\t\\n\\r\\x1f\\x7f" }}', '"\\u0007\\t\\n\\r\\u001f\x7f"'],
    ['bytes that are not UTF-8', '{{ toJson "a\\xffb" }}', '"a\\ufffdb"'],
    [
      'floats',
      '{{ toJson (list 1.0 1e20 1e21 1e-6 1e-7 0.1 -0.0 123456789.125) }}',
      '[1,100000000000000000000,1e+21,0.000001,1e-7,0.1,-0,123456789.125]',
    ],
    [
      'integers',
      '{{ toJson (list 9223372036854775807 -9223372036854775808 .source.spec.big) }}',
      '[9223372036854775807,-9223372036854775808,1234567890123]',
    ],
    [
      'keys are in order of their bytes',
      '{{ toJson (dict "b" 1 "a" 2 "B" 3 "é" 4 "😀" 5 "\\uffee" 6) }}',
      '{"B":3,"a":2,"b":1,"é":4,"￮":6,"😀":5}',
    ],
    ['what JSON cannot write leaves nothing', '{{ toJson (list (float64 "nan")) }}', ''],
    [
      'pretty',
      '{{ toPrettyJson (dict "a" (list) "b" (dict) "c" (list 1 (dict "d" nil))) }}',
      '{\n  "a": [],\n  "b": {},\n  "c": [\n    1,\n    {\n      "d": null\n    }\n  ]\n}',
    ],
    [
      'every number is a float',
      '{{ fromJson "[1, 1.5, -0, 1e3]" | printf "%#v" }}',
      '[]interface {}{1, 1.5, -0, 1000}',
    ],
    ['the last of equal keys counts', '{{ fromJson "{\\"a\\":1,\\"a\\":2}" }}', 'map[a:2]'],
    ['half a surrogate pair is replaced', '{{ fromJson "\\"\\\\ud800x\\"" }}', '�x'],
    ['a number too large is nil, the rest stays', '{{ fromJson "[1, 1e999]" | toJson }}', '[1,null]'],
    [
      'a key may be called __proto__',
      '{{ (fromJson "{\\"__proto__\\": {\\"x\\": 1}}") | toJson }}',
      '{"__proto__":{"x":1}}',
    ],
    ['a version encodes as text', '{{ toJson (semver "v1.2") }}', '"1.2.0"'],
    [
      'what is wrong gives nil',
      '{{ list (fromJson "{") (fromJson "") (fromJson "{} x") (fromJson "[01]") (fromJson "\\ufeff1") | toJson }}',
      '[null,null,null,null,null]',
    ],
  ])('%s', (_sentence, template, output) => {
    expect(render(template)).toBe(output);
  });

  it('decoding what was encoded gives it back', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const text = JSON.stringify(value);
        const encoded = render('{{ fromJson . | toRawJson }}', text);
        expect(JSON.parse(encoded)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('an error does not quote the text, which may be a secret', () => {
    const error = errorOf('{{ mustFromJson . }}', '{"password": hunter2}');
    expect(error.code).toBe('function-failed');
    expect(error.message).not.toContain('hunter2');
  });

  it.each([
    ['mustToJson', '{{ mustToJson (float64 "inf") }}'],
    ['toRawJson', '{{ toRawJson (float64 "inf") }}'],
    ['mustFromJson', '{{ mustFromJson "[1e999]" }}'],
  ])('%s fails where the plain form drops the error', (_name, template) => {
    expect(errorOf(template).code).toBe('function-failed');
  });
});
