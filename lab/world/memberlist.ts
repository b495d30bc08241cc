// How MetalLB's speakers know of each other (hashicorp/memberlist with its defaults for a LAN): who is lost is dropped after some
// five seconds, who leaves in an orderly way at once, who comes back after a partition with the next attempt to join.
import { MILLISECOND, type Micros, SECOND } from '../../src/base/time.ts';
import type { EventQueue, Timer } from './events.ts';
import type { Random } from './random.ts';

export interface Member {
  readonly name: string;
  /** Its process runs, and its machine. */
  readonly alive: boolean;
  /** It can exchange packets with that one now, where both live. */
  reaches(other: Member): boolean;
  /** The others that it knows of are others now. */
  viewChanged(): void;
}

/** A probe that fails and a suspicion of 4 s that nobody refutes; as test/cluster/README.md saw it. */
const DROPPED_AFTER = [5_000 * MILLISECOND, 6_200 * MILLISECOND] as const;
/** By gossip, from the one who noticed first. */
const GOSSIP = [5 * MILLISECOND, 200 * MILLISECOND] as const;
/** Who leaves tells it to several at once. */
const GOOD_BYE = [5 * MILLISECOND, 40 * MILLISECOND] as const;
/** A speaker that starts asks all that it knows of. */
const JOINS_AFTER = [150 * MILLISECOND, 500 * MILLISECOND] as const;
/** Speakers look for lost ones every half minute or so. */
const REJOINS_AFTER = [8 * SECOND, 26 * SECOND] as const;

interface Pair {
  timer: Timer | null;
  /** What the timer is for. */
  wants: 'drop' | 'join' | null;
}

export class Memberlist {
  /** So much longer it takes to notice that one is lost: its settings, or a loaded machine. */
  slowBy: Micros = 0;
  readonly #queue: EventQueue;
  readonly #random: Random;
  readonly #members = new Map<string, Member>();
  /** Whom each knows of, besides itself. */
  readonly #views = new Map<string, Set<string>>();
  readonly #pairs = new Map<string, Pair>();
  /** How long it takes to notice that one is lost: the first who does tells the others. */
  readonly #dropsAfter = new Map<string, { readonly since: Micros; readonly after: Micros }>();

  constructor(queue: EventQueue, random: Random) {
    this.#queue = queue;
    this.#random = random;
  }

  add(member: Member): void {
    this.#members.set(member.name, member);
    this.#views.set(member.name, new Set());
  }

  /** Those that it takes for alive, itself included. */
  viewOf(name: string): ReadonlySet<string> {
    return new Set([name, ...this.#views.get(name)!]);
  }

  /** At the beginning of the world all that reach each other know each other already. */
  settle(): void {
    for (const a of this.#members.values()) {
      for (const b of this.#members.values()) if (isLinked(a, b)) this.#views.get(a.name)!.add(b.name);
    }
  }

  /** It starts anew, and knows nobody. */
  started(name: string): void {
    this.#views.get(name)!.clear();
    this.#dropsAfter.delete(name);
    for (const other of this.#members.keys()) this.#cancel(name, other);
    const after = this.#random.between(...JOINS_AFTER);
    this.#queue.after(after, () => this.#exchange(name));
  }

  /** It says good-bye: all who hear it drop it at once. */
  left(name: string): void {
    for (const other of this.#members.values()) {
      if (!this.#views.get(other.name)!.has(name) || !isLinked(other, this.#members.get(name)!)) continue;
      this.#plan(other.name, name, 'drop', this.#random.between(...GOOD_BYE));
    }
  }

  /** It was stopped, knows nothing of it, and goes on: the others hear of it at once. */
  resumed(name: string): void {
    for (const other of this.#members.values()) {
      if (!isLinked(other, this.#members.get(name)!)) continue;
      if (this.#views.get(other.name)!.has(name)) this.#cancel(other.name, name);
      else this.#plan(other.name, name, 'join', this.#random.between(5 * MILLISECOND, 30 * MILLISECOND));
    }
    this.changed();
  }

  /** Somebody can reach others now than before. */
  changed(): void {
    for (const a of this.#members.values()) {
      if (!a.alive) continue;
      for (const b of this.#members.values()) {
        if (a === b) continue;
        const knows = this.#views.get(a.name)!.has(b.name);
        const linked = isLinked(a, b);
        if (knows && !linked) this.#drop(a.name, b.name);
        else if (!knows && linked) this.#join(a.name, b.name, REJOINS_AFTER);
        else this.#cancel(a.name, b.name);
      }
    }
  }

  /** It is told of all by the first that it reaches; the others hear of it by gossip. */
  #exchange(name: string): void {
    const member = this.#members.get(name)!;
    const reached = [...this.#members.values()].filter((other) => isLinked(member, other));
    const view = this.#views.get(name)!;
    for (const other of reached) {
      this.#cancel(name, other.name);
      view.add(other.name);
      if (!this.#views.get(other.name)!.has(name))
        this.#plan(other.name, name, 'join', this.#random.between(...GOSSIP));
      else this.#cancel(other.name, name);
    }
    if (reached.length > 0) member.viewChanged();
  }

  #drop(name: string, lost: string): void {
    if (this.#pairOf(name, lost).wants === 'drop') return;
    const { now } = this.#queue;
    let known = this.#dropsAfter.get(lost);
    if (!known || now - known.since > SECOND) {
      known = { since: now, after: this.#random.between(...DROPPED_AFTER) + this.slowBy };
      this.#dropsAfter.set(lost, known);
    }
    this.#plan(name, lost, 'drop', known.since + known.after - now + this.#random.between(...GOSSIP));
  }

  #join(name: string, other: string, [least, most]: readonly [Micros, Micros]): void {
    const pair = this.#pairOf(name, other);
    if (name === other || pair.wants === 'join') return;
    // Both learn of each other by the same exchange.
    const back = this.#pairOf(other, name);
    const takes = this.#random.between(least, most);
    this.#plan(name, other, 'join', takes);
    if (back.wants !== 'join' && !this.#views.get(other)!.has(name))
      this.#plan(other, name, 'join', takes + 1);
  }

  #plan(name: string, other: string, wants: 'drop' | 'join', after: Micros): void {
    const pair = this.#pairOf(name, other);
    pair.timer?.cancel();
    pair.wants = wants;
    pair.timer = this.#queue.after(after, () => {
      pair.timer = null;
      pair.wants = null;
      const view = this.#views.get(name)!;
      const member = this.#members.get(name)!;
      if (!member.alive || view.has(other) === (wants === 'join')) return;
      if (wants === 'join') view.add(other);
      else view.delete(other);
      member.viewChanged();
    });
  }

  #cancel(name: string, other: string): void {
    const pair = this.#pairOf(name, other);
    pair.timer?.cancel();
    pair.timer = null;
    pair.wants = null;
  }

  #pairOf(name: string, other: string): Pair {
    const key = `${name} ${other}`;
    const pair = this.#pairs.get(key) ?? { timer: null, wants: null };
    this.#pairs.set(key, pair);
    return pair;
  }
}

function isLinked(a: Member, b: Member): boolean {
  return a !== b && a.alive && b.alive && a.reaches(b) && b.reaches(a);
}
