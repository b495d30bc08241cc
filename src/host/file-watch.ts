// Tells when a file has become another one. By looking at it now and then: that also sees a link that leads elsewhere, as in a
// ConfigMap that Kubernetes mounts, a folder that was mounted anew, and file systems that notify of nothing.
import { statSync } from 'node:fs';
import type { Millis } from '../base/time.ts';

const LOOK_EVERY_MS = 5_000;
/** A file that is still being written is left alone until it was the same for so long. */
const SETTLED_AFTER_MS = 500;

export class FileWatch {
  readonly #path: string;
  readonly #onChange: () => void;
  readonly #every: Millis;
  readonly #settledAfter: Millis;
  #timer: NodeJS.Timeout;
  /** As it was when its reader was told, or began. */
  #known: string;
  #latest: string;

  constructor(
    path: string,
    onChange: () => void,
    { every = LOOK_EVERY_MS, settledAfter = SETTLED_AFTER_MS } = {},
  ) {
    this.#path = path;
    this.#onChange = onChange;
    this.#every = every;
    this.#settledAfter = settledAfter;
    this.#known = this.#latest = stateOf(path);
    this.#timer = this.#lookIn(every);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #lookIn(wait: Millis): NodeJS.Timeout {
    return setTimeout(() => this.#look(), wait).unref();
  }

  #look(): void {
    const state = stateOf(this.#path);
    const isSettled = state === this.#latest;
    this.#latest = state;
    if (isSettled && state !== this.#known) {
      this.#known = state;
      this.#onChange();
    }
    this.#timer = this.#lookIn(state === this.#known ? this.#every : this.#settledAfter);
  }
}

function stateOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stat ? `${stat.dev} ${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}` : 'absent';
}
