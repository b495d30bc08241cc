// What questions to everybody say of a machine: who asks for several of its addresses within a moment, as no sweep does, had polls of
// it left unanswered. Those of this agent would be too, and each reaches everybody.
import { BoundedMap } from '../base/bounded-map.ts';
import { MILLISECOND, type Micros, SECOND } from '../base/time.ts';
import type { IpAddress, Mac } from '../net/address.ts';
import { POLL_MISSED_AFTER } from './patience.ts';

/** Sweeps are further apart, but for two now and then. */
const TOGETHER = 100 * MILLISECOND;
const TWO = 2;
/** So many are no coincidence, while something goes on: it is gone. Nor are two that are both asked for again */
const MANY = 4;
/** within so long: of one, nobody else may have taken the place. */
const AGAIN = 500 * MILLISECOND;
/** Others may have noticed so long before. */
const NOTICED_WITHIN = SECOND;
/** By two alone it is doubted for so long, once until it answers: then it is polled, to see. */
const DOUBTED_FOR = 250 * MILLISECOND;
/** That it is gone holds for so long after each further question: the budget may be used up for most of a second. */
const GONE_FOR = 2 * SECOND;
const MAX_MACHINES = 1024;
const NEVER = Number.NEGATIVE_INFINITY;

interface Machine {
  /** The latest few of its addresses for which everybody was asked: when, and whether again. */
  readonly asked: Map<IpAddress, { readonly at: Micros; readonly isAgain: boolean }>;
  /** When that was more than coincidence. */
  manyAt: Micros;
  answeredAt: Micros;
  /** NEVER: not since it answered. */
  doubtedUntil: Micros;
  goneUntil: Micros;
}

export class Doubts {
  readonly #machines = new BoundedMap<Mac, Machine>(MAX_MACHINES);
  /** None is doubted from then on. */
  #until: Micros = NEVER;

  /**
   * Everybody was asked for an address that a machine holds, or it left one of this agent's polls for that unanswered. Returns
   * whether it is found to be gone by that.
   * @param isAlarm something happened.
   */
  note(mac: Mac, address: IpAddress, isAlarm: boolean, at: Micros): boolean {
    const machine = this.#of(mac);
    const { asked } = machine;
    const isAgain = at - (asked.get(address)?.at ?? NEVER) < AGAIN;
    asked.delete(address);
    for (const [one, { at: then }] of asked) if (at - then >= AGAIN || asked.size >= MANY) asked.delete(one);
    asked.set(address, { at, isAgain });
    // It is there: why everybody is asked is another matter.
    if (at - machine.answeredAt < POLL_MISSED_AFTER) return false;
    const latest = [...asked.values()];
    const together = latest.filter((one) => at - one.at < TOGETHER).length;
    if (together >= MANY || latest.filter((one) => one.isAgain).length >= TWO) machine.manyAt = at;
    if (together >= TWO && machine.doubtedUntil === NEVER) machine.doubtedUntil = at + DOUBTED_FOR;
    const wasGone = at < machine.goneUntil;
    const isGone = wasGone || (isAlarm && at - machine.manyAt < NOTICED_WITHIN);
    if (isGone) machine.goneUntil = at + GONE_FOR;
    this.#until = Math.max(this.#until, machine.doubtedUntil, machine.goneUntil);
    return isGone && !wasGone;
  }

  answered(mac: Mac, at: Micros): void {
    const machine = this.#of(mac);
    machine.answeredAt = at;
    machine.manyAt = NEVER;
    machine.doubtedUntil = NEVER;
    machine.goneUntil = NEVER;
    machine.asked.clear();
  }

  /** It is better not polled now. */
  isDoubted(mac: Mac, now: Micros): boolean {
    const machine = now < this.#until ? this.#machines.get(mac) : undefined;
    return machine !== undefined && now < Math.max(machine.doubtedUntil, machine.goneUntil);
  }

  isGone(mac: Mac, now: Micros): boolean {
    return now < this.#until && now < (this.#machines.get(mac)?.goneUntil ?? NEVER);
  }

  #of(mac: Mac): Machine {
    const known = this.#machines.get(mac);
    if (known) return known;
    const machine: Machine = {
      asked: new Map(),
      manyAt: NEVER,
      answeredAt: NEVER,
      doubtedUntil: NEVER,
      goneUntil: NEVER,
    };
    this.#machines.set(mac, machine);
    return machine;
  }
}
