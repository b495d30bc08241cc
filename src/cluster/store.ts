// The trimmed objects of one kind, as the API's list and watch last showed them.
import type { SkipReason, Trimmed } from './trimmed.ts';
import { isSame, keyOf, nameOf, type ObjectName } from './untyped.ts';

/** What a client does with a kind, whatever the kind. Each call says whether anything of use changed. */
export interface Intake {
  /** It was listed, so that what isn't here isn't there. */
  readonly listed: boolean;
  upsert(raw: unknown): boolean;
  remove(id: ObjectName): boolean;
  replaceAll(raws: Iterable<unknown>): boolean;
  /** The kind cannot be listed any more: its objects are gone, and that proves nothing. */
  forget(): boolean;
  problems(): Iterable<readonly [key: string, reasons: readonly SkipReason[]]>;
}

/** `before` and `after` are null where the object was not there, or of no use. */
type OnChange<Kept> = (before: Kept | null, after: Kept | null) => void;

/** Where an object has no name to keep it under. */
const NAMELESS = '?';
const ABSENT: Trimmed<never> = { object: null, problems: [] };

export class Store<Kept> implements Intake {
  readonly #trim: (raw: unknown) => Trimmed<Kept>;
  readonly #onChange: OnChange<Kept>;
  readonly #entries = new Map<string, Trimmed<Kept>>();
  #listed = false;

  constructor(trim: (raw: unknown) => Trimmed<Kept>, onChange: OnChange<Kept> = () => {}) {
    this.#trim = trim;
    this.#onChange = onChange;
  }

  get listed(): boolean {
    return this.#listed;
  }

  upsert(raw: unknown): boolean {
    return this.#set(storeKey(raw), this.#trim(raw));
  }

  remove(id: ObjectName): boolean {
    return this.#set(keyOf(id), ABSENT);
  }

  replaceAll(raws: Iterable<unknown>): boolean {
    let changed = !this.#listed;
    this.#listed = true;
    const gone = new Set(this.#entries.keys());
    for (const raw of raws) {
      const key = storeKey(raw);
      gone.delete(key);
      if (this.#set(key, this.#trim(raw))) changed = true;
    }
    for (const key of gone) if (this.#set(key, ABSENT)) changed = true;
    return changed;
  }

  forget(): boolean {
    const changed = this.#listed || this.#entries.size > 0;
    for (const key of [...this.#entries.keys()]) this.#set(key, ABSENT);
    this.#listed = false;
    return changed;
  }

  get(key: string): Kept | undefined {
    return this.#entries.get(key)?.object ?? undefined;
  }

  *objects(): Generator<Kept> {
    for (const { object } of this.#entries.values()) if (object !== null) yield object;
  }

  *problems(): Generator<readonly [string, readonly SkipReason[]]> {
    for (const [key, { problems }] of this.#entries) if (problems.length > 0) yield [key, problems];
  }

  #set(key: string, after: Trimmed<Kept>): boolean {
    const before = this.#entries.get(key) ?? ABSENT;
    if (isSame(before, after)) return false;
    if (after.object === null && after.problems.length === 0) this.#entries.delete(key);
    else this.#entries.set(key, after);
    this.#onChange(before.object, after.object);
    return true;
  }
}

function storeKey(raw: unknown): string {
  const id = nameOf(raw);
  return id ? keyOf(id) : NAMELESS;
}
