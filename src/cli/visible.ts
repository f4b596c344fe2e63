import { visible } from '../kube/index.ts';

export { visible };

/*
 * Besides what cannot be seen, lines of a certain form act when they are printed: a runner of GitHub Actions takes them for
 * commands.
 */

/** The same as one line: `\n` stands for a newline, `\t` for a tab. */
export const visibleLine = (text: string): string =>
  visible(text.replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t'));

/**
 * Two lines, of which the second has a caret below a character of the first, with that still so once what cannot be seen is
 * written out. Another text is only made visible.
 */
export function visibleExcerpt(excerpt: string): string {
  const [, line = '', before = ''] = /^([^\n]*)\n(\s*)\^$/.exec(excerpt) ?? [];
  if (line === '') return visible(excerpt);
  const [left, right] = [[...line].slice(0, before.length), [...line].slice(before.length)];
  const indent = before === '' ? '' : visible(left.join('')).replaceAll(/[^\t]/gu, ' ');
  return `${visible(left.join(''))}${visible(right.join(''))}\n${indent}^`;
}

/** Whether a line is a workflow command to GitHub's runner, in one of its two forms (actions/runner, `ActionCommand.cs`). */
const workflowCommand = /^(\s*):(?=:)|##(?=\[)/gmu;

/** The text with no line that GitHub's runner takes for a command. */
export const withoutWorkflowCommands = (text: string): string =>
  text.replaceAll(workflowCommand, (_command, indent: string | undefined) =>
    indent === undefined ? '#\\#' : `${indent}\\:`,
  );

/** Whether a text printed as it is would do more than be read. */
export const actsWhenPrinted = (text: string): boolean =>
  visible(text) !== text || withoutWorkflowCommands(text) !== text;

/** JSON for programs, of which nothing acts when it is printed. */
export const jsonText = (value: unknown): string =>
  visible(JSON.stringify(value, undefined, 2)).replaceAll('##[', '#\\u0023[');
