import { describe, expect, it } from 'vitest';
import { errorOf, render } from './render.ts';

// Expectations are Go's own answers (test/conformance/oracle).
describe('Semantic versions', () => {
  it.each<[string, string, string]>([
    [
      'parts',
      '{{ $v := semver "v1.2.3-beta.1+b5" }}{{ $v }} {{ $v.Major }} {{ $v.Minor }} {{ $v.Patch }} {{ $v.Prerelease }} {{ $v.Metadata }} {{ $v.Original }}',
      '1.2.3-beta.1+b5 1 2 3 beta.1 b5 v1.2.3-beta.1+b5',
    ],
    ['missing parts are zero', '{{ list (semver "1") (semver "v1.2") }}', '[1.0.0 1.2.0]'],
    [
      'the next versions',
      '{{ $v := semver "v1.2.3-rc1+b" }}{{ $v.IncMajor }} {{ $v.IncMinor }} {{ $v.IncPatch }} {{ $v.IncPatch.Major }}',
      '2.0.0 1.3.0 1.2.3 1',
    ],
    [
      'order',
      '{{ $v := semver "1.0.0-alpha.2" }}{{ $v.LessThan (semver "1.0.0-alpha.10") }} {{ $v.Compare (semver "1.0.0-alpha.beta") }} {{ $v.Equal (semver "1.0.0-alpha.2+x") }}',
      'true -1 true',
    ],
    [
      'a range',
      '{{ list (semverCompare "1.2 - 1.4" "1.4.0") (semverCompare "1.2 - 1.4" "1.4.1") }}',
      '[true true]',
    ],
    [
      'caret',
      '{{ list (semverCompare "^1.2.3" "1.9.0") (semverCompare "^0.2.3" "0.3.0") (semverCompare "^0.0.3" "0.0.4") (semverCompare "^0" "0.9.1") }}',
      '[true false false true]',
    ],
    [
      'tilde',
      '{{ list (semverCompare "~1.2.3" "1.2.9") (semverCompare "~1" "1.9.0") (semverCompare "~0.0.0" "9.9.9") }}',
      '[true true true]',
    ],
    [
      'open versions',
      '{{ list (semverCompare "1.x" "1.9.9") (semverCompare "*" "1.2.3-a") (semverCompare ">1.2" "1.2.5") (semverCompare "<=1.2" "1.2.9") (semverCompare "!=1.x" "1.5.0") }}',
      '[true false false true false]',
    ],
    [
      'prereleases count only where one is asked for',
      '{{ list (semverCompare ">=1.0" "1.1.0-rc1") (semverCompare ">=1.0-0" "1.1.0-rc1") }}',
      '[false true]',
    ],
    [
      'alternatives and conjunctions',
      '{{ list (semverCompare "<1 || >=2.1, <3 || =5" "2.5.0") (semverCompare ">=2.1 <3" "3.0.0") }}',
      '[true false]',
    ],
  ])('%s', (_sentence, template, output) => {
    expect(render(template)).toBe(output);
  });

  it.each([
    ['text', 'bad'],
    ['four parts', '1.2.3.4'],
    ['a leading zero in a prerelease', '1.2.3-01'],
    ['a part past 64 bits', '18446744073709551616'],
    ['white space', ' 1.2'],
  ])('%s is no version', (_sentence, version) => {
    expect(errorOf('{{ semver . }}', version).code).toBe('function-failed');
  });

  it.each(['', '1.2,', '|| 1', '>', '1.2.3.4', 'bad', '>=1 && <2', '1..2', 'xx', '1|2'])(
    '"%s" is no constraint',
    (constraint) => {
      expect(errorOf('{{ semverCompare . "1.2.3" }}', constraint).code).toBe('function-failed');
    },
  );

  it('the methods of a pointer are not those of a value', () => {
    expect(errorOf('{{ (semver "1.2.3").IncMajor.Original }}').code).toBe('no-field');
  });

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('%s is no method', (name) => {
    expect(errorOf(`{{ (semver "1.2.3").${name} }}`).code).toBe('no-field');
    expect(errorOf(`{{ (now).${name} }}`).code).toBe('no-field');
    expect(errorOf(`{{ ((now).Sub now).${name} }}`).code).toBe('no-field');
  });
});
