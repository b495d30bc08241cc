// A journal that survives its agent, as the file on a node's disk does.
import type { SavedRows } from '../../src/journal/saver.ts';

type Put = Parameters<SavedRows['put']>[0];

export class MemoryJournal implements SavedRows {
  readonly generation = 0;
  readonly #kinds = new Map<string, Map<string, { readonly key: string; readonly json: string }>>();

  rows(kind: string): readonly { readonly key: string; readonly json: string }[] {
    return [...(this.#kinds.get(kind)?.values() ?? [])];
  }

  put(rows: Put): boolean {
    for (const { kind, key, json } of rows) {
      const ofKind = this.#kinds.get(kind) ?? new Map();
      this.#kinds.set(kind, ofKind);
      // The least recently renewed comes first.
      ofKind.delete(key);
      ofKind.set(key, { key, json });
    }
    return true;
  }

  remove(kind: string, keys: readonly string[]): boolean {
    for (const key of keys) this.#kinds.get(kind)?.delete(key);
    return true;
  }

  flush(): boolean {
    return true;
  }

  close(): void {}

  /** How many rows it holds. */
  get size(): number {
    return [...this.#kinds.values()].reduce((sum, rows) => sum + rows.size, 0);
  }
}
