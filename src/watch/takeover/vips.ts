// Every VIP's announcers, on each segment; takeovers, counted and kept.

import { MINUTE, type Micros } from '../../base/time.ts';
import type { VipRole } from '../../intent/index.ts';
import { type IpAddress, isIpv4, type Mac } from '../../net/address.ts';
import { numberOfIp } from '../../net/range.ts';
import type { ClaimedAddress } from '../lan/claims.ts';
import type { LanContext, Sighting } from '../lan/context.ts';
import type { Segment } from '../lan/segment.ts';
import { isClaimedHere } from '../ledger/held-here.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { heldUntil } from '../ledger/reading.ts';
import { type AnnouncerNews, AnnouncerTrack } from './announcer-track.ts';
import { Askers } from './askers.ts';
import { KeptTakeovers } from './kept-takeovers.ts';
import type { TakeoverSettings } from './settings.ts';
import type { SplitBrain } from './split-brain.ts';
import type { ServiceGap, Takeover, TakeoverEvent } from './takeover.ts';

/** Who announces a VIP on one segment. */
export interface Announcer {
  readonly segment: Segment;
  readonly node: string;
  readonly mac: Mac;
  readonly since: Micros;
  readonly lastSeen: Micros;
  /** Proven to answer of late, or announced by this very node. */
  readonly alive: boolean;
}

const NO_ANNOUNCERS: readonly Announcer[] = [];
/** What was last seen so long ago still times a takeover after a restart. */
const RESUMED_WITHIN = MINUTE;

/** What the detectors are told of a VIP's announcers. */
export type VipNews =
  | SplitBrain
  | {
      readonly kind: 'takeover';
      readonly takeover: Takeover;
      /** The old announcer was heard or asked until it fell silent; else the gap may be mere ignorance. */
      readonly isWitnessed: boolean;
    };

/** What the announcers are made out by. */
export interface TakeoverContext extends LanContext {
  readonly settings: TakeoverSettings;
  readonly ledger: Ledger;
}

/** Another node's agent, that of the address's announcer itself, or a stranger. */
export type QuestionBy = 'node' | 'announcer' | 'stranger';

/** Told when somebody else asks everybody for a VIP, a node or a free address of a pool. */
export type OnQuestion = (ip: IpAddress, by: QuestionBy, at: Micros) => void;

/** VIPs of one family that the same node announced last, as everybody hears: they fall silent together. */
export interface FallenTogether {
  readonly count: number;
  /** This one is the lowest of them, which is pursued first. */
  readonly isLowest: boolean;
}

interface VipsOptions {
  readonly emit: (event: TakeoverEvent) => void;
  /** @param sighting what showed it; null: the passing of time. */
  readonly tell: (
    news: VipNews,
    role: VipRole,
    segment: Segment,
    at: Micros,
    sighting: Sighting | null,
  ) => void;
}

export class Vips {
  readonly #context: TakeoverContext;
  readonly #emit: VipsOptions['emit'];
  readonly #tellDetectors: VipsOptions['tell'];
  readonly #tracks = new Map<IpAddress, Map<Segment, AnnouncerTrack>>();
  /** The VIPs that have a track there. */
  readonly #tracked = new Map<Segment, Set<IpAddress>>();
  /** The tracks with an open challenge. */
  readonly #unsettled = new Map<AnnouncerTrack, IpAddress>();
  readonly #askers = new Askers();
  readonly takeovers: KeptTakeovers;
  /** One for all tracks: there may be ten thousand. */
  readonly #nodeOf = (mac: Mac) => this.#context.index.nodeOf(mac)?.name;
  /** Until then an earlier life of this agent heard what is claimed. */
  #restoredFrom: Micros = Number.NEGATIVE_INFINITY;

  constructor(context: TakeoverContext, { emit, tell }: VipsOptions) {
    this.#context = context;
    this.#emit = emit;
    this.takeovers = new KeptTakeovers(context.settings.maxTakeovers);
    this.#tellDetectors = tell;
  }

  /** A claim of a VIP by a cluster node. */
  claim(sighting: Sighting, role: VipRole, node: string): void {
    const { claim, segment, at } = sighting;
    // A node may use the VIP as the sender of its own requests (IPVS) without answering for it.
    if (claim.kind === 'request') return this.#context.dismiss('request-from-node');
    const track = this.#trackOf(claim.ip, segment);
    this.#tell(track.claim(node, at), track, role, at, sighting);
    if (!track.isContested) return;
    this.#unsettled.set(track, claim.ip);
    this.#context.wake(track.settlesAt);
  }

  /** Somebody answered `asker`, and the answer is seen here. */
  answered(segment: Segment, asker: Mac): void {
    if (!this.isLive) this.#askers.answered(segment, asker);
  }

  /** This node asked for a VIP. True where an answer would be seen here: not where it announces the VIP itself. */
  askedFromHere(ip: IpAddress, segment: Segment, polled: Mac | null, at: Micros): boolean {
    const log = this.#context.ledger.of(ip, segment);
    const isHeard = !this.#context.ledger.isAnnouncedHere(log);
    // A rival's answers come here all the same.
    log.asked(null, isHeard, at, polled);
    return isHeard;
  }

  /** The same for another machine that asked: this node must answer where it announces the VIP. */
  asked(ip: IpAddress, segment: Segment, asker: Mac, polled: Mac | null, at: Micros): boolean {
    const { ledger } = this.#context;
    const log = ledger.find(ip, segment);
    if (log && (ledger.isAnnouncedHere(log) || this.#isOwnClaimOpen(ip, segment))) {
      // A switch that floods shows questions that were put to another. Others' answers do not come here.
      if (polled === null || this.#context.own.macs.includes(polled)) log.asked(asker, false, at, polled);
      return false;
    }
    // A node hears the answers to its own questions, which are told by `askedFromHere`.
    if (this.isLive) return false;
    const isHeard = this.#askers.hears(segment, asker);
    ledger.of(ip, segment).asked(asker, isHeard, at, polled);
    return isHeard;
  }

  /** A node's address in a question proves nothing: an unknown MAC that answers for that node, too, is an extender's. */
  whoAsks(ip: IpAddress, asker: Mac, askerIp: IpAddress): QuestionBy {
    const { index } = this.#context;
    const node = this.#nodeOf(asker);
    if (node !== undefined) return this.announcerOf(ip) === node ? 'announcer' : 'node';
    const role = index.roleOf(askerIp);
    return role.kind === 'node' && index.isAlias(asker, role.node) ? 'node' : 'stranger';
  }

  /** Whether others' questions matter at all; most nodes need not look at them. */
  get heedsQuestions(): boolean {
    return !this.isLive || this.#context.ledger.announcesAny || this.#unsettled.size > 0;
  }

  /** This node claimed it beside another: that it does so no more shows by others' questions, which it leaves open. */
  #isOwnClaimOpen(ip: IpAddress, segment: Segment): boolean {
    if (this.#unsettled.size === 0) return false;
    const track = this.#tracks.get(ip)?.get(segment);
    return track?.isContested === true && isClaimedHere(track.log);
  }

  /** Whoever asks here, and so no sign that others are there. */
  isOwn(segment: Segment, mac: Mac): boolean {
    return this.#context.own.macs.includes(mac) || (!this.isLive && this.#askers.hears(segment, mac));
  }

  settle(now: Micros): void {
    this.#settleBy((track) => track.settle(now), now);
  }

  finish(at: Micros): void {
    this.#settleBy((track) => track.finish(at), at);
  }

  /** Forgets the VIPs that are none any more, and takes up what was seen of new ones before they were known as such. */
  intentChanged(now: Micros): void {
    for (const [ip, tracks] of this.#tracks) {
      if (this.#context.index.roleOf(ip).kind === 'vip') continue;
      for (const track of tracks.values()) this.#forget(ip, track);
    }
    for (const address of this.#context.claims.watched()) {
      if (address.role.kind === 'vip' && !this.#tracks.get(address.ip)?.has(address.segment))
        this.#resume(address, now);
    }
  }

  /** The segment is none any more. */
  forgetSegment(segment: Segment): void {
    for (const ip of this.#tracked.get(segment) ?? []) {
      const track = this.#tracks.get(ip)?.get(segment);
      if (track) this.#forget(ip, track);
    }
  }

  /**
   * Only from what is fresh enough to time a takeover by: the gap would hold all the time in between. What was claimed last
   * before a short pause of this agent still stands, however long ago that was.
   */
  #resume({ ip, segment, owners }: ClaimedAddress, now: Micros): void {
    const { index, ledger } = this.#context;
    const nodes = owners
      .filter(({ mac, announcement, reply }) => index.nodeOf(mac) && announcement + reply > 0)
      .toSorted((a, b) => b.lastSeen - a.lastSeen);
    const latest = nodes[0];
    if (!latest || now - Math.max(latest.lastSeen, this.#restoredFrom) > RESUMED_WITHIN) return;
    const { mac, firstSeen } = latest;
    const before = this.takeovers.of(ip, segment);
    const track = this.#trackOf(ip, segment);
    if (track.log.runs.length === 0) {
      const known = nodes.filter((one) => one === latest || now - one.lastSeen <= RESUMED_WITHIN);
      for (const one of known.toReversed())
        ledger.resume(track.log, { who: one.mac, first: one.firstSeen, last: one.lastSeen });
    }
    const until = new Map(before.map(({ from, at }) => [from.node, at]));
    track.resume(index.nodeOf(mac)!.name, firstSeen, until);
  }

  announcers(ip: IpAddress, now: Micros): readonly Announcer[] {
    const tracks = this.#tracks.get(ip);
    if (!tracks) return NO_ANNOUNCERS;
    return [...tracks.values()].flatMap((track) => {
      if (!track.announcer) return [];
      const { announcer, log, segment } = track;
      const held = heldUntil(log, (mac) => this.#nodeOf(mac) === announcer.node);
      const alive = isRecent(held, now, this.#context.settings);
      return [{ segment, ...announcer, alive }];
    });
  }

  /** The announcer that was heard last, on whichever segment. */
  lastAnnouncer(
    ip: IpAddress,
  ): { readonly node: string; readonly mac: Mac; readonly lastSeen: Micros } | undefined {
    let latest: AnnouncerTrack['announcer'] = null;
    for (const { announcer } of this.#tracks.get(ip)?.values() ?? [])
      if (announcer && (latest === null || announcer.lastSeen > latest.lastSeen)) latest = announcer;
    return latest ?? undefined;
  }

  /** By the wire; null: this node did and does no more; undefined: never heard of. */
  announcerOf(ip: IpAddress): string | null | undefined {
    const tracks = [...(this.#tracks.get(ip)?.values() ?? [])];
    const node = this.lastAnnouncer(ip)?.node;
    const isHere = node !== undefined && node === this.#context.index.ownNode?.name;
    return isHere && !tracks.some(({ log }) => this.#context.ledger.isAnnouncedHere(log)) ? null : node;
  }

  /** VIPs that this node announces. */
  announcedHere(): IpAddress[] {
    const { ledger } = this.#context;
    if (!ledger.announcesAny) return [];
    const own = [...this.#tracks].filter(([, tracks]) =>
      tracks.values().some(({ log }) => ledger.isAnnouncedHere(log)),
    );
    return own.map(([ip]) => ip);
  }

  announcedWith(ip: IpAddress): FallenTogether {
    const node = this.lastAnnouncer(ip)?.node;
    const others = [...this.#tracks.keys()].filter(
      (one) => one !== ip && isIpv4(one) === isIpv4(ip) && this.lastAnnouncer(one)?.node === node,
    );
    const order = numberOfIp(ip);
    return { count: others.length + 1, isLowest: others.every((one) => numberOfIp(one) > order) };
  }

  /** It is not settled who has it. */
  isContested(ip: IpAddress): boolean {
    return this.#unsettled.values().some((one) => one === ip);
  }

  /**
   * VIPs that this node announced last, as far as it has heard, and does no more; or it leaves another's question open, who then
   * turns to the one that has it and is heard no more.
   */
  lost(): IpAddress[] {
    const own = this.#context.index.ownNode?.name;
    if (own === undefined) return [];
    const lost: IpAddress[] = [];
    for (const [ip, tracks] of this.#tracks) {
      const wasHere = tracks.values().some(({ announcer }) => announcer?.node === own);
      if (wasHere && (this.announcerOf(ip) === null || this.#context.ledger.isLeftOpen(ip))) lost.push(ip);
    }
    return lost;
  }

  /** Frames come from this machine's own interfaces, not from a capture. */
  get isLive(): boolean {
    return this.#context.own.macs.length > 0;
  }

  /** The row is another from then on. */
  setServiceGap(takeover: Takeover, serviceGap: ServiceGap, at: Micros): void {
    const measured = this.takeovers.measured(takeover, serviceGap);
    if (measured) this.#emit({ type: 'service-gap', at, takeover: measured });
  }

  /** @param until when the life before of this agent heard anything last. */
  restore(takeovers: readonly Takeover[], until: Micros): void {
    this.#restoredFrom = until;
    this.takeovers.restore(takeovers);
  }

  #trackOf(ip: IpAddress, segment: Segment): AnnouncerTrack {
    const known = this.#tracks.get(ip)?.get(segment);
    if (known) return known;
    const { ledger, settings } = this.#context;
    const log = ledger.of(ip, segment);
    const track = new AnnouncerTrack({ segment, settings, log, nodeOf: this.#nodeOf });
    this.#tracks.set(ip, (this.#tracks.get(ip) ?? new Map()).set(segment, track));
    this.#tracked.set(segment, (this.#tracked.get(segment) ?? new Set()).add(ip));
    return track;
  }

  #forget(ip: IpAddress, track: AnnouncerTrack): void {
    const { segment } = track;
    const [tracks, ips] = [this.#tracks.get(ip), this.#tracked.get(segment)];
    tracks?.delete(segment);
    if (tracks?.size === 0) this.#tracks.delete(ip);
    ips?.delete(ip);
    if (ips?.size === 0) this.#tracked.delete(segment);
    this.#unsettled.delete(track);
  }

  #settleBy(step: (track: AnnouncerTrack) => readonly AnnouncerNews[], at: Micros): void {
    for (const [track, ip] of this.#unsettled) {
      const role = this.#context.index.roleOf(ip);
      if (role.kind === 'vip') this.#tell(step(track), track, role, at, null);
      if (track.isContested) this.#context.wake(track.settlesAt);
      else this.#unsettled.delete(track);
    }
  }

  #tell(
    news: readonly AnnouncerNews[],
    track: AnnouncerTrack,
    role: VipRole,
    at: Micros,
    sighting: Sighting | null,
  ): void {
    for (const item of news) {
      switch (item.kind) {
        case 'takeover':
          this.#takeover(
            { ...item.takeover, ip: role.vip.address, service: role.vip.service, segment: track.segment },
            item.unwatched <= this.#context.settings.announcerSilence,
            role,
            at,
          );
          break;
        case 'split-brain':
          this.#tellDetectors(item, role, track.segment, at, sighting);
          break;
        case 'dismissed':
          this.#context.dismiss(item.reason);
          break;
        default:
          item satisfies never;
      }
    }
  }

  #takeover(takeover: Takeover, isWitnessed: boolean, role: VipRole, at: Micros): void {
    if (!isWitnessed) this.#context.dismiss('not-witnessed');
    // The agents that ask for the VIP tell of it; a capture is all there is.
    if (!isWitnessed && this.isLive) return;
    this.takeovers.add(takeover);
    this.#emit({ type: 'takeover', at: takeover.at, takeover });
    this.#tellDetectors({ kind: 'takeover', takeover, isWitnessed }, role, takeover.segment, at, null);
  }
}

/** Heard of so lately that it counts as there. */
export function isRecent(lastSeen: Micros, now: Micros, { announcerSilence }: TakeoverSettings): boolean {
  return now - lastSeen <= announcerSilence;
}
