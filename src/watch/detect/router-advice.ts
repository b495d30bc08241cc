// What to set a router to: the range that leaves out what is the cluster's, in numbers as far as it is known what the router
// hands out, and who must ask again then.
import { quotedName } from '../../base/quoted-name.ts';
import { type Micros, SECOND } from '../../base/time.ts';
import type { RouterKnowledge } from '../../dhcp/router-knowledge.ts';
import { safeRange } from '../../dhcp/safe-range.ts';
import type { AddressRole } from '../../intent/index.ts';
import { type IpAddress, isIpv4 } from '../../net/address.ts';
import {
  type IpRange,
  ipOfNumber,
  joinedRanges,
  networkAround,
  rangeContains,
  rangeOf,
  rangeOverlap,
  rangeText,
} from '../../net/range.ts';
import type { DhcpServers } from '../lan/dhcp-servers.ts';
import { isHeld, type Lease } from '../lan/lease.ts';
import type { Segment } from '../lan/segment.ts';
import type { DetectContext } from './context.ts';
import { listed, type Station } from './words.ts';

/** What DHCP is to leave alone: a pool, or a VIP outside of any. */
export interface Holding {
  readonly pool: string | null;
  readonly ranges: readonly IpRange[];
}

interface Question {
  readonly holding: Holding;
  /** Null: wherever. */
  readonly segment: Segment | null;
  readonly at: Micros;
  /** Whose range it is, as a sentence says it. @default the DHCP range */
  readonly range?: string;
}

interface Base {
  readonly range: IpRange;
  /** More may be handed out beside it. */
  readonly atLeast: boolean;
  /** It is one of several. */
  readonly isOneOfSeveral: boolean;
}

interface Advice {
  readonly madeAt: Micros;
  /** What to do, without an end; null: what the router hands out is not known well enough. */
  readonly setting: string | null;
  readonly cutOff: readonly Lease[];
}

/** A flood of leases has each of them looked at no more often than so. */
const MADE_ANEW_AFTER = SECOND;
const MAX_KEPT = 64;

export class RouterAdvice {
  readonly #context: DetectContext;
  readonly #knowledge: RouterKnowledge;
  readonly #servers: DhcpServers;
  readonly #made = new Map<string, Advice>();

  constructor(context: DetectContext, knowledge: RouterKnowledge, servers: DhcpServers) {
    this.#context = context;
    this.#knowledge = knowledge;
    this.#servers = servers;
  }

  /** The router or the intent is known to be something else. */
  forget(): void {
    this.#made.clear();
  }

  /** To have DHCP leave out the holding, in a sentence that has no end yet. */
  shrink(question: Question): string {
    const { setting, cutOff } = this.#adviceOn(question);
    return setting === null ? leaveOut(question) : `${setting}${mustAskAgain(cutOff.map(clientOf))}`;
  }

  /** The same, where a machine has an address that it is to give back. */
  shrinkAndReconnect(question: Question, ip: IpAddress, client: Station): string {
    const { setting, cutOff } = this.#adviceOn(question);
    if (setting === null) return `${leaveOut(question)}, then make the client ask again (reconnect it)`;
    const others = cutOff.filter((lease) => lease.ip !== ip).map(clientOf);
    return `${setting}${mustAskAgain([{ ...client, ip }, ...others])} (reconnect ${others.length > 0 ? 'them' : 'it'})`;
  }

  #adviceOn(question: Question): Advice {
    const { holding, segment, at, range } = question;
    const key = [segment?.name, range, holding.pool, ...holding.ranges.map(rangeText)].join(' ');
    const made = this.#made.get(key);
    if (made && at - made.madeAt < MADE_ANEW_AFTER) return made;
    if (this.#made.size >= MAX_KEPT) this.#made.clear();
    const advice = { madeAt: at, ...this.#make(question) };
    this.#made.set(key, advice);
    return advice;
  }

  #make({ holding, segment, range: name = 'the DHCP range' }: Question): Omit<Advice, 'madeAt'> {
    const leases = [...this.#context.leases.all()].filter(
      (lease) => segment === null || lease.segment === segment,
    );
    const base = this.#knownBase(holding) ?? this.#shownBase(holding, leases);
    if (!base) return { setting: null, cutOff: [] };
    const safe = safeRange(base.range, this.#keptOut(segment, leases));
    if (!safe) {
      const nothing = `Nothing of ${name}, ${rangeText(base.range)}, is left for DHCP: give it another one, which leaves out ${holdingName(holding)}`;
      return { setting: nothing, cutOff: [] };
    }
    const isCutOff = (lease: Lease) =>
      isHeld(lease) &&
      rangeContains(base.range, lease.ip) &&
      !rangeContains(safe, lease.ip) &&
      !this.#isOfNode(lease);
    const cutOff = leases
      .filter(isCutOff)
      .toSorted((a, b) => (rangeOf(a.ip).first < rangeOf(b.ip).first ? -1 : 1));
    return { setting: `${settingOf(base, safe, name)}; ${staysYours(holding, safe)}`, cutOff };
  }

  /** By what the operator, the server's own table or an audit says: exactly rather than at least, and the largest. */
  #knownBase({ ranges }: Holding): Base | undefined {
    const known = this.#knowledge.ranges();
    // An audit that asked for the holding alone knows of nothing else.
    const isMore = (range: IpRange) => safeRange(range, ranges) !== null;
    const reaching = known.filter(
      (range) => ranges.some((part) => rangeOverlap(range, part)) && (!range.atLeast || isMore(range)),
    );
    const best = reaching.toSorted(
      (a, b) => Number(a.atLeast) - Number(b.atLeast) || Number(b.last - b.first - (a.last - a.first)),
    )[0];
    if (!best) return undefined;
    const isOneOfSeveral = known.some(
      (range) => range !== best && range.source === best.source && range.name === best.name,
    );
    return { range: best, atLeast: best.atLeast, isOneOfSeveral };
  }

  /** By what DHCP was seen to offer and lease. One address alone says nothing of a range, nor do those of DHCPv6, which lie far apart. */
  #shownBase({ ranges }: Holding, leases: readonly Lease[]): Base | undefined {
    const shown = leases.filter((lease) =>
      isHeld(lease) ? lease.confirmed !== null : lease.state === 'offered',
    );
    const within = shown.find(({ ip }) => ranges.some((part) => rangeContains(part, ip)));
    if (!within || !isIpv4(within.ip)) return undefined;
    const network = networkAround(within.ip, this.#context.own.networks);
    const near = shown.flatMap(({ ip }) => (rangeContains(network, ip) ? [rangeOf(ip)] : []));
    const { first } = near.reduce((a, b) => (b.first < a.first ? b : a));
    const { last } = near.reduce((a, b) => (b.last > a.last ? b : a));
    const isMore = ranges.every((part) => first < part.first || last > part.last);
    return isMore ? { range: { family: 4, first, last }, atLeast: true, isOneOfSeveral: false } : undefined;
  }

  /** Pools, VIPs, DHCP servers, gateways, and nodes but for those that DHCP itself gave their address. */
  #keptOut(segment: Segment | null, leases: readonly Lease[]): IpRange[] {
    const { index } = this.#context;
    const { pools, vips, nodes } = index.intent;
    const ofDhcp = new Set([
      ...leases.filter((lease) => isHeld(lease) && this.#isOfNode(lease)).map(({ ip }) => ip),
      ...this.#knowledge
        .reservations()
        .filter(({ mac }) => index.nodeOf(mac))
        .map(({ ip }) => ip),
    ]);
    const addresses: IpAddress[] = [
      ...vips.map(({ address }) => address),
      ...nodes.flatMap((node) => node.addresses.filter((ip) => !isIpv4(ip) || !ofDhcp.has(ip))),
      ...this.#servers.expectedAddresses(segment),
    ];
    return [...pools.flatMap(({ ranges }) => ranges), ...addresses.map(rangeOf)];
  }

  #isOfNode({ ip, mac }: Lease): boolean {
    const { index } = this.#context;
    return index.nodeOf(mac) !== undefined && index.roleOf(ip).kind === 'node';
  }
}

/** The part of an address's role that DHCP is to leave alone, of the address's family. */
export function holdingOf(role: AddressRole & { readonly kind: 'vip' | 'pool' }, ip: IpAddress): Holding {
  const own = rangeOf(ip);
  if (!role.pool) return { pool: null, ranges: [own] };
  return { pool: role.pool.name, ranges: role.pool.ranges.filter(({ family }) => family === own.family) };
}

function leaveOut({ holding, range = 'the DHCP range' }: Question): string {
  return `Shrink ${range} so that it leaves out ${holdingName(holding)}`;
}

/** `the pool main-pool (192.168.1.240-192.168.1.245)`, or the VIP's address. */
function holdingName({ pool, ranges }: Holding): string {
  const texts = joinedRanges(ranges).map(rangeText);
  return pool === null ? texts.join(', ') : `the pool ${pool} (${listed(texts, 'and')})`;
}

function settingOf({ range, atLeast, isOneOfSeveral }: Base, safe: IpRange, name: string): string {
  if (atLeast && safe.first === range.first)
    return `Let ${name} end at ${ipOfNumber(safe.family, safe.last)} at the latest`;
  if (atLeast && safe.last === range.last)
    return `Let ${name} begin at ${ipOfNumber(safe.family, safe.first)} at the earliest`;
  return `Set ${isOneOfSeveral ? `${name} ${rangeText(range)}` : name} to ${rangeText(safe)}`;
}

/** `pool main-pool (.240-.245) stays yours`: by the last octets where the rest is that of the range. */
function staysYours({ pool, ranges }: Holding, safe: IpRange): string {
  const texts = joinedRanges(ranges).map((range) => {
    const isNear = range.first >> 8n === safe.first >> 8n && range.last >> 8n === safe.last >> 8n;
    return isNear ? rangeText(range).replaceAll(/\d+\.\d+\.\d+\./g, '.') : rangeText(range);
  });
  return pool === null
    ? `${texts.join(', ')} stays yours`
    : `pool ${pool} (${listed(texts, 'and')}) stays yours`;
}

function clientOf({ ip, mac, hostname }: Lease): Station & { readonly ip: IpAddress } {
  return { ip, mac, hostname };
}

function mustAskAgain(clients: readonly (Station & { readonly ip: IpAddress })[]): string {
  if (clients.length === 0) return '';
  const names = clients.map(({ ip, mac, hostname }) => `${hostname ? quotedName(hostname) : mac} (${ip})`);
  return `; ${listed(names, 'and')} must ask again`;
}
