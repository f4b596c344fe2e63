import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { allFunctions } from '../../src/sprig/index.ts';
import { compile, decodeJson } from '../../src/template/index.ts';
import type { Value } from '../../src/template/index.ts';
import { errorOf, render } from './render.ts';

const inherited = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '__defineGetter__',
  'valueOf',
];

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const entry of Object.values(value)) frozen(entry);
  return Object.freeze(value);
}

const run = (text: string, data: Value): string => compile(text, { functions: allFunctions }).execute(data);

describe('what objects inherit', () => {
  it.each(inherited)('%s is missing, however it is asked for', (name) => {
    const data: Value = { map: {}, list: ['x'], text: 'x', number: 1 };
    expect(render(`[{{ .${name} }}{{ .map.${name} }}{{ $.map.${name}.${name} }}]`, data)).toBe('[]');
    expect(render(`{{ with $m := .map }}{{ $m.${name} }}{{ else }}none{{ end }}`, data)).toBe('none');
    expect(run(`[{{ index .map "${name}" }}{{ get .map "${name}" }}]`, data)).toBe('[]');
    expect(
      run(`{{ hasKey .map "${name}" }} {{ dig "${name}" "none" .map }} {{ pluck "${name}" .map }}`, data),
    ).toBe('false none []');
    for (const field of ['list', 'text', 'number']) {
      expect(errorOf(() => render(`{{ .${field}.${name} }}`, data)).code).toBe('no-field');
    }
    expect(errorOf(() => render(`{{ index .list "${name}" }}`, data)).code).toBe('function-failed');
  });

  it.each(inherited)('%s can be an ordinary key', (name) => {
    const data = decodeJson(`{"map": {"${name}": {"x": 1}}}`);
    expect(render(`{{ .map.${name}.x }}{{ index .map "${name}" "x" }}{{ len .map }} {{ .map }}`, data)).toBe(
      `111 map[${name}:map[x:1]]`,
    );
    expect(render('{{ range $k, $v := .map }}{{ $k }}{{ $v.x }}{{ end }}', data)).toBe(`${name}1`);
    expect(run(`{{ $d := dict "${name}" 1 }}{{ $_ := set $d "b" 2 }}{{ toJson $d }}`, {})).toBe(
      name < 'b' ? `{"${name}":1,"b":2}` : `{"b":2,"${name}":1}`,
    );
    expect(run(`{{ $_ := set .map "new" 1 }}{{ toJson .map.${name} }}`, data)).toBe('{"x":1}');
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  describe('from a polluted prototype', () => {
    afterEach(() => {
      Reflect.deleteProperty(Object.prototype, 'polluted');
    });

    it('is missing too', () => {
      const template = compile(
        '[{{ .polluted }}{{ .a.polluted }}{{ get .a "polluted" }}{{ $a := .a }}{{ get $a "polluted" }}]{{ range $k, $v := .a }}{{ $k }}{{ end }}',
        {
          functions: allFunctions,
        },
      );
      Object.assign(Object.prototype, { polluted: 'yes' });
      expect(template.execute({ a: { b: 1 } })).toBe('[]b');
    });
  });

  it('names of functions and templates are not taken from objects', () => {
    expect(errorOf(() => render('{{ constructor }}')).code).toBe('unknown-function');
    expect(errorOf(() => render('{{ template "constructor" }}')).code).toBe('unknown-template');
  });
});

describe('data', () => {
  it('may be frozen, and is never changed', () => {
    const text =
      '{"source":{"metadata":{"name":"x","labels":{"a":"b"}},"list":[3,1,2],"deep":{"deeper":{"x":1}}}}';
    const data = frozen(decodeJson(text));
    const templates = [
      '{{ $_ := set .source.metadata "name" "y" }}{{ .source.metadata.name }}',
      '{{ $_ := unset .source.metadata "name" }}[{{ .source.metadata.name }}]',
      '{{ $_ := merge .source.deep (dict "deeper" (dict "y" 2)) }}{{ .source.deep.deeper.y }}',
      '{{ $_ := mergeOverwrite .source.deep.deeper (dict "x" 2) }}{{ .source.deep.deeper.x }}',
      '{{ range .source }}{{ if kindIs "map" . }}{{ $_ := set . "new" 1 }}{{ end }}{{ end }}{{ .source.deep.new }}',
      '{{ sortAlpha .source.list }}{{ reverse .source.list }}{{ append .source.list 4 }}{{ .source.list }}',
    ];
    expect(templates.map((template) => run(template, data))).toEqual([
      'y',
      '[]',
      '2',
      '2',
      '1',
      '[1 2 3][2 1 3][3 1 2 4][3 1 2]',
    ]);
    expect(JSON.stringify(data)).toBe(text);
  });

  it('is the same for every run of a template that changes it', () => {
    const template = compile('{{ $_ := set . "n" (add1 (default 0 .n)) }}{{ .n }}', {
      functions: allFunctions,
    });
    const data = frozen({ n: 1 });
    expect([template.execute(data), template.execute(data)]).toEqual(['2', '2']);
  });

  it('of any shape renders without a crash', () => {
    const template = compile(
      '{{ . }}{{ with .a }}{{ range . }}{{ . }}{{ end }}{{ end }}{{ printf "%v %d %s %q %x" . . . . . }}{{ toJson . }}',
      { functions: allFunctions },
    );
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        const data = frozen(decodeJson(JSON.stringify(json)));
        try {
          template.execute(data);
        } catch (error) {
          expect(error).toHaveProperty('name', 'TemplateError');
        }
      }),
    );
  });
});

describe('the surroundings of a run', () => {
  it('are a clock and randomness, both given', () => {
    const template = compile('{{ now | date "2006-01-02" }} {{ randNumeric 3 }}', {
      functions: allFunctions,
    });
    const options = { now: () => Date.UTC(2020, 0, 2), random: () => 0.5 };
    expect(template.execute({}, options)).toBe(template.execute({}, options));
    expect(template.execute({}, options)).toMatch(/^2020-01-02 \d{3}$/);
  });

  it.each(['env', 'expandenv', 'getHostByName', 'genPrivateKey', 'htpasswd'])('%s is refused', (name) => {
    expect(errorOf(() => run(`{{ ${name} "x" }}`, {})).code).toBe('removed-function');
  });
});
