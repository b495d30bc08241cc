// A node that holds what it should not: a pool address that no Service has, or a VIP that nobody can announce by MetalLB's rules.

import { BoundedMap } from '../../base/bounded-map.ts';
import { MINUTE, type Micros, SECOND } from '../../base/time.ts';
import type { AddressRole, PoolRole, VipRole } from '../../intent/index.ts';
import type { ClusterNode, NoAnnouncer, Vip } from '../../intent/intent.ts';
import type { IpAddress } from '../../net/address.ts';
import type { Report } from '../finding/finding.ts';
import type { Sighting } from '../lan/context.ts';
import type { Segment } from '../lan/segment.ts';
import type { Announcer } from '../takeover/vips.ts';
import { type DetectContext, report, reportSighting } from './context.ts';
import type { Detector } from './detector.ts';
import { vipName, vipOf } from './words.ts';

/** A node goes on answering for a moment after a Service was deleted, and a kube-vip that moves may pass by. */
const HELD_FOR = 2 * MINUTE;
/** Claims further apart are not one stay. */
const LONGEST_PAUSE = 5 * MINUTE;
const MAX_STAYS = 1_024;
/** A pool address that a Service gave back, or that a node claimed, is asked for until then: nobody else asks for it. */
const ASKED_FOR = 3 * MINUTE;
const MAX_ASKED = 256;
/** So many of them at once, and how often: they take little of what the LAN can bear. */
const ASKED_AT_ONCE = 4;
const ASKED_EVERY = 10 * SECOND;
const ASKED_WITHIN = SECOND;

/** A node claims what it should not, as far as is known since then. */
interface Stay {
  readonly ip: IpAddress;
  /** What it had of its own as a VIP is another stay. */
  readonly role: AddressRole['kind'];
  readonly since: Micros;
  last: Micros;
}

export class StrayAddress implements Detector {
  readonly kinds = ['stray-address'] as const;
  readonly #context: DetectContext;
  readonly #stays = new BoundedMap<string, Stay>(MAX_STAYS);
  #vips: readonly Vip[] = [];
  /** Pool addresses that a node may hold, and until when they are asked for: the next to be asked for first. */
  readonly #inQuestion = new BoundedMap<IpAddress, Micros>(MAX_ASKED);
  /** Those that are asked for just now. */
  #asked: readonly IpAddress[] = [];
  #dueAt: Micros = Number.POSITIVE_INFINITY;

  constructor(context: DetectContext) {
    this.#context = context;
  }

  freeToAsk(): readonly IpAddress[] {
    return this.#asked;
  }

  tick(now: Micros): void {
    const { wake, askNodes } = this.#context;
    if (now < this.#dueAt) return wake(this.#dueAt);
    const wasAsked = this.#asked.length > 0;
    this.#asked = wasAsked ? [] : this.#nextToAsk(now);
    if (wasAsked || this.#asked.length > 0) askNodes();
    this.#dueAt = Number.POSITIVE_INFINITY;
    if (this.#asked.length > 0) this.#wakeAt(now + ASKED_WITHIN);
    else if (this.#inQuestion.size > 0) this.#wakeAt(now + ASKED_EVERY - ASKED_WITHIN);
  }

  #nextToAsk(now: Micros): IpAddress[] {
    const { index } = this.#context;
    for (const [ip, until] of [...this.#inQuestion])
      if (until <= now || index.roleOf(ip).kind !== 'pool') this.#inQuestion.delete(ip);
    const next = [...this.#inQuestion].slice(0, ASKED_AT_ONCE);
    for (const [ip, until] of next) this.#inQuestion.set(ip, until);
    return next.map(([ip]) => ip);
  }

  #askFor(ip: IpAddress, now: Micros): void {
    if (this.#inQuestion.has(ip)) this.#inQuestion.replace(ip, now + ASKED_FOR);
    else this.#inQuestion.set(ip, now + ASKED_FOR);
    if (this.#dueAt === Number.POSITIVE_INFINITY) this.#wakeAt(now);
  }

  #wakeAt(at: Micros): void {
    this.#dueAt = at;
    this.#context.wake(at);
  }

  /** Of a pool address by a node. */
  claim(sighting: Sighting): void {
    const { index, dismiss } = this.#context;
    const { claim, segment, at, address } = sighting;
    const node = index.nodeOf(claim.mac);
    if (address.role.kind !== 'pool' || !node || claim.kind === 'request') return;
    this.#askFor(claim.ip, at);
    if (!this.#isHeld(claim.ip, segment, node.name, at)) return dismiss('within-stray-grace');
    const finding = strayInPool(segment, claim.ip, address.role, { node, mac: claim.mac });
    reportSighting(this.#context, finding, at, sighting);
  }

  /** A node announces a VIP that by MetalLB's rules no node can; null: that is over, or cannot be told. */
  announced(role: VipRole, announcer: Announcer, reason: NoAnnouncer | null, now: Micros): void {
    const { ip, segment, node, mac } = { ip: role.vip.address, ...announcer };
    if (reason === null) {
      this.#stays.delete(stayKey(ip, segment, node));
      this.#context.book.end({ kind: 'stray-address', ip, segment, culprit: { node } }, now);
      return;
    }
    if (!this.#isHeld(ip, segment, node, now)) return this.#context.dismiss('within-stray-grace');
    const summary = `the wire: ${node} (${mac}); MetalLB's rules: no node (${reason})`;
    report(this.#context, strayVip(segment, role, { node, mac }), now, () => ({
      at: announcer.lastSeen,
      interface: segment.name,
      summary,
    }));
  }

  intentChanged(now: Micros): void {
    const { book, index } = this.#context;
    for (const [key, { ip, role }] of [...this.#stays])
      if (index.roleOf(ip).kind !== role) this.#stays.delete(key);
    if (index.intent.vips !== this.#vips) {
      for (const { address } of this.#vips)
        if (index.roleOf(address).kind === 'pool') this.#askFor(address, now);
      this.#vips = index.intent.vips;
    }
    for (const { ip, segment, culprit, kind } of [...book.openOf('stray-address')]) {
      const role = index.roleOf(ip);
      // Of a VIP whose election is known, `announced` says when it is over.
      const isStray = role.kind === 'pool' || (role.kind === 'vip' && role.vip.elector !== undefined);
      if (!isStray) book.end({ kind, ip, segment, culprit }, now);
    }
  }

  #isHeld(ip: IpAddress, segment: Segment, node: string, at: Micros): boolean {
    const key = stayKey(ip, segment, node);
    const role = this.#context.index.roleOf(ip).kind;
    const known = this.#stays.get(key);
    const goesOn = known?.role === role && at - known.last <= LONGEST_PAUSE;
    const stay = goesOn ? known : { ip, role, since: at, last: at };
    stay.last = at;
    this.#stays.set(key, stay);
    return at - stay.since >= HELD_FOR;
  }
}

function stayKey(ip: IpAddress, segment: Segment, node: string): string {
  return `${ip} ${segment.name} ${node}`;
}

interface Holder {
  readonly node: Pick<ClusterNode, 'name'>;
  readonly mac: Announcer['mac'];
}

const KEPT_BY =
  'Find out what set it there (ip address on the node): kube-vip, keepalived, or a speaker that did not withdraw it. Restart that program.';

function strayInPool(segment: Segment, ip: IpAddress, role: PoolRole, { node, mac }: Holder): Report {
  return {
    kind: 'stray-address',
    ip,
    segment,
    culprit: { node: node.name },
    macs: [mac],
    vip: vipOf(role),
    message: `Node ${node.name} (${mac}) holds ${ip} of pool ${role.pool.name}, which no Service has: MetalLB may give it to the next one.`,
    remedy: `If a Service has ${ip}, the intent does not list it: add it to the VIPs. ${KEPT_BY}`,
  };
}

function strayVip(segment: Segment, role: VipRole, { node, mac }: Pick<Announcer, 'node' | 'mac'>): Report {
  return {
    kind: 'stray-address',
    ip: role.vip.address,
    segment,
    culprit: { node },
    macs: [mac],
    vip: vipOf(role),
    message: `${node} (${mac}) answers for ${vipName(role.vip)}, but by MetalLB's rules no node can announce it.`,
    remedy: `Check whether the service works for clients. ${KEPT_BY}`,
  };
}
