// Pages of a list that changes while it is read: the cursor names the last item shown, not its position, so that rows
// that come or go meanwhile neither repeat nor hide others. Nothing of a large table is kept for the next page, and no more
// of it than two pages for this one: what lives longer than a moment is what the garbage collector has to move.
import { hash } from 'node:crypto';

export interface Page<Item> {
  readonly items: readonly Item[];
  /** On all pages. */
  readonly total: number;
  /** The cursor of the page that follows where so many of the items are shown; null: there is none. */
  readonly nextAfter: (shown: number) => string | null;
}

export interface PageRequest<Item> {
  /** Unique; items are shown in its order. */
  readonly keyOf: (item: Item) => string;
  readonly matches: (item: Item) => boolean;
  readonly limit: number;
  readonly cursor: string | undefined;
  /** Which list this is, its filters included: a cursor holds for this list alone. */
  readonly list: string;
}

/** Lets others have their turn. */
export type Pause = () => Promise<unknown>;

interface Keyed<Item> {
  readonly key: string;
  readonly item: Item;
}

/** Rows between two pauses: about a millisecond. */
const SLICE = 1_000;
const CHECK_LENGTH = 11;

/**
 * With pauses, so that a flooded table does not keep the process from its frames. Undefined where the cursor is none of this
 * list.
 */
export async function cutPage<Item>(
  items: Iterable<Item>,
  { keyOf, matches, limit, cursor, list }: PageRequest<Item>,
  pause: Pause,
): Promise<Page<Item> | undefined> {
  const after = cursor === undefined ? '' : keyOfCursor(cursor, list);
  if (after === undefined) return undefined;
  // One more than is shown: whether another page follows.
  const wanted = limit + 1;
  let kept: Keyed<Item>[] = [];
  let last: string | undefined;
  let total = 0;
  let looked = 0;
  for (const item of items) {
    looked += 1;
    if (looked % SLICE === 0) await pause();
    if (!matches(item)) continue;
    total += 1;
    const key = keyOf(item);
    if (key <= after || (last !== undefined && key > last)) continue;
    kept.push({ key, item });
    if (kept.length < 2 * wanted) continue;
    kept = firstOf(kept, wanted);
    last = kept.at(-1)!.key;
    await pause();
  }
  kept = firstOf(kept, wanted);
  return {
    items: kept.slice(0, limit).map(({ item }) => item),
    total,
    nextAfter: (shown) => (kept.length > shown ? cursorOf(kept[shown - 1]!.key, list) : null),
  };
}

function firstOf<Item>(items: Keyed<Item>[], count: number): Keyed<Item>[] {
  return items.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).slice(0, count);
}

function cursorOf(key: string, list: string): string {
  return `${checkOf(key, list)}${Buffer.from(key).toString('base64url')}`;
}

function keyOfCursor(cursor: string, list: string): string | undefined {
  const key = Buffer.from(cursor.slice(CHECK_LENGTH), 'base64url').toString();
  return cursorOf(key, list) === cursor ? key : undefined;
}

/** Not a secret: it tells a cursor of this list from one of another, and from half of one. */
function checkOf(key: string, list: string): string {
  return hash('sha256', JSON.stringify([list, key]), 'base64url').slice(0, CHECK_LENGTH);
}
