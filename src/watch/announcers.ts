// Who announces each VIP on each segment: takeovers between cluster nodes, and split brain where neither yields.
import type { Mac } from '../net/address.ts';
import type { Micros } from '../net/time.ts';
import type { Segment } from './segment.ts';
import type { WatchSettings } from './settings.ts';
import type { Takeover, TakeoverClass } from './takeover.ts';

/** A node answering without a pause longer than `announcerSilence`. */
interface Run {
  readonly node: string;
  mac: Mac;
  readonly first: Micros;
  last: Micros;
}

/** Another node began to answer; who keeps the VIP is not settled yet. */
interface Challenge {
  readonly by: Run;
  /** When each node had last proved that it answered, before the challenge began. */
  readonly lastBefore: ReadonlyMap<string, Micros>;
}

type TakeoverCore = Omit<Takeover, 'ip' | 'service' | 'segment'>;

/** What the latest claim or the passing of time has shown. */
export type AnnouncerNews =
  | { readonly kind: 'takeover'; readonly takeover: TakeoverCore }
  | {
      readonly kind: 'split-brain';
      readonly macs: readonly Mac[];
      readonly nodes: readonly string[];
      readonly since: Micros;
    }
  | { readonly kind: 'dismissed'; readonly reason: 'did-not-hold' | 'within-grace' };

const NOTHING: readonly AnnouncerNews[] = [];

/** One VIP on one segment. Fed with answers and announcements of cluster nodes only. */
export class AnnouncerTrack {
  readonly segment: Segment;
  readonly #settings: WatchSettings;
  #holder: Run | null = null;
  #holderSince: Micros = 0;
  /** In the order in which they began; the first is settled first. */
  #challenges: Challenge[] = [];
  /** Every node that answers now, the holder and the challenger among them. */
  #runs: Run[] = [];
  /** When each earlier holder lost the VIP. */
  readonly #heldUntil = new Map<string, Micros>();

  constructor(segment: Segment, settings: WatchSettings) {
    this.segment = segment;
    this.#settings = settings;
  }

  get holder(): {
    readonly node: string;
    readonly mac: Mac;
    readonly since: Micros;
    readonly lastSeen: Micros;
  } | null {
    if (!this.#holder) return null;
    return {
      node: this.#holder.node,
      mac: this.#holder.mac,
      since: this.#holderSince,
      lastSeen: this.#holder.last,
    };
  }

  /** When an open challenge may be settled, unless another claim comes; Infinity where there is none. */
  get settlesAt(): Micros {
    const challenge = this.#challenges[0];
    if (!challenge || !this.#holder) return Number.POSITIVE_INFINITY;
    const { by } = challenge;
    const silentAt = Math.min(this.#holder.last, by.last) + this.#settings.announcerSilence;
    return Math.max(by.first + this.#settings.handoverGrace, silentAt);
  }

  claim(node: string, mac: Mac, at: Micros): readonly AnnouncerNews[] {
    const run = this.#runOf(node, mac, at);
    if (this.#holder === null) {
      this.#hold(run);
      return NOTHING;
    }
    if (node === this.#holder.node) {
      this.#holder = run;
      return this.#contention(at);
    }
    if (this.#challenges.some(({ by }) => by.node === node)) return this.#contention(at);
    this.#challenges.push({ by: run, lastBefore: this.#lastProofs() });
    return [{ kind: 'dismissed', reason: 'within-grace' }, ...this.#contention(at)];
  }

  /** Settles a challenge once its grace has passed and one of the two has fallen silent. */
  settle(now: Micros): readonly AnnouncerNews[] {
    const news: AnnouncerNews[] = [];
    while (now >= this.settlesAt) {
      const decided = this.#decide(this.#challenges[0]!, now - this.#settings.announcerSilence);
      if (decided.length === 0) break;
      news.push(...decided);
    }
    return news;
  }

  /** The capture is over: the VIP is taken to be with who answered last, unless both answered beyond the grace. */
  finish(): readonly AnnouncerNews[] {
    const news: AnnouncerNews[] = [];
    for (const challenge of [...this.#challenges]) {
      const holder = this.#holder!;
      const overlap = Math.min(holder.last, challenge.by.last) - challenge.by.first;
      if (overlap > this.#settings.handoverGrace) break;
      news.push(...this.#decide(challenge, Math.min(holder.last, challenge.by.last)));
    }
    return news;
  }

  /** `aliveSince`: who did not answer after it has fallen silent. */
  #decide(challenge: Challenge, aliveSince: Micros): readonly AnnouncerNews[] {
    const holder = this.#holder!;
    if (holder.last <= challenge.by.first) return this.#takeOver(challenge);
    if (holder.last <= aliveSince && challenge.by.last > holder.last) return this.#takeOver(challenge);
    if (challenge.by.last <= aliveSince) {
      this.#challenges.shift();
      return [{ kind: 'dismissed', reason: 'did-not-hold' }];
    }
    return NOTHING;
  }

  #takeOver(challenge: Challenge): readonly AnnouncerNews[] {
    const old = this.#holder!;
    const { by, lastBefore } = challenge;
    const lastOld = lastBefore.get(old.node) ?? by.first;
    const overlap = Math.max(0, old.last - by.first);
    const returnedTo = this.#heldUntil.get(by.node);
    const returns = returnedTo !== undefined && by.first - returnedTo <= this.#settings.failbackWindow;
    const takeoverClass: TakeoverClass = returns ? 'failback' : overlap > 0 ? 'handover' : 'failover';
    this.#heldUntil.set(old.node, Math.max(old.last, by.first));
    this.#hold(by);
    this.#challenges.shift();
    const takeover: TakeoverCore = {
      at: by.first,
      class: takeoverClass,
      from: { mac: old.mac, node: old.node },
      to: { mac: by.mac, node: by.node },
      lastOld: overlap > 0 ? old.last : lastOld,
      gapMs: overlap > 0 ? 0 : (by.first - lastOld) / 1000,
      overlapMs: overlap / 1000,
    };
    return [{ kind: 'takeover', takeover }];
  }

  #hold(run: Run): void {
    this.#holder = run;
    this.#holderSince = run.first;
  }

  #lastProofs(): Map<string, Micros> {
    const others = [this.#holder, ...this.#challenges.map(({ by }) => by)].filter((run) => run !== null);
    return new Map(others.map((run) => [run.node, run.last]));
  }

  #runOf(node: string, mac: Mac, at: Micros): Run {
    this.#runs = this.#runs.filter((run) => at - run.last <= this.#settings.announcerSilence);
    let run = this.#runs.find((candidate) => candidate.node === node);
    if (!run) {
      run = { node, mac, first: at, last: at };
      this.#runs.push(run);
    }
    run.mac = mac;
    run.last = at;
    return run;
  }

  /** Two nodes whose runs overlap for longer than the grace keep answering: neither yields. */
  #contention(at: Micros): readonly AnnouncerNews[] {
    if (this.#runs.length < 2) return NOTHING;
    const [first, second] = this.#runs.toSorted((a, b) => a.first - b.first) as [Run, Run, ...Run[]];
    const overlap = Math.min(first.last, second.last) - second.first;
    if (overlap <= this.#settings.handoverGrace) return NOTHING;
    const answering = this.#runs.filter((run) => at - run.last <= this.#settings.announcerSilence);
    return [
      {
        kind: 'split-brain',
        macs: answering.map((run) => run.mac).toSorted(),
        nodes: answering.map((run) => run.node).toSorted(),
        since: second.first,
      },
    ];
  }
}
