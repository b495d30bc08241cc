// What the journal holds of one kind of rows, so that only what changed is written.
import type { Micros } from '../base/time.ts';
import { encode, type RowKind } from './rows.ts';

export interface StoredRow {
  readonly kind: string;
  readonly key: string;
  readonly at: Micros;
  readonly json: string;
}

/** The journal, as far as it is needed here. What it cannot write waits there, and is tried again. */
export interface RowStore {
  /** Another number once rows written before are lost. */
  readonly generation: number;
  rows(kind: string): readonly { readonly key: string; readonly json: string }[];
  put(rows: readonly StoredRow[], now: Micros): boolean;
  remove(kind: string, keys: readonly string[], now: Micros): boolean;
}

/** One saving: gathers rows until it has its fill, so that it takes a bounded time. */
export class Saving {
  readonly ahead: Micros;
  /** Something is left for the next saving. */
  unfinished = false;
  readonly #put: StoredRow[] = [];
  readonly #removed = new Map<RowKind, string[]>();
  #room = 0;

  constructor(ahead: Micros) {
    this.ahead = ahead;
  }

  /** From here on, so many rows more. */
  allow(rows: number): void {
    this.#room = rows;
  }

  get full(): boolean {
    return this.#room <= 0;
  }

  put(row: StoredRow): void {
    this.#put.push(row);
    this.#room -= 1;
  }

  remove(kind: RowKind, key: string): void {
    const keys = this.#removed.get(kind);
    if (keys) keys.push(key);
    else this.#removed.set(kind, [key]);
    this.#room -= 1;
  }

  /** A look at a row that turns out to be written already costs a tenth of writing it. */
  look(): void {
    this.#room -= 0.1;
  }

  /** Removes first: a row that made room may have come back since. */
  writeTo(store: RowStore, now: Micros): void {
    for (const [kind, keys] of this.#removed) store.remove(kind, keys, now);
    if (this.#put.length > 0) store.put(this.#put, now);
  }
}

interface Shape<Row> {
  readonly key: (row: Row) => string;
  /** The rows that are written together; by default each row for itself. */
  readonly group?: (row: Row) => string;
  readonly at: (row: Row) => Micros;
  /** A row is written again when this changes. */
  readonly version: (row: Row) => string;
}

/** No version of any row. */
const OUTDATED = '';

export class WrittenRows<Row extends object> {
  readonly #kind: RowKind;
  readonly #shape: Shape<Row>;
  readonly #capacity: number;
  /** Versions by key, by group; the group looked at last comes last. */
  readonly #groups = new Map<string, ReadonlyMap<string, string>>();
  /** By key, rows of which the journal has this very version: those that change are others then. */
  readonly #asWritten = new Map<string, Row>();
  #size = 0;

  /** Beyond `capacity` rows, the group that was not looked at for longest is removed. */
  constructor(kind: RowKind, shape: Shape<Row>, capacity = Number.POSITIVE_INFINITY) {
    this.#kind = kind;
    this.#shape = shape;
    this.#capacity = capacity;
  }

  /** The journal holds this row already, in the watcher's time. */
  loaded(key: string, row: Row): void {
    const group = this.#shape.group?.(row) ?? key;
    this.#set(group, new Map(this.#groups.get(group)).set(key, this.#shape.version(row)));
  }

  /** What is written is no longer right: every row is written at the next look. */
  outdate(): void {
    this.#asWritten.clear();
    for (const [group, keys] of this.#groups) {
      this.#groups.set(group, new Map([...keys.keys()].map((key) => [key, OUTDATED])));
    }
  }

  /** Whether the group was here before. Its rows are another's now. */
  moveTo(other: WrittenRows<Row>, group: string): boolean {
    const keys = this.#groups.get(group);
    if (!keys) return false;
    this.#delete(group);
    other.#set(group, keys);
    return true;
  }

  has(group: string): boolean {
    return this.#groups.has(group);
  }

  /** These are all rows of the group now. */
  update(group: string, rows: readonly Row[], saving: Saving): void {
    saving.look();
    const before = this.#groups.get(group);
    const after = new Map<string, string>();
    for (const row of rows) {
      const key = this.#shape.key(row);
      const version = this.#shape.version(row);
      after.set(key, version);
      if (before?.get(key) !== version) this.#write(key, row, saving);
    }
    for (const key of before?.keys() ?? []) if (!after.has(key)) saving.remove(this.#kind, key);
    this.#delete(group);
    if (after.size > 0) this.#set(group, after);
    this.#makeRoom(saving);
  }

  /** These are all rows there are now, each a group of its own. None of them is ever changed: another takes its place. */
  updateAll(rows: readonly Row[], saving: Saving): void {
    const present = new Set<string>();
    for (const row of rows) {
      const key = this.#shape.key(row);
      present.add(key);
      if (this.#asWritten.get(key) === row) continue;
      const version = this.#shape.version(row);
      if (this.#groups.get(key)?.get(key) !== version) {
        if (saving.full) {
          saving.unfinished = true;
          continue;
        }
        this.#write(key, row, saving);
        this.#set(key, new Map([[key, version]]));
      }
      this.#asWritten.set(key, row);
    }
    if (this.#groups.size === present.size) return;
    for (const key of this.#groups.keys()) {
      if (present.has(key)) continue;
      if (saving.full) {
        saving.unfinished = true;
        return;
      }
      saving.remove(this.#kind, key);
      this.#delete(key);
    }
  }

  #write(key: string, row: Row, saving: Saving): void {
    const { ahead } = saving;
    saving.put({ kind: this.#kind, key, at: this.#shape.at(row) + ahead, json: encode(row, ahead) });
  }

  #makeRoom(saving: Saving): void {
    for (const [group, keys] of this.#groups) {
      if (this.#size <= this.#capacity || saving.full) return;
      for (const key of keys.keys()) saving.remove(this.#kind, key);
      this.#delete(group);
    }
  }

  #set(group: string, keys: ReadonlyMap<string, string>): void {
    this.#delete(group);
    this.#groups.set(group, keys);
    this.#size += keys.size;
  }

  #delete(group: string): void {
    this.#size -= this.#groups.get(group)?.size ?? 0;
    this.#groups.delete(group);
    this.#asWritten.delete(group);
  }
}
