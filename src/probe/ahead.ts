// Of the polls of a machine one goes ahead, and the others wait until it is answered, which takes no time: once a machine is gone
// each poll of it reaches everybody.
import type { Micros } from '../base/time.ts';
import type { Mac } from '../net/address.ts';

const MAX_MACHINES = 1024;

export class Ahead<Target> {
  readonly #isOpen: (target: Target) => boolean;
  /** Polled since the machine answered last. */
  readonly #ahead = new Map<Mac, { readonly target: Target; readonly at: Micros }>();
  readonly #waiting = new Map<Mac, Set<Target>>();
  /** Whose poll may go by now, since the machine answered. */
  readonly #released = new Map<Target, Mac>();
  #releasedAt: Micros = Number.POSITIVE_INFINITY;

  /** @param isOpen it is still to be seen whether the latest question for it is answered. */
  constructor(isOpen: (target: Target) => boolean) {
    this.#isOpen = isOpen;
  }

  /** Whether the machine may be polled for it now; else it waits for another one's answer. */
  mayGo(target: Target, mac: Mac, now: Micros): boolean {
    const ahead = this.#ahead.get(mac);
    // Whether it could be sent is not known yet, or it was and is open.
    const mustWait = ahead !== undefined && (ahead.at === now || this.#isOpen(ahead.target));
    // To look at that one may have shown its answer.
    if (mustWait && this.#ahead.get(mac) === ahead) {
      const waiting = this.#waiting.get(mac);
      if (waiting) waiting.add(target);
      else this.#waiting.set(mac, new Set([target]));
      return false;
    }
    if (this.#ahead.size >= MAX_MACHINES) this.#clear();
    this.#ahead.set(mac, { target, at: now });
    return true;
  }

  answered(mac: Mac, at: Micros): void {
    this.#ahead.delete(mac);
    const waiting = this.#waiting.get(mac);
    if (!waiting) return;
    this.#waiting.delete(mac);
    for (const target of waiting) this.#released.set(target, mac);
    this.#releasedAt = Math.min(this.#releasedAt, at);
  }

  /** It comes to its next turn, or has come to its own. */
  takesTurn(target: Target, mac: Mac): void {
    this.#waiting.get(mac)?.delete(target);
    this.#released.delete(target);
  }

  /** Those that wait for its answer, and wait on where it left the poll unanswered: it may answer another question. */
  waitingFor(mac: Mac): Iterable<Target> {
    return this.#waiting.get(mac) ?? [];
  }

  /** When polls may go that waited; Infinity: not yet. */
  nextAt(): Micros {
    for (const mac of [...this.#waiting.keys()]) {
      const ahead = this.#ahead.get(mac);
      // To look at it shows its answer.
      if (ahead) this.#isOpen(ahead.target);
    }
    return this.#releasedAt;
  }

  /** They may go now: so many, and the rest the next time. */
  takeReleased(most: number): [Target, Mac][] {
    if (this.#released.size === 0) return [];
    const taken = [...this.#released].slice(0, most);
    for (const [target] of taken) this.#released.delete(target);
    if (this.#released.size === 0) this.#releasedAt = Number.POSITIVE_INFINITY;
    return taken;
  }

  forget(target: Target): void {
    this.#released.delete(target);
    for (const [mac, waiting] of this.#waiting)
      if (waiting.delete(target) && waiting.size === 0) this.#waiting.delete(mac);
    for (const [mac, ahead] of this.#ahead) if (ahead.target === target) this.#ahead.delete(mac);
  }

  #clear(): void {
    this.#ahead.clear();
    this.#waiting.clear();
  }
}
