// The log: JSON for machines, or lines for people.
import { styleText } from 'node:util';
import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino';

/** Of lines for people. */
export interface Look {
  readonly color: boolean;
  /** Turns ISO 8601 in UTC into the date, a space, and the time with its zone. */
  readonly timeText: (iso: string) => string;
}

export interface LogOptions extends Look {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly format: 'json' | 'pretty';
}

/** A reader of the log that stands still must not stop the daemon: beyond this, lines are lost. Bytes. */
const MAX_BUFFERED = 1_000_000;

export interface Log {
  readonly logger: Logger;
  /** Writes what is still buffered; at the very end. */
  readonly flush: () => void;
}

/** @param output where lines for people go; JSON goes to standard output. */
export function createLog(
  { level, format, ...look }: LogOptions,
  output: { readonly write: (line: string) => unknown },
): Log {
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  if (format === 'pretty') {
    const stream: DestinationStream = { write: (line) => void output.write(prettyLine(line, look)) };
    return { logger: pino(options, stream), flush: () => {} };
  }
  const stream = destination({ fd: 1, sync: false, maxLength: MAX_BUFFERED });
  stream.on('error', () => {}); // the reader has gone: the daemon goes on
  const flush = () => {
    try {
      stream.flushSync();
    } catch {
      // Nobody reads, or nothing was opened yet.
    }
  };
  return { logger: pino(options, stream), flush };
}

const STYLES = { error: ['red', 'bold'], warn: ['yellow'], info: ['green'], debug: ['dim'] } as const;

/** Of which the message says all that is of use to people; the rest is for machines, which read JSON. */
const TOLD_IN_WORDS = ['finding', 'lease', 'service-gap', 'takeover'];

/**
 * `12:00:00.123+01:00 WARN  the message  key=value`, and the remedy of a finding on a line of its own.
 * @param timeText of ISO 8601 in UTC: date, space, time and zone.
 */
export function prettyLine(line: string, { color, timeText }: Look): string {
  const { level, time, msg, remedy, err, event, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const style = STYLES[String(level) as keyof typeof STYLES] ?? STYLES.info;
  const shown = TOLD_IN_WORDS.includes(String(event))
    ? { kind: rest.kind ?? null }
    : { event: event ?? null, ...rest };
  const pairs = Object.entries(shown)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const more = pairs.length === 0 ? '' : `  ${paint('dim', pairs.join(' '))}`;
  const stack = (err as { stack?: string } | undefined)?.stack;
  const [, clock = ''] = timeText(String(time)).split(' ');
  return (
    `${paint('dim', clock)} ${paint([...style], String(level).toUpperCase().padEnd(5))} ${msg}${more}\n` +
    (remedy === undefined ? '' : `             ${paint('cyan', `What to do: ${remedy}`)}\n`) +
    (stack === undefined ? '' : `${stack}\n`)
  );
}
