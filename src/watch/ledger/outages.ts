// When an address was away: questions that nobody answered, between answers.
import type { Micros } from '../../base/time.ts';
import type { AddressLog } from './address-log.ts';
import { isSeen, partsOf } from './reading.ts';

export interface Outage {
  /** The first question that nobody answered. */
  readonly first: Micros;
  /** The first question that was answered again. */
  readonly until: Micros;
}

/** Fewer questions may have been lost. */
const QUESTIONS = 3;

/** Those that are over and began since then, in the order of time. What several askers saw at once is one. */
export function outagesSince({ runs }: AddressLog, since: Micros): Outage[] {
  const parts = partsOf(runs, isSeen)
    .filter(({ polled, by }) => polled === null || by.length > 0)
    .toSorted((a, b) => a.first - b.first);
  const outages: Outage[] = [];
  let first: Micros | null = null;
  let count = 0;
  for (const part of parts) {
    if (part.by.length === 0) {
      first ??= part.first;
      count += part.count;
      continue;
    }
    if (first !== null && first >= since && count >= QUESTIONS) outages.push({ first, until: part.first });
    first = null;
    count = 0;
  }
  return outages;
}
