// Asks the services behind the VIPs for a connection, as a client on the LAN would, and closes at once what it is given: a
// SYN out, a SYN-ACK in, an RST out (docs/decisions/0006). As frames, since a connect() from a node never leaves it:
// kube-proxy sends it to an endpoint straight away.
import { createHmac } from 'node:crypto';
import { MILLISECOND, type Micros, SECOND } from '../base/time.ts';
import type { ServicePort, Vip } from '../intent/intent.ts';
import { type IpAddress, isIpv4, type Mac } from '../net/address.ts';
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6, encodeEthernet } from '../net/ethernet.ts';
import { encodeIpv4 } from '../net/ipv4.ts';
import { encodeIpv6 } from '../net/ipv6.ts';
import { PROBE_PORT_COUNT, PROBE_PORT_FIRST } from '../net/probe-ports.ts';
import { PROTOCOL_TCP } from '../net/protocol-numbers.ts';
import { rangeContains } from '../net/range.ts';
import { encodeTcp, TCP_ACK, TCP_RST, TCP_SYN, type TcpHeader } from '../net/tcp.ts';
import type { TcpAnswer } from '../watch/lan/dissect.ts';
import type { Probe, ProbeSource } from './question.ts';
import { Rotation } from './rotation.ts';
import { type ServiceNote, type ServiceOutage, ServiceTrack } from './service-track.ts';
import type { ServiceProbeView } from './view.ts';

/** When services are asked: while something is going on (`on-demand`), at the probe interval as well, or not at all. */
export type ServiceProbing = 'never' | 'on-demand' | 'always';

interface ServiceProberOptions {
  readonly probing: ServiceProbing;
  /** Between two probes of one VIP that is not probed fast. */
  readonly interval: Micros;
  /** Makes ports and numbers that nobody can guess; new at each start. */
  readonly secret: Uint8Array;
  /** What the intent says of an address; undefined where it is no VIP. */
  readonly vip: (address: IpAddress) => Pick<Vip, 'ports'> | undefined;
  /** Whom the LAN's clients take for the VIP's owner, on the segment of a device; undefined: nobody is known. */
  readonly ownerOn: (device: string, address: IpAddress) => Mac | undefined;
}

interface Target {
  readonly address: IpAddress;
  port: number | null;
  /** Why there is no port. */
  note: ServiceNote | null;
  readonly track: ServiceTrack;
  fastUntil: Micros;
  /** How many probes were sent: each has numbers of its own. */
  count: number;
  /** The address that the latest was sent from. */
  source: IpAddress | null;
}

/** How the probe of a VIP is to be sent. */
interface Route {
  readonly device: string;
  readonly ownMac: Mac;
  readonly ownIp: IpAddress;
  readonly owner: Mac;
}

/** While probed fast; with more than five VIPs at once, less often. */
const FAST_INTERVAL = 50 * MILLISECOND;
/** Of those probed fast, and as much again of the others. */
const MAX_PER_SECOND = 100;
const HOP_LIMIT = 64;
const WINDOW = 64_240;
const MSS_IPV4 = 1_460;
const MSS_IPV6 = 1_440;

export class ServiceProber implements ServiceProbeView {
  #probing: ServiceProbing;
  #longestPause: Micros;
  readonly #secret: Uint8Array;
  readonly #vip: ServiceProberOptions['vip'];
  readonly #ownerOn: ServiceProberOptions['ownerOn'];
  /** Those of this agent's share, and others that were probed fast. */
  readonly #targets = new Map<IpAddress, Target>();
  /** Those with probes that wait for an answer. */
  readonly #waiting = new Set<Target>();
  readonly #fast = new Rotation<Target>(FAST_INTERVAL, MAX_PER_SECOND);
  #regular: Rotation<Target>;
  #regularShare: ReadonlySet<IpAddress> = new Set();
  #sources: readonly ProbeSource[] = [];
  #ownMacs = new Set<Mac>();
  served = 0;
  refused = 0;
  unanswered = 0;
  unsent = 0;

  constructor({ probing, interval, secret, vip, ownerOn }: ServiceProberOptions) {
    this.#probing = probing;
    this.#secret = secret;
    this.#vip = vip;
    this.#ownerOn = ownerOn;
    this.#regular = new Rotation(interval, MAX_PER_SECOND);
    this.#longestPause = longestPause(interval);
  }

  /** When services are asked, from now on. */
  setProbing({ probing, interval }: Pick<ServiceProberOptions, 'probing' | 'interval'>): void {
    this.#probing = probing;
    this.#regular = new Rotation(interval, MAX_PER_SECOND);
    this.#longestPause = longestPause(interval);
    if (probing === 'never')
      for (const target of this.#targets.values()) target.fastUntil = Number.NEGATIVE_INFINITY;
    this.#sortOut();
  }

  /**
   * To be called whenever the VIPs are others.
   * @param share the VIPs that this agent asks for regularly, as it does in ARP and NDP.
   */
  setShare(share: ReadonlySet<IpAddress>): void {
    this.#regularShare = share;
    for (const address of share) this.#target(address);
    for (const [address, target] of this.#targets) {
      const vip = this.#vip(address);
      if (vip) Object.assign(target, portOf(vip.ports));
      const isWanted = share.has(address) || target.fastUntil > Number.NEGATIVE_INFINITY;
      if (vip && isWanted) continue;
      this.#targets.delete(address);
      this.#waiting.delete(target);
    }
    this.#sortOut();
  }

  setSources(sources: readonly ProbeSource[]): void {
    this.#sources = sources;
    this.#ownMacs = new Set(sources.map(({ mac }) => mac));
  }

  /** Asks for a VIP's service twenty times a second until then: something is happening to it. */
  probeFast(address: IpAddress, until: Micros): void {
    const target = this.#target(address);
    if (!target || this.#probing === 'never') return;
    target.fastUntil = Math.max(target.fastUntil, until);
    if (!this.#fast.targets.includes(target)) this.#sortOut();
  }

  /** When `due` has something to do; Infinity while nothing is to be asked. */
  nextAt(): Micros {
    let at = Math.min(this.#fast.nextAt(), this.#regular.nextAt());
    for (const { track } of this.#waiting) at = Math.min(at, track.settlesAt());
    return at;
  }

  /** The probes to send now. */
  due(now: Micros): Probe[] {
    this.#settle(now);
    if (this.#fast.targets.some(({ fastUntil }) => fastUntil <= now)) this.#sortOut(now);
    return [...this.#fast.due(now), ...this.#regular.due(now)].flatMap((target) => this.#probe(target, now));
  }

  /** A probe that `due` gave could not be sent. */
  notSent(address: IpAddress): void {
    this.unsent += 1;
    this.#targets.get(address)?.track.notSent();
  }

  /**
   * What came back to a probe's port. Returns the frame that closes the connection where the service gave one: this
   * node's kernel does so too, but not where a firewall keeps from it what it knows of no connection, nor where the VIP is
   * an address of its own (kube-proxy's IPVS mode).
   */
  answered({ source, destination, header }: Omit<TcpAnswer, 'protocol' | 'at'>, at: Micros): Probe[] {
    const target = this.#targets.get(source);
    if (!target || header.sourcePort !== target.port || destination !== target.source) return [];
    const answer = answerOf(header.flags);
    if (answer === undefined) return [];
    const mac = target.track.answered(header.destinationPort, header.acknowledgment, answer, at);
    if (mac === undefined) return [];
    this[answer] += 1;
    const route = answer === 'served' ? this.#routeTo(target) : undefined;
    if (!route) return [];
    const reset = {
      ...segment(header.destinationPort, header.sourcePort),
      sequence: header.acknowledgment,
      flags: TCP_RST,
      window: 0,
    };
    return [frameOf(source, { ...route, owner: mac }, reset)];
  }

  /**
   * What a takeover did to the VIP's service, on the segment of a device; `since` is before the new announcer, `to`, began.
   * No device: none reaches the segment now.
   */
  outage(address: IpAddress, device: string | undefined, since: Micros, to: Mac): ServiceOutage {
    const target = this.#target(address);
    if (!target) return { kind: 'unmeasured', note: 'no port known', servedAt: null };
    const note = this.#noteOn(target, device, to);
    return note === null ? target.track.outage(since, to) : { kind: 'unmeasured', note, servedAt: null };
  }

  /** Undefined where the address is no VIP. */
  #target(address: IpAddress): Target | undefined {
    const known = this.#targets.get(address);
    if (known) return known;
    const vip = this.#vip(address);
    if (!vip) return undefined;
    const target = { ...newTarget(address), ...portOf(vip.ports) };
    this.#targets.set(address, target);
    return target;
  }

  #noteOn({ note, address }: Target, device: string | undefined, to: Mac): ServiceNote | null {
    if (this.#probing === 'never') return 'service probes are switched off';
    if (note !== null) return note;
    if (this.#ownMacs.has(to)) return 'this node announces the VIP';
    const isOnLink = this.#sourcesFor(address).some((source) => source.device === device);
    return isOnLink ? null : 'not on a network of this node';
  }

  /** Who is asked how often. */
  #sortOut(now: Micros = Number.NEGATIVE_INFINITY): void {
    for (const target of this.#targets.values())
      if (target.fastUntil <= now) target.fastUntil = Number.NEGATIVE_INFINITY;
    const askable = [...this.#targets.values()].filter(({ port }) => port !== null);
    const fast = askable.filter(({ fastUntil }) => fastUntil > now);
    const regular = askable.filter(
      ({ address, fastUntil }) => fastUntil <= now && this.#regularShare.has(address),
    );
    this.#fast.set(fast);
    this.#regular.set(this.#probing === 'always' ? regular : []);
  }

  #settle(now: Micros): void {
    for (const target of this.#waiting) {
      this.unanswered += target.track.settle(now);
      if (target.track.settlesAt() === Number.POSITIVE_INFINITY) this.#waiting.delete(target);
    }
  }

  #probe(target: Target, now: Micros): Probe[] {
    const route = this.#routeTo(target);
    if (!route || target.port === null || this.#ownMacs.has(route.owner)) return [];
    const { sourcePort, sequence } = this.#numbers(target);
    const syn = {
      ...segment(sourcePort, target.port),
      sequence,
      flags: TCP_SYN,
      maximumSegmentSize: isIpv4(target.address) ? MSS_IPV4 : MSS_IPV6,
    };
    target.source = route.ownIp;
    target.track.sent(sourcePort, (sequence + 1) >>> 0, route.owner, now, this.#longestPause);
    this.#waiting.add(target);
    return [frameOf(target.address, route, syn)];
  }

  #routeTo({ address }: Target): Route | undefined {
    for (const { device, mac, addresses } of this.#sourcesFor(address)) {
      const owner = this.#ownerOn(device, address);
      const own = addresses.find(({ ip, network }) => ip !== address && rangeContains(network, address));
      if (owner !== undefined && own) return { device, ownMac: mac, ownIp: own.ip, owner };
    }
    return undefined;
  }

  /** Only where the VIP is on-link: elsewhere a router would have to be asked, which is nobody's announcer. */
  #sourcesFor(address: IpAddress): ProbeSource[] {
    return this.#sources.filter(({ addresses }) =>
      addresses.some(({ ip, network }) => ip !== address && rangeContains(network, address)),
    );
  }

  /** No port comes again before all others had their turn: nobody along the way still remembers the earlier connection. */
  #numbers(target: Target): { sourcePort: number; sequence: number } {
    const digest = createHmac('sha256', this.#secret);
    const turn = target.count % PROBE_PORT_COUNT;
    digest.update(`${target.address} ${target.count}`);
    target.count += 1;
    const first = createHmac('sha256', this.#secret).update(target.address).digest()[0]!;
    return {
      sourcePort: PROBE_PORT_FIRST + ((first + turn * PORT_STEP) % PROBE_PORT_COUNT),
      sequence: digest.digest().readUInt32BE(0),
    };
  }
}

/** Odd, so that it leads through all ports of the block. */
const PORT_STEP = 0x9d;

function newTarget(address: IpAddress): Target {
  return {
    address,
    port: null,
    note: null,
    track: new ServiceTrack(),
    fastUntil: Number.NEGATIVE_INFINITY,
    count: 0,
    source: null,
  };
}

function portOf(ports: readonly ServicePort[] | undefined): Pick<Target, 'port' | 'note'> {
  if (ports === undefined || ports.length === 0) return { port: null, note: 'no port known' };
  const tcp = ports.find(({ protocol }) => protocol === 'TCP');
  if (tcp) return { port: tcp.port, note: null };
  const isUdp = ports.every(({ protocol }) => protocol === 'UDP');
  return { port: null, note: isUdp ? 'UDP only' : 'no TCP port' };
}

function answerOf(flags: number): 'served' | 'refused' | undefined {
  if ((flags & TCP_RST) !== 0) return (flags & TCP_ACK) !== 0 ? 'refused' : undefined;
  const isOpen = (flags & (TCP_SYN | TCP_ACK)) === (TCP_SYN | TCP_ACK);
  return isOpen ? 'served' : undefined;
}

function segment(sourcePort: number, destinationPort: number): Omit<TcpHeader, 'sequence' | 'flags'> {
  return { sourcePort, destinationPort, acknowledgment: 0, window: WINDOW, maximumSegmentSize: null };
}

function frameOf(target: IpAddress, { device, ownMac, ownIp, owner }: Route, tcp: TcpHeader): Probe {
  const ethernet = { destinationMac: owner, sourceMac: ownMac, vlans: [] };
  const payload = encodeTcp(tcp, { source: ownIp, destination: target });
  if (isIpv4(target) && isIpv4(ownIp)) {
    const header = { source: ownIp, destination: target, protocol: PROTOCOL_TCP, timeToLive: HOP_LIMIT };
    const packet = encodeIpv4(header, payload);
    return { target, device, frame: encodeEthernet({ ...ethernet, etherType: ETHERTYPE_IPV4 }, packet) };
  }
  if (isIpv4(target) || isIpv4(ownIp)) throw new RangeError('Cannot mix the families of IP');
  const header = { source: ownIp, destination: target, nextHeader: PROTOCOL_TCP, hopLimit: HOP_LIMIT };
  const packet = encodeIpv6(header, payload);
  return { target, device, frame: encodeEthernet({ ...ethernet, etherType: ETHERTYPE_IPV6 }, packet) };
}

/** Between two probes of which the second still continues the first. */
function longestPause(interval: Micros): Micros {
  return Math.max(2 * SECOND, 3 * interval);
}
