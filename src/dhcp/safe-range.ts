// The safe range: what of a range DHCP may keep where some of its addresses are others'.
import { joinedRanges } from '../net/joined-ranges.ts';
import type { IpRange } from '../net/range.ts';

/**
 * The largest part of a range that leaves out all that is kept from it, of equal ones the first; null where nothing is left. A
 * router takes one range, so that what lies between two parts that are kept out is lost to it.
 */
export function safeRange(range: IpRange, keptOut: readonly IpRange[]): IpRange | null {
  let largest: IpRange | null = null;
  let first = range.first;
  const consider = (last: bigint) => {
    if (first > last) return;
    if (largest === null || last - first > largest.last - largest.first)
      largest = { family: range.family, first, last };
  };
  for (const out of joinedRanges(keptOut.filter(({ family }) => family === range.family))) {
    if (out.last < first) continue;
    if (out.first > range.last) break;
    consider(out.first - 1n);
    first = out.last + 1n;
  }
  consider(range.last);
  return largest;
}
