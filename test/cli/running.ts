// The daemon as a process: what it logs, and how it ends.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [key: string]: unknown;
}

export class Running {
  readonly #child: ChildProcess;
  readonly lines: LogLine[] = [];
  readonly exited: Promise<number | null>;
  stderr = '';
  #heard: () => void = () => {};

  constructor(child: ChildProcess) {
    this.#child = child;
    this.exited = once(child, 'close').then(([code]) => code as number | null);
    child.stderr!.setEncoding('utf8').on('data', (text) => {
      this.stderr += text;
    });
    createInterface({ input: child.stdout! }).on('line', (line) => {
      this.lines.push(JSON.parse(line));
      this.#heard();
    });
  }

  /**
   * Resolves once a line of the log is as wanted.
   * @param from how many lines are passed over.
   */
  async logged(message: string | RegExp, from = 0): Promise<LogLine> {
    for (;;) {
      const found = this.lines
        .slice(from)
        .find(({ msg }) => (typeof message === 'string' ? msg === message : message.test(msg)));
      if (found) return found;
      const heard = new Promise<'heard'>((resolve) => {
        this.#heard = () => resolve('heard');
      });
      const next = await Promise.race([heard, this.exited]);
      if (next !== 'heard') throw new Error(`ended with ${next} before "${message}": ${this.stderr}`);
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** A line of `/proc/PID/status`. */
  status(key: string): string {
    const lines = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8').split('\n');
    return lines
      .find((line) => line.startsWith(`${key}:`))!
      .slice(key.length + 1)
      .trim();
  }
}
