// MetalLB's election against the wire: a VIP that another node announces.

import { type Micros, SECOND } from '../../base/time.ts';
import type { VipRole } from '../../intent/index.ts';
import type { Election, NoAnnouncer, Vip } from '../../intent/intent.ts';
import type { IpAddress, Mac } from '../../net/address.ts';
import type { Report } from '../finding/finding.ts';
import type { Segment } from '../lan/segment.ts';
import type { Announcer, Vips } from '../takeover/vips.ts';
import { type DetectContext, report } from './context.ts';
import type { Detector } from './detector.ts';
import { staleness } from './stale-intent.ts';
import type { StrayAddress } from './stray-address.ts';
import { vipName, vipOf } from './words.ts';

const CHECK_EVERY = SECOND;
/**
 * An election among a thousand nodes costs a thousand hashes the first time, so a large cluster is gone through bit by
 * bit, but each VIP is looked at so many times within the grace: what comes and goes is seen to go.
 */
const CHECKS_IN_GRACE = 4;
const VIPS_A_CHECK = 20;

/** Another controller may announce what has one of these reasons. */
const ANOTHERS: ReadonlySet<NoAnnouncer> = new Set([
  'other-load-balancer-class',
  'outside-pools',
  'bad-ingress',
]);

export class WrongAnnouncer implements Detector {
  readonly kinds = ['wrong-announcer'] as const;
  readonly #context: DetectContext;
  readonly #vips: Vips;
  readonly #stray: StrayAddress;
  /** Since when each departure from the election lasts, by VIP and segment. */
  readonly #since = new Map<string, Micros>();
  #cursor = 0;
  #dueAt: Micros = Number.POSITIVE_INFINITY;

  constructor(context: DetectContext, vips: Vips, stray: StrayAddress) {
    this.#context = context;
    this.#vips = vips;
    this.#stray = stray;
  }

  intentChanged(now: Micros): void {
    const { index, wake } = this.#context;
    for (const key of this.#since.keys()) {
      if (index.roleOf(key.split('/')[0] as IpAddress).kind !== 'vip') this.#since.delete(key);
    }
    if (!index.intent.vips.some((vip) => vip.elector)) return;
    // An intent that changes more often than that must not put it off for ever.
    this.#dueAt = Math.min(this.#dueAt, now + CHECK_EVERY);
    wake(this.#dueAt);
  }

  tick(now: Micros): void {
    const { intent } = this.#context.index;
    if (now >= this.#dueAt) {
      const rounds = Math.max(1, this.#context.settings.electionGrace / CHECKS_IN_GRACE / CHECK_EVERY);
      const turns = Math.min(
        intent.vips.length,
        Math.max(VIPS_A_CHECK, Math.ceil(intent.vips.length / rounds)),
      );
      for (let i = 0; i < turns; i += 1) {
        this.#cursor = (this.#cursor + 1) % intent.vips.length;
        this.#check(intent.vips[this.#cursor]!, now);
      }
      this.#dueAt = now + CHECK_EVERY;
    }
    if (intent.vips.some((vip) => vip.elector)) this.#context.wake(this.#dueAt);
  }

  #check(vip: Vip, now: Micros): void {
    const role = this.#context.index.roleOf(vip.address);
    if (role.kind !== 'vip') return;
    const announcers = this.#vips.announcers(vip.address, now);
    const election = (announcers.some(({ alive }) => alive) && vip.elector?.elect()) || null;
    for (const announcer of announcers) this.#checkAnnouncer(role, election, announcer, now);
  }

  #checkAnnouncer(role: VipRole, election: Election | null, announcer: Announcer, now: Micros): void {
    const { vip } = role;
    const { segment, node, mac, alive } = announcer;
    this.#stray.announced(role, announcer, alive ? reasonOf(election, this.#context, now) : null, now);
    const departs = alive && election !== null && election.node !== null && election.node !== node;
    const key = `${vip.address}/${segment.name}`;
    if (departs && staleness(this.#context, now) !== null) {
      // The speakers may know of nodes that came or went; how long this lasts is counted from the API's return.
      this.#since.delete(key);
      return this.#context.dismiss('intent-stale');
    }
    if (!this.#lasts(key, departs, now)) {
      if (!departs) this.#end(vip.address, segment, now);
      return;
    }
    const finding = wrongAnnouncer(segment, role, { node, mac }, election!.node!, vip.statusNodes ?? []);
    const status = vip.statusNodes?.join(', ') || 'no node';
    const summary = `the wire: ${node} (${mac}); MetalLB's election: ${election!.node}; ServiceL2Status: ${status}`;
    report(this.#context, finding, now, () => ({ at: announcer.lastSeen, interface: segment.name, summary }));
  }

  #end(ip: IpAddress, segment: Segment, now: Micros): void {
    this.#context.book.end({ kind: 'wrong-announcer', ip, segment, culprit: null }, now);
  }

  /** The departure has lasted for the grace. */
  #lasts(key: string, departs: boolean, now: Micros): boolean {
    if (!departs) {
      this.#since.delete(key);
      return false;
    }
    const since = this.#since.get(key) ?? now;
    this.#since.set(key, since);
    if (now - since >= this.#context.settings.electionGrace) return true;
    this.#context.dismiss('within-election-grace');
    return false;
  }
}

/** Why nobody should announce it, where MetalLB alone would; null: somebody should, another controller may, or nobody knows. */
function reasonOf(election: Election | null, context: DetectContext, now: Micros): NoAnnouncer | null {
  if (election === null || election.node !== null || staleness(context, now) !== null) return null;
  return ANOTHERS.has(election.reason) ? null : election.reason;
}

function wrongAnnouncer(
  segment: Segment,
  role: VipRole,
  wire: { readonly node: string; readonly mac: Mac },
  elected: string,
  statusNodes: readonly string[],
): Report {
  const status =
    statusNodes.length === 0
      ? 'there is no ServiceL2Status'
      : statusNodes.includes(wire.node)
        ? `its ServiceL2Status names ${statusNodes.join(' and ')}, as the wire does`
        : `its ServiceL2Status names ${statusNodes.join(' and ')}`;
  return {
    kind: 'wrong-announcer',
    ip: role.vip.address,
    segment,
    culprit: null,
    macs: [wire.mac],
    vip: vipOf(role),
    message: `${vipName(role.vip)} is announced by ${wire.node}, but MetalLB's rules elect ${elected}; ${status}.`,
    remedy: `Look at the speakers' logs on ${wire.node} and ${elected}: one of them hangs, or does not see the other or the API. Restart both, one after the other.`,
  };
}
