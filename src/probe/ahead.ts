// Of the polls of a machine that are due together one goes ahead, and the others wait for its answer, which takes no time: once a
// machine is gone each poll of it reaches everybody.
import { MILLISECOND, type Micros } from '../base/time.ts';
import type { Mac } from '../net/address.ts';

/**
 * Then another one goes ahead, for a frame may be lost, and a machine that proved to be slow is waited for longer; or all come to
 * their turn, where the machine is known to be silent by then. A question to everybody has followed, which it may have answered.
 */
const WAIT_FOR_ONE = 120 * MILLISECOND;
const MAX_MACHINES = 1024;

interface Machine<Target> {
  readonly mac: Mac;
  /** For which it was polled ahead, */
  target: Target;
  at: Micros;
  /** and when it has answered anything since; Infinity: not yet. */
  answeredAt: Micros;
  readonly waiting: Set<Target>;
}

export class Ahead<Target> {
  readonly #look: (target: Target) => void;
  readonly #machines = new Map<Mac, Machine<Target>>();
  readonly #waitedFor = new Set<Machine<Target>>();

  /** @param look takes in whether the latest question for a target was answered by now. */
  constructor(look: (target: Target) => void) {
    this.#look = look;
  }

  /** Whether a machine may be polled for a target now; else that waits until it is given by `takeReady`. */
  mayGo(target: Target, mac: Mac, now: Micros): boolean {
    const machine = this.#machines.get(mac);
    if (machine && now > machine.at) this.#look(machine.target);
    if (machine && now < readyAt(machine)) {
      machine.waiting.add(target);
      this.#waitedFor.add(machine);
      return false;
    }
    if (machine && machine.waiting.size > 0) return true;
    if (!machine && this.#machines.size >= MAX_MACHINES) this.#forgetOldest();
    this.#machines.set(mac, {
      mac,
      target,
      at: now,
      answeredAt: Number.POSITIVE_INFINITY,
      waiting: new Set(),
    });
    return true;
  }

  answered(mac: Mac, at: Micros): void {
    const machine = this.#machines.get(mac);
    if (machine) machine.answeredAt = Math.min(machine.answeredAt, at);
  }

  /** When some that wait may go. */
  nextAt(): Micros {
    let nextAt = Number.POSITIVE_INFINITY;
    for (const machine of this.#waitedFor) {
      this.#look(machine.target);
      nextAt = Math.min(nextAt, readyAt(machine));
    }
    return nextAt;
  }

  /**
   * Those whose machine has answered, or is known to be silent by now; of others one.
   * @param isSilent it left a poll unanswered.
   */
  takeReady(isSilent: (mac: Mac) => boolean, now: Micros): Target[] {
    const ready: Target[] = [];
    for (const machine of this.#waitedFor) {
      this.#look(machine.target);
      if (now < readyAt(machine)) continue;
      const { mac, waiting, answeredAt } = machine;
      if (now < answeredAt && !isSilent(mac)) {
        const [next] = waiting;
        machine.target = next!;
        machine.at = now;
        waiting.delete(next!);
        ready.push(next!);
      } else {
        ready.push(...waiting);
        waiting.clear();
      }
      if (waiting.size === 0) this.#waitedFor.delete(machine);
    }
    return ready;
  }

  forget(target: Target): void {
    for (const machine of this.#waitedFor)
      if (machine.waiting.delete(target) && machine.waiting.size === 0) this.#waitedFor.delete(machine);
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
