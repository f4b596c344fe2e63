import { describe, expect, it } from 'vitest';
import { compileHandlebars } from '../../src/handlebars/index.ts';
import { allFunctions } from '../../src/sprig/index.ts';
import { compile } from '../../src/template/index.ts';
import type { DecisionPoint, Template, Value } from '../../src/template/index.ts';

const languages = {
  go: (text: string, hotAfter?: number) =>
    compile(text, { functions: allFunctions, ...(hotAfter === undefined ? {} : { hotAfter }) }),
  handlebars: (text: string) => compileHandlebars(text, { functions: allFunctions }),
};

const shown = ({ kind, outcomes }: DecisionPoint, outcome: number): string =>
  `${kind}: ${outcomes[outcome] ?? 'no such outcome'}`;

/** What a run decides, in its order, each time. */
function decided(template: Template, data: Value, structural = false): string[] {
  const seen: string[] = [];
  const options = { decided: (point: DecisionPoint, outcome: number) => seen.push(shown(point, outcome)) };
  try {
    if (structural) template.executeFragments(data, options);
    else template.execute(data, options);
  } catch (error) {
    seen.push((error as { code: string }).code);
  }
  return seen;
}

describe('the decision points of a template', () => {
  it('are numbered in the order of its text, with their places', () => {
    const { decisions } = languages.go('{{ if .a }}x{{ else if .b }}y{{ end }}\n{{ .c | default "d" }}');
    expect(decisions.map(({ index, kind, line, outcomes }) => [index, kind, line, outcomes])).toEqual([
      [0, 'if', 1, ['holds', 'does not hold']],
      [1, 'if', 1, ['holds', 'does not hold']],
      [2, 'default', 2, ['the fallback', 'the value given']],
    ]);
  });

  it('are those of templates that are called as well, and of no other', () => {
    const text =
      '{{ define "t" }}{{ with .x }}{{ end }}{{ end }}{{ define "u" }}{{ if .y }}{{ end }}{{ end }}';
    expect(languages.go(text).decisions).toEqual([]);
    expect(languages.go(`${text}{{ template "t" . }}`).decisions.map(({ kind }) => kind)).toEqual(['with']);
  });

  it.each<[string, Value, string[]]>([
    ['{{ if .a }}{{ end }}', { a: 1 }, ['if: holds']],
    ['{{ if .a }}{{ else if .b }}{{ end }}', { b: 1 }, ['if: does not hold', 'if: holds']],
    ['{{ with .a }}{{ end }}', {}, ['with: missing or empty']],
    ['{{ range .a }}{{ end }}', { a: [1, 2] }, ['range: items']],
    ['{{ range .a }}{{ end }}', { a: {} }, ['range: no items']],
    [
      '{{ range $i, $x := .a }}{{ if $x }}{{ end }}{{ end }}',
      { a: [1, 0] },
      ['range: items', 'if: holds', 'if: does not hold'],
    ],
    ['{{ range .a }}{{ end }}', { a: 'text' }, ['not-iterable']],
    ['{{ and .a .b }}', { a: 1, b: 2 }, ['and: the last argument']],
    ['{{ and .a .b }}', { b: 2 }, ['and: argument 1 does not hold']],
    ['{{ or .a .b .c }}', { b: 2 }, ['or: argument 2 holds']],
    ['{{ .b | or .a }}', { b: 2 }, ['or: the last argument']],
    ['{{ default "x" .a }}', {}, ['default: the fallback']],
    ['{{ .a | default "x" }}', { a: 1 }, ['default: the value given']],
    ['{{ ternary 1 2 .a }}', { a: false }, ['ternary: false']],
    ['{{ coalesce .a .b }}', {}, ['coalesce: nothing']],
    ['{{ and (or .a .b) .c }}', { a: 1, c: 1 }, ['or: argument 1 holds', 'and: the last argument']],
    [
      '{{ define "t" }}{{ if . }}{{ end }}{{ end }}{{ template "t" 1 }}{{ template "t" 0 }}',
      {},
      ['if: holds', 'if: does not hold'],
    ],
  ])('are told by a run of %s on %j, as closures and as code', (text, data, expected) => {
    for (const hotAfter of [Infinity, 0]) {
      expect(decided(languages.go(text, hotAfter), data)).toEqual(expected);
      expect(decided(languages.go(text, hotAfter), data, true)).toEqual(expected);
    }
  });

  it.each<[string, Value, string[]]>([
    ['{{#if a}}{{else if b}}{{/if}}', { b: 1 }, ['if: does not hold', 'if: holds']],
    ['{{#unless a}}{{/unless}}', {}, ['unless: holds']],
    ['{{#with a}}{{/with}}', { a: {} }, ['with: there']],
    ['{{#each a}}{{/each}}', { a: [] }, ['each: no items']],
    ['{{#each a}}{{#if this}}{{/if}}{{/each}}', { a: { x: 1 } }, ['each: items', 'if: holds']],
    ['{{default "x" a}}', {}, ['default: the fallback']],
    ['{{#if (and a b)}}{{/if}}', { a: 1 }, ['and: the last argument', 'if: does not hold']],
  ])('are told by a run of %s on %j, in Handlebars', (text, data, expected) => {
    expect(decided(languages.handlebars(text), data)).toEqual(expected);
    expect(decided(languages.handlebars(text), data, true)).toEqual(expected);
  });

  it('make no difference to what is rendered, nor to its steps', () => {
    const text =
      '{{ range .l }}{{ if and . (eq (len .) 1) }}{{ . | default "x" | quote }}{{ else }}-{{ end }}{{ end }}{{ coalesce .n "z" }}';
    const data = { l: ['a', '', 'bb'], n: '' };
    for (let steps = 1; steps < 300; steps++) {
      const template = compile(text, { functions: allFunctions, limits: { steps } });
      const outcome = (decided?: () => void): string => {
        try {
          return template.execute(data, decided ? { decided } : {});
        } catch (error) {
          return String(error);
        }
      };
      expect(outcome(() => undefined)).toBe(outcome());
    }
  });
});
