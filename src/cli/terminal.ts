// Standard output and error of a command.
import type { WriteStream } from 'node:tty';

/** The reader of our output has gone (`| head`): nothing is left to do, and nothing is wrong. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed';
}

/** A mistake of the person who called, told in one line without a stack; exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export class Terminal {
  readonly #output: WriteStream;
  readonly #error: WriteStream;
  readonly color: boolean;
  #closed = false;

  /** @param environment for `NO_COLOR` (https://no-color.org) and `TERM`. */
  constructor(
    output: WriteStream,
    error: WriteStream,
    environment: Readonly<Record<string, string | undefined>>,
  ) {
    this.#output = output;
    this.#error = error;
    const wanted = (environment.NO_COLOR ?? '') === '' && environment.TERM !== 'dumb';
    this.color = wanted && output.isTTY === true;
    output.on('error', () => {
      this.#closed = true;
    });
    error.on('error', () => {});
  }

  get isTerminal(): boolean {
    return this.#output.isTTY === true;
  }

  /** Where it is no terminal, as wide as one by custom. */
  get columns(): number {
    return this.#output.columns ?? 80;
  }

  /** @throws OutputClosed */
  write(text: string): void {
    if (this.#closed || this.#output.errored || this.#output.destroyed) throw new OutputClosed();
    this.#output.write(text);
  }

  /** One line on standard error. */
  complain(message: string): void {
    this.#error.write(`vipwatch: ${message.replaceAll(/\s*\n\s*/g, ' ')}\n`);
  }
}
