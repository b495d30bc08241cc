// How long an answer is waited for, and the questions that wait.
import { MILLISECOND, type Micros, SECOND } from '../base/time.ts';
import type { Mac } from '../net/address.ts';

/** A poll that is not answered within this time is followed by a question to everybody. */
const POLL_MISSED_AFTER = 60 * MILLISECOND;
/** A question to everybody is missed when it was not answered within this time, and at the latest by the next one. */
const MISSED_AFTER = 250 * MILLISECOND;
const MOST = SECOND;
const MAX_SLOW = 256;
/** So many prompt answers in a row: it was slow then, or a frame was lost. */
const PROMPT_AGAIN = 60;

export class Patience {
  readonly #most: Micros;
  /** For polls of machines that proved to be slow, and how often each was prompt since. */
  readonly #ofSlow = new Map<Mac, { readonly patience: Micros; prompt: number }>();
  readonly #ofPrompt: Micros;
  #forAll: Micros;

  /** @param interval between two questions: no answer is waited for longer than that. */
  constructor(interval: Micros) {
    this.#most = Math.min(MOST, interval);
    this.#ofPrompt = Math.min(POLL_MISSED_AFTER, this.#most);
    this.#forAll = Math.min(MISSED_AFTER, this.#most);
  }

  /** @param polled whom alone a question was put to; null: everybody. */
  with(polled: Mac | null): Micros {
    if (polled === null) return this.#forAll;
    return this.#ofSlow.get(polled)?.patience ?? this.#ofPrompt;
  }

  isSlow(mac: Mac): boolean {
    return this.#ofSlow.has(mac);
  }

  /** A machine took so long to answer: from now on its answers are waited for twice as long. */
  learn(mac: Mac, took: Micros): void {
    this.#forAll = this.#longEnough(this.#forAll, took);
    if (this.#ofSlow.size >= MAX_SLOW) this.#ofSlow.delete(this.#ofSlow.keys().next().value!);
    this.#ofSlow.set(mac, { patience: this.#longEnough(this.with(mac), took), prompt: 0 });
  }

  /** A machine took so long to answer a poll. */
  answered(mac: Mac, took: Micros): void {
    const slow = this.#ofSlow.get(mac);
    if (!slow) return;
    slow.prompt = took < this.#ofPrompt ? slow.prompt + 1 : 0;
    if (slow.prompt >= PROMPT_AGAIN) this.#ofSlow.delete(mac);
  }

  /** By doubling, so that there are few different times to wait. */
  #longEnough(known: Micros, took: Micros): Micros {
    let wait = known;
    while (wait < 2 * took && wait < this.#most) wait *= 2;
    return Math.min(wait, this.#most);
  }
}

/** It knows itself among which it waits; null: it does not wait. */
export interface Waits<Of> {
  waitsAmong: Set<Of> | null;
}

interface Queue<Of> {
  readonly patience: Micros;
  readonly waiting: Set<Of>;
}

/** What waits for an answer, by how long that may take: among those that wait equally long the oldest is first. */
export class Waiting<Of extends Waits<Of>> {
  /** Few, and gone through for each question. */
  readonly #queues: Queue<Of>[] = [];

  has(one: Of): boolean {
    return one.waitsAmong !== null;
  }

  add(one: Of, patience: Micros): void {
    this.delete(one);
    let queue = this.#queues.find((known) => known.patience === patience);
    if (!queue) {
      queue = { patience, waiting: new Set() };
      this.#queues.push(queue);
    }
    queue.waiting.add(one);
    one.waitsAmong = queue.waiting;
  }

  delete(one: Of): void {
    one.waitsAmong?.delete(one);
    one.waitsAmong = null;
  }

  get queues(): readonly Queue<Of>[] {
    return this.#queues;
  }
}
