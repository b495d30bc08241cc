// A VIP that DHCP leased to a machine: critical while that machine may use it, a warning while it is silent and a node answers
// alone, critical again with its next frame.

import { claimOfArp } from '../../arp/claim.ts';
import { MINUTE, type Micros, SECOND, toIso } from '../../base/time.ts';
import { TurnoverMap } from '../../base/turnover-map.ts';
import { BOOT_REQUEST } from '../../dhcp/packet.ts';
import type { VipRole } from '../../intent/index.ts';
import { claimOfNdp } from '../../ndp/claim.ts';
import type { IpAddress, Mac } from '../../net/address.ts';
import type { Claim } from '../../net/claim.ts';
import type { Draft, Evidence, Report } from '../finding/finding.ts';
import type { Observation } from '../lan/dissect.ts';
import { heardInDhcp, type Lease } from '../lan/lease.ts';
import type { Segment } from '../lan/segment.ts';
import { questionOf } from '../takeover/askers.ts';
import { type DetectContext, report, stationOf } from './context.ts';
import type { Detector } from './detector.ts';
import { evidenceOf } from './evidence.ts';
import { Lessee } from './lessee.ts';
import { holdingOf, type RouterAdvice } from './router-advice.ts';
import { askedOrLeased, type Station, servicesOf, stationName, vipOf, whoSays } from './words.ts';

/** As many as there can be findings of one address. */
const MAX_LESSEES = 16;
/** Another finding of the same VIP may end at any time. */
const LOOK_AGAIN_AFTER = SECOND;
const NOBODY: readonly Watched[] = [];

/** A VIP and the machine that it is leased to. */
interface Watched {
  readonly lease: Lease;
  readonly lessee: Lessee;
  /** The node that answered last. */
  node: string | null;
}

export class LeaseOnVip implements Detector {
  readonly kinds = ['lease-on-vip'] as const;
  readonly #context: DetectContext;
  readonly #advice: RouterAdvice;
  readonly #byVip = new Map<IpAddress, Watched[]>();
  /** By the MACs that the lessee's frames may come from. */
  readonly #byMac = new TurnoverMap<Mac, Watched[]>();
  #dueAt: Micros = Number.POSITIVE_INFINITY;

  constructor(context: DetectContext, advice: RouterAdvice) {
    this.#context = context;
    this.#advice = advice;
  }

  /** The lessee of a VIP asked for it, or was given it. */
  leased(lease: Lease, role: VipRole, at: Micros, evidence: () => Evidence): void {
    const watched = this.#watch(lease, at, false);
    // A table lists it: that is no sign of life.
    if (lease.imported === null) watched?.lessee.heard(lease.lastSeen);
    report(
      this.#context,
      leaseOnVip(lease, role, () => this.#reconnect(lease, role, at)),
      at,
      evidence,
    );
  }

  ended({ segment, ip, mac }: Lease): void {
    if (!this.#byVip.has(ip)) return;
    const ended = this.#find(segment, ip, mac);
    if (ended) this.#forget(ended);
  }

  observed(observation: Observation): void {
    if (this.#byVip.size === 0) return;
    const { sourceMac } = observation.ethernet;
    const named = clientOf(observation);
    this.#sentBy(sourceMac, observation);
    if (named !== null && named !== sourceMac) this.#sentBy(named, observation);
    if (observation.protocol !== 'arp' && observation.protocol !== 'ndp') return;
    const { segment, at } = observation;
    const question = questionOf(observation);
    if (question?.polled === null) {
      for (const { lessee } of this.#watchedAt(question.ip, segment)) {
        lessee.asked(at);
        this.#arm(lessee, at);
      }
    }
    const claim = claimIn(observation);
    if (claim?.kind !== 'reply' && claim?.kind !== 'announcement') return;
    for (const one of this.#watchedAt(claim.ip, segment)) {
      const node = this.#context.index.nodeOf(claim.mac);
      if (!node) one.lessee.startOver(at);
      else {
        one.lessee.answeredByNode(at);
        one.node = node.name;
      }
    }
  }

  /** The answer would have been seen here. */
  question(vip: IpAddress, segment: Segment, at: Micros): void {
    for (const { lessee } of this.#watchedAt(vip, segment)) {
      lessee.askedFromHere(at);
      this.#arm(lessee, at);
    }
  }

  /** Forgets what is no lease of a VIP any more, and takes up what a life before has told of. */
  intentChanged(now: Micros): void {
    const { book, index } = this.#context;
    for (const one of [...this.#byVip.values()].flat()) {
      const { segment, ip, mac } = one.lease;
      if (index.roleOf(ip).kind !== 'vip' || !this.#leaseOf(segment, ip, mac)) this.#forget(one);
    }
    for (const { segment, ip, culprit, ownSeverity } of book.openOf('lease-on-vip')) {
      if (!segment || !culprit || !('mac' in culprit)) continue;
      const lease = this.#leaseOf(segment, ip, culprit.mac);
      if (lease) this.#watch(lease, now, ownSeverity === 'warning');
    }
  }

  tick(now: Micros): void {
    if (now < this.#dueAt) return this.#context.wake(this.#dueAt);
    this.#dueAt = Number.POSITIVE_INFINITY;
    for (const watched of [...this.#byVip.values()].flat()) {
      const { lessee } = watched;
      if (lessee.dueAt > now) this.#wakeAt(lessee.dueAt);
      // Where nobody asks, the next question begins anew.
      else if (!lessee.isSilentEnough(now)) continue;
      else if (this.#isToldOtherwise(watched)) this.#wakeAt(now + LOOK_AGAIN_AFTER);
      else this.#unused(watched, now);
    }
  }

  /** This agent was stopped until `at`: what it did not hear meanwhile was no silence. */
  resumed(at: Micros): void {
    for (const { lessee } of [...this.#byVip.values()].flat()) lessee.startOver(at);
  }

  /** A frame of a machine: of a lessee, perhaps. */
  #sentBy(mac: Mac, observation: Observation): void {
    for (const one of this.#byMac.get(mac) ?? [])
      if (one.lease.segment === observation.segment) this.#heard(one, observation);
  }

  #heard(watched: Watched, observation: Observation): void {
    const { lease, lessee } = watched;
    if (!lessee.heard(observation.at)) return;
    const role = this.#context.index.roleOf(lease.ip);
    if (role.kind !== 'vip') return;
    const { at } = observation;
    report(
      this.#context,
      leaseOnVip(lease, role, () => this.#reconnect(lease, role, at)),
      at,
      () => evidenceOf(observation, claimIn(observation)),
    );
  }

  #unused(watched: Watched, now: Micros): void {
    const { index, book, claims, ahead } = this.#context;
    const { lease, lessee, node } = watched;
    const { segment, ip, mac } = lease;
    const role = index.roleOf(ip);
    // What is not told, for want of room, is not told of anew.
    if (role.kind !== 'vip' || !book.isOpen(identityOf(lease))) return lessee.startOver(now);
    const minutes = Math.floor(lessee.silence(now) / MINUTE);
    lessee.isUnused = true;
    const heardAt = Math.max(
      lessee.heardAt ?? 0,
      heardInDhcp(lease),
      claims.lastClaim(segment, ip, mac) ?? 0,
    );
    const finding = unusedLease(lease, role, stationOf(this.#context, mac), {
      leasedAt: lease.leasedAt + ahead,
      heardAt: heardAt === 0 ? null : heardAt + ahead,
      node: lessee.isAnswered(now) ? node : null,
      shrink: this.#advice.shrink({ holding: holdingOf(role, role.vip.address), segment, at: now }),
    });
    report(this.#context, finding, now, () => ({
      at: now,
      interface: segment.name,
      summary: `${ip} was probed at least once a minute for ${minutes} min, and ${mac} sent nothing`,
    }));
  }

  #reconnect({ segment, ip, mac, hostname }: Lease, role: VipRole, at: Micros): string {
    const question = { holding: holdingOf(role, role.vip.address), segment, at };
    return this.#advice.shrinkAndReconnect(question, ip, { mac, hostname });
  }

  /** Another finding says that the lessee claims the VIP, or that no node answers. */
  #isToldOtherwise({ lease: { segment, ip, mac, transmitter } }: Watched): boolean {
    const { book } = this.#context;
    const isClaimedBy = (claimant: Mac) =>
      book.isOpen({ kind: 'foreign-claim', ip, segment, culprit: { mac: claimant } });
    if (isClaimedBy(mac) || (transmitter !== null && isClaimedBy(transmitter))) return true;
    return book.isOpen({ kind: 'silent-vip', ip, segment: null, culprit: null });
  }

  /** Undefined where there are too many. */
  #watch(lease: Lease, at: Micros, isUnused: boolean): Watched | undefined {
    const known = this.#find(lease.segment, lease.ip, lease.mac);
    if (known?.lease === lease) return known;
    if (known) this.#forget(known);
    const watched: Watched = {
      lease,
      lessee: known?.lessee ?? new Lessee(at, isUnused),
      node: known?.node ?? null,
    };
    const sameVip = this.#byVip.get(lease.ip) ?? [];
    if (sameVip.length >= MAX_LESSEES) return undefined;
    this.#byVip.set(lease.ip, [...sameVip, watched]);
    for (const mac of macsOf(lease)) this.#byMac.set(mac, [...(this.#byMac.get(mac) ?? []), watched]);
    this.#wakeAt(watched.lessee.dueAt);
    return watched;
  }

  #forget(watched: Watched): void {
    const { lease } = watched;
    remove(this.#byVip, lease.ip, watched);
    for (const mac of macsOf(lease)) remove(this.#byMac, mac, watched);
  }

  #find(segment: Segment, ip: IpAddress, mac: Mac): Watched | undefined {
    return this.#byVip.get(ip)?.find(({ lease }) => lease.mac === mac && lease.segment === segment);
  }

  #watchedAt(vip: IpAddress, segment: Segment): readonly Watched[] {
    return this.#byVip.get(vip)?.filter(({ lease }) => lease.segment === segment) ?? NOBODY;
  }

  #leaseOf(segment: Segment, ip: IpAddress, mac: Mac): Lease | undefined {
    return this.#context.leases.heldAt(segment, ip).find((lease) => lease.mac === mac);
  }

  #arm(lessee: Lessee, at: Micros): void {
    if (lessee.dueAt > at && lessee.dueAt < this.#dueAt) this.#wakeAt(lessee.dueAt);
  }

  #wakeAt(at: Micros): void {
    this.#dueAt = Math.min(this.#dueAt, at);
    this.#context.wake(this.#dueAt);
  }
}

function remove<Key>(
  table: Pick<TurnoverMap<Key, Watched[]>, 'get' | 'set' | 'delete'>,
  key: Key,
  watched: Watched,
): void {
  const left = (table.get(key) ?? []).filter((one) => one !== watched);
  if (left.length > 0) table.set(key, left);
  else table.delete(key);
}

/** Its own, and that of a repeater which puts another one on its frames. */
function macsOf({ mac, transmitter }: Lease): Mac[] {
  return transmitter === null || transmitter === mac ? [mac] : [mac, transmitter];
}

/** Whose frame it is by what it says; a repeater or a relay may have sent it. */
function clientOf(observation: Observation): Mac | null {
  if (observation.protocol === 'arp') return observation.packet.senderMac;
  const isOfClient = observation.protocol === 'dhcp' && observation.packet.operation === BOOT_REQUEST;
  return isOfClient ? observation.packet.clientMac : null;
}

function claimIn(observation: Observation): Claim | null {
  if (observation.protocol !== 'arp' && observation.protocol !== 'ndp') return null;
  const decoded =
    observation.protocol === 'arp'
      ? claimOfArp(observation.packet)
      : claimOfNdp(observation.packet, observation.ip, observation.ethernet.sourceMac);
  return decoded.ok ? decoded.value : null;
}

function identityOf({ segment, ip, mac }: Lease) {
  return { kind: 'lease-on-vip', ip, segment, culprit: { mac } } as const;
}

function about({ segment, mac }: Lease, role: VipRole) {
  const { address: ip } = role.vip;
  return { kind: 'lease-on-vip', ip, segment, culprit: { mac }, macs: [mac], vip: vipOf(role) } as const;
}

function leaseOnVip(lease: Lease, role: VipRole, remedy: () => string): Draft {
  const { mac, hostname, state } = lease;
  return {
    ...about(lease, role),
    words: () => ({
      message: `${whoSays(lease)}: ${stationName({ mac, hostname })} ${askedOrLeased(state)} ${role.vip.address}, ${nameOf(role)}.`,
      remedy: `${remedy()}.`,
    }),
  };
}

interface Silence {
  /** By the wall clock, as the other. */
  readonly leasedAt: Micros;
  /** Null: never. */
  readonly heardAt: Micros | null;
  /** That answers; null: its answers are not seen here. */
  readonly node: string | null;
  /** What to do to the router. */
  readonly shrink: string;
}

function unusedLease(lease: Lease, role: VipRole, client: Station, silence: Silence): Report {
  const { address } = role.vip;
  const alone = silence.node === null ? '' : `, and only ${silence.node} answers`;
  const to = stationName(client);
  const leased =
    lease.imported === null
      ? `DHCP leased it to ${to} at ${minuteOf(silence.leasedAt)}`
      : `The router's table (${lease.imported}) lists it for ${to}`;
  const since = silence.heardAt === null ? '' : ` since ${minuteOf(silence.heardAt)}`;
  return {
    ...about(lease, role),
    severity: 'warning',
    message: `${address}, ${nameOf(role)}: leased, not in use now. ${leased}; that machine has not been heard${since}${alone}.`,
    remedy: `${silence.shrink}. Do it before that machine comes back: until its lease ends it may take the address at any time.`,
  };
}

function nameOf({ vip }: VipRole): string {
  return vip.service ? `the VIP of ${servicesOf(vip)}` : 'a VIP';
}

/** `2026-11-22 16:42 UTC`. */
function minuteOf(at: Micros): string {
  return `${toIso(at).slice(0, 16).replace('T', ' ')} UTC`;
}
