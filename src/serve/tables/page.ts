// Pages of a list that changes while it is read: the cursor names the last item shown, not its position, so that rows
// that come or go meanwhile neither repeat nor hide others.

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

/** Sorts once; pages and filters are cut from the result. */
export function inOrder<Item>(items: readonly Item[], keyOf: (item: Item) => string): Keyed<Item>[] {
  const keyed = items.map((item) => ({ key: keyOf(item), item }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

/** Undefined where the cursor is none of ours. */
export function cutPage<Item>(
  sorted: readonly Keyed<Item>[],
  limit: number,
  cursor: string | undefined,
): Page<Item> | undefined {
  const after = cursor === undefined ? '' : decodeCursor(cursor);
  if (after === undefined) return undefined;
  const start = firstAfter(sorted, after);
  const shown = sorted.slice(start, start + limit);
  const more = start + limit < sorted.length;
  return {
    items: shown.map(({ item }) => item),
    total: sorted.length,
    next: more ? Buffer.from(shown.at(-1)!.key).toString('base64url') : null,
  };
}

function decodeCursor(cursor: string): string | undefined {
  const key = Buffer.from(cursor, 'base64url');
  return key.length > 0 && key.toString('base64url') === cursor ? key.toString() : undefined;
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
