// Whether the machine that DHCP leased a VIP to makes use of it: a VIP is not in use by it once the VIP was asked for over some
// minutes, and the machine sent nothing at all. Questions are what makes silence mean something: who has the address answers them.

import { MINUTE, type Micros } from '../../base/time.ts';

/** So long the machine must be silent; twice as long after each time that it came back. */
const FIRST_SILENCE = 3 * MINUTE;
const LONGEST_SILENCE = 60 * MINUTE;
/** Questions further apart than this leave time for a machine to come and go. So do answers, where they would have been seen. */
const LONGEST_PAUSE = MINUTE;

export class Lessee {
  /** Its last frame; null: none in this process's life. */
  heardAt: Micros | null = null;
  /** It is silent: the VIP is leased, and not in use now. */
  isUnused: boolean;
  #silenceNeeded = FIRST_SILENCE;
  /** Since when it has been silent while the VIP was asked for. */
  #since: Micros;
  #askedAt: Micros;
  /** A node's last answer. */
  #answeredAt: Micros;

  /** @param isUnused as it was before a restart; the silence is measured anew. */
  constructor(now: Micros, isUnused: boolean) {
    this.isUnused = isUnused;
    this.#since = now;
    this.#askedAt = now;
    this.#answeredAt = now;
  }

  /** It sent something, whatever it was. Returns whether the VIP was not in use until now. */
  heard(at: Micros): boolean {
    const isBack = this.isUnused;
    if (isBack) this.#silenceNeeded = Math.min(2 * this.#silenceNeeded, LONGEST_SILENCE);
    this.isUnused = false;
    this.heardAt = at;
    this.startOver(at);
    return isBack;
  }

  /** What was silence until then is none: it is not alone, or this agent was stopped. */
  startOver(at: Micros): void {
    // Frames that came while this agent was stopped are read after it was told of that.
    this.#since = Math.max(at, this.#since);
    this.#askedAt = this.#since;
    this.#answeredAt = this.#since;
  }

  /** Somebody asked all machines for the VIP. */
  asked(at: Micros): void {
    if (at - this.#askedAt > LONGEST_PAUSE) this.#since = at;
    this.#askedAt = at;
  }

  /** The same, and the answers are seen here: then a node's must be among them. */
  askedFromHere(at: Micros): void {
    this.asked(at);
    if (at - this.#answeredAt > LONGEST_PAUSE) this.#since = at;
  }

  answeredByNode(at: Micros): void {
    this.#answeredAt = at;
  }

  /** A node answered of late, and nobody else did. */
  isAnswered(now: Micros): boolean {
    return now - this.#answeredAt <= LONGEST_PAUSE;
  }

  isSilentEnough(now: Micros): boolean {
    return now - this.#since >= this.#silenceNeeded && now - this.#askedAt <= LONGEST_PAUSE;
  }

  /** When it may be silent enough; Infinity where it is known to be. */
  get dueAt(): Micros {
    return this.isUnused ? Number.POSITIVE_INFINITY : this.#since + this.#silenceNeeded;
  }

  /** For how long it has been silent, and asked for. */
  silence(now: Micros): Micros {
    return now - this.#since;
  }
}
