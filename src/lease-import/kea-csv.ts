// Kea's lease file ("memfile"): CSV, a journal of which the last line of an address counts. Versions add columns at the end, so
// that columns are known by their names.
import { type Draft, FOREVER } from './draft.ts';
import type { TextReader } from './imported.ts';
import { Lines } from './lines.ts';

/** Of `state`. */
const STATE = { default: '0', declined: '1' };
const COLUMNS = ['address', 'hwaddr', 'valid_lifetime', 'expire'];

export class KeaCsv implements TextReader {
  readonly #draft: Draft;
  #lines = this.#newLines();
  /** Where each column is; null before a file's first line. */
  #columns: ReadonlyMap<string, number> | null = null;
  #problem: string | null = null;

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  nextFile(): void {
    this.#lines.finish();
    this.#lines = this.#newLines();
    this.#columns = null;
  }

  add(text: string): void {
    this.#lines.add(text);
  }

  finish(): string | null {
    this.#lines.finish();
    return this.#problem;
  }

  #newLines(): Lines {
    return new Lines((line, isWhole) => this.#line(line, isWhole));
  }

  #line(line: string, isWhole: boolean): void {
    if (line === '') return;
    const values = line.split(',');
    if (this.#columns === null) {
      this.#columns = new Map(values.map((column, index) => [column, index]));
      const missing = COLUMNS.filter((column) => !this.#columns?.has(column));
      if (missing.length > 0) this.#problem = 'does not begin with the header of a lease file of Kea';
      return;
    }
    if (!isWhole && values.length < this.#columns.size)
      return this.#draft.doubt('it ends in the middle of a line, which was left out');
    const value = (column: string) => unescaped(values[this.#columns?.get(column) ?? -1] ?? '');
    const ip = value('address');
    const lifetime = value('valid_lifetime');
    const expire = value('expire');
    if (!/^\d{1,15}$/.test(lifetime) || !/^\d{1,15}$/.test(expire)) return this.#draft.notUnderstood();
    const state = value('state') || STATE.default;
    const expiresAt = Number(lifetime) >= FOREVER ? Number.POSITIVE_INFINITY : Number(expire);
    if (lifetime === '0') this.#draft.free(ip);
    else if (state === STATE.declined) this.#draft.declined(ip, expiresAt);
    else if (state !== STATE.default) this.#draft.free(ip);
    else {
      const [mac, clientId, hostname] = [value('hwaddr'), value('client_id') || null, value('hostname')];
      this.#draft.lease({ ip, mac, clientId, hostname, expiresAt });
    }
  }
}

/** Commas and the like are written as `&#x` and two hex digits, without a semicolon. */
function unescaped(value: string): string {
  if (!value.includes('&#x')) return value;
  return value.replaceAll(/&#x([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
