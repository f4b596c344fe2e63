import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';
import { visible } from '../src/kube/index.ts';
import type { Config } from './configuration.ts';

/** A structured log. Fields first, message last: `log.info({ policy: 'mcp' }, 'policy admitted')`. */
export type Log = Logger;

/** Fields that hold credentials wherever they turn up, down to two levels. */
const secretFields = [
  'authorization',
  'password',
  'token',
  'kubeconfig',
  'caData',
  'tokenData',
  'certData',
  'keyData',
  'data',
  'stringData',
  'key',
  'keyPem',
];

/**
 * Fields may come from a request. So at most this many characters of a text, entries of a list or object, and levels
 * are logged.
 */
const MAX_TEXT = 2000;
const MAX_ENTRIES = 50;
const MAX_DEPTH = 4;

/** The part of a value that is logged. Its size is limited, and it has no characters that a terminal acts upon. */
function bounded(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return boundedText(value);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (depth === MAX_DEPTH) return '…';
  if (Array.isArray(value)) return value.slice(0, MAX_ENTRIES).map((entry) => bounded(entry, depth + 1));
  if (value instanceof Error) return boundedText(value.message);
  const entries = Object.entries(value).slice(0, MAX_ENTRIES);
  return Object.fromEntries(entries.map(([name, entry]) => [boundedText(name), bounded(entry, depth + 1)]));
}

function boundedText(text: string): string {
  const rest = text.length - MAX_TEXT;
  const kept =
    rest > 0 ? `${text.slice(0, MAX_TEXT).toWellFormed()}… (${String(rest)} more characters)` : text;
  return visible(kept);
}

/**
 * The log of a process, written to standard error (standard output belongs to a command's result).
 *
 * Known credential fields are struck out on the way; text from elsewhere must be redacted before it is logged. Fields are cut
 * to a bounded size, and what cannot be seen is written as `\u001b`.
 *
 * @param process `webhook`, `controller`, …: logged with every line
 */
export function createLog(
  config: Pick<Config, 'logLevel' | 'logFormat'>,
  process: string,
  destination: DestinationStream = pino.destination({ dest: 2, sync: true }),
): Log {
  const stream = config.logFormat === 'text' ? textStream(destination) : destination;
  return pino(
    {
      level: config.logLevel,
      base: { process },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => bounded(fields) as Record<string, unknown>,
      },
      redact: {
        paths: secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
        censor: '[redacted]',
      },
    },
    stream,
  );
}

/** `12:34:56.789 info webhook: serving port=9443`: pino's JSON lines for people. */
function textStream(destination: DestinationStream): DestinationStream {
  return {
    write(line: string) {
      destination.write(textLine(line));
    },
  };
}

function textLine(line: string): string {
  const { time, level, process, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const clock = typeof time === 'string' ? time.slice(11, 23) : '';
  const rest = Object.entries(fields).map(
    ([name, value]) =>
      ` ${name}=${typeof value === 'string' && isWord(value) ? value : JSON.stringify(value)}`,
  );
  return `${clock} ${String(level)} ${String(process)}: ${typeof msg === 'string' ? msg : ''}${rest.join('')}\n`;
}

/** Anything else is quoted: a name from a request must not look like another field, or another line. */
const isWord = (text: string): boolean => /^[\x21\x23-\x7e]+$/.test(text);
