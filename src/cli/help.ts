import type { ExitCode } from './errors.ts';

/** The part of a command's help that shows how it is used. */
export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;

/** The meaning of a command's exit codes. It has no codes besides those that it names. */
export const exitCodes = (meanings: { readonly [code in ExitCode]?: string }): string =>
  `\nExit codes:\n${Object.entries(meanings)
    .map(([code, meaning]) => `  ${code}  ${meaning}`)
    .join('\n')}`;
