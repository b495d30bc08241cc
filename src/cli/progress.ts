// How a failover test goes on, as it goes on: a line for each step, and on a terminal a last line that lives.
import { lengthText } from '../base/length-text.ts';
import type { FailoverTestJson } from '../serve/render/render.ts';
import type { Terminal } from './terminal.ts';

const FRAMES = [...'⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'];
const SPIN_EVERY_MS = 100;
const ERASE_LINE = '\r\u001b[2K';

export class Progress implements Disposable {
  readonly #terminal: Terminal;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #since = performance.now();
  #shown = '';
  #turn = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    if (terminal.isTerminal) this.#timer = setInterval(() => this.#spin(), SPIN_EVERY_MS);
  }

  /** Tells what is different from the last time. */
  show({ phase, message }: FailoverTestJson): void {
    const text = `${phase.padEnd(11)} ${message}`;
    if (text === this.#shown) return;
    this.#shown = text;
    this.say(text);
  }

  say(text: string): void {
    this.#erase();
    this.#terminal.write(`${this.#elapsed().padStart(8)}  ${text}\n`);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#erase();
  }

  #spin(): void {
    this.#turn = (this.#turn + 1) % FRAMES.length;
    try {
      this.#terminal.write(`${ERASE_LINE}${this.#elapsed().padStart(8)}  ${FRAMES[this.#turn]}`);
    } catch {
      // Whoever writes next finds out.
      clearInterval(this.#timer);
    }
  }

  #erase(): void {
    if (this.#timer) this.#terminal.write(ERASE_LINE);
  }

  #elapsed(): string {
    return lengthText(Math.floor((performance.now() - this.#since) / 100) * 100);
  }
}
