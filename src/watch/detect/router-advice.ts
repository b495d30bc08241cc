// What to set a router to: the range that leaves out what is the cluster's, in numbers as far as it is known what the router
// hands out, and who must ask again then.

import { BoundedMap } from '../../base/bounded-map.ts';
import { quotedName } from '../../base/quoted-name.ts';
import { type Micros, SECOND } from '../../base/time.ts';
import type { RouterKnowledge } from '../../dhcp/router-knowledge.ts';
import { safeRange } from '../../dhcp/safe-range.ts';
import type { AddressRole } from '../../intent/index.ts';
import { type IpAddress, isIpv4 } from '../../net/address.ts';
import { joinedRanges } from '../../net/joined-ranges.ts';
import {
  type IpRange,
  ipOfNumber,
  networkAround,
  rangeOf,
  rangeOverlap,
  rangeText,
} from '../../net/range.ts';
import type { DhcpServers } from '../lan/dhcp-servers.ts';
import { isHeld, type Lease } from '../lan/lease.ts';
import type { Segment } from '../lan/segment.ts';
import type { DetectContext } from './context.ts';
import { listed, MOST_NAMES, type Station } from './words.ts';

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
  /** What to do while that is so. */
  readonly leaveOut: string;
  /** What to do, without an end; null: what the router hands out is not known well enough. */
  readonly setting: string | null;
  /** Who loses a lease by it, by address. */
  readonly cutOff: readonly Placed[];
  /** Of them. */
  readonly addresses: ReadonlySet<IpAddress>;
}

/** A lease and where it is. */
interface Placed {
  readonly lease: Lease;
  readonly number: bigint;
}

/** What all advice on a segment has in common at a moment: the same for each of ten thousand VIPs. */
interface Surroundings {
  readonly madeAt: Micros;
  /** By address. */
  readonly leases: readonly Placed[];
  readonly keptOut: readonly IpRange[];
}

/** A flood of leases has each of them looked at no more often than so. */
const MADE_ANEW_AFTER = SECOND;
const MAX_KEPT = 1_024;

export class RouterAdvice {
  readonly #context: DetectContext;
  readonly #knowledge: RouterKnowledge;
  readonly #servers: DhcpServers;
  readonly #made = new BoundedMap<string, Advice>(MAX_KEPT);
  readonly #surroundings = new BoundedMap<Segment | null, Surroundings>(MAX_KEPT);

  constructor(context: DetectContext, knowledge: RouterKnowledge, servers: DhcpServers) {
    this.#context = context;
    this.#knowledge = knowledge;
    this.#servers = servers;
  }

  /** The router or the intent is known to be something else. */
  forget(): void {
    for (const [key] of this.#made) this.#made.delete(key);
    for (const [segment] of this.#surroundings) this.#surroundings.delete(segment);
  }

  /** To have DHCP leave out the holding, in a sentence that has no end yet. */
  shrink(question: Question): string {
    const { setting, leaveOut, cutOff } = this.#adviceOn(question);
    if (setting === null) return leaveOut;
    const named = cutOff.slice(0, MOST_NAMES + 1);
    return `${setting}${mustAskAgain(named.map(clientOf), cutOff.length - named.length)}`;
  }

  /** The same, where a machine has an address that it is to give back. */
  shrinkAndReconnect(question: Question, ip: IpAddress, client: Station): string {
    const { setting, leaveOut, cutOff, addresses } = this.#adviceOn(question);
    if (setting === null) return `${leaveOut}, then make the client ask again (reconnect it)`;
    // Not all of very many are looked through for each frame.
    const named = cutOff.slice(0, MOST_NAMES + 1);
    const others = named.filter(({ lease }) => lease.ip !== ip).map(clientOf);
    const isUnnamed = others.length === named.length && addresses.has(ip);
    const unnamed = cutOff.length - named.length - (isUnnamed ? 1 : 0);
    const again = mustAskAgain([{ ...client, ip }, ...others], unnamed);
    return `${setting}${again} (reconnect ${others.length > 0 ? 'them' : 'it'})`;
  }

  #adviceOn(question: Question): Advice {
    const { holding, segment, at, range } = question;
    // By the pool's name: another intent begins anew.
    const [part] = holding.ranges;
    const key = `${segment?.name} ${range} ${part?.family} ${holding.pool ?? part?.first}`;
    const known = this.#made.get(key);
    if (known && at - known.madeAt < MADE_ANEW_AFTER) return known;
    const made = this.#make(question);
    const addresses = new Set(made.cutOff.map(({ lease }) => lease.ip));
    const advice = { madeAt: at, ...made, leaveOut: leaveOut(question), addresses };
    this.#made.set(key, advice);
    return advice;
  }

  #make({
    holding,
    segment,
    at,
    range: name = 'the DHCP range',
  }: Question): Pick<Advice, 'setting' | 'cutOff'> {
    const { leases, keptOut } = this.#surroundingsOn(segment, at);
    const base = this.#knownBase(holding) ?? this.#shownBase(holding, leases);
    if (!base) return { setting: null, cutOff: [] };
    const safe = safeRange(base.range, keptOut);
    if (!safe) {
      const nothing = `Nothing in ${name}, ${rangeText(base.range)}, is left for DHCP: give DHCP another range, which leaves out ${holdingName(holding)}`;
      return { setting: nothing, cutOff: [] };
    }
    const isCutOff = ({ lease, number }: Placed) =>
      holds(base.range, number) && !holds(safe, number) && isHeld(lease) && !this.#isOfNode(lease);
    const cutOff = leases.filter((one) => isIpv4(one.lease.ip) === (safe.family === 4) && isCutOff(one));
    return {
      setting: `${settingOf(base, safe, name)}, which leaves ${holdingNearby(holding, safe)} to the cluster`,
      cutOff,
    };
  }

  #surroundingsOn(segment: Segment | null, at: Micros): Surroundings {
    const made = this.#surroundings.get(segment);
    if (made && at - made.madeAt < MADE_ANEW_AFTER) return made;
    const leases = [...this.#context.leases.all()]
      .filter((lease) => segment === null || lease.segment === segment)
      .map((lease): Placed => ({ lease, number: rangeOf(lease.ip).first }))
      .toSorted((a, b) => (a.number < b.number ? -1 : 1));
    const keptOut = joinedRanges(this.#keptOut(segment, leases));
    const surroundings = { madeAt: at, leases, keptOut };
    this.#surroundings.set(segment, surroundings);
    return surroundings;
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

  /**
   * By what DHCP was seen to offer and lease. One address alone says nothing of a range, nor do those of DHCPv6, which lie far
   * apart.
   */
  #shownBase({ ranges }: Holding, leases: readonly Placed[]): Base | undefined {
    const isShown = ({ lease }: Placed) =>
      isIpv4(lease.ip) && (isHeld(lease) ? lease.confirmed !== null : lease.state === 'offered');
    const isWithin = ({ number }: Placed) => ranges.some((part) => part.family === 4 && holds(part, number));
    const within = leases.find((one) => isShown(one) && isWithin(one));
    if (!within) return undefined;
    const network = networkAround(within.lease.ip, this.#context.own.networks);
    const isNear = (one: Placed) => isShown(one) && holds(network, one.number);
    const first = leases.find(isNear)!.number;
    const last = leases.findLast(isNear)!.number;
    const isMore = ranges.every((part) => first < part.first || last > part.last);
    return isMore ? { range: { family: 4, first, last }, atLeast: true, isOneOfSeveral: false } : undefined;
  }

  /** Pools, VIPs, DHCP servers, gateways, and nodes but for those that DHCP itself gave their address. */
  #keptOut(segment: Segment | null, leases: readonly Placed[]): IpRange[] {
    const { index } = this.#context;
    const { pools, vips, nodes } = index.intent;
    const ofDhcp = new Set([
      ...leases.flatMap(({ lease }) => (isHeld(lease) && this.#isOfNode(lease) ? [lease.ip] : [])),
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
  if (!role.pool) return { pool: null, ranges: [rangeOf(ip)] };
  const own = isIpv4(ip) ? 4 : 6;
  return { pool: role.pool.name, ranges: role.pool.ranges.filter(({ family }) => family === own) };
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

/** `pool main-pool (.240-.245)`: by the last octets where the rest is that of the range. */
function holdingNearby({ pool, ranges }: Holding, safe: IpRange): string {
  const texts = joinedRanges(ranges).map((range) => {
    const isNear = range.first >> 8n === safe.first >> 8n && range.last >> 8n === safe.last >> 8n;
    return isNear ? rangeText(range).replaceAll(/\d+\.\d+\.\d+\./g, '.') : rangeText(range);
  });
  return pool === null ? texts.join(', ') : `pool ${pool} (${listed(texts, 'and')})`;
}

function holds({ first, last }: IpRange, number: bigint): boolean {
  return first <= number && number <= last;
}

function clientOf({ lease: { ip, mac, hostname } }: Placed): Station & { readonly ip: IpAddress } {
  return { ip, mac, hostname };
}

function mustAskAgain(clients: readonly (Station & { readonly ip: IpAddress })[], unnamed: number): string {
  if (clients.length === 0) return '';
  const names = clients.map(({ ip, mac, hostname }) => `${hostname ? quotedName(hostname) : mac} (${ip})`);
  return `; ${listed(names, 'and', unnamed)} must ask again`;
}
