// MetalLB's election against the wire: a VIP that no node can announce, and one that another node announces.
import type { Election, NoAnnouncer, Vip } from '../cluster/intent.ts';
import type { IpAddress } from '../net/address.ts';
import { type Micros, SECOND } from '../net/time.ts';
import { silentVip, wrongAnnouncer } from './election-reports.ts';
import type { Segment } from './segment.ts';
import { report, type WatchContext } from './sighting.ts';
import type { Holding, VipRole, Vips } from './vips.ts';

const CHECK_EVERY = SECOND;
/**
 * An election among a thousand nodes costs a thousand hashes the first time, so a large cluster is gone through bit by
 * bit.
 */
const VIPS_A_CHECK = 20;

/** Not meant to be announced on the LAN by MetalLB, or told by other means. */
const BY_DESIGN: ReadonlySet<NoAnnouncer> = new Set(['other-load-balancer-class', 'bgp-only', 'bad-ingress']);

export class ElectionCheck {
  readonly #context: WatchContext;
  readonly #vips: Vips;
  /** Since when each departure from the election lasts, by the finding it may become. */
  readonly #since = new Map<string, Micros>();
  #cursor = 0;
  #dueAt: Micros = Number.POSITIVE_INFINITY;

  constructor(context: WatchContext, vips: Vips) {
    this.#context = context;
    this.#vips = vips;
  }

  intentChanged(now: Micros): void {
    const { index, wake } = this.#context;
    for (const key of this.#since.keys()) {
      if (index.roleOf(key.split('/')[0] as IpAddress).kind !== 'vip') this.#since.delete(key);
    }
    if (!index.intent.vips.some((vip) => vip.announcer)) return;
    this.#dueAt = now + CHECK_EVERY;
    wake(this.#dueAt);
  }

  run(now: Micros): void {
    const { intent } = this.#context.index;
    if (now >= this.#dueAt) {
      const turns = Math.min(VIPS_A_CHECK, intent.vips.length);
      for (let i = 0; i < turns; i += 1) {
        this.#cursor = (this.#cursor + 1) % intent.vips.length;
        this.#check(intent.vips[this.#cursor]!, now);
      }
      this.#dueAt = now + CHECK_EVERY;
    }
    if (intent.vips.some((vip) => vip.announcer)) this.#context.wake(this.#dueAt);
  }

  #check(vip: Vip, now: Micros): void {
    const role = this.#context.index.roleOf(vip.address);
    const election = vip.announcer?.() ?? null;
    if (role.kind !== 'vip') return;
    const holdings = this.#vips.holdings(vip.address, now);
    this.#checkSilence(
      role,
      election,
      holdings.some(({ alive }) => alive),
      now,
    );
    for (const holding of holdings) this.#checkHolder(role, election, holding, now);
  }

  #checkSilence(role: VipRole, election: Election | null, answered: boolean, now: Micros): void {
    const { vip } = role;
    const identity = { kind: 'silent-vip', ip: vip.address, segment: null, culprit: null } as const;
    const departs = election?.node === null && !BY_DESIGN.has(election.reason) && !answered;
    if (!this.#lasts(`${vip.address}/silent`, departs, this.#context.settings.silenceGrace, now)) {
      if (!departs) this.#context.book.end(identity, now);
      return;
    }
    if (election?.node !== null) return;
    const { reason } = election;
    const summary = `MetalLB elects no node for ${vip.address}: ${reason}; nobody answers for it`;
    report(this.#context, silentVip(role, reason), now, () => ({
      at: now,
      interface: 'Kubernetes API',
      summary,
    }));
  }

  #checkHolder(role: VipRole, election: Election | null, holding: Holding, now: Micros): void {
    const { vip } = role;
    const { segment, node, mac, alive } = holding;
    const departs = alive && election !== null && election.node !== null && election.node !== node;
    const key = `${vip.address}/wrong/${segment.name}`;
    if (!this.#lasts(key, departs, this.#context.settings.electionGrace, now)) {
      if (!departs) this.#end(vip.address, segment, now);
      return;
    }
    const finding = wrongAnnouncer(segment, role, { node, mac }, election!.node!, vip.statusNodes ?? []);
    const status = vip.statusNodes?.join(', ') || 'no node';
    const summary = `the wire: ${node} (${mac}); MetalLB's election: ${election!.node}; ServiceL2Status: ${status}`;
    report(this.#context, finding, now, () => ({ at: holding.lastSeen, interface: segment.name, summary }));
  }

  #end(ip: IpAddress, segment: Segment, now: Micros): void {
    this.#context.book.end({ kind: 'wrong-announcer', ip, segment, culprit: null }, now);
  }

  /** The departure has lasted for the grace. */
  #lasts(key: string, departs: boolean, grace: Micros, now: Micros): boolean {
    if (!departs) {
      this.#since.delete(key);
      return false;
    }
    const since = this.#since.get(key) ?? now;
    this.#since.set(key, since);
    if (now - since >= grace) return true;
    this.#context.dismiss('within-election-grace');
    return false;
  }
}
