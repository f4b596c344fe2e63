import { randomUUID } from 'node:crypto';
import { inspect, styleText } from 'node:util';
import { visible, withoutWorkflowCommands } from './visible.ts';

export type Colour = 'red' | 'yellow' | 'green' | 'cyan' | 'bold' | 'dim';

/** Where a command writes: results to standard output, progress to standard error. */
export interface Output {
  /** Lines for people: what could act on a terminal or a runner of GitHub Actions is made visible. */
  readonly line: (text: string) => void;
  readonly progress: (text: string) => void;
  /** A result for programs, as it is. */
  readonly data: (text: string) => void;
  /** The text in a colour, where standard output is a terminal that shows it. To be printed by {@link line} alone. */
  readonly colour: (name: Colour, text: string) => string;
}

type Stream = Pick<NodeJS.WriteStream, 'write' | 'isTTY'>;

/** The process's own output; colour only on a terminal, and never with `NO_COLOR` set (https://no-color.org). */
export function processOutput(
  stdout: Stream = process.stdout,
  stderr: Stream = process.stderr,
  env: NodeJS.ProcessEnv = process.env,
): Output {
  // Only this process knows the mark, so that no text of an object can be taken for a colour.
  const mark = `\u0000${randomUUID()}`;
  const codes = new RegExp(`(${mark}[a-z]+,[01];)`, 'u');
  const onRunner = env['GITHUB_ACTIONS'] === 'true';
  const forPeople = (text: string): string => {
    const parts = text.split(codes);
    const cleaned = parts.map((part) => (part.startsWith(mark) ? part : visible(part))).join('');
    const safe = onRunner ? withoutWorkflowCommands(cleaned) : cleaned;
    return safe
      .split(codes)
      .map((part) => (part.startsWith(mark) ? sequenceOf(part, mark) : part))
      .join('');
  };
  return {
    line: (text) => stdout.write(`${forPeople(text)}\n`),
    progress: (text) => stderr.write(`${forPeople(text)}\n`),
    data: (text) => stdout.write(`${stdout.isTTY ? visible(text) : text}\n`),
    colour: (name, text) =>
      styleText(name, ' ', { stream: process.stdout }) === ' '
        ? text
        : `${mark}${name},0;${text}${mark}${name},1;`,
  };
}

/** The escape sequence that a mark stands for: `red,0` begins red, `red,1` ends it. */
function sequenceOf(part: string, mark: string): string {
  const [name = '', end = ''] = part.slice(mark.length, -1).split(',');
  return `\u001b[${String(inspect.colors[name]?.[Number(end)] ?? 0)}m`;
}
