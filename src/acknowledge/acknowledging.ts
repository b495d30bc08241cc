// How somebody acknowledges a finding: what is asked for, within its bounds, and where it is kept.
import { parseDuration } from '../base/duration.ts';
import { type Micros, parseIso, toIso } from '../base/time.ts';
import { type Acknowledgement, LONGEST_ACKNOWLEDGED } from '../watch/finding/acknowledgement.ts';

/** Where acknowledgements are kept. Both reject with {@link AcknowledgingRefused} or {@link AcknowledgingUnavailable}. */
export interface AcknowledgementStore {
  /** In place of one that the finding has. */
  put(one: Acknowledgement): Promise<void>;
  /** Whether there was one. @param finding its id */
  remove(finding: string): Promise<boolean>;
}

/** There is no room for it. */
export class AcknowledgingRefused extends Error {
  override readonly name = 'AcknowledgingRefused';
}

/** Where they are kept cannot be written just now. */
export class AcknowledgingUnavailable extends Error {
  override readonly name = 'AcknowledgingUnavailable';
}

/** Characters. */
export const LONGEST_COMMENT = 200;
/** Nobody sees to more at a time. One object of the API holds them all. */
const MOST_ACKNOWLEDGED = 200;

const DAYS = LONGEST_ACKNOWLEDGED / parseDuration('1d')!;
const EXAMPLES = 'a length of time from now, as 8h or 7d, or a time with its zone, as 2026-03-01T18:00:00Z';
/** Control characters, what reorders text, and line breaks: a comment is one line of a log and of a page. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;

/** Characters. */
const LONGEST_NAME = 300;

/** What whoever vouches for somebody calls them, as far as it can be shown on one line anywhere. */
export function shownName(name: string): string {
  return [...name.replaceAll(new RegExp(UNPRINTABLE, 'gu'), '\ufffd')].slice(0, LONGEST_NAME).join('');
}

export type AcknowledgingRead =
  | { readonly ok: true; readonly comment: string; readonly until: string }
  | { readonly ok: false; readonly mistakes: readonly string[] };

/** @param wall what the wall clock shows. */
export function readAcknowledging(
  asked: { readonly comment: string; readonly until: string },
  wall: Micros,
): AcknowledgingRead {
  const comment = asked.comment.trim();
  const length = parseDuration(asked.until);
  const until = length === undefined ? parseIso(asked.until) : wall + length;
  const mistakes = [commentMistake(comment), untilMistake(asked.until, until, wall)];
  const found = mistakes.filter((mistake) => mistake !== null);
  return found.length > 0 || until === undefined
    ? { ok: false, mistakes: found }
    : { ok: true, comment, until: toIso(until) };
}

/** @returns what is wrong; null: nothing. */
export function commentMistake(comment: string): string | null {
  const length = [...comment].length;
  if (length === 0) return 'comment: is empty: say who sees to it, or why it can wait';
  if (length > LONGEST_COMMENT)
    return `comment: has ${length} characters: shorten it to ${LONGEST_COMMENT} at most`;
  const unprintable = UNPRINTABLE.exec(comment)?.[0];
  if (unprintable === undefined) return null;
  const code = unprintable.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
  return `comment: holds the character U+${code}, which cannot be printed: write one line of plain text`;
}

function untilMistake(text: string, until: Micros | undefined, wall: Micros): string | null {
  // What somebody sent is repeated only where it is short.
  const said = text.length <= 40 ? `"${text}"` : 'this';
  if (until === undefined) return `until: ${said} is not an end: write ${EXAMPLES}`;
  if (until <= wall)
    return `until: ${said} is not in the future, it is ${toIso(wall)} here: write ${EXAMPLES}`;
  if (until > wall + LONGEST_ACKNOWLEDGED)
    return `until: ${said} is more than ${DAYS} days away: name an earlier end, and acknowledge it again then`;
  return null;
}

/**
 * Makes room for one more: what holds keeps its place, and of what is over those give way that ended first.
 * @param others by any key. @param unread how many there are besides, which this version cannot read.
 * @returns the keys of those that give way. @throws AcknowledgingRefused
 */
export function makeRoom<Key>(
  others: readonly (readonly [Key, Acknowledgement])[],
  unread: number,
  wall: Micros,
): Key[] {
  const endOf = ([, { until }]: readonly [Key, Acknowledgement]) => parseIso(until)!;
  const over = others.filter((one) => endOf(one) <= wall);
  const held = others.length - over.length + unread;
  if (held >= MOST_ACKNOWLEDGED)
    throw new AcknowledgingRefused(
      `${held} findings are acknowledged, and no more are kept: take back one of them first`,
    );
  const tooMany = Math.max(0, held + over.length + 1 - MOST_ACKNOWLEDGED);
  return over
    .toSorted((a, b) => endOf(a) - endOf(b))
    .slice(0, tooMany)
    .map(([key]) => key);
}

/** So long after their end they are forgotten: until then a clock that was wrong, of any agent, does no harm. */
const FORGOTTEN_AFTER = parseDuration('24h')!;

export function isForgotten({ until }: Acknowledgement, wall: Micros): boolean {
  return parseIso(until)! + FORGOTTEN_AFTER < wall;
}
