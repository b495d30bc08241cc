// Of the polls of a machine that are due together some go ahead, and the others wait for an answer to one of these, which takes no
// time: once a machine is gone each poll of it reaches everybody.
import { MILLISECOND, type Micros } from '../base/time.ts';
import type { Mac } from '../net/address.ts';
import { MAX_BURST } from './rates.ts';

/**
 * Then one more goes ahead, for a frame may be lost, and a machine that proved to be slow is waited for longer; or all come to
 * their turn, where the machine is known to be silent by then. A question to everybody has followed, which it may have answered.
 */
const WAIT_FOR_ONE = 120 * MILLISECOND;
/** Until more may be asked than at once. */
const BETWEEN_BURSTS = 50 * MILLISECOND;
const MAX_MACHINES = 1024;

interface Machine<Target> {
  readonly mac: Mac;
  /** For which it was polled ahead, the latest last; */
  readonly ahead: Target[];
  /** when the first of them was, and */
  since: Micros;
  /** the latest, */
  at: Micros;
  /** and when it has answered anything since the first; Infinity: not yet. */
  answeredAt: Micros;
  readonly waiting: Set<Target>;
}

export class Ahead<Target> {
  readonly #look: (target: Target) => void;
  readonly #most: () => number;
  readonly #machines = new Map<Mac, Machine<Target>>();
  readonly #waitedFor = new Set<Machine<Target>>();
  #pausedUntil: Micros = Number.NEGATIVE_INFINITY;

  /**
   * @param look takes in whether the latest question for a target was answered by now.
   * @param most of a machine may go ahead, 1 or more.
   */
  constructor(look: (target: Target) => void, most: () => number) {
    this.#look = look;
    this.#most = most;
  }

  /** Whether a machine may be polled for a target now; else that waits until it is given by `takeReady`. */
  mayGo(target: Target, mac: Mac, now: Micros): boolean {
    const machine = this.#machines.get(mac) ?? this.#newMachine(mac, now);
    if (now > machine.at) this.#lookAt(machine);
    const areOthersWaiting = machine.waiting.size > 0;
    if ((areOthersWaiting || machine.ahead.length >= this.#most()) && now < readyAt(machine)) {
      machine.waiting.add(target);
      this.#waitedFor.add(machine);
      return false;
    }
    if (areOthersWaiting) return true;
    if (now >= machine.answeredAt) {
      machine.ahead.length = 0;
      machine.since = now;
      machine.answeredAt = Number.POSITIVE_INFINITY;
    }
    this.#goAhead(machine, target, now);
    return true;
  }

  answered(mac: Mac, at: Micros): void {
    const machine = this.#machines.get(mac);
    // An answer of before says nothing, however late it is found.
    if (machine && at > machine.since) machine.answeredAt = Math.min(machine.answeredAt, at);
  }

  /** When some that wait may go. */
  nextAt(): Micros {
    let nextAt = Number.POSITIVE_INFINITY;
    for (const machine of this.#waitedFor) {
      this.#lookAt(machine);
      nextAt = Math.min(nextAt, readyAt(machine));
    }
    return Math.max(nextAt, this.#pausedUntil);
  }

  /**
   * Those whose machine has answered, or is known to be silent by now; of others one. What is more than the most that may be
   * asked at once has its turn a moment later.
   * @param isSilent it left a poll unanswered.
   */
  takeReady(isSilent: (mac: Mac) => boolean, now: Micros): Target[] {
    const ready: Target[] = [];
    if (now < this.#pausedUntil) return ready;
    for (const machine of this.#waitedFor) {
      this.#lookAt(machine);
      if (now < readyAt(machine)) continue;
      const { mac, waiting, answeredAt } = machine;
      const areAllReady = now >= answeredAt || isSilent(mac);
      for (const target of waiting) {
        if (ready.length >= MAX_BURST) break;
        waiting.delete(target);
        ready.push(target);
        if (areAllReady) continue;
        this.#goAhead(machine, target, now);
        break;
      }
      if (waiting.size === 0) this.#waitedFor.delete(machine);
    }
    if (ready.length >= MAX_BURST) this.#pausedUntil = now + BETWEEN_BURSTS;
    return ready;
  }

  forget(target: Target): void {
    for (const machine of this.#waitedFor)
      if (machine.waiting.delete(target) && machine.waiting.size === 0) this.#waitedFor.delete(machine);
  }

  /** Until one is found to be answered. */
  #lookAt(machine: Machine<Target>): void {
    for (const target of machine.ahead) {
      if (machine.answeredAt < Number.POSITIVE_INFINITY) return;
      this.#look(target);
    }
  }

  #goAhead(machine: Machine<Target>, target: Target, now: Micros): void {
    machine.ahead.push(target);
    if (machine.ahead.length > this.#most()) machine.ahead.shift();
    machine.at = now;
  }

  #newMachine(mac: Mac, now: Micros): Machine<Target> {
    if (this.#machines.size >= MAX_MACHINES) this.#forgetOldest();
    const machine = {
      mac,
      ahead: [],
      since: now,
      at: Number.NEGATIVE_INFINITY,
      answeredAt: Number.POSITIVE_INFINITY,
      waiting: new Set<Target>(),
    };
    this.#machines.set(mac, machine);
    return machine;
  }

  #forgetOldest(): void {
    for (const [mac, { waiting }] of this.#machines) {
      if (waiting.size > 0) continue;
      this.#machines.delete(mac);
      return;
    }
  }
}

function readyAt<Target>({ at, answeredAt }: Machine<Target>): Micros {
  return Math.min(answeredAt, at + WAIT_FOR_ONE);
}
