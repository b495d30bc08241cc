import type { Micros } from '../../base/time.ts';

/** So that a flood of half-certain frames does not grow memory. */
const CAPACITY = 1024;

/** Verdicts that wait a moment for a fact which would overturn them. */
export class Deferred {
  readonly #wake: (at: Micros) => void;
  readonly #verdicts = new Map<
    string,
    { readonly dueAt: Micros; readonly pronounce: (at: Micros) => void }
  >();

  /** `wake` is told when a verdict falls due. */
  constructor(wake: (at: Micros) => void) {
    this.#wake = wake;
  }

  /** Keeps the first verdict under a key; false where it is full. */
  add(key: string, dueAt: Micros, pronounce: (at: Micros) => void): boolean {
    if (this.#verdicts.has(key)) return true;
    if (this.#verdicts.size >= CAPACITY) return false;
    this.#verdicts.set(key, { dueAt, pronounce });
    this.#wake(dueAt);
    return true;
  }

  cancel(key: string): void {
    this.#verdicts.delete(key);
  }

  cancelWhere(overturned: (key: string) => boolean): void {
    for (const key of this.#verdicts.keys()) if (overturned(key)) this.#verdicts.delete(key);
  }

  /** Pronounces what is due. */
  run(now: Micros): void {
    for (const [key, { dueAt, pronounce }] of this.#verdicts) {
      if (dueAt > now) {
        this.#wake(dueAt);
        continue;
      }
      this.#verdicts.delete(key);
      pronounce(now);
    }
  }

  /** Pronounces at once what `ready` selects by its key. */
  runWhere(ready: (key: string) => boolean, now: Micros): void {
    for (const [key, { pronounce }] of this.#verdicts) {
      if (!ready(key)) continue;
      this.#verdicts.delete(key);
      pronounce(now);
    }
  }
}
