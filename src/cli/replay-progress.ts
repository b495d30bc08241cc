// How far a replay has come: a last line that lives, on a terminal's standard error, once it takes longer than a second.
import type { ReadingProgress } from '../host/capture/capture-source.ts';
import type { Terminal } from './terminal.ts';

const SHOWN_AFTER_MS = 1000;
const SHOWN_EVERY_MS = 100;
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

export class ReplayProgress implements Disposable {
  readonly #terminal: Terminal;
  readonly #now: () => number;
  #dueAt: number;
  #isShown = false;

  /** @param now a clock that only ever runs forward, in milliseconds. */
  constructor(terminal: Terminal, now: () => number = () => performance.now()) {
    this.#terminal = terminal;
    this.#now = now;
    this.#dueAt = terminal.isErrorTerminal ? now() + SHOWN_AFTER_MS : Number.POSITIVE_INFINITY;
  }

  show({ read, length }: ReadingProgress, frames: number): void {
    const now = this.#now();
    if (now < this.#dueAt) return;
    this.#dueAt = now + SHOWN_EVERY_MS;
    this.#isShown = true;
    const share = length === null || length === 0 ? '' : `${Math.floor((100 * read) / length)} % of `;
    const size = sizeText(length ?? read);
    this.#terminal.showLive(`${share}${size}, ${frames.toLocaleString('en')} frames`);
  }

  /** Before anything else is written. */
  hide(): void {
    if (!this.#isShown) return;
    this.#isShown = false;
    this.#terminal.showLive('');
  }

  [Symbol.dispose](): void {
    this.hide();
  }
}

function sizeText(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const size = bytes / 1000 ** power;
  return `${power === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${UNITS[power]}`;
}
