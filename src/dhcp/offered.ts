// What a server's offers show of its ranges: addresses that it offered, and addresses that it was asked for and did not offer.
import type { IpRange } from '../net/range.ts';
import type { RouterRange } from './router-knowledge.ts';

/** Addresses as numbers, with whether the server offers them. */
export type OfferedPoints = ReadonlyMap<bigint, boolean>;

/** So many in a row that are not offered are none of the range; fewer may be leased, reserved or in use. */
export const BEYOND = 3n;

/**
 * The ranges around the addresses that were offered. What lies between two of them belongs to the range unless something speaks
 * against it: an address that was not offered, and is not known to be a single one.
 * @param hosts addresses that machines can have: what is outside of them is in no range.
 */
export function rangesShown(points: OfferedPoints, hosts: IpRange): RouterRange[] {
  const offered = offeredIn(points);
  const [lowest, highest] = [offered[0], offered.at(-1)];
  if (lowest === undefined || highest === undefined) return [];
  // Looked for once: an agent does this for every answer that it hears.
  const holes = holesBetween(points, lowest, highest).values();
  let hole = holes.next().value;
  let range = { first: lowest, last: lowest };
  const ranges = [range];
  for (const number of offered) {
    if (hole !== undefined && hole < number) {
      range = { first: number, last: number };
      ranges.push(range);
    }
    while (hole !== undefined && hole < number) hole = holes.next().value;
    range.last = number;
  }
  const refused = numbersOf(points, false);
  return ranges.map(({ first: from, last: to }) => {
    // Where some addresses are leased, those beyond the ends may be, too.
    const isEmpty = ranges.length === 1 && !refused.some((number) => from < number && number < to);
    const isExact =
      isEmpty && isBeyond(points, hosts, from - 1n, -1n) && isBeyond(points, hosts, to + 1n, 1n);
    return { family: hosts.family, first: from, last: to, atLeast: !isExact };
  });
}

/** From `number` on, upwards or downwards, nothing is offered. */
export function isBeyond(points: OfferedPoints, hosts: IpRange, number: bigint, step: 1n | -1n): boolean {
  for (let n = number; n !== number + BEYOND * step; n += step) {
    if (n < hosts.first || n > hosts.last) return true;
    if (points.get(n) !== false) return false;
  }
  return true;
}

/**
 * Addresses between two that are not offered, each the first of its row, in their order, but for rows that are short and enclosed
 * by offered ones.
 */
export function holesBetween(points: OfferedPoints, from: bigint, to: bigint): bigint[] {
  const holes: bigint[] = [];
  for (const number of numbersOf(points, false)) {
    if (number <= from || number >= to || points.get(number - 1n) === false) continue;
    let end = number;
    while (points.get(end + 1n) === false) end += 1n;
    const isEnclosed = points.get(number - 1n) === true && points.get(end + 1n) === true;
    if (!isEnclosed || end - number + 1n >= BEYOND) holes.push(number);
  }
  return holes;
}

export function offeredIn(points: OfferedPoints): bigint[] {
  return numbersOf(points, true);
}

function numbersOf(points: OfferedPoints, offered: boolean): bigint[] {
  return [...points]
    .filter(([, isOffered]) => isOffered === offered)
    .map(([number]) => number)
    .toSorted((a, b) => (a < b ? -1 : 1));
}
