// Ranges of addresses, joined where they touch. By itself, for the page: it has no use for the rest of net/range.ts.
import type { IpRange } from './range.ts';

/** The same addresses in as few ranges as can be, in their order. */
export function joinedRanges(ranges: readonly IpRange[]): IpRange[] {
  const joined: IpRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.family - b.family || Number(a.first - b.first))) {
    const before = joined.at(-1);
    if (before?.family !== range.family || range.first > before.last + 1n) joined.push(range);
    else if (range.last > before.last) joined[joined.length - 1] = { ...before, last: range.last };
  }
  return joined;
}
