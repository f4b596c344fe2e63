import { styleText } from 'node:util';

export type Colour = 'red' | 'yellow' | 'green' | 'cyan' | 'bold' | 'dim';

/** Where a command writes: results to standard output, progress to standard error. */
export interface Output {
  readonly line: (text: string) => void;
  readonly progress: (text: string) => void;
  /** The text in a colour, where standard output is a terminal that shows it. */
  readonly colour: (name: Colour, text: string) => string;
}

/** The process's own output; colour only on a terminal, and never with `NO_COLOR` set (https://no-color.org). */
export function processOutput(): Output {
  return {
    line: (text) => process.stdout.write(`${text}\n`),
    progress: (text) => process.stderr.write(`${text}\n`),
    colour: (name, text) => styleText(name, text, { stream: process.stdout }),
  };
}
