// The log: JSON for machines, or lines for people.
import { styleText } from 'node:util';
import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino';

export interface LogOptions {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly format: 'json' | 'pretty';
  readonly color: boolean;
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
  { level, format, color }: LogOptions,
  output: { readonly write: (line: string) => unknown },
): Log {
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  if (format === 'pretty') {
    const stream: DestinationStream = { write: (line) => void output.write(prettyLine(line, color)) };
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

/** `12:00:00.123 WARN  the message  key=value`, and the remedy of a finding on a line of its own. */
export function prettyLine(line: string, color: boolean): string {
  const { level, time, msg, remedy, err, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const style = STYLES[String(level) as keyof typeof STYLES] ?? STYLES.info;
  const pairs = Object.entries(rest)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const more = pairs.length === 0 ? '' : `  ${paint('dim', pairs.join(' '))}`;
  const stack = (err as { stack?: string } | undefined)?.stack;
  return (
    `${paint('dim', String(time).slice(11, 23))} ${paint([...style], String(level).toUpperCase().padEnd(5))} ${msg}${more}\n` +
    (remedy === undefined ? '' : `             ${paint('cyan', `What to do: ${remedy}`)}\n`) +
    (stack === undefined ? '' : `${stack}\n`)
  );
}
