// What time it is for whoever is told. Alertmanager judges by its own clock: an end that lies in its past ends the alert for
// all agents, and one that is far away keeps it. A node's clock may be wrong: a Raspberry Pi has no chip that keeps it.
import { type Micros, SECOND } from '../../base/time.ts';

/** An answer, and what its header `Date` says: the second in which it was made. */
export interface DatedAnswer {
  readonly date: Micros;
  /** On this process's timeline, as `cameAt`. */
  readonly askedAt: Micros;
  readonly cameAt: Micros;
}

/** Clocks that are set by NTP are closer: what differs by less is the same time. */
const SAME_TIME = SECOND;

/** One for all that an agent tells. */
export class ServerClock {
  /** How far the clock of each is ahead of this process's timeline; whoever answered last is last. */
  readonly #ahead = new Map<string, Micros>();

  /**
   * How far the clock of the one that answered is ahead. What holds for another one, or for this node, is taken to hold for
   * it too unless its answer says otherwise: so all whose clocks agree are told the very same end.
   * @param ownAhead how far this node's clock is.
   */
  learn(who: string, { date, askedAt, cameAt }: DatedAnswer, ownAhead: Micros): Micros {
    const [least, most] = [date - cameAt, date + SECOND - askedAt];
    const guesses = [...[...this.#ahead.values()].reverse(), ownAhead];
    const fitting = guesses.find((guess) => guess > least - SAME_TIME && guess < most + SAME_TIME);
    const ahead = fitting ?? (least + most) / 2;
    this.#ahead.delete(who);
    this.#ahead.set(who, ahead);
    return ahead;
  }
}
