// When the watcher's state goes to the journal: what happened within a tenth of a second, what was merely seen within a second.

import { MILLISECOND, type Micros, SECOND } from '../base/time.ts';
import type { Clock } from '../host/clock.ts';
import type { Log } from '../host/log.ts';
import type { Watcher } from '../watch/watcher.ts';
import { StateKeeper } from './state.ts';
import type { RowStore } from './written-rows.ts';

/** The journal, as far as it is needed here. */
export interface SavedRows extends RowStore {
  flush(now: Micros): boolean;
  close(now: Micros): void;
}

interface StateSaverOptions {
  readonly journal: SavedRows;
  readonly watcher: Watcher;
  readonly clock: Clock;
  readonly log: Pick<Log['logger'], 'info' | 'warn'>;
}

const SAVE_EVENTS_EVERY = 100 * MILLISECOND;
const SAVE_CLAIMS_EVERY = SECOND;
/** Each takes a few milliseconds; what a flood left unsaved beyond that is let go. */
const LAST_SAVES = 50;

export class StateSaver {
  readonly #options: StateSaverOptions;
  readonly #state: StateKeeper;
  #eventsWait = false;
  #framesWait = false;
  #saveEventsAt: Micros = Number.NEGATIVE_INFINITY;
  #saveClaimsAt: Micros = Number.NEGATIVE_INFINITY;

  constructor(options: StateSaverOptions) {
    this.#options = options;
    this.#state = new StateKeeper(options.journal);
  }

  /** Gives the watcher back what an earlier life knew. */
  restore(now: Micros): void {
    const { watcher, log } = this.#options;
    const { state, skipped } = this.#state.load(now);
    watcher.restore(state, now);
    const { leases, claims, findings, takeovers } = state;
    if (skipped > 0) log.warn({ skipped }, 'Rows of the journal that cannot be read were left out');
    log.info(
      {
        leases: leases.length,
        claims: claims.length,
        findings: findings.length,
        takeovers: takeovers.length,
      },
      'Journal read',
    );
  }

  /** Something happened. */
  tell(): void {
    this.#eventsWait = true;
  }

  framesSeen(): void {
    this.#framesWait = true;
  }

  nextAt(): Micros {
    return Math.min(
      this.#eventsWait ? this.#saveEventsAt : Number.POSITIVE_INFINITY,
      this.#framesWait ? this.#saveClaimsAt : Number.POSITIVE_INFINITY,
    );
  }

  tick(now: Micros): void {
    const claimsDue = this.#framesWait && now >= this.#saveClaimsAt;
    if (claimsDue || (this.#eventsWait && now >= this.#saveEventsAt)) this.#saveEvents(now);
    if (claimsDue) this.#saveClaims(now);
  }

  /** Saves what is left, and closes the journal. */
  stop(): void {
    const { clock, journal } = this.#options;
    const now = clock.now();
    for (let round = 0; round < LAST_SAVES; round += 1) {
      this.#saveEvents(now);
      this.#saveClaims(now);
      if (!this.#eventsWait && !this.#framesWait) break;
    }
    journal.close(now);
  }

  #saveEvents(now: Micros): void {
    const { watcher, clock } = this.#options;
    this.#saveEventsAt = now + SAVE_EVENTS_EVERY;
    this.#eventsWait = this.#state.saveEvents(watcher, now, clock.toWall(now) - now);
  }

  #saveClaims(now: Micros): void {
    const { watcher, clock, journal } = this.#options;
    this.#saveClaimsAt = now + SAVE_CLAIMS_EVERY;
    this.#framesWait = this.#state.saveClaims(watcher, now, clock.toWall(now) - now);
    journal.flush(now);
  }
}
