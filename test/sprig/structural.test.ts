import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fragments, render } from './render.ts';
import type { Fragment } from '../../src/template/index.ts';

const text = (value: string): Fragment => ({ kind: 'text', text: value });
const exact = (value: string, encoded: string): Fragment => ({ kind: 'value', value, exact: true, encoded });

/** Neighbouring texts as one: how structure is cut is no matter. */
function joined(parts: readonly Fragment[]): Fragment[] {
  const result: Fragment[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    if (part.kind === 'text' && last?.kind === 'text')
      result[result.length - 1] = text(last.text + part.text);
    else result.push(part);
  }
  return result;
}

/** The plain output that fragments stand for. */
function plain(parts: readonly Fragment[]): string {
  return parts.map((part) => (part.kind === 'text' ? part.text : (part.encoded ?? part.value))).join('');
}

const data = { s: 'x: "1"\n#', n: 5, b: true, nil: null, l: ['a', 2], m: { key: 'v', 'odd key': 'w' } };

describe('In a structural run, functions that encode keep strings apart from structure', () => {
  it.each<[string, string, Fragment[]]>([
    ['quote', '{{ quote .s }}', [exact(data.s, '"x: \\"1\\"\\n#"')]],
    ['quote of several', '{{ quote "a" .n }}', [exact('a', '"a"'), text(' '), exact('5', '"5"')]],
    ['squote', '{{ squote .s }}', [exact(data.s, `'${data.s}'`)]],
    ['toJson', '{{ toJson .l }}', [text('['), exact('a', '"a"'), text(',2]')]],
    ['toRawJson of a string', '{{ toRawJson .s }}', [exact(data.s, '"x: \\"1\\"\\n#"')]],
    [
      'a key that could be read otherwise is a value',
      '{{ toJson .m }}',
      [
        text('{"key":'),
        exact('v', '"v"'),
        text(','),
        exact('odd key', '"odd key"'),
        text(':'),
        exact('w', '"w"'),
        text('}'),
      ],
    ],
    ['toYaml', '{{ toYaml (dict "a" .n "b" .b "c" "5") }}', [text('a: 5\nb: true\nc: '), exact('5', '"5"')]],
    [
      'indent moves structure and encoded forms, not values',
      '{{ toYaml (dict "a" "x\\ny") | indent 2 }}',
      [text('  a: '), exact('x\ny', '|-\n    x\n    y')],
    ],
    ['nindent', '{{ toYaml .l | nindent 2 }}', [text('\n  - '), exact('a', 'a'), text('\n  - 2')]],
    [
      'trim',
      '{{ print " " | trim }}{{ toYaml .l | nindent 0 | trim }}',
      [text('- '), exact('a', 'a'), text('\n- 2')],
    ],
    ['default passes an encoding on', '{{ default "none" (quote .s) }}', [exact(data.s, '"x: \\"1\\"\\n#"')]],
    [
      'ternary passes one on',
      '{{ ternary (toYaml .l) "" .b }}',
      [text('- '), exact('a', 'a'), text('\n- 2')],
    ],
  ])('%s', (_sentence, template, expected) => {
    expect(joined(fragments(template, data))).toEqual(expected);
  });

  it('other functions see and give plain strings', () => {
    expect(fragments('{{ quote .s | upper }}', data)).toEqual([
      { kind: 'value', value: '"X: \\"1\\"\\N#"', exact: false },
    ]);
    expect(render('{{ toYaml .m | sha256sum }}', data)).toBe(
      plain(fragments('{{ toYaml .m | sha256sum }}', data)),
    );
  });

  it('the last line break of a block scalar is structure, so that what follows keeps its line', () => {
    const parts = joined(fragments('{{ toYaml (dict "a" "x\\n" "b" "y") }}', data));
    expect(parts).toEqual([text('a: '), exact('x\n', '|\n  x'), text('\nb: '), exact('y', '"y"')]);
  });

  it('texts and encoded forms joined are the plain output, whatever the data', () => {
    const template =
      '{{ toYaml . }}|{{ toYaml . | nindent 3 }}|{{ toJson . }}|{{ toPrettyJson . | indent 1 }}|{{ quote . }}|{{ squote . "x" }}';
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        const input = JSON.parse(JSON.stringify(value)) as Parameters<typeof render>[1];
        expect(plain(fragments(template, input))).toBe(render(template, input));
      }),
    );
  });
});
