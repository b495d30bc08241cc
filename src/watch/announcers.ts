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
  /** The last frame by which the holder had proved that it answered, when the challenge began. */
  readonly lastOld: Micros;
}

type TakeoverCore = Omit<Takeover, 'ip' | 'service' | 'segment'>;

/** What the latest claim or the passing of time has shown. */
export type AnnouncerNews =
  | { readonly kind: 'takeover'; readonly takeover: TakeoverCore }
  | { readonly kind: 'split-brain'; readonly macs: readonly Mac[]; readonly nodes: readonly string[]; readonly since: Micros }
  | { readonly kind: 'dismissed'; readonly reason: 'did-not-hold' | 'within-grace' };

const NOTHING: readonly AnnouncerNews[] = [];

/** One VIP on one segment. Fed with answers and announcements of cluster nodes only. */
export class AnnouncerTrack {
  readonly segment: Segment;
  readonly #settings: WatchSettings;
  #holder: Run | null = null;
  #holderSince: Micros = 0;
  #challenge: Challenge | null = null;
  /** Every node that answers now, the holder and the challenger among them. */
  #runs: Run[] = [];
  /** When each earlier holder lost the VIP. */
  readonly #heldUntil = new Map<string, Micros>();

  constructor(segment: Segment, settings: WatchSettings) {
    this.segment = segment;
    this.#settings = settings;
  }

  get holder(): { readonly node: string; readonly mac: Mac; readonly since: Micros; readonly lastSeen: Micros } | null {
    if (!this.#holder) return null;
    return { node: this.#holder.node, mac: this.#holder.mac, since: this.#holderSince, lastSeen: this.#holder.last };
  }

  /** When an open challenge may be settled, unless another claim comes; Infinity where there is none. */
  get settlesAt(): Micros {
    if (!this.#challenge || !this.#holder) return Number.POSITIVE_INFINITY;
    const { by } = this.#challenge;
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
    const news: AnnouncerNews[] = [];
    if (this.#challenge && this.#challenge.by.node !== node && this.#holderSilentSince(this.#challenge.by.first)) {
      news.push(...this.#takeOver(this.#challenge));
    }
    if (this.#challenge === null && node !== this.#holder.node) {
      this.#challenge = { by: run, lastOld: this.#holder.last };
      news.push({ kind: 'dismissed', reason: 'within-grace' });
    }
    return [...news, ...this.#contention(at)];
  }

  /** Settles a challenge once its grace has passed and one of the two has fallen silent. */
  settle(now: Micros): readonly AnnouncerNews[] {
    const challenge = this.#challenge;
    if (!challenge || !this.#holder || now < this.settlesAt) return NOTHING;
    return this.#decide(challenge, now - this.#settings.announcerSilence);
  }

  /** The capture is over: the VIP is taken to be with who answered last, unless both answered beyond the grace. */
  finish(): readonly AnnouncerNews[] {
    const challenge = this.#challenge;
    if (!challenge || !this.#holder) return NOTHING;
    const overlap = Math.min(this.#holder.last, challenge.by.last) - challenge.by.first;
    if (overlap > this.#settings.handoverGrace) return NOTHING;
    return this.#decide(challenge, Math.min(this.#holder.last, challenge.by.last));
  }

  /** `aliveSince`: who did not answer after it has fallen silent. */
  #decide(challenge: Challenge, aliveSince: Micros): readonly AnnouncerNews[] {
    const holder = this.#holder!;
    if (holder.last <= challenge.by.first) return this.#takeOver(challenge);
    if (holder.last <= aliveSince && challenge.by.last > holder.last) return this.#takeOver(challenge);
    if (challenge.by.last <= aliveSince) {
      this.#challenge = null;
      return [{ kind: 'dismissed', reason: 'did-not-hold' }];
    }
    return NOTHING;
  }

  #takeOver(challenge: Challenge): readonly AnnouncerNews[] {
    const old = this.#holder!;
    const { by, lastOld } = challenge;
    const overlap = Math.max(0, old.last - by.first);
    const returnedTo = this.#heldUntil.get(by.node);
    const returns = returnedTo !== undefined && by.first - returnedTo <= this.#settings.failbackWindow;
    const takeoverClass: TakeoverClass = returns ? 'failback' : overlap > 0 ? 'handover' : 'failover';
    this.#heldUntil.set(old.node, Math.max(old.last, by.first));
    this.#hold(by);
    this.#challenge = null;
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

  #holderSilentSince(at: Micros): boolean {
    return this.#holder!.last <= at;
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
