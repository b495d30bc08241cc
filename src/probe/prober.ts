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
  readonly target: IpAddress;
  readonly device: string;
  readonly frame: Uint8Array;
}

interface ProberOptions {
  /** Between two probes of one VIP. */
  readonly interval: Micros;
  /** Never more than this many probes a second; with more targets the interval stretches. */
  readonly maxPerSecond: number;
  /** Told the round-trip time of each answer, in seconds. */
  readonly onRoundTrip?: (seconds: number) => void;
}

/** However late the caller is, never more at once than this. */
const MAX_BURST = 64;

export class Prober implements ProbeView {
  readonly #interval: Micros;
  readonly #maxPerSecond: number;
  readonly #onRoundTrip: (seconds: number) => void;
  #targets: readonly IpAddress[] = [];
  #sources: readonly ProbeSource[] = [];
  #ownMacs = new Set<Mac>();
  /** Those that this node announces: asked for as well, but its own answers reach others only. */
  readonly #announcedHere = new Set<IpAddress>();
  /** When the unanswered probe of each was sent. */
  readonly #waiting = new Map<IpAddress, Micros>();
  #cursor = 0;
  #dueAt: Micros = Number.POSITIVE_INFINITY;
  answered = 0;
  unanswered = 0;
  refused = 0;

  constructor({ interval, maxPerSecond, onRoundTrip = () => {} }: ProberOptions) {
    this.#interval = interval;
    this.#maxPerSecond = maxPerSecond;
    this.#onRoundTrip = onRoundTrip;
  }

  /** The VIPs, and nodes whose MACs are still to be learned. */
  setTargets(targets: readonly IpAddress[], now: Micros): void {
    this.#targets = targets;
    const known = new Set(targets);
    for (const target of this.#announcedHere) if (!known.has(target)) this.#announcedHere.delete(target);
    for (const target of this.#waiting.keys()) if (!known.has(target)) this.#waiting.delete(target);
    this.#dueAt = targets.length > 0 ? Math.min(this.#dueAt, now) : Number.POSITIVE_INFINITY;
  }

  setSources(sources: readonly ProbeSource[]): void {
    this.#sources = sources;
    this.#ownMacs = new Set(sources.map((source) => source.mac));
  }

  /** A target was announced or answered for, by this node or another. */
  seen(target: IpAddress, mac: Mac, at: Micros): void {
    if (this.#ownMacs.has(mac)) {
      this.#announcedHere.add(target);
      this.#waiting.delete(target);
      return;
    }
    this.#announcedHere.delete(target);
    const sentAt = this.#waiting.get(target);
    if (sentAt === undefined) return;
    this.#waiting.delete(target);
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
    const gap = Math.max(this.#interval / Math.max(1, this.#targets.length), SECOND / this.#maxPerSecond);
    for (let turns = 0; this.#dueAt <= now && turns < MAX_BURST; turns += 1) {
      probes.push(...this.#probe(this.#nextVip(), now));
      this.#dueAt += gap;
    }
    if (this.#dueAt <= now) this.#dueAt = now + gap;
    return probes;
  }

  /** A probe that `due` gave could not be sent. */
  notSent(target: IpAddress): void {
    this.#waiting.delete(target);
    this.refused += 1;
  }

  #nextVip(): IpAddress {
    this.#cursor = (this.#cursor + 1) % this.#targets.length;
    return this.#targets[this.#cursor]!;
  }

  #probe(target: IpAddress, now: Micros): Probe[] {
    const probes = this.#sourcesFor(target).flatMap((source) => {
      const frame = isIpv4(target) ? arpProbe(target, source) : ndpProbe(target, source);
      return frame ? [{ target, device: source.device, frame }] : [];
    });
    if (probes.length === 0) return [];
    // Its own answer never comes back here, but an impostor's does.
    if (this.#announcedHere.has(target)) return probes;
    if (this.#waiting.has(target)) this.unanswered += 1;
    this.#waiting.set(target, now);
    return probes;
  }

  /** Where the VIP is on-link; where it is on no interface's network, all of them. */
  #sourcesFor(target: IpAddress): readonly ProbeSource[] {
    const onLink = this.#sources.filter(({ addresses }) =>
      addresses.some(({ network }) => rangeContains(network, target)),
    );
    return onLink.length > 0 ? onLink : this.#sources;
  }
}

function arpProbe(target: IpAddress, { mac, addresses }: ProbeSource): Uint8Array | undefined {
  if (!isIpv4(target)) return undefined;
  const own = addresses.filter(({ ip }) => isIpv4(ip));
  const sender = (own.find(({ network }) => rangeContains(network, target)) ?? own[0])?.ip;
  if (sender === undefined || !isIpv4(sender)) return undefined;
  const packet = encodeArp({
    operation: ARP_REQUEST,
    senderMac: mac,
    senderIp: sender,
    targetMac: ZERO_MAC,
    targetIp: target,
  });
  return encodeEthernet(
    { destinationMac: BROADCAST_MAC, sourceMac: mac, vlans: [], etherType: ETHERTYPE_ARP },
    packet,
  );
}

/** Multicast and with a source link-layer option: MetalLB ignores a solicitation without it, and unicast ones. */
function ndpProbe(target: IpAddress, { mac, addresses }: ProbeSource): Uint8Array | undefined {
  if (isIpv4(target)) return undefined;
  const source = addresses
    .map(({ ip }) => ip)
    .find((ip): ip is Ipv6 => !isIpv4(ip) && ip.startsWith('fe80:'));
  if (source === undefined) return undefined;
  const destination = solicitedNodeMulticast(target);
  const question = {
    kind: 'neighbor-solicitation',
    targetIp: target,
    options: [sourceMacOption(mac)],
  } as const;
  const packet = encodeNdp(question, { source, destination });
  return encodeEthernet(
    { destinationMac: multicastMac(destination), sourceMac: mac, vlans: [], etherType: ETHERTYPE_IPV6 },
    packet,
  );
}
