// How a MAC stands beside the machine that an address is of: by who answers whose questions, never by single frames.
import type { Micros } from '../../base/time.ts';
import type { Mac } from '../../net/address.ts';
import type { AddressLog } from './address-log.ts';
import { type IsOf, partsOf } from './reading.ts';
import type { QuestionRun } from './run.ts';

/**
 * - `together`: both answer one question: two machines, or one with two cards
 * - `in-turn`: one asker hears one and the other, again and again
 * - `alone`: to some asker it was the only one to answer, and the owner has not answered that asker since
 * - `none`: it answers nobody, or the owner has answered whoever it answered
 */
export type Standing = 'together' | 'in-turn' | 'alone' | 'none';

/** A node that was rebuilt changes its MAC once, and once again where that was a mistake. */
const CHANGES_IN_TURN = 3;

/** @param since answers before do not count. */
export function standingBeside({ runs }: AddressLog, isOwner: IsOf, mac: Mac, since: Micros): Standing {
  if (!hasAnsweredAny(runs, mac)) return 'none';
  let isAlone = false;
  let isInTurn = false;
  const askers = new Set(runs.flatMap((run) => (run.kind === 'asked' ? [run.who] : [])));
  for (const asker of askers) {
    let changes = 0;
    let latest: 'owner' | 'other' | null = null;
    // That one machine answers what was put to it alone says nothing of the other.
    const isForBoth = ({ who, polled }: QuestionRun) => who === asker && polled === null;
    const parts = partsOf(runs, isForBoth).toSorted((a, b) => a.last - b.last);
    for (const { by, last } of parts) {
      if (last < since) continue;
      const byOther = by.includes(mac);
      const byOwner = by.some((one) => isOwner(one));
      if (byOther && byOwner) return 'together';
      if (!byOther && !byOwner) continue;
      const who = byOther ? 'other' : 'owner';
      if (latest !== null && who !== latest) changes += 1;
      latest = who;
    }
    if (changes >= CHANGES_IN_TURN) isInTurn = true;
    if (latest === 'other') isAlone = true;
  }
  return isInTurn ? 'in-turn' : isAlone ? 'alone' : 'none';
}

/** Few of those who claim an address answered anybody: of a flood none did. */
function hasAnsweredAny(runs: AddressLog['runs'], mac: Mac): boolean {
  return runs.some(
    (run) => run.kind === 'asked' && (run.answerers.includes(mac) || run.latestAnswerers.includes(mac)),
  );
}

/** So many questions were answered by more than one of a machine's MACs; null: none. */
export function doublyAnswered({ runs }: AddressLog, isOf: IsOf): { count: number; macs: Mac[] } | null {
  const doubled = partsOf(runs, () => true).filter(({ by }) => by.filter((mac) => isOf(mac)).length > 1);
  if (doubled.length === 0) return null;
  const macs = new Set(doubled.flatMap(({ by }) => by.filter((mac) => isOf(mac))));
  return { count: doubled.reduce((sum, { count }) => sum + count, 0), macs: [...macs].toSorted() };
}
