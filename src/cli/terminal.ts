// Standard output and error of a command.
import type { WriteStream } from 'node:tty';
import { getSystemErrorMessage } from 'node:util';
import { localText, type TimeText, utcText } from './time-text.ts';

const ERASE_LINE = '\r\u001b[2K';

/** A mistake of the person who called, told in one line without a stack; exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What was to be written did not arrive, as on a full disk; exit code 2, whatever the verdict was. */
export class OutputFailed extends Error {
  override readonly name = 'OutputFailed';

  constructor({ code, errno, message }: NodeJS.ErrnoException) {
    const reason = errno === undefined ? message : getSystemErrorMessage(errno);
    super(`Cannot write to standard output: ${reason}${code === undefined ? '' : ` (${code})`}`);
  }
}

export interface Preferences {
  readonly color: 'auto' | 'always' | 'never';
  readonly utc?: boolean;
}

export class Terminal {
  readonly #output: WriteStream;
  readonly #error: WriteStream;
  #color: boolean;
  #isUtc = false;
  #failure: NodeJS.ErrnoException | null = null;

  /** @param environment for `NO_COLOR` (https://no-color.org), `FORCE_COLOR` and `TERM`. */
  constructor(
    output: WriteStream,
    error: WriteStream,
    environment: Readonly<Record<string, string | undefined>>,
  ) {
    this.#output = output;
    this.#error = error;
    const { NO_COLOR = '', FORCE_COLOR = '', TERM } = environment;
    const isForced = FORCE_COLOR !== '' && FORCE_COLOR !== '0';
    this.#color = NO_COLOR === '' && (isForced || (output.isTTY === true && TERM !== 'dumb'));
    output.on('error', (failure) => {
      this.#failure ??= failure;
    });
    error.on('error', () => {});
  }

  get color(): boolean {
    return this.#color;
  }

  /** How times are shown. */
  get timeText(): TimeText {
    return this.isTerminal && !this.#isUtc ? localText : utcText;
  }

  /** What the person who called wants, whatever the output is. */
  prefer({ color, utc = false }: Preferences): void {
    if (color !== 'auto') this.#color = color === 'always';
    this.#isUtc = utc;
  }

  get isTerminal(): boolean {
    return this.#output.isTTY === true;
  }

  get isErrorTerminal(): boolean {
    return this.#error.isTTY === true;
  }

  /** Where it is no terminal, as wide as one by custom. */
  get columns(): number {
    return this.#output.columns ?? 80;
  }

  /** The reader has gone (`| head`): nothing is wrong, and what is written from now on is dropped. */
  get isUnread(): boolean {
    return this.#failed?.code === 'EPIPE';
  }

  /** @throws OutputFailed where something written before did not arrive. */
  write(text: string): void {
    if (this.isUnread) return;
    const failure = this.#failed;
    if (failure) throw new OutputFailed(failure);
    this.#output.write(text);
  }

  /** Resolves once all is written. @throws OutputFailed */
  async finish(): Promise<void> {
    await new Promise<void>((done) => {
      if (this.#failed) done();
      else this.#output.write('', () => done());
    });
    const failure = this.#failed;
    if (failure && !this.isUnread) throw new OutputFailed(failure);
  }

  /** One line on standard error. */
  complain(message: string): void {
    this.#error.write(`vipwatch: ${message.replaceAll(/\s*\n\s*/g, ' ')}\n`);
  }

  /** Lines that name a file and a place in it, with nothing before: editors and terminals follow them. */
  complainOf(lines: string): void {
    this.#error.write(`${lines}\n`);
  }

  /** In place of the last line on standard error, which is a terminal; an empty one erases it. */
  showLive(line: string): void {
    this.#error.write(`${ERASE_LINE}${line}`);
  }

  get #failed(): NodeJS.ErrnoException | null {
    return this.#failure ?? this.#output.errored;
  }
}
