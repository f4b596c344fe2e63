import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { processOutput } from '../../src/cli/output.ts';
import { yamlText } from '../../src/cli/report/yaml-text.ts';
import {
  jsonText,
  visible,
  visibleExcerpt,
  visibleLine,
  withoutWorkflowCommands,
} from '../../src/cli/visible.ts';

/** Texts with what terminals, runners and readers fall for. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom('::error::x', '##[error]', '##', '[', ':', '\n', '\r', ' ', '\u001b[2J', '\u009b1A'),
      fc.constantFrom('\u202e', '\u2066', '\u0000', '\u007f', '\u2028', '\ufeff', '\\', '"', "'", '-', '\t'),
      fc.string({ maxLength: 4 }),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));

/** What GitHub's runner does with a line (actions/runner, `ActionCommand.cs`). */
const isCommand = (line: string) => line.trimStart().startsWith('::') || line.includes('##[');

describe('texts for people', () => {
  it.each([
    ['an escape sequence', 'a\u001b[2Jb', 'a\\u001b[2Jb'],
    ['a carriage return', 'good\rbad', 'good\\u000dbad'],
    ['a control character of eight bits', '\u009b1A', '\\u009b1A'],
    ['a mark of direction', 'user\u202e', 'user\\u202e'],
    ['letters of any script', 'Zürich 東京 \u{1f600}', 'Zürich 東京 \u{1f600}'],
    ['lines and tabs', 'a\n\tb', 'a\n\tb'],
  ])('show %s', (_, text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it('stay in one line where one is meant', () => {
    expect(visibleLine('a\n::error::b\tc')).toBe('a\\n::error::b\\tc');
  });

  it('keep the caret of an excerpt below its character', () => {
    expect(visibleExcerpt('a\u001b{{ b }}\n     ^')).toBe('a\\u001b{{ b }}\n          ^');
    expect(visibleExcerpt('{{ b }}\n   ^')).toBe('{{ b }}\n   ^');
    expect(visibleExcerpt('\tx\u001b{{ y\n\t  ^')).toBe('\tx\\u001b{{ y\n\t       ^');
  });

  it('hold no workflow command once they are defused', () => {
    expect(withoutWorkflowCommands('  ::add-mask::x\na::b\n##[error]y')).toBe(
      '  \\::add-mask::x\na::b\n#\\#[error]y',
    );
    fc.assert(
      fc.property(hostile, (text) => {
        expect(withoutWorkflowCommands(visible(text)).split('\n').filter(isCommand)).toEqual([]);
      }),
    );
  });
});

describe('results for programs', () => {
  it.each([
    ['YAML', (value: unknown) => yamlText(value), (text: string): unknown => parse(text)],
    ['JSON', (value: unknown) => jsonText(value), (text: string): unknown => JSON.parse(text)],
  ])('in %s say the same, and nothing in them acts', (_, print, read) => {
    fc.assert(
      fc.property(fc.dictionary(hostile, fc.oneof(hostile, fc.array(hostile))), (value) => {
        const text = print(value);
        expect(read(text)).toEqual({ ...value });
        expect(visible(text)).toBe(text);
        expect(text.split('\n').filter(isCommand)).toEqual([]);
      }),
    );
  });
});

describe('the output of the process', () => {
  function written(env: NodeJS.ProcessEnv, isTTY: boolean) {
    const texts: string[] = [];
    const stream = { isTTY, write: (text: string) => texts.push(text) > 0 };
    return { texts, output: processOutput(stream, stream, env) };
  }

  it('makes lines visible, on a terminal also results', () => {
    const { texts, output } = written({}, true);
    output.line('\u001b[31m');
    output.progress('\u001b[31m');
    output.data('\u001b[31m');
    expect(texts).toEqual(['\\u001b[31m\n', '\\u001b[31m\n', '\\u001b[31m\n']);
  });

  it('leaves results for programs as they are', () => {
    const { texts, output } = written({ GITHUB_ACTIONS: 'true' }, false);
    output.data('::error::one of ours\u001b');
    output.line('::error::one of theirs');
    expect(texts).toEqual(['::error::one of ours\u001b\n', '\\::error::one of theirs\n']);
  });
});
