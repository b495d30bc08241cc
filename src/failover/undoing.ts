// How it goes to undo what a test injected: tried at once, and again after waits that grow while it cannot be done.
import { type Micros, SECOND } from '../base/time.ts';

export type Undoing =
  | { readonly kind: 'untried' }
  /** How that went is not known, or it may work at once the next time. */
  | { readonly kind: 'tried'; readonly since: Micros }
  /** It could not be done, for that reason, and is tried again then. */
  | {
      readonly kind: 'hindered';
      readonly since: Micros;
      readonly reason: string;
      readonly wait: Micros;
      readonly until: Micros;
    };

export const UNTRIED: Undoing = { kind: 'untried' };

/** What cannot be undone is tried again after so long, and each time after twice as long, … */
const UNDO_AGAIN = SECOND;
/** … but for this. */
const UNDO_AGAIN_AT_MOST = 30 * SECOND;

export function tried(undoing: Undoing, now: Micros): Exclude<Undoing, { kind: 'untried' }> {
  return undoing.kind === 'untried' ? { kind: 'tried', since: now } : undoing;
}

export function hindered(undoing: Undoing, since: Micros, reason: string, now: Micros): Undoing {
  const wait = Math.min(undoing.kind === 'hindered' ? undoing.wait * 2 : UNDO_AGAIN, UNDO_AGAIN_AT_MOST);
  return { kind: 'hindered', since, reason, wait, until: now + wait };
}
