// How long to wait before trying again what failed.

/** Milliseconds. */
const FIRST = 500;
const LONGEST = 30_000;

/**
 * Twice as long each time, up to 30 s; in milliseconds.
 * @param failures in a row before the one that just happened.
 * @param random from 0 to 1.
 */
export function backoff(failures: number, random: number): number {
  // A bound on the exponent as well: the count goes on for as long as the trouble does.
  return spread(Math.min(LONGEST, FIRST * 2 ** Math.min(failures, 10)), random);
}

/** From half of it to all of it, so that many agents do not come all at once. */
export function spread(most: number, random: number): number {
  return most * (0.5 + random / 2);
}
