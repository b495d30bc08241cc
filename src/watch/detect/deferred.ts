// Judgements that wait for a fact.
import type { Micros } from '../../base/time.ts';

/** So that a flood of half-certain frames does not grow memory. */
const CAPACITY = 1024;

/** Judgements that wait a moment for a fact which would overturn them. */
export class Deferred {
  readonly #wake: (at: Micros) => void;
  readonly #judgements = new Map<
    string,
    { readonly dueAt: Micros; readonly pronounce: (at: Micros) => void }
  >();

  /** `wake` is told when a judgement falls due. */
  constructor(wake: (at: Micros) => void) {
    this.#wake = wake;
  }

  /** Keeps the first judgement under a key; false where it is full. */
  add(key: string, dueAt: Micros, pronounce: (at: Micros) => void): boolean {
    if (this.#judgements.has(key)) return true;
    if (this.#judgements.size >= CAPACITY) return false;
    this.#judgements.set(key, { dueAt, pronounce });
    this.#wake(dueAt);
    return true;
  }

  /** Nothing waits. */
  get isEmpty(): boolean {
    return this.#judgements.size === 0;
  }

  has(key: string): boolean {
    return this.#judgements.has(key);
  }

  cancel(key: string): void {
    this.#judgements.delete(key);
  }

  cancelWhere(overturned: (key: string) => boolean): void {
    for (const key of this.#judgements.keys()) if (overturned(key)) this.#judgements.delete(key);
  }

  /** Pronounces what is due. */
  run(now: Micros): void {
    for (const [key, { dueAt, pronounce }] of this.#judgements) {
      if (dueAt > now) {
        this.#wake(dueAt);
        continue;
      }
      this.#judgements.delete(key);
      pronounce(now);
    }
  }

  /** Pronounces at once what `ready` selects by its key. */
  runWhere(ready: (key: string) => boolean, now: Micros): void {
    for (const [key, { pronounce }] of this.#judgements) {
      if (!ready(key)) continue;
      this.#judgements.delete(key);
      pronounce(now);
    }
  }
}
