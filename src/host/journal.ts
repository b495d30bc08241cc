// What survives a restart: rows of JSON in one SQLite file. Knows nothing of what the rows mean. The daemon must go on
// without it, so nothing here throws: whatever fails is told once, and tried again later.
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { BoundedMap } from '../base/bounded-map.ts';
import { HOUR, MINUTE, type Micros, SECOND } from '../base/time.ts';
import { setAside } from './set-aside.ts';

export interface JournalRow {
  readonly kind: string;
  /** Together with the kind: what a later row replaces. */
  readonly key: string;
  /** When it was last renewed: what is oldest gives way first. */
  readonly at: Micros;
  readonly json: string;
}

export interface JournalOptions {
  /** Null: in memory. */
  readonly path: string | null;
  /** Rows not renewed for so long are dropped. */
  readonly maxAge: Micros;
  /** Of the file, in bytes. */
  readonly maxSize: number;
  /** Kinds whose rows make room before any other's do. @default none */
  readonly expendable?: readonly string[];
  readonly now: Micros;
  /** Told once for each thing that goes wrong. */
  readonly warn: (message: string) => void;
}

/** "vipw" (SQLite's application_id tells whose file it is). */
const APPLICATION_ID = 0x76697077;
const SCHEMA_VERSION = 1;

/** Of SQLite's result codes, the primary ones. */
const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;

const RETRY_AFTER = 10 * SECOND;
/** A disk that is full now and then is not told each time. */
const WARN_AGAIN_AFTER = HOUR;
const PRUNE_EVERY = MINUTE;
/** Rows that wait while the disk is full, expendable ones and others; of each the oldest are lost first. */
const MAX_WAITING = 25_000;
/** Bytes that a row takes besides its JSON, keys and index included; generously. */
const ROW_OVERHEAD = 200;
/** Of the rows, as many make room at once: few enough not to keep the process long. */
const ROOM_AT_ONCE = 1 / 16;
/** The file is thinned out from this part of its bound on: SQLite needs room even to delete. */
const FULL_AT = 0.6;

// The plus keeps SQLite to the index by time, where the oldest rows are found without sorting all of them.
const REMOVE_OLDEST = 'DELETE FROM rows WHERE rowid IN (SELECT rowid FROM rows ORDER BY at LIMIT ?)';
const REMOVE_OLDEST_OF_KIND =
  'DELETE FROM rows WHERE rowid IN (SELECT rowid FROM rows WHERE +kind = ? ORDER BY at LIMIT ?)';

interface Waiting {
  readonly kind: string;
  readonly key: string;
  /** Null: to be removed. */
  readonly row: JournalRow | null;
}

export class Journal {
  readonly #options: JournalOptions;
  #database: DatabaseSync;
  #upsert: StatementSync;
  #remove: StatementSync;
  #size: StatementSync;
  /** Not yet written, by kind and key, so that each waits once. */
  readonly #waiting = new BoundedMap<string, Waiting>(MAX_WAITING);
  /** The same, of the expendable kinds: they neither push out others nor are written before them. */
  readonly #waitingExpendable = new BoundedMap<string, Waiting>(MAX_WAITING);
  #onDisk: boolean;
  #problem: string | null = null;
  #retryAt: Micros = 0;
  #warnedAt: Micros = Number.NEGATIVE_INFINITY;
  #prunedAt: Micros;
  #generation = 0;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#prunedAt = options.now;
    const opened = this.#open(options.now);
    this.#database = opened.database;
    this.#onDisk = opened.onDisk;
    this.#problem = opened.problem;
    [this.#upsert, this.#remove, this.#size] = statements(this.#database);
    this.#guard(options.now, () => this.#prune(options.now));
  }

  /** What is written now survives a restart. */
  get durable(): boolean {
    return this.#onDisk && this.#problem === null;
  }

  /** Why it isn't durable, in a few words; null while it is. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Rows waiting for a disk that takes them. */
  get waiting(): number {
    return this.#waiting.size + this.#waitingExpendable.size;
  }

  /** Another number once a new file was begun: what was written before is lost. */
  get generation(): number {
    return this.#generation;
  }

  /** All rows of a kind, the least recently renewed first. */
  rows(kind: string): JournalRow[] {
    try {
      const select = this.#database.prepare(
        'SELECT kind, key, at, json FROM rows WHERE kind = ? ORDER BY at',
      );
      return select.all(kind) as unknown as JournalRow[];
    } catch (error) {
      this.#failed(error, this.#options.now);
      return [];
    }
  }

  /** Writes the rows in one transaction; true once they, and all that waited before them, are written. */
  put(rows: readonly JournalRow[], now: Micros): boolean {
    for (const row of rows) this.#wait(row.kind, row.key, row);
    return this.flush(now);
  }

  remove(kind: string, keys: readonly string[], now: Micros): boolean {
    for (const key of keys) this.#wait(kind, key, null);
    return this.flush(now);
  }

  /** Writes what waits, and now and then drops what is too old. To be called about once a second. */
  flush(now: Micros): boolean {
    if (now - this.#prunedAt >= PRUNE_EVERY) {
      this.#prunedAt = now;
      this.#guard(now, () => this.#prune(now));
    }
    if (this.waiting > 0 && now < this.#retryAt) return false;
    for (const waiting of [this.#waiting, this.#waitingExpendable]) {
      while (waiting.size > 0) {
        const batch = this.#nextBatch(waiting);
        if (!this.#guard(now, () => this.#write(batch))) return false;
        for (const id of batch.keys()) waiting.delete(id);
        if (this.#onDisk) this.#problem = null;
      }
    }
    return true;
  }

  close(now: Micros): void {
    this.#retryAt = 0;
    this.flush(now);
    try {
      this.#database.close();
    } catch {
      // It is gone either way.
    }
  }

  /** A transaction must fit into what is left of the file's bound: a tenth of it at most. */
  #nextBatch(from: Iterable<readonly [string, Waiting]>): ReadonlyMap<string, Waiting> {
    const batch = new Map<string, Waiting>();
    let bytes = 0;
    for (const [id, waiting] of from) {
      bytes += ROW_OVERHEAD + (waiting.row?.json.length ?? 0);
      if (batch.size > 0 && bytes > this.#options.maxSize / 10) break;
      batch.set(id, waiting);
    }
    return batch;
  }

  #write(batch: ReadonlyMap<string, Waiting>): void {
    // On a full disk the log itself takes the room that is wanted.
    if (this.#problem !== null && this.#onDisk) this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    this.#makeRoom();
    this.#transaction(() => {
      for (const { kind, key, row } of batch.values()) {
        if (row === null) this.#remove.run(kind, key);
        else this.#upsert.run(kind, key, Math.floor(row.at), row.json);
      }
    });
  }

  #wait(kind: string, key: string, row: JournalRow | null): void {
    const id = `${kind} ${key}`;
    const waiting = this.#options.expendable?.includes(kind) ? this.#waitingExpendable : this.#waiting;
    waiting.set(id, { kind, key, row });
  }

  /** Runs something that may fail; a damaged file is set aside and a new one begun. */
  #guard(now: Micros, run: () => void): boolean {
    try {
      run();
      return true;
    } catch (error) {
      this.#failed(error, now);
      return false;
    }
  }

  #failed(error: unknown, now: Micros): void {
    this.#retryAt = now + RETRY_AFTER;
    const code = codeOf(error);
    const text = error instanceof Error ? error.message : String(error);
    if (this.#onDisk && (code === SQLITE_CORRUPT || code === SQLITE_NOTADB)) {
      this.#reopen(now);
      return;
    }
    if (now - this.#warnedAt >= WARN_AGAIN_AFTER) {
      this.#warnedAt = now;
      this.#options.warn(`cannot write the journal ${this.#options.path}: ${text}; retrying every 10 s`);
    }
    this.#problem = code === SQLITE_FULL ? 'the disk is full' : text;
  }

  #reopen(now: Micros): void {
    try {
      this.#database.close();
    } catch {
      // A damaged database may refuse even that.
    }
    const opened = this.#open(now);
    this.#database = opened.database;
    this.#onDisk = opened.onDisk;
    this.#problem = opened.problem;
    this.#generation += 1;
    [this.#upsert, this.#remove, this.#size] = statements(this.#database);
    this.#retryAt = 0;
  }

  /** Opens the file, at the second attempt after a damaged one was set aside; in memory where that fails too. */
  #open(now: Micros): { database: DatabaseSync; onDisk: boolean; problem: string | null } {
    const { path, warn, maxSize } = this.#options;
    if (path === null)
      return { database: prepare(':memory:', maxSize), onDisk: false, problem: 'in memory by configuration' };
    let problem = '';
    for (let attempt = 0; attempt < 2; attempt += 1) {
      try {
        mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
        return { database: prepare(path, maxSize), onDisk: true, problem: null };
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error);
        if (attempt > 0 || codeOf(error) === SQLITE_BUSY || !setAside(path, now, problem, warn)) break;
      }
    }
    warn(
      `the journal ${path} cannot be used: ${problem}; continuing in memory: the learned state is lost at the next start`,
    );
    return { database: prepare(':memory:', maxSize), onDisk: false, problem };
  }

  #transaction(run: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      run();
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #prune(now: Micros): void {
    this.#database.prepare('DELETE FROM rows WHERE at < ?').run(Math.floor(now - this.#options.maxAge));
  }

  /** Before the file is full, its oldest rows go: expendable ones, and others where there are none left. */
  #makeRoom(): void {
    const { maxSize, expendable = [] } = this.#options;
    for (let round = 0; round < 1 / ROOM_AT_ONCE && this.#used() >= maxSize * FULL_AT; round += 1) {
      const { total } = this.#database.prepare('SELECT COUNT(*) AS total FROM rows').get() as {
        total: number;
      };
      const wanted = Math.ceil(total * ROOM_AT_ONCE);
      let removed = 0;
      for (const kind of expendable) {
        removed += Number(this.#database.prepare(REMOVE_OLDEST_OF_KIND).run(kind, wanted - removed).changes);
      }
      if (removed === 0) this.#database.prepare(REMOVE_OLDEST).run(wanted);
    }
  }

  #used(): number {
    const { pages, free, length } = this.#size.get() as Record<'pages' | 'free' | 'length', number>;
    return (pages - free) * length;
  }
}

/** Opens and checks. Throws where the file cannot be used, for whatever reason. */
function prepare(path: string, maxSize: number): DatabaseSync {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === false) throw new Error('it is not a file');
  const database = new DatabaseSync(path, { timeout: 1_000 });
  try {
    // Exclusive: two daemons must not share a journal. NORMAL: a crash of the process loses nothing, one of the machine
    // the last moments, and an SD card is spared a sync for each row.
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    checkOwner(database); // before anything is changed
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    const { page_size: pageSize } = database.prepare('PRAGMA page_size').get() as { page_size: number };
    // The write-ahead log comes on top; it is kept to an eighth.
    database.exec(`PRAGMA max_page_count = ${Math.floor((maxSize * 7) / 8 / pageSize)}`);
    database.exec(`PRAGMA journal_size_limit = ${Math.floor(maxSize / 8)}`);
    database.exec(`PRAGMA wal_autocheckpoint = ${Math.max(8, Math.floor(maxSize / 16 / pageSize))}`);
    database.exec(`
      PRAGMA application_id = ${APPLICATION_ID};
      PRAGMA user_version = ${SCHEMA_VERSION};
      CREATE TABLE IF NOT EXISTS rows (
        kind TEXT NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL, json TEXT NOT NULL, PRIMARY KEY (kind, key)
      ) STRICT;
      CREATE INDEX IF NOT EXISTS rows_at ON rows (at);
    `);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function checkOwner(database: DatabaseSync): void {
  const { application_id: owner } = database.prepare('PRAGMA application_id').get() as {
    application_id: number;
  };
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number };
  const { tables } = database.prepare('SELECT COUNT(*) AS tables FROM sqlite_schema').get() as {
    tables: number;
  };
  if (tables > 0 && owner !== APPLICATION_ID) throw new Error('it belongs to another program');
  if (version > SCHEMA_VERSION)
    throw new Error(`it was written by a newer vipwatch (version ${version} of its schema)`);
  const { quick_check: health } = database.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
  if (health !== 'ok') throw new Error(`it is damaged: ${health.replaceAll(/\s+/g, ' ')}`);
}

function statements(
  database: DatabaseSync,
): [upsert: StatementSync, remove: StatementSync, size: StatementSync] {
  return [
    database.prepare(
      'INSERT INTO rows (kind, key, at, json) VALUES (?, ?, ?, ?)' +
        ' ON CONFLICT (kind, key) DO UPDATE SET at = excluded.at, json = excluded.json',
    ),
    database.prepare('DELETE FROM rows WHERE kind = ? AND key = ?'),
    database.prepare(
      'SELECT page_count AS pages, freelist_count AS free, page_size AS length' +
        ' FROM pragma_page_count, pragma_freelist_count, pragma_page_size',
    ),
  ];
}

function codeOf(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown }).errcode;
  // Extended codes carry the primary one in their low byte.
  return typeof code === 'number' ? code & 0xff : undefined;
}
