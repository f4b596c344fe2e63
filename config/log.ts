import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';
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
 * The log of a process, written to standard error (standard output belongs to a command's result).
 *
 * Known credential fields are struck out on the way; text from elsewhere must be redacted before it is logged.
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
      formatters: { level: (label) => ({ level: label }) },
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
