// Asks the segment, at a bounded rate, who answers for each VIP: a switch hides other hosts' answers from this node.
// The sender is the node's own address, never 0.0.0.0: a DHCP client that checks the same address just then would read
// that as a conflict and decline (RFC 5227, section 2.1.1).
import { ARP_REQUEST, encodeArp } from '../arp/packet.ts';
import { encodeNdp, multicastMac, solicitedNodeMulticast, sourceMacOption } from '../ndp/packet.ts';
import { BROADCAST_MAC, type IpAddress, type Ipv6, isIpv4, type Mac, ZERO_MAC } from '../net/address.ts';
import { ETHERTYPE_ARP, ETHERTYPE_IPV6, encodeEthernet } from '../net/ethernet.ts';
import { type IpRange, rangeContains } from '../net/range.ts';
import { type Micros, SECOND } from '../net/time.ts';
import type { ProbeView } from './view.ts';

/** An interface that this node may probe from. */
export interface ProbeSource {
  /** The name to send on, e.g. `eth0.10`. */
  readonly device: string;
  readonly mac: Mac;
  readonly addresses: readonly { readonly ip: IpAddress; readonly network: IpRange }[];
}

export interface Probe {
  readonly vip: IpAddress;
  readonly device: string;
  readonly frame: Uint8Array;
}

interface ProberOptions {
  /** Between two probes of one VIP. */
  readonly interval: Micros;
  /** Never more than this many probes a second; with more VIPs the interval stretches. @default 1000 */
  readonly maxPerSecond?: number;
  /** Told the round-trip time of each answer, in seconds. */
  readonly onRoundTrip?: (seconds: number) => void;
}

/** However late the caller is, never more at once than this. */
const MAX_BURST = 64;

export class Prober implements ProbeView {
  readonly #interval: Micros;
  readonly #maxPerSecond: number;
  readonly #onRoundTrip: (seconds: number) => void;
  #vips: readonly IpAddress[] = [];
  #sources: readonly ProbeSource[] = [];
  #ownMacs = new Set<Mac>();
  /** VIPs that this node announces: its own broadcasts don't come back, so others must probe them. */
  readonly #announcedHere = new Set<IpAddress>();
  /** When the unanswered probe of a VIP was sent. */
  readonly #waiting = new Map<IpAddress, Micros>();
  #cursor = 0;
  #dueAt: Micros = Number.POSITIVE_INFINITY;
  answered = 0;
  unanswered = 0;
  refused = 0;

  constructor({ interval, maxPerSecond = 1000, onRoundTrip = () => {} }: ProberOptions) {
    this.#interval = interval;
    this.#maxPerSecond = maxPerSecond;
    this.#onRoundTrip = onRoundTrip;
  }

  setVips(vips: readonly IpAddress[], now: Micros): void {
    this.#vips = vips;
    const known = new Set(vips);
    for (const vip of this.#announcedHere) if (!known.has(vip)) this.#announcedHere.delete(vip);
    for (const vip of this.#waiting.keys()) if (!known.has(vip)) this.#waiting.delete(vip);
    this.#dueAt = vips.length > 0 ? Math.min(this.#dueAt, now) : Number.POSITIVE_INFINITY;
  }

  setSources(sources: readonly ProbeSource[]): void {
    this.#sources = sources;
    this.#ownMacs = new Set(sources.map((source) => source.mac));
  }

  /** A VIP was announced or answered for, by this node or another. */
  seen(vip: IpAddress, mac: Mac, at: Micros): void {
    if (this.#ownMacs.has(mac)) {
      this.#announcedHere.add(vip);
      this.#waiting.delete(vip);
      return;
    }
    this.#announcedHere.delete(vip);
    const sentAt = this.#waiting.get(vip);
    if (sentAt === undefined) return;
    this.#waiting.delete(vip);
    this.answered += 1;
    this.#onRoundTrip(Math.max(0, at - sentAt) / SECOND);
  }

  /** When `due` has something next; Infinity without VIPs. */
  nextAt(): Micros {
    return this.#dueAt;
  }

  /** The probes to send now. */
  due(now: Micros): Probe[] {
    const probes: Probe[] = [];
    if (this.#dueAt < now - this.#interval) this.#dueAt = now;
    const gap = Math.max(this.#interval / Math.max(1, this.#vips.length), SECOND / this.#maxPerSecond);
    for (let turns = 0; this.#dueAt <= now && turns < MAX_BURST; turns += 1) {
      probes.push(...this.#probe(this.#nextVip(), now));
      this.#dueAt += gap;
    }
    if (this.#dueAt <= now) this.#dueAt = now + gap;
    return probes;
  }

  /** A probe that `due` gave could not be sent. */
  notSent(vip: IpAddress): void {
    this.#waiting.delete(vip);
    this.refused += 1;
  }

  #nextVip(): IpAddress {
    this.#cursor = (this.#cursor + 1) % this.#vips.length;
    return this.#vips[this.#cursor]!;
  }

  #probe(vip: IpAddress, now: Micros): Probe[] {
    if (this.#announcedHere.has(vip)) return [];
    const probes = this.#sourcesFor(vip).flatMap((source) => {
      const frame = isIpv4(vip) ? arpProbe(vip, source) : ndpProbe(vip, source);
      return frame ? [{ vip, device: source.device, frame }] : [];
    });
    if (probes.length === 0) return [];
    if (this.#waiting.has(vip)) this.unanswered += 1;
    this.#waiting.set(vip, now);
    return probes;
  }

  /** Where the VIP is on-link; where it is on no interface's network, all of them. */
  #sourcesFor(vip: IpAddress): readonly ProbeSource[] {
    const onLink = this.#sources.filter(({ addresses }) =>
      addresses.some(({ network }) => rangeContains(network, vip)),
    );
    return onLink.length > 0 ? onLink : this.#sources;
  }
}

function arpProbe(vip: IpAddress, { mac, addresses }: ProbeSource): Uint8Array | undefined {
  if (!isIpv4(vip)) return undefined;
  const own = addresses.filter(({ ip }) => isIpv4(ip));
  const sender = (own.find(({ network }) => rangeContains(network, vip)) ?? own[0])?.ip;
  if (sender === undefined || !isIpv4(sender)) return undefined;
  const packet = encodeArp({
    operation: ARP_REQUEST,
    senderMac: mac,
    senderIp: sender,
    targetMac: ZERO_MAC,
    targetIp: vip,
  });
  return encodeEthernet(
    { destinationMac: BROADCAST_MAC, sourceMac: mac, vlans: [], etherType: ETHERTYPE_ARP },
    packet,
  );
}

/** Multicast and with a source link-layer option: MetalLB ignores a solicitation without it, and unicast ones. */
function ndpProbe(vip: IpAddress, { mac, addresses }: ProbeSource): Uint8Array | undefined {
  if (isIpv4(vip)) return undefined;
  const source = addresses
    .map(({ ip }) => ip)
    .find((ip): ip is Ipv6 => !isIpv4(ip) && ip.startsWith('fe80:'));
  if (source === undefined) return undefined;
  const destination = solicitedNodeMulticast(vip);
  const question = { kind: 'neighbor-solicitation', targetIp: vip, options: [sourceMacOption(mac)] } as const;
  const packet = encodeNdp(question, { source, destination });
  return encodeEthernet(
    { destinationMac: multicastMac(destination), sourceMac: mac, vlans: [], etherType: ETHERTYPE_IPV6 },
    packet,
  );
}
