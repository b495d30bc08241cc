// The trimmed objects of one kind, as the API's list and watch last showed them.
import type { Interning } from './interning.ts';
import { idOfObject, isSame, type ObjectId } from './object-id.ts';
import type { SkipReason, Trim } from './trimmed.ts';

/** What a client does with a kind, whatever the kind. Each call says whether anything of use changed. */
export interface Intake {
  /** It was listed, so that what isn't here isn't there. */
  readonly listed: boolean;
  update(raw: unknown): boolean;
  delete(id: ObjectId): boolean;
  startReplace(): Replacement;
  /** The kind cannot be listed any more: its objects are gone, and that proves nothing. */
  clear(): boolean;
  problems(): Iterable<readonly [key: string, reasons: readonly SkipReason[]]>;
}

/** The objects of a list, which may come in pages. What is left half done takes nothing away. */
export interface Replacement {
  add(raws: Iterable<unknown>): boolean;
  /** What was not among them is gone. */
  finish(): boolean;
}

/** `before` and `after` are null where the object was not there, or of no use. */
type OnChange<Kept> = (before: Kept | null, after: Kept | null) => void;

/** Where an object has no name to keep it under. */
const NAMELESS = '?';
const BAD_NAME: readonly SkipReason[] = ['bad-name'];
const NO_PROBLEMS: readonly SkipReason[] = [];

export class Store<Kept extends object> implements Intake {
  readonly #trim: Trim<Kept>;
  readonly #interning: Interning;
  readonly #onChange: OnChange<Kept>;
  readonly #objects = new Map<string, Kept>();
  readonly #problems = new Map<string, readonly SkipReason[]>();
  #listed = false;

  constructor(trim: Trim<Kept>, interning: Interning, onChange: OnChange<Kept> = () => {}) {
    this.#trim = trim;
    this.#interning = interning;
    this.#onChange = onChange;
  }

  get listed(): boolean {
    return this.#listed;
  }

  update(raw: unknown): boolean {
    return this.#take(raw, idOfObject(raw));
  }

  delete({ key }: ObjectId): boolean {
    return this.#set(key, null, NO_PROBLEMS);
  }

  startReplace(): Replacement {
    const seen = new Set<string>();
    return {
      add: (raws) => {
        let changed = false;
        for (const raw of raws) {
          const id = idOfObject(raw);
          seen.add(id?.key ?? NAMELESS);
          if (this.#take(raw, id)) changed = true;
        }
        return changed;
      },
      finish: () => {
        const changed = this.#dropWhere((key) => !seen.has(key)) || !this.#listed;
        this.#listed = true;
        return changed;
      },
    };
  }

  clear(): boolean {
    const changed = this.#dropWhere(() => true) || this.#listed;
    this.#listed = false;
    return changed;
  }

  get(key: string): Kept | undefined {
    return this.#objects.get(key);
  }

  objects(): Iterable<Kept> {
    return this.#objects.values();
  }

  problems(): Iterable<readonly [string, readonly SkipReason[]]> {
    return this.#problems;
  }

  #take(raw: unknown, id: ObjectId | undefined): boolean {
    if (!id) return this.#set(NAMELESS, null, BAD_NAME);
    const { object, problems } = this.#trim(raw, id, this.#interning);
    return this.#set(id.key, object, problems);
  }

  #dropWhere(isGone: (key: string) => boolean): boolean {
    let changed = false;
    for (const key of [...this.#objects.keys(), ...this.#problems.keys()])
      if (isGone(key) && this.#set(key, null, NO_PROBLEMS)) changed = true;
    return changed;
  }

  #set(key: string, after: Kept | null, problems: readonly SkipReason[]): boolean {
    const before = this.#objects.get(key) ?? null;
    const problemsBefore = this.#problems.get(key) ?? NO_PROBLEMS;
    const sameObject = isSame(before, after);
    if (sameObject && isSame(problemsBefore, problems)) return false;
    if (problems.length > 0) this.#problems.set(key, problems);
    else this.#problems.delete(key);
    if (sameObject) return true;
    if (after) this.#objects.set(key, after);
    else this.#objects.delete(key);
    this.#onChange(before, after);
    return true;
  }
}
