// A LAN in values: frames at chosen times into a real Watcher, what it makes of them out.
import { encodeArp } from '../../src/arp/packet.ts';
import { MILLISECOND, type Micros } from '../../src/base/time.ts';
import type { Intent } from '../../src/intent/intent.ts';
import {
  BROADCAST_MAC,
  type IpAddress,
  type Ipv4,
  type Mac,
  parseIp,
  parseMac,
  ZERO_MAC,
} from '../../src/net/address.ts';
import { ETHERTYPE_ARP, encodeEthernet } from '../../src/net/ethernet.ts';
import type { CapturedFrame } from '../../src/net/frame.ts';
import { type IpRange, parseRange } from '../../src/net/range.ts';
import type { Finding } from '../../src/watch/finding/finding.ts';
import type { SavedState } from '../../src/watch/restore.ts';
import type { WatchEvent } from '../../src/watch/view.ts';
import { Watcher, type WatcherOptions } from '../../src/watch/watcher.ts';
import { type DhcpFields, encodeDhcpMessage } from './dhcp-message.ts';
import { type Dhcpv6Fields, encodeDhcpv6Message } from './dhcpv6-message.ts';

export const START: Micros = 1_772_000_000_000_000;

export function ip(text: string): Ipv4 {
  return parseIp(text) as Ipv4;
}

export function mac(last: string): Mac {
  return parseMac(`02:00:00:00:00:${last}`)!;
}

export function range(text: string): IpRange {
  const parsed = parseRange(text);
  if (typeof parsed === 'string') throw new TypeError(parsed);
  return parsed;
}

export const CP = mac('10');
export const W1 = mac('11');
export const W2 = mac('12');
export const PHONE = mac('aa');
export const ROUTER = mac('01');
export const VIP = ip('192.168.1.50');

export const INTENT: Intent = {
  pools: [{ name: 'main-pool', ranges: [range('192.168.1.50-192.168.1.59')] }],
  vips: [{ address: VIP, service: 'traefik/traefik' }],
  nodes: [
    { name: 'cp', addresses: [ip('192.168.1.10')], macs: [CP] },
    { name: 'w1', addresses: [ip('192.168.1.11')], macs: [W1] },
    { name: 'w2', addresses: [ip('192.168.1.12')], macs: [W2] },
  ],
};

interface FrameOptions {
  readonly interface?: string;
  /** Tags in the frame (ARP only). */
  readonly vlans?: readonly number[];
  /** A tag that the kernel took off. */
  readonly strippedVlan?: number;
  /** Captured on the VLAN's own interface. */
  readonly linkVlan?: number;
  /** Sent by the watcher's own node. */
  readonly outgoing?: boolean;
}

export class Lan {
  readonly watcher: Watcher;
  readonly events: WatchEvent[] = [];
  #ms = 0;
  #behind = 0;

  /** Without an intent: as after a start, before the first one is known. */
  constructor(intent: Intent | null = INTENT, options: Partial<WatcherOptions> = {}) {
    this.watcher = new Watcher({ dhcp: { ranges: [], servers: null }, ...options });
    if (intent) this.intend(intent);
  }

  intend(intent: Intent): this {
    this.events.push(...this.watcher.setIntent(intent, this.now));
    return this;
  }

  get now(): Micros {
    return START + this.#ms * MILLISECOND;
  }

  /** Frames from here on came so long before they are read; until time passes. */
  ago(ms: number): this {
    this.#behind = ms;
    return this;
  }

  /** Lets time pass, telling the watcher whenever it asked to be told. */
  wait(ms: number): this {
    const until = START + (this.#ms + ms) * MILLISECOND;
    for (let turns = 0; this.watcher.nextAt() <= until && turns < 10_000; turns += 1) {
      this.events.push(...this.watcher.tick(this.watcher.nextAt()));
    }
    this.events.push(...this.watcher.tick(until));
    this.#ms += ms;
    this.#behind = 0;
    return this;
  }

  /** Time goes by, and the watcher is not told: its process was stopped. */
  skip(ms: number): this {
    this.#ms += ms;
    return this;
  }

  /** One request with sender = target, as most hosts announce. */
  announce(owner: Mac, address: Ipv4, options?: FrameOptions): this {
    return this.#arp(1, owner, address, ZERO_MAC, address, BROADCAST_MAC, options);
  }

  /** MetalLB's round: a request and a reply, both broadcast. */
  gratuitous(owner: Mac, address: Ipv4, options?: FrameOptions): this {
    this.#arp(1, owner, address, BROADCAST_MAC, address, BROADCAST_MAC, options);
    return this.#arp(2, owner, address, BROADCAST_MAC, address, BROADCAST_MAC, options);
  }

  reply(
    owner: Mac,
    address: Ipv4,
    to: Mac = CP,
    toIp: Ipv4 = ip('192.168.1.10'),
    options?: FrameOptions,
  ): this {
    return this.#arp(2, owner, address, to, toIp, to, options);
  }

  request(asker: Mac, askerIp: Ipv4, wanted: Ipv4, options?: FrameOptions): this {
    return this.#arp(1, asker, askerIp, ZERO_MAC, wanted, BROADCAST_MAC, options);
  }

  /** The watcher's own node asks, `times` every `everyMs`. */
  ask(wanted: IpAddress, times = 1, everyMs = 1000): this {
    for (let i = 0; i < times; i += 1) {
      this.watcher.asked(wanted, { interface: 'eth0', vlan: null }, this.now);
      this.wait(everyMs);
    }
    return this;
  }

  acdProbe(asker: Mac, wanted: Ipv4): this {
    return this.request(asker, ip('0.0.0.0'), wanted);
  }

  dhcp(message: DhcpFields, options?: FrameOptions): this {
    return this.frame(encodeDhcpMessage(message), options);
  }

  dhcpv6(message: Dhcpv6Fields, options?: FrameOptions): this {
    return this.frame(encodeDhcpv6Message(message), options);
  }

  frame(bytes: Uint8Array, options: FrameOptions = {}): this {
    const frame: CapturedFrame = {
      bytes,
      start: 0,
      end: bytes.length,
      wireLength: bytes.length,
      at: this.now - this.#behind * MILLISECOND,
      link: { interface: options.interface ?? 'eth0', vlan: options.linkVlan ?? null },
      strippedVlan: options.strippedVlan ?? null,
      outgoing: options.outgoing ?? false,
    };
    this.events.push(...this.watcher.frame(frame));
    return this;
  }

  finish(): this {
    this.events.push(...this.watcher.finish());
    return this;
  }

  /** `raised foreign-claim 192.168.1.50` for every finding that began or ended, in order. */
  story(): string[] {
    return this.events.flatMap((event) =>
      event.type === 'finding' ? [`${event.action} ${event.finding.kind} ${event.finding.ip}`] : [],
    );
  }

  raised(): Finding[] {
    return this.events.flatMap((event) =>
      event.type === 'finding' && event.action === 'raised' ? [event.finding] : [],
    );
  }

  active(): Finding[] {
    return this.watcher.findings().filter((finding) => finding.state === 'active');
  }

  dismissed(reason: string): number {
    return this.watcher.counters().dismissed.find((counter) => counter.reason === reason)?.count ?? 0;
  }

  #arp(
    operation: number,
    senderMac: Mac,
    senderIp: Ipv4,
    targetMac: Mac,
    targetIp: Ipv4,
    to: Mac,
    options: FrameOptions = {},
  ): this {
    const packet = encodeArp({ operation, senderMac, senderIp, targetMac, targetIp });
    const header = {
      destinationMac: to,
      sourceMac: senderMac,
      vlans: options.vlans ?? [],
      etherType: ETHERTYPE_ARP,
    };
    return this.frame(encodeEthernet(header, packet, { padTo60: true }), options);
  }
}

/** What a restart leaves of what was known: the rows go through JSON, as they do in the journal. */
export function savedStateOf(watcher: Watcher): SavedState {
  return JSON.parse(
    JSON.stringify({
      leases: watcher.leases(),
      claims: watcher.claims(),
      findings: watcher.findings(),
      takeovers: watcher.takeovers(),
      dhcpServers: watcher.dhcpServers(),
    }),
  );
}
