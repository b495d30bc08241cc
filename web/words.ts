// Times, lengths of time and numbers in words for people.
import { gapText } from '../src/base/length-text.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY_LENGTH = 24 * HOUR;

/** Local time; with the day where that is not today. By itself: to make a format of `Intl` takes as long as half of the page. */
export function clock(iso: string, now = Date.now()): string {
  const at = new Date(iso);
  const isToday = at.toDateString() === new Date(now).toDateString();
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
  return isToday ? time : `${[at.getFullYear(), at.getMonth() + 1, at.getDate()].map(two).join('-')} ${time}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}

/** `12 s`, `3 min`, `5 h`, `2 d`. */
export function span(milliseconds: number): string {
  const length = Math.max(0, milliseconds);
  if (length < MINUTE) return `${Math.floor(length / SECOND)} s`;
  if (length < HOUR) return `${Math.floor(length / MINUTE)} min`;
  return length < 2 * DAY_LENGTH ? `${Math.floor(length / HOUR)} h` : `${Math.floor(length / DAY_LENGTH)} d`;
}

export function ago(iso: string, now = Date.now()): string {
  return `${span(now - Date.parse(iso))} ago`;
}

/** A gap as it is known: `5.45 to 6.45 s`, `no gap`. */
export function gap(gapMs: number, uncertaintyMs: number): string {
  return gapMs <= 0 ? 'no gap' : gapText(gapMs, uncertaintyMs);
}

export function count(number: number, one: string, several = `${one}s`): string {
  return `${thousands(number)} ${number === 1 ? one : several}`;
}

/** `1,000`. By itself: `toLocaleString` makes its rules anew each time, which was a quarter of what the page cost. */
export function thousands(number: number): string {
  return String(number).replace(/\B(?=(?:\d{3})+$)/g, ',');
}
