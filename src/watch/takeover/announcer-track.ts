// Who announces each VIP on each segment: takeovers between cluster nodes, and split brain where neither yields.

import { type Micros, type Millis, SECOND } from '../../base/time.ts';
import type { Mac } from '../../net/address.ts';
import type { ClaimKind } from '../../net/claim.ts';
import type { Segment } from '../lan/segment.ts';
import type { TakeoverSettings } from './settings.ts';
import type { Takeover, TakeoverClass } from './takeover.ts';

/** What one node proved by its announcements and answers. */
interface Proofs {
  readonly node: string;
  mac: Mac;
  /** Since when it has answered without a pause longer than `announcerSilence`. */
  first: Micros;
  last: Micros;
  /** Its last announcement. */
  announced: Micros;
  /** Two of its proofs, further apart than one question's answers: the latest such, and the one before. */
  mark: Micros;
  earlierMark: Micros;
  /** The questions since its last proof; null: none. */
  asked: Questions | null;
}

/** When the first, the last and the one before that were asked. */
interface Questions {
  readonly first: Micros;
  beforeLast: Micros;
  last: Micros;
}

/** What was known of a node when another one began to answer. */
interface LastKnown {
  readonly last: Micros;
  /** The first and the last question that it left unanswered; null: none that is known. */
  readonly missed: { readonly first: Micros; readonly last: Micros } | null;
}

/** Another node began to answer; who keeps the VIP is not settled yet. */
interface Challenge {
  readonly by: Proofs;
  readonly first: Micros;
  /** Of each node, before the challenge began. */
  readonly before: ReadonlyMap<string, LastKnown>;
  /** Its first announcement and its first answer. */
  announced: Micros | null;
  answered: Micros | null;
}

/** Two nodes answering the same questions: the first and the latest time. */
interface Rivalry {
  readonly first: Micros;
  last: Micros;
}

type TakeoverCore = Omit<Takeover, 'ip' | 'service' | 'segment'>;

/** Neither of two nodes or more yields. */
export interface SplitBrain {
  readonly kind: 'split-brain';
  readonly macs: readonly Mac[];
  readonly nodes: readonly string[];
  readonly since: Micros;
  /** Two of them announced it as well: each one's speaker takes it for its own. A kernel only answers. */
  readonly areSpeakers: boolean;
}

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

/** Answers within this time are taken to be to the same question; questions are hardly ever asked faster. */
const SAME_QUESTION = SECOND / 2;

/**
 * Speakers that lose each other announce within so long of each other, those that had the VIP before too: MetalLB announces
 * anew whenever a speaker leaves.
 */
const ANNOUNCED_TOGETHER = 30 * SECOND;

const NOTHING: readonly AnnouncerNews[] = [];

/** One VIP on one segment. Fed with answers and announcements of cluster nodes only. */
export class AnnouncerTrack {
  readonly segment: Segment;
  readonly #settings: TakeoverSettings;
  readonly #proofs = new Map<string, Proofs>();
  #announcer: Proofs | null = null;
  #announcerSince: Micros = 0;
  /** In the order in which they began; the first is settled first. */
  #challenges: Challenge[] = [];
  #rivalry: Rivalry | null = null;
  /** Two nodes that went on answering beside each other announced together. */
  #areSpeakers = false;
  /** When each earlier announcer lost the VIP. */
  readonly #announcedUntil = new Map<string, Micros>();

  constructor(segment: Segment, settings: TakeoverSettings) {
    this.segment = segment;
    this.#settings = settings;
  }

  get announcer(): { node: string; mac: Mac; since: Micros; lastSeen: Micros } | null {
    if (!this.#announcer) return null;
    return {
      node: this.#announcer.node,
      mac: this.#announcer.mac,
      since: this.#announcerSince,
      lastSeen: this.#announcer.last,
    };
  }

  /** Another node answered too, and who keeps the VIP is not settled. */
  get isContested(): boolean {
    return this.#challenges.length > 0;
  }

  /** When the first challenge can be settled; Infinity while only another claim can tell. */
  get settlesAt(): Micros {
    const challenge = this.#challenges[0];
    if (!challenge || !this.#announcer) return Number.POSITIVE_INFINITY;
    return Math.min(this.#takenAt(challenge), this.#repelledAt(challenge));
  }

  /** Takes up what was known before: `until` by node, of the announcers before this one. */
  resume(
    announcer: { node: string; mac: Mac; since: Micros; lastSeen: Micros },
    announcedUntil: ReadonlyMap<string, Micros>,
  ): void {
    const { node, mac, since, lastSeen } = announcer;
    const proofs: Proofs = {
      node,
      mac,
      first: since,
      last: lastSeen,
      announced: Number.NEGATIVE_INFINITY,
      mark: lastSeen,
      earlierMark: lastSeen,
      asked: null,
    };
    this.#proofs.set(node, proofs);
    this.#hold(proofs, since);
    for (const [earlier, until] of announcedUntil) this.#announcedUntil.set(earlier, until);
  }

  /** A question whose answer would have been seen here. */
  asked(at: Micros): void {
    for (const proofs of this.#proofs.values()) {
      const { asked } = proofs;
      if (asked === null) proofs.asked = { first: at, beforeLast: at, last: at };
      else {
        asked.beforeLast = asked.last;
        asked.last = at;
      }
    }
  }

  claim(node: string, mac: Mac, at: Micros, kind: ClaimKind): readonly AnnouncerNews[] {
    this.#noteRivalry(node, at);
    const before = this.#lastKnown(at, kind);
    const proofs = this.#prove(node, mac, at);
    if (kind === 'announcement') this.#noteAnnouncement(proofs, at);
    if (this.#announcer === null) {
      this.#hold(proofs, at);
      return NOTHING;
    }
    const known = this.#challenges.find(({ by }) => by === proofs);
    const challenge = known ?? { by: proofs, first: at, before, announced: null, answered: null };
    if (kind === 'announcement') challenge.announced ??= at;
    else challenge.answered ??= at;
    if (proofs === this.#announcer || known) return this.#contention(at);
    this.#challenges.push(challenge);
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
      const announcer = this.#announcer!;
      const { by, first } = challenge;
      const proved = by.last > first || at - announcer.last >= this.#settings.announcerSilence;
      const overlap = Math.min(announcer.last, by.last) - first;
      if (overlap > this.#settings.handoverGrace) break;
      if (aloneAt(by, announcer) !== undefined && proved) news.push(this.#takeOver(challenge));
      else if (aloneAt(announcer, by) !== undefined) news.push(this.#repel());
      else break;
    }
    return news;
  }

  /** When the challenger has won: it answered alone, and the announcer was silent since, or has been for long. */
  #takenAt({ by, first }: Challenge): Micros {
    const { handoverGrace, announcerSilence } = this.#settings;
    const announcer = this.#announcer!;
    const alone = aloneAt(by, announcer);
    if (alone === undefined) return Number.POSITIVE_INFINITY;
    const silentAt = announcer.last <= first ? first : announcer.last + announcerSilence;
    return Math.max(first + handoverGrace, alone + SAME_QUESTION, silentAt);
  }

  /** When the announcer has won. */
  #repelledAt({ by, first }: Challenge): Micros {
    const { handoverGrace, announcerSilence } = this.#settings;
    const alone = aloneAt(this.#announcer!, by);
    if (alone === undefined) return Number.POSITIVE_INFINITY;
    return Math.max(first + handoverGrace, alone + SAME_QUESTION, by.last + announcerSilence);
  }

  #repel(): AnnouncerNews {
    this.#challenges.shift();
    return { kind: 'dismissed', reason: 'did-not-hold' };
  }

  #takeOver({ by, first, before, announced, answered }: Challenge): AnnouncerNews {
    const old = this.#announcer!;
    const known = before.get(old.node) ?? { last: first, missed: null };
    const overlap = Math.max(0, old.last - first);
    const lastOld = overlap > 0 ? old.last : known.last;
    const missed = overlap > 0 ? null : known.missed;
    const gap = overlap > 0 ? 0 : first - lastOld;
    const silent = missed ? missed.last - missed.first : 0;
    const returnedTo = this.#announcedUntil.get(by.node);
    const returns = returnedTo !== undefined && first - returnedTo <= this.#settings.failbackWindow;
    const takeoverClass: TakeoverClass = returns ? 'failback' : overlap > 0 ? 'handover' : 'failover';
    this.#announcedUntil.set(old.node, Math.max(old.last, first));
    this.#hold(by, first);
    this.#challenges.shift();
    const since = (at: Micros | null) => (at === null ? null : milliseconds(Math.max(0, at - lastOld)));
    const takeover: TakeoverCore = {
      at: first,
      class: takeoverClass,
      from: { mac: old.mac, node: old.node },
      to: { mac: by.mac, node: by.node },
      lastOld,
      gapMs: milliseconds(gap),
      uncertaintyMs: milliseconds(gap - silent),
      overlapMs: milliseconds(overlap),
      phases: { announcedMs: since(announced), answeredMs: since(answered) },
    };
    return { kind: 'takeover', takeover, unwatched: missed ? missed.first - lastOld : gap };
  }

  #hold(proofs: Proofs, since: Micros): void {
    this.#announcer = proofs;
    this.#announcerSince = since;
  }

  #lastKnown(at: Micros, kind: ClaimKind): Map<string, LastKnown> {
    const lastKnownOf = ({ last, asked }: Proofs): LastKnown => ({ last, missed: missedBy(asked, at, kind) });
    return new Map([...this.#proofs.values()].map((proofs) => [proofs.node, lastKnownOf(proofs)]));
  }

  #prove(node: string, mac: Mac, at: Micros): Proofs {
    const announced = Number.NEGATIVE_INFINITY;
    const unknown = { node, mac, first: at, last: at, announced, mark: at, earlierMark: at, asked: null };
    const proofs: Proofs = this.#proofs.get(node) ?? unknown;
    this.#proofs.set(node, proofs);
    if (at - proofs.last > this.#settings.announcerSilence) proofs.first = at;
    if (at - proofs.mark >= SAME_QUESTION) {
      proofs.earlierMark = proofs.mark;
      proofs.mark = at;
    }
    proofs.mac = mac;
    proofs.last = at;
    const { asked } = proofs;
    proofs.asked =
      asked && asked.last > at ? { first: asked.last, beforeLast: asked.last, last: asked.last } : null;
    return proofs;
  }

  #noteAnnouncement(proofs: Proofs, at: Micros): void {
    proofs.announced = at;
    for (const other of this.#proofs.values())
      if (other !== proofs && at - other.announced <= ANNOUNCED_TOGETHER) this.#areSpeakers = true;
  }

  /** Follows for how long every question is answered by two nodes; a question that one alone answered ends it. */
  #noteRivalry(node: string, at: Micros): void {
    const others = [...this.#proofs.values()].filter((proofs) => proofs.node !== node);
    const isRival = others.some(({ last }) => at - last <= SAME_QUESTION);
    if (isRival) {
      this.#rivalry ??= { first: at, last: at };
      this.#rivalry.last = at;
      return;
    }
    const own = this.#proofs.get(node);
    if (this.#rivalry && own && own.last > this.#rivalry.last + SAME_QUESTION) this.#rivalry = null;
  }

  /**
   * Neither yields: two nodes have both answered without a pause for longer than the grace, or both have answered each
   * question there was, over a longer time than that.
   */
  #contention(at: Micros): readonly AnnouncerNews[] {
    const { announcerSilence, handoverGrace } = this.#settings;
    const answering = [...this.#proofs.values()].filter(({ last }) => at - last <= announcerSilence);
    const [one, other] = answering.toSorted((a, b) => a.first - b.first);
    if (!one || !other) {
      this.#areSpeakers = false;
      return NOTHING;
    }
    const overlap = Math.min(one.last, other.last) - other.first;
    const rivalry = this.#rivalry ? this.#rivalry.last - this.#rivalry.first : 0;
    if (overlap <= handoverGrace && rivalry <= handoverGrace) return NOTHING;
    return [
      {
        kind: 'split-brain',
        macs: answering.map(({ mac }) => mac).toSorted(),
        nodes: answering.map((proofs) => proofs.node).toSorted(),
        since: overlap > handoverGrace ? other.first : this.#rivalry!.first,
        areSpeakers: this.#areSpeakers,
      },
    ];
  }
}

/** When `one` answered a question that `other` did not answer, nor any later one; undefined: not seen to. */
function aloneAt(one: Proofs, other: Proofs): Micros | undefined {
  return [one.earlierMark, one.mark].find((mark) => mark > other.last + SAME_QUESTION);
}

/**
 * The questions that were left unanswered when a frame of `kind` came. An answer is taken to be to the latest question.
 * Questions are noted when they are asked, frames when they are read: one of them may be ahead.
 */
function missedBy(asked: Questions | null, at: Micros, kind: ClaimKind): LastKnown['missed'] {
  if (asked === null) return null;
  const { first, beforeLast, last } = asked;
  const questions = [...new Set([first, beforeLast, last])].filter((question) => question <= at);
  if (kind === 'reply') questions.pop();
  const [earliest] = questions;
  return earliest === undefined ? null : { first: earliest, last: questions.at(-1)! };
}

/** Microseconds are as exact as it gets. */
function milliseconds(micros: Micros): Millis {
  return Math.round(micros) / 1000;
}
