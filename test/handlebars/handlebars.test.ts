import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileHandlebars } from '../../src/handlebars/index.ts';
import { emptyTree, mergeReadPaths, prune } from '../../src/policy/path-tree.ts';
import { allFunctions } from '../../src/sprig/index.ts';
import type { Value } from '../../src/template/index.ts';
import { TemplateError } from '../../src/template/index.ts';

const compile = (text: string) => compileHandlebars(text, { functions: allFunctions });

const data = {
  source: {
    metadata: { name: 'member1', labels: { b: '2', a: '1' } },
    spec: { endpoint: 'https://10.0.0.1:6443', replicas: 3, list: ['x', 'y'], html: '<a&"b">' },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  },
} satisfies Value;

describe('a template renders', () => {
  it.each([
    ['a field', '{{source.metadata.name}}', 'member1'],
    ['nothing for a missing value', '[{{source.spec.none.deeper}}]', '[]'],
    ['without HTML escaping', '{{source.spec.html}}', '<a&"b">'],
    ['the triple form alike', '{{{source.spec.html}}}', '<a&"b">'],
    ["sprig's functions", '{{upper source.metadata.name}}', 'MEMBER1'],
    ['functions in functions', '{{b64dec (b64enc source.metadata.name)}}', 'member1'],
    ['whole numbers as the type that the function asks for', '{{trunc 3 source.metadata.name}}', 'mem'],
    ['sums', '{{add source.spec.replicas 1}}', '4'],
    ["Go's builtins", '{{printf "%s-%d" source.metadata.name source.spec.replicas}}', 'member1-3'],
    ['if', '{{#if (eq source.metadata.name "member1")}}yes{{else}}no{{/if}}', 'yes'],
    ['unless', '{{#unless source.spec.none}}yes{{/unless}}', 'yes'],
    ['each over a list', '{{#each source.spec.list}}{{@index}}{{this}}{{/each}}', '0x1y'],
    [
      'each over a map in the order of its keys',
      '{{#each source.metadata.labels}}{{@key}}={{this}};{{/each}}',
      'a=1;b=2;',
    ],
    ['with and a block parameter', '{{#with source.spec as |s|}}{{s.replicas}}{{/with}}', '3'],
    [
      'a surrounding context',
      '{{#each source.spec.list}}{{../source.metadata.name}} {{/each}}',
      'member1 member1 ',
    ],
    [
      'the index of a surrounding loop',
      '{{#each source.status.conditions}}{{#each ../source.spec.list}}{{@../index}}{{@index}} {{/each}}{{/each}}',
      '00 01 ',
    ],
    [
      'the data from within a loop',
      '{{#each source.spec.list}}{{@root.source.spec.replicas}}{{/each}}',
      '33',
    ],
    ['the alternative of a block alone', '{{^if source.spec.none}}none{{/if}}', 'none'],
    ['the alternative of a loop', '{{#each source.spec.none}}x{{else}}empty{{/each}}', 'empty'],
    ['else if', '{{#if source.none}}a{{else if source.spec}}b{{else}}c{{/if}}', 'b'],
    [
      'a parameter in place of the outer one of the same name',
      '{{#each source.spec.list as |x|}}{{#each ../source.spec.list as |x|}}{{x}}{{/each}}{{/each}}',
      'xyxy',
    ],
    ['without the blanks that a tilde eats', 'a  {{~#if source.spec~}}  b  {{~/if~}}  c', 'abc'],
    ['lines of blocks as nothing', 'a\n{{#if source.spec}}\nb\n{{/if}}\nc', 'a\nb\nc'],
    ['what a backslash escapes', '\\{{source.metadata.name}}', '{{source.metadata.name}}'],
    ['nothing for comments', '{{! a }}{{!-- {{b}} --}}x', 'x'],
    ['the length of a list', '{{source.spec.list.length}}', '2'],
    ['an element of a list', '{{source.spec.list.[1]}}{{lookup source.spec.list 0}}', 'yx'],
    ['lookup', '{{lookup source.metadata.labels "a"}}', '1'],
    [
      'a condition as policies write it',
      '{{#each source.status.conditions}}{{#if (and (eq type "Ready") (eq status "True"))}}true{{/if}}{{/each}}',
      'true',
    ],
  ])('%s', (_, text, output) => {
    expect(compile(text).execute(data)).toBe(output);
  });
});

describe('a template is refused', () => {
  it.each([
    ['that does not parse', 'a\n{{#if x}}\n{{ ) }}', 'unexpected-token', 3],
    ['with a block that is not closed', 'a\n{{#if x}}', 'missing-end', 2],
    ['whose block is closed by another', '{{#if x}}{{/each}}', 'unexpected-token', 1],
    ['with a partial', '{{> header}}', 'unexpected-token', 1],
    ['with a decorator', '{{* inline}}', 'unexpected-token', 1],
    ['with an inline partial', '{{#*inline "x"}}a{{/inline}}', 'unexpected-token', 1],
    ['with another block', '{{#source.spec.list}}x{{/source.spec.list}}', 'unexpected-token', 1],
    ['with an unknown function', 'a\n {{uper source.metadata.name}}', 'unknown-function', 2],
    ['with a removed function', '{{env "HOME"}}', 'removed-function', 1],
    ['with named arguments', '{{upper "a" b="c"}}', 'unexpected-token', 1],
    ['that is too large', 'x'.repeat(70_000), 'limit-template-size', 1],
    ['with a raw block', '{{{{raw}}}}{{x}}{{{{/raw}}}}', 'unexpected-token', 1],
    ['with a value of @ that there is none', 'a\n{{@indx}}', 'undefined-variable', 2],
    ['with what the package keeps for itself', '{{@_parent.root.source}}', 'undefined-variable', 1],
    ['with a name for the value of a condition', '{{#if a as |b|}}{{b}}{{/if}}', 'unexpected-token', 1],
    ['with a lookup of nothing', '{{lookup source}}', 'wrong-argument-count', 1],
    ['of 10 MB', '{{#if a}}'.repeat(1_100_000), 'limit-template-size', 1],
    ['with too many expressions', '{{a}}\n'.repeat(513), 'limit-template-size', 513],
    ['with too many calls in others', '{{upper (lower a)}}\n'.repeat(257), 'limit-template-size', 257],
    ['whose blocks are nested thousands of times', '{{#if a}}'.repeat(7000), 'limit-nesting', 1],
    ['with thousands of else if', `{{#if a}}${'{{else if a}}'.repeat(4000)}{{/if}}`, 'limit-nesting', 1],
    ['with thousands of calls in one another', `{{upper ${'(upper '.repeat(8000)}`, 'limit-nesting', 1],
    ['with a path of thousands of parts', `{{a${'.a'.repeat(10_000)}}}`, 'limit-nesting', 1],
    ['that climbs thousands of times', `{{${'../'.repeat(10_000)}a}}`, 'limit-nesting', 1],
    ['that is nested too deeply', `${'{{#if x}}'.repeat(300)}${'{{/if}}'.repeat(300)}`, 'limit-nesting', 1],
  ])('%s', (_, text, code, line) => {
    expect(() => compile(text)).toThrow(expect.objectContaining({ code, line, stage: 'parse' }));
  });

  it('that is no text, for a syntax tree may hold code', () => {
    const tree = { type: 'Program', body: [] };
    expect(() => compileHandlebars(tree, { functions: allFunctions })).toThrow(TypeError);
  });

  it('tells what was probably meant', () => {
    expect(() => compile('{{uper "a"}}')).toThrow(
      expect.objectContaining({ suggestion: 'upper', column: 3 }),
    );
  });

  it('reports a wrong number of arguments without a run', () => {
    expect(compile('{{upper "a" "b"}}').arityErrors.map(({ code }) => code)).toEqual([
      'wrong-argument-count',
    ]);
  });
});

describe('a run fails with the place', () => {
  it.each([
    ['a function that fails', '\n {{atoi}}{{fail "no"}}', 'function-failed'],
    [
      'too much output',
      `{{#each (until 60000)}}{{#each (until 60000)}}${'x'.repeat(500)}{{/each}}{{/each}}`,
      'limit',
    ],
    [
      'too much work in a loop without output',
      `{{#each (until 60000)}}${'{{#if a}}{{/if}}'.repeat(500)}{{/each}}`,
      'limit-steps',
    ],
    [
      'too many interpolations of nothing',
      `{{#each (until 60000)}}${'{{a}}'.repeat(500)}{{/each}}`,
      'limit-steps',
    ],
    [
      'too many arguments',
      `{{#each (until 60000)}}{{len (list${' a'.repeat(5000)})}}{{/each}}`,
      'limit-steps',
    ],
    ['too long a value', '{{repeat 99999999 "x"}}', 'limit-value-length'],
    ['too long a list', '{{until 1000000000}}', 'limit-list-length'],
  ])('%s', (_, text, code) => {
    expect(() => compile(text).execute(data)).toThrow(
      expect.objectContaining({ stage: 'exec', code: expect.stringContaining(code) as string }),
    );
  });
});

describe('isolation', () => {
  it.each([
    '{{constructor}}',
    '{{source.constructor.name}}',
    '{{source.__proto__}}',
    '{{lookup source "constructor"}}',
    '{{#with source as |s|}}{{s.toString}}{{/with}}',
    '{{@root.constructor}}',
    '{{source.metadata.name.constructor}}',
    '{{source.[__proto__].constructor}}',
    '{{__defineGetter__}}{{hasOwnProperty}}{{valueOf}}',
    '{{helperMissing}}{{blockHelperMissing}}',
    '{{#each source.spec.list}}{{__proto__.constructor}}{{constructor}}{{/each}}',
    '{{lookup source "__proto__"}}{{lookup (lookup source "constructor") "constructor"}}',
    '{{lookup source.spec.list "constructor"}}{{source.spec.list.map}}',
    '{{#with (toJson source) as |json|}}{{json.text}}{{json.constructor}}{{/with}}',
    '{{#with (add 1 2) as |number|}}{{number.value}}{{number.kind}}{{/with}}',
    '{{#if (lookup source "constructor")}}reached{{/if}}',
    '{{[ emit]}}',
  ])('%s reaches nothing', (text) => {
    expect(compile(text).execute(data)).toBe('');
  });
});

describe('fragments', () => {
  it('keep values apart from structure, and joined are the output', () => {
    const template = compile('a: "{{source.metadata.name}}"\nb: {{source.spec.replicas}}\n');
    expect(template.executeFragments(data)).toEqual([
      { kind: 'text', text: 'a: "' },
      { kind: 'value', value: 'member1', exact: false },
      { kind: 'text', text: '"\nb: 3\n' },
    ]);
  });

  it('for any value', () => {
    const template = compile('x {{source}} y {{#if source}}{{source}}{{/if}}');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (source) => {
        const joined = template
          .executeFragments({ source })
          .map((part) => (part.kind === 'text' ? part.text : part.value))
          .join('');
        expect(joined).toBe(template.execute({ source }));
        expect(joined).toBe(`x ${source} y ${source}`);
      }),
    );
  });
});

describe('what a template reads', () => {
  it.each([
    ['{{source.metadata.name}}', ['source.metadata.name **']],
    ['{{#if source.spec}}{{/if}}', ['source.spec']],
    ['{{#each source.items}}{{name}}{{/each}}', ['source.items', 'source.items.*', 'source.items.*.name **']],
    [
      '{{#each source.items as |i|}}{{i.name}}{{/each}}',
      ['source.items', 'source.items.*', 'source.items.*.name **'],
    ],
    ['{{#with source.spec}}{{a}}{{/with}}', ['source.spec', 'source.spec.a **']],
    ['{{lookup source.labels "a"}}', ['source.labels', 'source.labels.a **']],
    ['{{lookup source.labels source.key}}', ['source.labels', 'source.key **', 'source.labels.* **']],
    ['{{upper source.name}}', ['source.name **']],
    ['{{#if (eq source.name "a")}}{{/if}}', ['source.name']],
    ['{{#if (hasKey source.labels "a")}}{{/if}}', ['source.labels.a']],
    ['{{index source.list 0}}', ['source.list.0', 'source.list.0 **']],
    [
      '{{#with (default source.a source.b)}}{{c}}{{/with}}',
      ['source.a', 'source.b', 'source.a.c **', 'source.b.c **'],
    ],
    ['{{#with (first source.list)}}{{a}}{{/with}}', ['source.list.*', 'source.list.*.a **']],
    ['{{@root.source.name}}', ['source.name **']],
    ['{{this}}', [' **']],
  ])('%s', (text, paths) => {
    const read = compile(text).readPaths.map(
      ({ path, subtree }) => `${path.join('.')}${subtree ? ' **' : ''}`,
    );
    expect(read).toEqual(paths);
  });
});

it('a function of the caller may print what the function of its name only compares', () => {
  const functions = new Map([
    ...allFunctions,
    ['eq', { params: ['any', 'any'], call: ([first]: readonly Value[]) => first }] as const,
  ]);
  const template = compileHandlebars('{{eq source.a "x"}}', { functions });
  expect(template.readPaths).toMatchObject([{ path: ['source', 'a'], subtree: true }]);
});

describe('what a template reads is enough:', () => {
  const full = { ...data.source, metadata: { ...data.source.metadata, annotations: { x: 'y' } } };
  it.each([
    '{{source.spec.list.length}}',
    '{{source.spec.list.[1]}}',
    '{{lookup source.spec.list 1}}',
    '{{#each source.status.conditions}}{{#if type}}{{@index}}{{../source.metadata.name}}{{/if}}{{/each}}',
    '{{#each source.status.conditions as |c i|}}{{i}}{{#each ../source.metadata.labels as |v k|}}{{k}}{{v}}{{c.type}}{{/each}}{{/each}}',
    '{{#with source.spec as |source|}}{{source.replicas}}{{/with}}',
    '{{#with source}}{{#with spec}}{{../../source.metadata.name}}{{../metadata.name}}{{/with}}{{/with}}',
    '{{#each source}}{{@key}}{{/each}}',
    '{{#with (default source.none source.metadata.labels)}}{{a}}{{/with}}',
    '{{#each (concat source.spec.list source.status.conditions)}}{{type}}{{/each}}',
    '{{^if source.spec.none}}{{source.metadata.name}}{{/if}}',
    '{{#each source.status.conditions}}{{#each @root.source.spec.list}}{{this}}{{@../key}}{{@root.source.spec.html}}{{/each}}{{/each}}',
    '{{#if source.metadata.annotations}}{{lookup (lookup source "spec") "replicas"}}{{/if}}',
    '{{#with (first source.status.conditions)}}{{status}}{{/with}}',
    '{{#unless source.spec.list}}{{else}}{{len source.metadata.labels}}{{/unless}}',
  ])('%s', (text) => {
    const template = compile(text);
    const tree = emptyTree();
    mergeReadPaths({ source: tree, references: new Map() }, template.readPaths, []);
    const output = template.execute({ source: full, references: {} });
    expect(output).not.toBe('');
    expect(template.execute({ source: prune(full, tree) as Value, references: {} })).toBe(output);
  });
});

it('an error is a TemplateError, whatever the text', () => {
  const piece = fc.constantFrom(
    '{{',
    '}}',
    '{{{',
    '}}}',
    '#if',
    '/if',
    ' x ',
    'else',
    '(',
    ')',
    '"',
    '=',
    '|',
    '>',
    '*',
    '^',
    '^if',
    'as |x|',
    '!',
    '~',
    'each',
    '@',
    '..',
    '/',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      try {
        compile(pieces.join('')).execute(data);
      } catch (error) {
        expect(error).toBeInstanceOf(TemplateError);
      }
    }),
  );
});
