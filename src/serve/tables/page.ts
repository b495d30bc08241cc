// Pages of a list that changes while it is read: the cursor names the last item shown, not its position, so that rows
// that come or go meanwhile neither repeat nor hide others.
import { hash } from 'node:crypto';
import { setImmediate as pause } from 'node:timers/promises';

export interface Page<Item> {
  readonly items: readonly Item[];
  /** On all pages. */
  readonly total: number;
  /** The cursor of the page that follows, null on the last one. */
  readonly next: string | null;
}

export interface Keyed<Item> {
  /** Unique; items are shown in its order. */
  readonly key: string;
  readonly item: Item;
}

export interface PageRequest {
  readonly limit: number;
  readonly cursor: string | undefined;
  /** Which list this is, its filters included: a cursor holds for this list alone. */
  readonly list: string;
}

/** Rows between two pauses: about a millisecond. */
const SLICE = 2_000;
const CHECK_LENGTH = 11;

/** Sorts once; pages and filters are cut from the result. */
export function inOrder<Item>(items: readonly Item[], keyOf: (item: Item) => string): Keyed<Item>[] {
  const keyed = items.map((item) => ({ key: keyOf(item), item }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

/** With pauses, so that a filter over a flooded table does not keep the process from its frames. */
export async function filtered<Item>(
  rows: readonly Keyed<Item>[],
  matches: (item: Item) => boolean,
): Promise<readonly Keyed<Item>[]> {
  const found: Keyed<Item>[] = [];
  for (let start = 0; start < rows.length; start += SLICE) {
    if (start > 0) await pause();
    for (const row of rows.slice(start, start + SLICE)) if (matches(row.item)) found.push(row);
  }
  return found;
}

/** Undefined where the cursor is none of this list. */
export function cutPage<Item>(
  sorted: readonly Keyed<Item>[],
  { limit, cursor, list }: PageRequest,
): Page<Item> | undefined {
  const after = cursor === undefined ? '' : keyOf(cursor, list);
  if (after === undefined) return undefined;
  const start = firstAfter(sorted, after);
  const shown = sorted.slice(start, start + limit);
  const more = start + limit < sorted.length;
  return {
    items: shown.map(({ item }) => item),
    total: sorted.length,
    next: more ? cursorOf(shown.at(-1)!.key, list) : null,
  };
}

function cursorOf(key: string, list: string): string {
  return `${checkOf(key, list)}${Buffer.from(key).toString('base64url')}`;
}

function keyOf(cursor: string, list: string): string | undefined {
  const key = Buffer.from(cursor.slice(CHECK_LENGTH), 'base64url').toString();
  return cursorOf(key, list) === cursor ? key : undefined;
}

/** Not a secret: it tells a cursor of this list from one of another, and from half of one. */
function checkOf(key: string, list: string): string {
  return hash('sha256', JSON.stringify([list, key]), 'base64url').slice(0, CHECK_LENGTH);
}

/** Index of the first item whose key is greater. */
function firstAfter(sorted: readonly Keyed<unknown>[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]!.key <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}
