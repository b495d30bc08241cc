// Every VIP's announcers, on each segment; takeovers, counted and kept.

import { MINUTE, type Micros, SECOND } from '../../base/time.ts';
import type { VipRole } from '../../intent/index.ts';
import type { Election } from '../../intent/intent.ts';
import { providerOf } from '../../intent/provider.ts';
import { type IpAddress, isGroupMac, type Mac } from '../../net/address.ts';
import type { ClaimedAddress } from '../lan/claims.ts';
import type { LanContext, Sighting } from '../lan/context.ts';
import type { Segment } from '../lan/segment.ts';
import { type AnnouncerNews, AnnouncerTrack, type SplitBrain } from './announcer-track.ts';
import { Askers } from './askers.ts';
import type { TakeoverSettings } from './settings.ts';
import type { ServiceGap, Takeover, TakeoverEvent } from './takeover.ts';

export interface VipRow {
  readonly ip: IpAddress;
  readonly service: string | null;
  /** The other Services on this address. */
  readonly sharedWith: readonly string[];
  /** What announces it; null: not known. Worked out when it is read, as `elected`. */
  readonly provider: ReturnType<typeof providerOf>;
  readonly pool: string | null;
  /**
   * On at least one segment an announcer was proven to answer within the last probe intervals. Also true where this node
   * announces it: its own answers reach other nodes only. False where questions stay unanswered; null where nobody asks
   * here, or has only just begun to.
   */
  readonly up: boolean | null;
  /** By MetalLB's own rules; null: cannot be told. Worked out when it is read, which can take a while for many VIPs. */
  readonly elected: Election | null;
  /** The current announcer on each segment where one was seen. */
  readonly announcers: readonly {
    readonly segment: Segment;
    readonly mac: Mac;
    readonly node: string | null;
    readonly since: Micros;
    readonly lastSeen: Micros;
  }[];
}

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
const NOBODY: readonly string[] = [];
/** A question to this node that stays unanswered for so long: it announces the VIP no more. */
const ANSWERED_WITHIN = 3 * SECOND;
/** An answer that comes so soon after this node claimed the VIP may be to an earlier question. */
const ANSWERED_LATE = SECOND / 2;
/** What was last seen so long ago still times a takeover after a restart. */
const RESUMED_WITHIN = MINUTE;

/** What this node said of a VIP that it announces. */
interface OwnAnnouncement {
  /** Its last announcement or answer. */
  readonly claimedAt: Micros;
  /** The first question to this node since, while none was answered; null: none open. */
  unansweredSince: Micros | null;
}

/** What the detectors are told of a VIP's announcers. */
export type VipNews =
  | SplitBrain
  | {
      readonly kind: 'takeover';
      readonly takeover: Takeover;
      /** The old announcer was heard or asked until it fell silent; else the gap may be mere ignorance. */
      readonly isWitnessed: boolean;
    };

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
  readonly #context: LanContext & { readonly settings: TakeoverSettings };
  readonly #emit: VipsOptions['emit'];
  readonly #tellDetectors: VipsOptions['tell'];
  readonly #tracks = new Map<IpAddress, Map<Segment, AnnouncerTrack>>();
  /** The VIPs that have a track there. */
  readonly #tracked = new Map<Segment, Set<IpAddress>>();
  /** The tracks with an open challenge. */
  readonly #unsettled = new Map<AnnouncerTrack, IpAddress>();
  /**
   * The tracks whose VIP this node announces: nobody else's answers come here, so what it last said stands, until it leaves
   * a question unanswered or another node claims the VIP.
   */
  readonly #announcedHere = new Map<AnnouncerTrack, OwnAnnouncement>();
  readonly #askers = new Askers();
  #takeovers: Takeover[] = [];
  /** Since the start. */
  takeoverCount = 0;
  evictions = 0;

  constructor(context: LanContext & { readonly settings: TakeoverSettings }, { emit, tell }: VipsOptions) {
    this.#context = context;
    this.#emit = emit;
    this.#tellDetectors = tell;
  }

  /** A claim of a VIP by a cluster node. */
  claim(sighting: Sighting, role: VipRole, node: string): void {
    const { claim, segment, at } = sighting;
    // A node may use the VIP as the sender of its own requests (IPVS) without answering for it.
    if (claim.kind === 'request') return this.#context.dismiss('request-from-node');
    const track = this.#trackOf(claim.ip, segment);
    if (claim.kind === 'reply' && !isGroupMac(sighting.to)) this.#askers.answered(segment, sighting.to);
    if (sighting.outgoing) this.#announcedHere.set(track, { claimedAt: at, unansweredSince: null });
    else if (this.#isClaimedAway(track, sighting)) this.#announcedHere.delete(track);
    this.#tell(track.claim(node, claim.mac, at, claim.kind), track, role, at, sighting);
    if (!track.isContested) return;
    this.#unsettled.set(track, claim.ip);
    this.#context.wake(track.settlesAt);
  }

  /** This node asked for a VIP. True where an answer would be seen here: not where it announces the VIP itself. */
  askedFromHere(ip: IpAddress, segment: Segment, at: Micros): boolean {
    const track = this.#trackOf(ip, segment);
    if (this.#announcedHere.has(track)) return false;
    track.asked(at);
    return true;
  }

  /** The same for another machine that asked: this node must answer where it announces the VIP. */
  asked(ip: IpAddress, segment: Segment, asker: Mac, at: Micros): boolean {
    const track = this.#tracks.get(ip)?.get(segment);
    const own = track && this.#announcedHere.get(track);
    if (own) {
      own.unansweredSince ??= at;
      if (at - own.unansweredSince > ANSWERED_WITHIN) this.#announcedHere.delete(track);
      track.asked(at);
      return false;
    }
    // A node hears the answers to its own questions, which are told by `askedFromHere`.
    if (this.#isLive || !this.#askers.hears(segment, asker)) return false;
    track?.asked(at);
    return true;
  }

  /** A node that hands the VIP over to this one may still answer a question that it was asked before. */
  #isClaimedAway(track: AnnouncerTrack, { claim, at }: Sighting): boolean {
    const own = this.#announcedHere.get(track);
    if (!own) return false;
    return claim.kind === 'announcement' || at - own.claimedAt > ANSWERED_LATE;
  }

  /** Whether others' questions matter at all; most nodes need not look at them. */
  get heedsQuestions(): boolean {
    return !this.#isLive || this.#announcedHere.size > 0;
  }

  /** Whoever asks here, and so no sign that others are there. */
  isOwn(segment: Segment, mac: Mac): boolean {
    return this.#context.own.macs.includes(mac) || (!this.#isLive && this.#askers.hears(segment, mac));
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

  /** Only from what is fresh enough to time a takeover by: the gap would hold all the time in between. */
  #resume({ ip, segment, owners }: ClaimedAddress, now: Micros): void {
    const { index } = this.#context;
    const latest = owners
      .filter(({ mac, announcement, reply }) => index.nodeOf(mac) && announcement + reply > 0)
      .toSorted((a, b) => b.lastSeen - a.lastSeen)[0];
    if (!latest || now - latest.lastSeen > RESUMED_WITHIN) return;
    const { mac, firstSeen, lastSeen } = latest;
    const announcer = { node: index.nodeOf(mac)!.name, mac, since: firstSeen, lastSeen };
    const before = this.takeoversOf(ip, segment);
    this.#trackOf(ip, segment).resume(announcer, new Map(before.map(({ from, at }) => [from.node, at])));
  }

  /** @param isSilent whether it is proven that nobody answers; an agent that does not ask cannot know. */
  *rows(now: Micros, isSilent: (ip: IpAddress) => boolean): Generator<VipRow> {
    const { index } = this.#context;
    for (const vip of index.intent.vips) {
      const role = index.roleOf(vip.address) as VipRole;
      const known = index.knowsNodes ? this.announcers(vip.address, now) : this.#answering(vip.address, now);
      const announcers = known.map(({ alive: _, ...announcer }) => announcer);
      const isUp = known.some(({ alive }) => alive);
      const up = isUp ? true : isSilent(vip.address) ? false : null;
      yield {
        ip: vip.address,
        service: vip.service,
        sharedWith: vip.sharedWith ?? NOBODY,
        get provider() {
          return providerOf(vip);
        },
        pool: role.pool?.name ?? null,
        up,
        get elected() {
          return vip.elector?.elect() ?? null;
        },
        announcers,
      };
    }
  }

  announcers(ip: IpAddress, now: Micros): readonly Announcer[] {
    const tracks = this.#tracks.get(ip);
    if (!tracks) return NO_ANNOUNCERS;
    return [...tracks.values()].flatMap((track) => {
      if (!track.announcer) return [];
      const alive = this.#isRecent(track.announcer.lastSeen, now) || this.#announcedHere.has(track);
      return [{ segment: track.segment, ...track.announcer, alive }];
    });
  }

  /** The announcer that was heard last, on whichever segment. */
  lastAnnouncer(
    ip: IpAddress,
  ): { readonly node: string; readonly mac: Mac; readonly lastSeen: Micros } | undefined {
    const announcers = [...(this.#tracks.get(ip)?.values() ?? [])].flatMap(
      ({ announcer }) => announcer ?? [],
    );
    return announcers.toSorted((a, b) => b.lastSeen - a.lastSeen)[0];
  }

  /** By the wire; null: this node did and does no more; undefined: never heard of. */
  announcerOf(ip: IpAddress): string | null | undefined {
    const tracks = [...(this.#tracks.get(ip)?.values() ?? [])];
    const node = this.lastAnnouncer(ip)?.node;
    const isHere = node !== undefined && node === this.#context.index.ownNode?.name;
    return isHere && !tracks.some((track) => this.#announcedHere.has(track)) ? null : node;
  }

  /** VIPs that this node announced last, as far as it has heard, and does no more. */
  lost(): IpAddress[] {
    const own = this.#context.index.ownNode?.name;
    if (own === undefined) return [];
    const lost: IpAddress[] = [];
    for (const [ip, tracks] of this.#tracks) {
      const wasHere = tracks.values().some(({ announcer }) => announcer?.node === own);
      if (wasHere && this.announcerOf(ip) === null) lost.push(ip);
    }
    return lost;
  }

  /** Where no nodes are known, whoever answered last on each segment. */
  #answering(ip: IpAddress, now: Micros) {
    return this.#context.claims.everywhere(ip).flatMap(({ segment, owners }) => {
      const answering = owners.filter(({ announcement, reply }) => announcement + reply > 0);
      const latest = answering.toSorted((a, b) => b.lastSeen - a.lastSeen)[0];
      if (!latest) return [];
      const { mac, firstSeen: since, lastSeen } = latest;
      return [{ segment, node: null, mac, since, lastSeen, alive: this.#isRecent(lastSeen, now) }];
    });
  }

  /** Frames come from this machine's own interfaces, not from a capture. */
  get #isLive(): boolean {
    return this.#context.own.macs.length > 0;
  }

  #isRecent(lastSeen: Micros, now: Micros): boolean {
    return now - lastSeen <= this.#context.settings.announcerSilence;
  }

  /** How many takeovers are kept. */
  get size(): number {
    return this.#takeovers.length;
  }

  takeovers(): Takeover[] {
    return [...this.#takeovers];
  }

  takeoversOf(ip: IpAddress, segment: Segment): Takeover[] {
    return this.#takeovers.filter((takeover) => takeover.ip === ip && takeover.segment === segment);
  }

  /** The row is another from then on. */
  setServiceGap(takeover: Takeover, serviceGap: ServiceGap, at: Micros): void {
    const index = this.#takeovers.indexOf(takeover);
    if (index < 0) return;
    const measured = { ...takeover, serviceGap };
    this.#takeovers[index] = measured;
    this.#emit({ type: 'service-gap', at, takeover: measured });
  }

  restore(takeovers: readonly Takeover[]): void {
    this.#takeovers = takeovers.slice(-this.#context.settings.maxTakeovers);
  }

  #trackOf(ip: IpAddress, segment: Segment): AnnouncerTrack {
    const known = this.#tracks.get(ip)?.get(segment);
    if (known) return known;
    const track = new AnnouncerTrack(segment, this.#context.settings);
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
    this.#announcedHere.delete(track);
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
    if (!isWitnessed && this.#isLive) return;
    this.takeoverCount += 1;
    this.#takeovers.push(takeover);
    if (this.#takeovers.length > this.#context.settings.maxTakeovers) {
      this.#takeovers.shift();
      this.evictions += 1;
    }
    this.#emit({ type: 'takeover', at: takeover.at, takeover });
    this.#tellDetectors({ kind: 'takeover', takeover, isWitnessed }, role, takeover.segment, at, null);
  }
}
