// Lengths of time as people write them: a number and a unit, or several of them, as `1m30s`.
import { HOUR, MILLISECOND, MINUTE, type Micros, SECOND } from './time.ts';

const UNITS: Readonly<Record<string, Micros>> = {
  ms: MILLISECOND,
  s: SECOND,
  m: MINUTE,
  h: HOUR,
  d: 24 * HOUR,
};

/** Such as `1h30m` and `1m30s500ms`: whole numbers, a larger unit before a smaller one. */
const COMPOUND = /^(?:\d{1,9}d)?(?:\d{1,9}h)?(?:\d{1,9}m)?(?:\d{1,9}s)?(?:\d{1,9}ms)?$/;

/** Microseconds; undefined for anything but one number and its unit (`ms`, `s`, `m`, `h`, `d`), or {@link COMPOUND}. */
export function parseDuration(text: string): Micros | undefined {
  const single = parseWithUnit(text, UNITS);
  if (single !== undefined || text === '' || !COMPOUND.test(text)) return single;
  const parts = text.match(/\d+[a-z]+/g) ?? [];
  return parts.reduce((length, part) => length + parseWithUnit(part, UNITS)!, 0);
}

/** The same length for `parseDuration` to read, in the largest unit that needs no fraction. */
export function durationText(length: Micros): string {
  const [unit, size] = Object.entries(UNITS).findLast(([, each]) => length % each === 0) ?? [
    'ms',
    MILLISECOND,
  ];
  return `${length / size}${unit}`;
}

/** What is wrong with a text that shall be a length of time within these bounds; null: nothing. */
export function durationMistake(text: string, min: string, max: string): string | null {
  const length = parseDuration(text);
  if (length === undefined)
    return `"${text}" is not a duration: write a number and a unit, such as 500ms, 1s, 2m, 12h or 7d`;
  const within = length >= parseDuration(min)! && length <= parseDuration(max)!;
  return within ? null : `"${text}" is out of bounds: from ${min} to ${max}`;
}

/** A number and one of these units, as so many of the smallest; undefined for anything else. */
export function parseWithUnit(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)([A-Za-z]{1,3})$/.exec(text);
  if (!match || !Object.hasOwn(units, match[2]!)) return undefined;
  return Math.round(Number(match[1]) * units[match[2]!]!);
}
