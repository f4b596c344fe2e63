import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileHandlebars } from '../../src/handlebars/index.ts';
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
    ['that does not parse', 'a\n{{#if x}}', 'unexpected-token', 2],
    ['whose block is closed by another', '{{#if x}}{{/each}}', 'unexpected-token', 1],
    ['with a partial', '{{> header}}', 'unexpected-token', 1],
    ['with a decorator', '{{* inline}}', 'unexpected-token', 1],
    ['with an inline partial', '{{#*inline "x"}}a{{/inline}}', 'unexpected-token', 1],
    ['with another block', '{{#source.spec.list}}x{{/source.spec.list}}', 'unexpected-token', 1],
    ['with an unknown function', 'a\n {{uper source.metadata.name}}', 'unknown-function', 2],
    ['with a removed function', '{{env "HOME"}}', 'removed-function', 1],
    ['with named arguments', '{{upper "a" b="c"}}', 'unexpected-token', 1],
    ['that is too large', 'x'.repeat(70_000), 'limit-template-size', 1],
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
    ['{{@root.source.name}}', ['source.name **']],
    ['{{this}}', [' **']],
  ])('%s', (text, paths) => {
    const read = compile(text).readPaths.map(
      ({ path, subtree }) => `${path.join('.')}${subtree ? ' **' : ''}`,
    );
    expect(read).toEqual(paths);
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
