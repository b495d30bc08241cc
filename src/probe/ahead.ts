// How many polls one machine may leave open: each reaches everybody once it is gone. A few go ahead, and the others wait until one
// of those is answered, which takes no time, or missed.
import { MILLISECOND, type Micros } from '../base/time.ts';
import type { Mac } from '../net/address.ts';
import { POLL_MISSED_AFTER } from './patience.ts';
import type { Target } from './target.ts';
import type { AgentsThatAsk } from './unheard.ts';

/** Of all agents together: half of what they may ask everybody in the second after something happened. */
const OPEN_AT_MOST = 25;
/** A machine that is gone is polled for so long, by all, until the first of them has said so. */
const NOTICED_AFTER = POLL_MISSED_AFTER + 10 * MILLISECOND;
const MAX_MACHINES = 1024;

/** Of one agent. That of the machine itself does not poll it. */
export function openAtMost({ agents }: AgentsThatAsk): number {
  return Math.max(1, Math.floor(OPEN_AT_MOST / Math.max(1, agents - 1)));
}

/**
 * What all others left open of one machine that is gone, before it was noticed.
 * @param count of addresses that it held.
 */
export function pollsUnheard({ agents, perVip }: AgentsThatAsk, count: number, interval: Micros): number {
  const askers = Math.max(1, agents - 1);
  const asked = (count * Math.min(perVip, askers) * NOTICED_AFTER) / interval;
  const all = Math.min(asked, askers * openAtMost({ agents, perVip }));
  return Math.floor((all * (askers - 1)) / askers);
}

export class Ahead {
  readonly #isOpen: (target: Target) => boolean;
  /** Polled since the machine answered last. */
  readonly #ahead = new Map<Mac, Set<Target>>();
  readonly #waiting = new Map<Mac, Set<Target>>();
  readonly #released = new Set<Target>();
  #releasedAt: Micros = Number.POSITIVE_INFINITY;

  /** @param isOpen it is still to be seen whether the latest question for it is answered. */
  constructor(isOpen: (target: Target) => boolean) {
    this.#isOpen = isOpen;
  }

  /** Whether the machine may be polled for it now; else its turn comes again. */
  mayGo(target: Target, mac: Mac, most: number): boolean {
    const ahead = this.#ahead.get(mac);
    if (ahead === undefined) this.#follow(mac, target);
    else if (ahead.size < most) ahead.add(target);
    else {
      const waiting = this.#waiting.get(mac);
      if (waiting) waiting.add(target);
      else this.#waiting.set(mac, new Set([target]));
      return false;
    }
    return true;
  }

  #follow(mac: Mac, target: Target): void {
    if (this.#ahead.size >= MAX_MACHINES) {
      for (const one of [...this.#waiting.keys()]) this.settled(one, target.askedAt);
      this.#ahead.clear();
    }
    this.#ahead.set(mac, new Set([target]));
  }

  /** The machine answered, or left a poll unanswered: whoever waits takes its turn. */
  settled(mac: Mac, at: Micros): void {
    this.#ahead.get(mac)?.clear();
    const waiting = this.#waiting.get(mac);
    if (!waiting) return;
    this.#waiting.delete(mac);
    for (const target of waiting) this.#released.add(target);
    this.#releasedAt = Math.min(this.#releasedAt, at);
  }

  /** When turns are to be taken again. */
  nextAt(): Micros {
    for (const mac of this.#waiting.keys()) this.#look(mac);
    return this.#releasedAt;
  }

  /** Whose turn comes again. */
  released(): readonly Target[] {
    this.#releasedAt = Number.POSITIVE_INFINITY;
    if (this.#released.size === 0) return [];
    const released = [...this.#released];
    this.#released.clear();
    return released;
  }

  forget(target: Target): void {
    this.#released.delete(target);
    for (const [mac, waiting] of this.#waiting)
      if (waiting.delete(target) && waiting.size === 0) this.#waiting.delete(mac);
  }

  /** One that was forgotten since, or could not be sent, is not waited for either. */
  #look(mac: Mac): void {
    for (const target of this.#ahead.get(mac) ?? [])
      if (!this.#isOpen(target)) return this.settled(mac, target.askedAt);
  }
}
