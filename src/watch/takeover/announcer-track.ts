// Who announces each VIP on each segment, and takeovers between cluster nodes. What each node claimed, and which questions it
// left unanswered, is read from the address's log.

import { MILLISECOND, type Micros, type Millis } from '../../base/time.ts';
import type { Mac } from '../../net/address.ts';
import type { Segment } from '../lan/segment.ts';
import { type AddressLog, SAME_QUESTION } from '../ledger/address-log.ts';
import { HANDED_OVER_WITHIN } from '../ledger/held-here.ts';
import {
  aloneAt,
  claimingSince,
  firstMissedBy,
  firstOfKind,
  heldUntil,
  type IsOf,
  lastClaim,
  leftBetween,
  leftManyAt,
  missedBetween,
} from '../ledger/reading.ts';
import type { TakeoverSettings } from './settings.ts';
import { type SplitBrain, splitBrainIn } from './split-brain.ts';
import type { Takeover, TakeoverClass } from './takeover.ts';

/** Another node began to answer; who keeps the VIP is not settled yet. */
interface Challenge {
  readonly by: string;
  readonly first: Micros;
}

interface Holder {
  readonly node: string;
  readonly since: Micros;
}

type TakeoverCore = Omit<Takeover, 'ip' | 'service' | 'segment'>;

/** What the latest claim or the passing of time has shown. */
export type AnnouncerNews =
  | {
      readonly kind: 'takeover';
      readonly takeover: TakeoverCore;
      /** For how long nobody knew of the old announcer: from its last frame to the first question that it missed. */
      readonly unwatched: Micros;
    }
  | SplitBrain
  | { readonly kind: 'dismissed'; readonly reason: 'did-not-hold' | 'within-grace' };

/** Of whoever answered beside another for longer than a handover takes. */
const MISSED_AT_LEAST = 3;
/** A poll is given up after so long, and everybody is asked. */
const POLLED_FOR = 100 * MILLISECOND;
const NOTHING: readonly AnnouncerNews[] = [];

interface TrackOptions {
  readonly segment: Segment;
  readonly settings: TakeoverSettings;
  readonly log: AddressLog;
  /** The name of the node that a MAC belongs to, as far as is known by now. */
  readonly nodeOf: (mac: Mac) => string | undefined;
}

/** One VIP on one segment. Told of answers and announcements of cluster nodes only, once the log has them. */
export class AnnouncerTrack {
  readonly segment: Segment;
  readonly log: AddressLog;
  readonly #settings: TakeoverSettings;
  readonly #nodeOf: TrackOptions['nodeOf'];
  #holder: Holder | null = null;
  /** In the order in which they began; the first is settled first. */
  #challenges: Challenge[] = [];
  /** When each earlier announcer lost the VIP; null: there was none. */
  #announcedUntil: Map<string, Micros> | null = null;

  constructor({ segment, settings, log, nodeOf }: TrackOptions) {
    this.segment = segment;
    this.log = log;
    this.#settings = settings;
    this.#nodeOf = nodeOf;
  }

  get announcer(): { node: string; mac: Mac; since: Micros; lastSeen: Micros } | null {
    if (!this.#holder) return null;
    const { node, since } = this.#holder;
    const last = lastClaim(this.log, this.#isOf(node));
    return last ? { node, mac: last.who, since, lastSeen: last.last } : null;
  }

  /** Another node answered too, and who keeps the VIP is not settled. */
  get isContested(): boolean {
    return this.#challenges.length > 0;
  }

  /** When the first challenge can be settled; Infinity while only another claim can tell. */
  get settlesAt(): Micros {
    const challenge = this.#challenges[0];
    if (!challenge || !this.#holder) return Number.POSITIVE_INFINITY;
    return Math.min(this.#takenAt(challenge), this.#repelledAt(challenge));
  }

  /** Takes up what was known before: `until` by node, of the announcers before this one. */
  resume(node: string, since: Micros, announcedUntil: ReadonlyMap<string, Micros>): void {
    this.#holder = { node, since };
    if (announcedUntil.size > 0) this.#announcedUntil = new Map(announcedUntil);
  }

  /** A node announced or answered just now. */
  claim(node: string, at: Micros): readonly AnnouncerNews[] {
    if (this.#holder?.node === node) return this.#contention(at);
    if (this.#challenges.some(({ by }) => by === node)) return this.#contention(at);
    // It may have begun before it was known to be a node's.
    const first = claimingSince(this.log, this.#isOf(node), this.#settings.announcerSilence) ?? at;
    if (this.#holder === null) {
      this.#holder = { node, since: first };
      return NOTHING;
    }
    this.#challenges.push({ by: node, first });
    return [{ kind: 'dismissed', reason: 'within-grace' }, ...this.#contention(at)];
  }

  /** Settles what is due: one of two has fallen silent, though it had the chance to answer. */
  settle(now: Micros): readonly AnnouncerNews[] {
    const news: AnnouncerNews[] = [];
    while (now >= this.settlesAt) {
      const challenge = this.#challenges[0]!;
      if (now >= this.#takenAt(challenge)) news.push(this.#takeOver(challenge));
      else news.push(this.#repel());
    }
    return news;
  }

  /** The capture is over: whoever answered alone at the end has the VIP, where that was proved twice or for long. */
  finish(at: Micros): readonly AnnouncerNews[] {
    const news: AnnouncerNews[] = [];
    for (const challenge of [...this.#challenges]) {
      const { node } = this.#holder!;
      const { by, first } = challenge;
      const [last, lastBy] = [this.#lastOf(node), this.#lastOf(by)];
      const proved = lastBy > first || at - last >= this.#settings.announcerSilence;
      if (Math.min(last, lastBy) - first > this.#settings.handoverGrace) break;
      if (this.#aloneAt(by, node) !== undefined && proved) news.push(this.#takeOver(challenge));
      else if (this.#aloneAt(node, by) !== undefined) news.push(this.#repel());
      else break;
    }
    return news;
  }

  /** When the challenger has won: it answered alone, and the announcer was silent since, or has been for long. */
  #takenAt({ by, first }: Challenge): Micros {
    const { handoverGrace, announcerSilence } = this.#settings;
    const { node } = this.#holder!;
    const last = this.#heldUntil(node);
    const alone = this.#aloneAt(by, node, last - first >= HANDED_OVER_WITHIN);
    if (alone === undefined) return Number.POSITIVE_INFINITY;
    const silentAt = last <= first ? first : last + announcerSilence;
    const missedAt = Math.max(this.#missedAt(node, last - first), this.#leftAt(node, by, first));
    return Math.max(first + handoverGrace, Math.max(alone, missedAt) + SAME_QUESTION, silentAt);
  }

  /**
   * When this very node left a question open, which it answered beside the other: it says nothing unless it is asked, and others
   * may ask the other one alone. -Infinity: that matters not.
   */
  #leftAt(node: string, by: string, since: Micros): Micros {
    const last = lastClaim(this.log, this.#isOf(node));
    const isAnnounced = firstOfKind(this.log, this.#isOf(by), 'announced', since) !== null;
    if (!last?.isOwn || last.last <= since || isAnnounced) return Number.NEGATIVE_INFINITY;
    return leftManyAt(this.log, last.last, this.#isOf(node), 1);
  }

  /** When the announcer has won. */
  #repelledAt({ by, first }: Challenge): Micros {
    const { handoverGrace, announcerSilence } = this.#settings;
    const alone = this.#aloneAt(this.#holder!.node, by);
    const overlap = this.#heldUntil(by) - first;
    if (alone === undefined) return Number.POSITIVE_INFINITY;
    const missedAt = this.#missedAt(by, overlap);
    const silentAt = this.#heldUntil(by) + announcerSilence;
    return Math.max(first + handoverGrace, Math.max(alone, missedAt) + SAME_QUESTION, silentAt);
  }

  /** Where both have answered for long everybody is asked rarely, and one answer may be lost. -Infinity: that matters not. */
  #missedAt(node: string, overlap: Micros): Micros {
    const isAsked = this.log.runs.some((run) => run.kind === 'asked' && !run.isImplied);
    if (overlap <= this.#settings.handoverGrace || !isAsked) return Number.NEGATIVE_INFINITY;
    return leftManyAt(this.log, this.#lastOf(node), this.#isOf(node), MISSED_AT_LEAST);
  }

  #repel(): AnnouncerNews {
    this.#challenges.shift();
    return { kind: 'dismissed', reason: 'did-not-hold' };
  }

  #takeOver({ by, first }: Challenge): AnnouncerNews {
    const { node } = this.#holder!;
    const old = lastClaim(this.log, this.#isOf(node));
    const lastOld = old?.last ?? first;
    const isBy = this.#isOf(by);
    const overlap = Math.max(0, lastOld - first);
    const gap = overlap > 0 ? 0 : first - lastOld;
    // This node knows that it answered no more, and not whether the other answered them already.
    const left = overlap === 0 && old?.isOwn ? leftBetween(this.log, lastOld, first, isBy) : null;
    const missed = overlap > 0 ? null : missedBetween(this.log, lastOld, first, isBy, left?.first);
    const announcedAt = firstOfKind(this.log, isBy, 'announced', first);
    const successor = lastClaim(this.log, isBy)!;
    // A kernel takes an address without a word: it may have answered before, and this agent does not hear its own node.
    const isUnheard = successor.isOwn && announcedAt === null;
    const oldMissed = firstMissedBy(this.log, lastOld, first, this.#isOf(node));
    const silent = missed && !isUnheard ? missed.last - silentSince(missed.first, oldMissed) : 0;
    const noticed = Math.min(first, oldMissed ?? first, left?.first ?? first, missed?.first ?? first);
    const returnedTo = this.#announcedUntil?.get(by);
    const returns = returnedTo !== undefined && first - returnedTo <= this.#settings.failbackWindow;
    const takeoverClass: TakeoverClass = returns ? 'failback' : overlap > 0 ? 'handover' : 'failover';
    this.#announcedUntil ??= new Map();
    this.#announcedUntil.set(node, Math.max(lastOld, first));
    this.#holder = { node: by, since: first };
    this.#challenges.shift();
    const since = (at: Micros | null) => (at === null ? null : milliseconds(Math.max(0, at - lastOld)));
    const mac = successor.who;
    const takeover: TakeoverCore = {
      at: first,
      class: takeoverClass,
      from: { mac: old?.who ?? mac, node },
      to: { mac, node: by },
      lastOld,
      gapMs: milliseconds(gap),
      uncertaintyMs: milliseconds(gap - silent),
      overlapMs: milliseconds(overlap),
      phases: {
        announcedMs: since(announcedAt),
        answeredMs: since(firstOfKind(this.log, isBy, 'answered', first)),
      },
    };
    const unwatched = missed || left || oldMissed !== undefined ? noticed - lastOld : gap;
    return { kind: 'takeover', takeover, unwatched };
  }

  #contention(at: Micros): readonly AnnouncerNews[] {
    const splitBrain = splitBrainIn(this.log, this.#nodeOf, this.#settings, at);
    return splitBrain ? [splitBrain] : NOTHING;
  }

  #aloneAt(one: string, other: string, isProved?: boolean): Micros | undefined {
    return aloneAt(this.log, this.#isOf(one), this.#isOf(other), isProved);
  }

  #lastOf(node: string): Micros {
    return lastClaim(this.log, this.#isOf(node))?.last ?? Number.NEGATIVE_INFINITY;
  }

  #heldUntil(node: string): Micros {
    return heldUntil(this.log, this.#isOf(node));
  }

  #isOf(node: string): IsOf {
    return (mac) => this.#nodeOf(mac) === node;
  }
}

/** Nobody answered everybody right after the old announcer left a poll open: nor did anybody then. */
function silentSince(missed: Micros, oldMissed: Micros | undefined): Micros {
  return oldMissed !== undefined && missed - oldMissed <= POLLED_FOR ? Math.min(missed, oldMissed) : missed;
}

/** Microseconds are as exact as it gets. */
function milliseconds(micros: Micros): Millis {
  return Math.round(micros) / 1000;
}
