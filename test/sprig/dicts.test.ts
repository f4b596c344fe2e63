import { describe, expect, it } from 'vitest';
import { errorOf, fixtureData, render } from './render.ts';

// Expectations are Go's own answers (test/conformance/oracle).
describe('Dicts', () => {
  it.each<[string, string, string]>([
    ['dict completes an odd number of arguments', '{{ dict "a" 1 "b" }}', 'map[a:1 b:]'],
    ['dict turns keys into strings', '{{ dict 1 "a" true "b" 1.5 "c" }}', 'map[1:a 1.5:c true:b]'],
    [
      'get of a missing key is empty, of nil nil',
      '{{ list (get (dict "a" nil) "a") (get (dict) "b") | toJson }}',
      '[null,""]',
    ],
    [
      'set is seen through every reference',
      '{{ $d := dict }}{{ $l := list $d }}{{ $_ := set $d "a" 1 }}{{ $l }}',
      '[map[a:1]]',
    ],
    ['set returns its map', '{{ set (dict "a" 1) "b" (list) }}', 'map[a:1 b:[]]'],
    [
      'set changes the data for this run',
      '{{ $_ := set .source.metadata.labels "new" "x" }}{{ .source.metadata.labels.new }}',
      'x',
    ],
    ['unset', '{{ unset (dict "a" 1 "b" 2) "a" }}', 'map[b:2]'],
    ['hasKey knows keys without value', '{{ hasKey (dict "a" nil) "a" }}', 'true'],
    ['pluck', '{{ pluck "a" (dict "a" 1) (dict) (dict "a" nil) | toJson }}', '[1,null]'],
    ['pick takes what is there', '{{ pick (dict "a" 1 "b" 2) "b" "c" }}', 'map[b:2]'],
    ['omit', '{{ omit (dict "a" 1 "b" 2) "b" "c" }}', 'map[a:1]'],
    ['dig finds nil', '{{ dig "a" "b" "default" (dict "a" (dict "b" nil)) | toJson }}', 'null'],
    [
      'merge fills what is empty',
      '{{ merge (dict "a" "" "b" 0 "c" false "d" (list) "e" "x") (dict "a" 1 "b" 2 "c" 3 "d" 4 "e" 5) }}',
      'map[a:1 b:2 c:3 d:4 e:x]',
    ],
    [
      'merge goes into maps',
      '{{ merge (dict "a" (dict "x" 1)) (dict "a" (dict "x" 2 "y" 3)) }}',
      'map[a:map[x:1 y:3]]',
    ],
    ['merge changes its first map', '{{ $d := dict }}{{ $_ := merge $d (dict "a" 1) }}{{ $d }}', 'map[a:1]'],
    [
      'merge takes the first source that has a value',
      '{{ merge (dict) (dict "a" 1) (dict "a" 2 "b" 3) }}',
      'map[a:1 b:3]',
    ],
    ['merge skips nil', '{{ merge (dict "a" 1) (dict "a" nil "b" nil) | toJson }}', '{"a":1}'],
    ['mergeOverwrite takes nil', '{{ mergeOverwrite (dict "a" 1) (dict "a" nil) | toJson }}', '{"a":null}'],
    [
      'mergeOverwrite takes empty values',
      '{{ mergeOverwrite (dict "a" 1 "b" (list 1)) (dict "a" 0 "b" (list)) | toJson }}',
      '{"a":0,"b":[]}',
    ],
    [
      'mergeOverwrite puts a map in the place of a value (since sprig 3.3.0)',
      '{{ mergeOverwrite (dict "a" 1) (dict "a" (dict "b" 2)) | toJson }}',
      '{"a":{"b":2}}',
    ],
    [
      'what merge takes over is shared',
      '{{ $s := dict "a" (dict) }}{{ $d := merge (dict) $s }}{{ $_ := set $d.a "x" 1 }}{{ $s }}',
      'map[a:map[x:1]]',
    ],
    [
      'deepCopy shares nothing',
      '{{ $s := dict "a" (dict) }}{{ $d := deepCopy $s }}{{ $_ := set $d.a "x" 1 }}{{ $s }}',
      'map[a:map[]]',
    ],
    ['keys of several maps', '{{ keys (dict "a" 1) (dict "a" 2 "b" 3) | sortAlpha }}', '[a a b]'],
    ['values', '{{ values (dict "a" 1) | toJson }}', '[1]'],
    [
      'a key may be called __proto__',
      '{{ $d := set (dict) "__proto__" (dict "x" 1) }}{{ $d }} {{ hasKey $d "x" }} {{ hasKey $d "__proto__" }} {{ toJson $d }}',
      'map[__proto__:map[x:1]] false true {"__proto__":{"x":1}}',
    ],
    [
      'names of a prototype are no keys',
      '{{ list (hasKey (dict) "toString") (get (dict) "constructor") (dig "valueOf" "none" (dict)) | toJson }}',
      '[false,"","none"]',
    ],
  ])('%s', (_sentence, template, output) => {
    expect(render(template)).toBe(output);
  });

  it('what a template sets in its data is gone with the run', () => {
    const template =
      '{{ $_ := set .source.metadata "name" "changed" }}{{ $_ := unset .source.metadata.labels "env" }}' +
      '{{ .source.metadata.name }} {{ hasKey .source.metadata.labels "env" }}';
    const before = JSON.stringify(fixtureData);
    expect(render(template)).toBe('changed false');
    expect(JSON.stringify(fixtureData)).toBe(before);
    expect(render('{{ .source.metadata.name }} {{ .source.metadata.labels.env }}')).toBe('cluster-1 prod');
  });

  it.each([
    ['set on a missing map', '{{ set .source.spec.missing "a" 1 }}', 'function-failed'],
    ['dig through what is no map', '{{ dig "a" "b" 0 (dict "a" 1) }}', 'function-failed'],
    ['dig with too few arguments', '{{ dig "a" (dict) }}', 'function-failed'],
    ['deepCopy of nil', '{{ deepCopy nil }}', 'function-failed'],
    ['printing a map that contains itself', '{{ $d := dict }}{{ set $d "a" $d }}', 'limit-nesting'],
    ['encoding one', '{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ toJson $d }}', 'limit-nesting'],
    ['writing one as YAML', '{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ toYaml $d }}', 'limit-nesting'],
    ['copying one', '{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ deepCopy $d }}', 'limit-nesting'],
    ['merging one', '{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ merge $d (deepCopy $d) }}', 'limit-nesting'],
    [
      'merging one with itself',
      '{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ mergeOverwrite $d $d }}',
      'limit-nesting',
    ],
  ])('%s fails', (_sentence, template, code) => {
    expect(errorOf(template).code).toBe(code);
  });

  it.each([
    ['set', '{{ set (dict) "__proto__" (dict "polluted" 1) }}'],
    ['merge', '{{ merge (dict) (fromJson .) }}'],
    ['mergeOverwrite', '{{ mergeOverwrite (dict) (fromJson .) }}'],
    ['merge in depth', '{{ merge (dict "a" (dict)) (dict "a" (fromJson .)) }}'],
    ['deepCopy', '{{ deepCopy (fromJson .) }}'],
    ['pick', '{{ pick (fromJson .) "__proto__" }}'],
    ['omit', '{{ omit (fromJson .) "x" }}'],
    ['fromYaml', '{{ fromYaml . }}'],
    ['a YAML merge key', '{{ fromYaml (print "a: &a " . "\\nb: {<<: *a}") }}'],
  ])('%s reaches no prototype', (_name, template) => {
    const output = render(template, '{"__proto__":{"polluted":1}}');
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    expect(output).toContain('__proto__:map[polluted:1]');
  });
});
