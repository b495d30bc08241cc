// What an agent writes next about a problem, by what it knows of it and by what the Event in the API says. The Event is all
// that the agents share: it names those that see the problem, and whoever leaves it last says that it is over.
import { MILLISECOND, MINUTE, type Micros } from '../../base/time.ts';
import type { WarningChange, WarningEvent } from './notice-event.ts';

/** Of another agent's Pod: `doubtful` while it is there and not ready, as while it starts, or once its node is dead. */
export type Liveness = 'live' | 'doubtful' | 'gone';

export interface Position {
  /** Whether this agent sees the problem now, or saw it and does no more. */
  readonly wish: 'stands' | 'over';
  /** This agent's Pod. */
  readonly ownPod: string;
  /** It is among the few that ask for the address: the others write only where none of those does. */
  readonly isMine: boolean;
  /** Its words are other ones than those of the warning that stands. */
  readonly isReworded: boolean;
  /** Agents that are doubtful still count: they may be starting, and about to say that they see it too. */
  readonly isPatient: boolean;
  readonly livenessOf: (pod: string) => Liveness;
  /** Milliseconds since the Unix epoch, as an Event's own times. */
  readonly now: number;
}

export type NoticeStep =
  | { readonly do: 'create' }
  | {
      readonly do: 'change';
      /** `repeated`: the problem is back. `changed`: it is graver, lighter or certain now. */
      readonly result: 'repeated' | 'joined' | 'changed' | 'refreshed' | 'left';
      readonly change: WarningChange;
    }
  /** Nobody sees it any more: to be written on the warning, and then by an Event of its own. */
  | { readonly do: 'close'; readonly change: WarningChange }
  /** `standing`: all is as it should be. `told-by-others`. `expired`: there is no warning left to take back. */
  | { readonly do: 'nothing'; readonly because: 'standing' | 'told-by-others' | 'expired' };

/** One may be restarting and another one's node dead. */
const MAX_SEEN_BY = 3;
/** The API server forgets an Event an hour after it was written last. */
export const REFRESH_EVERY: Micros = 30 * MINUTE;
/** One of those that see it does it for all. */
const FRESH_FOR = (REFRESH_EVERY * 5) / 6 / MILLISECOND;

/** @param known the warning as the API holds it; null: there is none. */
export function nextStep(known: WarningEvent | null, position: Position): NoticeStep {
  return position.wish === 'stands' ? stepWhileItStands(known, position) : stepWhenOver(known, position);
}

function stepWhileItStands(
  known: WarningEvent | null,
  { ownPod, isMine, isReworded, livenessOf, now }: Position,
): NoticeStep {
  if (known === null) return { do: 'create' };
  const { seenBy, count, lastSeen } = known;
  if (seenBy.length === 0) {
    const change = { seenBy: [ownPod], count: count + 1, seenNow: true };
    return { do: 'change', result: 'repeated', change };
  }
  const isStale = lastSeen === null || now - lastSeen > FRESH_FOR;
  if (seenBy.includes(ownPod)) {
    if (!isStale && !isReworded) return { do: 'nothing', because: 'standing' };
    const result = isReworded ? 'changed' : 'refreshed';
    return { do: 'change', result, change: { seenBy, count, seenNow: true } };
  }
  const present = seenBy.filter((pod) => livenessOf(pod) !== 'gone');
  const live = seenBy.filter((pod) => livenessOf(pod) === 'live');
  const kept = present.length < MAX_SEEN_BY ? present : live;
  const isWanted = isMine ? kept.length < MAX_SEEN_BY : live.length === 0;
  if (!isWanted) return { do: 'nothing', because: 'told-by-others' };
  // The problem has been there all the time: this is another one who sees it, and no other time.
  const seenNow = isStale || isReworded;
  return { do: 'change', result: 'joined', change: { seenBy: [...kept, ownPod], count, seenNow } };
}

function stepWhenOver(known: WarningEvent | null, { ownPod, isPatient, livenessOf }: Position): NoticeStep {
  if (known === null) return { do: 'nothing', because: 'expired' };
  const { seenBy, count } = known;
  const dead: readonly Liveness[] = isPatient ? ['gone'] : ['gone', 'doubtful'];
  const others = seenBy.filter((pod) => pod !== ownPod && !dead.includes(livenessOf(pod)));
  if (others.length === 0 && seenBy.length > 0)
    return { do: 'close', change: { seenBy: [], count, seenNow: false } };
  if (!seenBy.includes(ownPod)) return { do: 'nothing', because: 'told-by-others' };
  return { do: 'change', result: 'left', change: { seenBy: others, count, seenNow: false } };
}
