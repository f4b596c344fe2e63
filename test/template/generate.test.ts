import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { allFunctions } from '../../src/sprig/index.ts';
import { compile, TemplateError } from '../../src/template/index.ts';
import type { Limits, Template, Value } from '../../src/template/index.ts';
import { loadSuites } from '../conformance/cases.ts';

const options = { functions: allFunctions, name: 't' };
const deterministic = { now: () => 1_700_000_000_000, random: () => 0.5 };

/** What a template does with data, to a user and to its budget. */
function outcomeOf(template: Template, data: Value): unknown {
  try {
    return {
      text: template.execute(data, deterministic),
      fragments: template.executeFragments(data, deterministic),
    };
  } catch (error) {
    if (error instanceof TemplateError) return { code: error.code, error: error.toString() };
    throw error;
  }
}

/** The same of a template that stays as it was compiled, and of one that is code of its own from its first run. */
function bothOf(text: string, data: Value, limits: Partial<Limits>): readonly [unknown, unknown] | undefined {
  try {
    const [asCompiled, generated] = [Infinity, 0].map((hotAfter) =>
      compile(text, { ...options, limits, hotAfter }),
    );
    return asCompiled && generated ? [outcomeOf(asCompiled, data), outcomeOf(generated, data)] : undefined;
  } catch (error) {
    if (error instanceof TemplateError) return undefined;
    throw error;
  }
}

describe('a template that has become code of its own', () => {
  const suites = ['fixtures', 'own'].flatMap((folder) =>
    loadSuites(join(import.meta.dirname, '../conformance', folder)),
  );

  // With few steps most end on the way, so that a share of them will do.
  it.each([
    [60, 4],
    [400_000, 1],
  ])(
    'does the same as before, to its fragments, its errors and the step that is too many, with %d steps',
    (steps, share) => {
      const cases = suites
        .flatMap(({ cases, data }) => cases.map((test) => ({ test, data: data[test.data] })))
        .filter((_case, index) => index % share === 0);
      let compared = 0;
      for (const { test, data } of cases) {
        const both = bothOf(test.tmpl, data, { steps });
        if (!both) continue;
        compared++;
        expect({ template: test.tmpl, outcome: both[1] }).toEqual({ template: test.tmpl, outcome: both[0] });
      }
      expect(compared).toBeGreaterThan(8_000 / share);
    },
  );
});

/** Has `Function` note the code that it is given. */
function spyOnFunction(): string[] {
  const sources: string[] = [];
  const Native = Function;
  vi.stubGlobal(
    'Function',
    class extends Native {
      constructor(...args: string[]) {
        super(...args);
        sources.push(args.at(-1) ?? '');
      }
    },
  );
  return sources;
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('the code of a template', () => {
  /** What is compiled for a template, positions and lengths of text left out, and its output. */
  function compiledFor(text: string, data: Value): { readonly source: string; readonly output: string } {
    const sources = spyOnFunction();
    const output = compile(text, { ...options, hotAfter: 0 }).execute(data);
    vi.unstubAllGlobals();
    return { source: sources.join('\n').replace(/\b\d+\b/g, 'N'), output };
  }

  it('is the same for templates that differ in nothing but their texts, keys and names of variables', () => {
    const template = (text: string, quoted: string, key: string, variable: string): string =>
      `${text}{{ $${variable} := .${key} }}{{ if eq $${variable}.${key} ${quoted} }}${text}{{ end }}` +
      `{{ with get . ${quoted} }}{{ . }}{{ end }}{{ range $${variable} }}{{ break }}{{ end }}{{ ${quoted} | trim }}`;
    const plain = compiledFor(template('abcdefg', '"abcdefghij"', 'abc', 'v'), { abc: { abc: 'x' } });
    const hostile = compiledFor(template('`${a}`', '"\\"],1);//`${"', 'c0_', 'x'), { c0_: { c0_: 'y' } });
    expect(plain.source).toContain('return (run, dot, frame) => {');
    expect(hostile.source).toBe(plain.source);
  });

  it.each([
    '`',
    '${',
    '"',
    "'",
    '\\',
    '*/',
    '//',
    '\n',
    '\u2028',
    '</script>',
    'constants',
    '];process.exit(1);[',
  ])('holds no text of the template: %j', (text) => {
    const template = (written: string): string => {
      const literal = JSON.stringify(written);
      return `${written} {{ ${literal} }}{{ print ${literal} "" }}{{ eq ${literal} "a" }}{{ index . ${literal} }}`;
    };
    const { source, output } = compiledFor(template(text), { [text]: 'found' });
    expect(output).toBe(`${text} ${text}${text}falsefound`);
    expect(source).toBe(compiledFor(template('x'), {}).source);
  });
});

describe('a process that allows no code to be generated', () => {
  it('renders templates all the same, however often', async () => {
    const module = (path: string): string =>
      JSON.stringify(pathToFileURL(join(import.meta.dirname, '../../src', path)).href);
    const program = `
      import { compile } from ${module('template/index.ts')};
      import { allFunctions } from ${module('sprig/index.ts')};
      const template = compile('{{ upper .a }}', { functions: allFunctions, hotAfter: 1 });
      const outputs = ['x', 'y', 'z'].map((a) => template.execute({ a }));
      let refused = 'no';
      try { new Function('return 1'); } catch (error) { refused = error.constructor.name; }
      process.stdout.write(JSON.stringify({ outputs, refused }));
    `;
    const args = ['--disallow-code-generation-from-strings', '--input-type=module', '--eval', program];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(JSON.parse(stdout)).toEqual({ outputs: ['X', 'Y', 'Z'], refused: 'EvalError' });
  });
});

describe('a template', () => {
  it('becomes code of its own when it has run so often', () => {
    const made = spyOnFunction();
    const template = compile('{{ .a }}', { ...options, hotAfter: 2 });
    const counts = [1, 2, 3, 4].map((a) => [template.execute({ a }), made.length]);
    expect(counts).toEqual([
      ['1', 0],
      ['2', 0],
      ['3', 1],
      ['4', 1],
    ]);
  });

  it('of any length renders the same, also where its code would be too long', () => {
    const text = '{{ .a }}-'.repeat(7_000);
    const [asCompiled, generated] = bothOf(text, { a: 'x' }, {}) ?? [];
    expect(generated).toEqual(asCompiled);
    expect(asCompiled).toMatchObject({ text: 'x-'.repeat(7_000) });
  });
});
