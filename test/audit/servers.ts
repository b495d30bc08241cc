// DHCP servers in memory, as four real ones were seen to behave, and a LAN that an audit is played on: no clock, no socket.

import { encodeArp } from '../../src/arp/packet.ts';
import type { AuditSource } from '../../src/audit/frames.ts';
import { MILLISECOND, MINUTE, type Micros, SECOND } from '../../src/base/time.ts';
import type { Asker } from '../../src/cli/dhcp-asking.ts';
import { auditedAddress } from '../../src/dhcp/audit-client.ts';
import { OPTION, requestedIp } from '../../src/dhcp/option.ts';
import { type DhcpPacket, encodeDhcp } from '../../src/dhcp/packet.ts';
import {
  BROADCAST_IPV4,
  BROADCAST_MAC,
  type Ipv4,
  type Mac,
  UNSPECIFIED_IPV4,
  writeIp,
} from '../../src/net/address.ts';
import { ETHERTYPE_ARP, ETHERTYPE_IPV4, encodeEthernet } from '../../src/net/ethernet.ts';
import { emptyFrame } from '../../src/net/frame.ts';
import { decodeEcho, encodeEcho } from '../../src/net/icmp.ts';
import { decodeIpv4, encodeIpv4 } from '../../src/net/ipv4.ts';
import { PROTOCOL_ICMP, PROTOCOL_UDP } from '../../src/net/protocol-numbers.ts';
import { type IpRange, ipOfNumber, numberOfIp, parseRange, rangeContains } from '../../src/net/range.ts';
import { encodeUdp } from '../../src/net/udp.ts';
import { decodeFrame } from '../net/decode-frame.ts';

export const LINK = { interface: 'eth0', vlan: null };
export const ip = (text: string) => text as Ipv4;
export const range = (text: string) => parseRange(text) as IpRange;
export const NODE: AuditSource = {
  mac: '02:00:00:00:00:10' as Mac,
  ip: ip('192.168.1.10'),
  network: range('192.168.1.0/24'),
};
const NODE_MAC = NODE.mac;

export interface FakeServer {
  readonly ip: Ipv4;
  readonly ranges: readonly IpRange[];
  readonly delay: Micros;
  /** udhcpd: by the client's hardware address, for so long. @default not at all */
  readonly holds?: Micros;
  /** Does not heed the address that is asked for: by a hash, or one after the other. */
  readonly ignores?: 'by-hash' | 'in-a-row';
  readonly leased?: ReadonlySet<Ipv4>;
  /** A word on every offer, e.g. one that lies. */
  readonly offer?: (packet: DhcpPacket) => Ipv4 | null;
}

export const DNSMASQ = { delay: 3 * SECOND };
export const DHCPD = { delay: SECOND };
export const KEA = { delay: 2 * MILLISECOND };
export const UDHCPD = { delay: 20 * MILLISECOND, holds: MINUTE };

/** A machine beside the servers. */
export interface Station {
  readonly ip: Ipv4;
  readonly mac: Mac;
  readonly pongs: boolean;
}

interface Discover {
  readonly at: Micros;
  readonly asked: Ipv4;
  readonly packet: DhcpPacket;
}

export class AuditLan {
  readonly discovers: Discover[] = [];
  readonly others: string[] = [];
  readonly pinged: Ipv4[] = [];
  readonly #servers: readonly FakeServer[];
  readonly #stations: readonly Station[];
  readonly #held = new Map<FakeServer, Map<Mac, { ip: Ipv4; until: Micros }>>();
  readonly #counts = new Map<FakeServer, number>();
  now: Micros = 0;
  /** By one server, at one moment. */
  mostHeld = 0;

  constructor(servers: readonly FakeServer[], stations: readonly Station[] = []) {
    this.#servers = servers;
    this.#stations = stations;
    for (const server of servers) this.#held.set(server, new Map());
  }

  /** Plays until the asker is done. */
  play(asker: Asker): this {
    const waiting: { at: Micros; bytes: Uint8Array }[] = [];
    const until = this.now + 60 * MINUTE;
    while (!asker.isOver && this.now < until) {
      const next = waiting.toSorted((a, b) => a.at - b.at)[0];
      const dueAt = asker.nextAt(this.now);
      if (next && next.at <= dueAt) {
        waiting.splice(waiting.indexOf(next), 1);
        this.now = Math.max(this.now, next.at);
        const frame = { ...emptyFrame(LINK), bytes: next.bytes, end: next.bytes.length, at: this.now };
        asker.frame(frame, this.now);
        continue;
      }
      if (dueAt === Number.POSITIVE_INFINITY) throw new Error('it waits for nothing');
      this.now = Math.max(this.now, dueAt);
      for (const bytes of asker.due(this.now)) waiting.push(...this.#answersTo(bytes));
    }
    return this;
  }

  #answersTo(bytes: Uint8Array): { at: Micros; bytes: Uint8Array }[] {
    const layers = decodeFrame(bytes);
    if (layers.protocol === 'arp') {
      const found = this.#stations.find((station) => station.ip === layers.packet.targetIp);
      return found ? [{ at: this.now + MILLISECOND, bytes: arpReply(found) }] : [];
    }
    if (layers.protocol === 'dhcp') {
      const asked = requestedIp(layers.packet)!;
      if (auditedAddress(layers.packet) === null) throw new Error('no agent would know this client');
      this.discovers.push({ at: this.now, asked, packet: layers.packet });
      return this.#servers.flatMap((server) => this.#offersOf(server, layers.packet));
    }
    const packet = decodeIpv4(bytes, 14);
    if (packet.ok && packet.value.protocol === PROTOCOL_ICMP) {
      this.pinged.push(packet.value.destination);
      const echo = decodeEcho(bytes, packet.value.payloadStart, packet.value.payloadEnd);
      const found = this.#stations.find((station) => station.ip === packet.value.destination);
      if (!echo.ok || !found?.pongs) return [];
      const reply = encodeEcho({ ...echo.value, isReply: true });
      return [{ at: this.now + MILLISECOND, bytes: icmpFrame(found, reply) }];
    }
    this.others.push(layers.protocol);
    return [];
  }

  #offersOf(server: FakeServer, packet: DhcpPacket): { at: Micros; bytes: Uint8Array }[] {
    const offered = server.offer ? server.offer(packet) : this.#pick(server, packet);
    if (offered === null) return [];
    return [{ at: this.now + server.delay, bytes: offerFrame(server.ip, packet, offered) }];
  }

  #pick(server: FakeServer, packet: DhcpPacket): Ipv4 | null {
    const held = this.#held.get(server)!;
    for (const [mac, { until }] of held) if (until <= this.now) held.delete(mac);
    const own = held.get(packet.clientMac);
    if (own) return own.ip;
    const isFree = (address: Ipv4) =>
      server.ranges.some((one) => rangeContains(one, address)) &&
      !server.leased?.has(address) &&
      address !== server.ip &&
      ![...held.values()].some((one) => one.ip === address);
    const asked = requestedIp(packet)!;
    const chosen = !server.ignores && isFree(asked) ? asked : this.#another(server, packet, isFree);
    if (chosen && server.holds) held.set(packet.clientMac, { ip: chosen, until: this.now + server.holds });
    this.mostHeld = Math.max(this.mostHeld, held.size);
    return chosen;
  }

  #another(server: FakeServer, { clientMac }: DhcpPacket, isFree: (address: Ipv4) => boolean): Ipv4 | null {
    const free = server.ranges.flatMap(within).filter(isFree);
    if (free.length === 0) return null;
    const count = this.#counts.get(server) ?? 0;
    this.#counts.set(server, count + 1);
    const hash = [...clientMac].reduce((sum, letter) => ((sum ^ letter.charCodeAt(0)) * 16_777) % 65_521, 7);
    return free[server.ignores === 'in-a-row' ? count % free.length : hash % free.length]!;
  }
}

export function addressesOf(...texts: string[]): Ipv4[] {
  return texts.map(range).flatMap(within);
}

function within({ first, last }: IpRange): Ipv4[] {
  return Array.from({ length: Number(last - first) + 1 }, (_, i) => ipOfNumber(4, first + BigInt(i)) as Ipv4);
}

/** Other numbers each time, and the same ones each run. */
export function counting(): () => number {
  let next = 0x5eed_0000;
  return () => next++;
}

export function offerFrame(server: Ipv4, { transactionId, clientMac }: DhcpPacket, yourIp: Ipv4): Uint8Array {
  const value = new Uint8Array(4);
  writeIp(value, 0, server);
  const dhcp = encodeDhcp({
    operation: 2,
    hardwareType: 1,
    hops: 0,
    transactionId,
    secondsElapsed: 0,
    broadcast: true,
    clientIp: UNSPECIFIED_IPV4,
    yourIp,
    serverIp: UNSPECIFIED_IPV4,
    relayIp: UNSPECIFIED_IPV4,
    clientMac,
    serverName: null,
    bootFile: null,
    options: [
      { code: OPTION.messageType, value: Uint8Array.of(2) },
      { code: OPTION.serverIdentifier, value },
    ],
  });
  const addresses = { source: server, destination: BROADCAST_IPV4 };
  const datagram = encodeUdp({ sourcePort: 67, destinationPort: 68 }, dhcp, addresses);
  const last = Number(numberOfIp(server) & 0xffn)
    .toString(16)
    .padStart(2, '0');
  return encodeEthernet(
    {
      destinationMac: BROADCAST_MAC,
      sourceMac: `02:00:00:00:01:${last}` as Mac,
      vlans: [],
      etherType: ETHERTYPE_IPV4,
    },
    encodeIpv4({ ...addresses, protocol: PROTOCOL_UDP, timeToLive: 64 }, datagram),
  );
}

function arpReply({ ip: senderIp, mac: senderMac }: Station): Uint8Array {
  const packet = encodeArp({ operation: 2, senderMac, senderIp, targetMac: NODE_MAC, targetIp: NODE.ip });
  const header = { destinationMac: NODE_MAC, sourceMac: senderMac, vlans: [], etherType: ETHERTYPE_ARP };
  return encodeEthernet(header, packet);
}

function icmpFrame({ ip: source, mac }: Station, echo: Uint8Array): Uint8Array {
  const header = { destinationMac: NODE_MAC, sourceMac: mac, vlans: [], etherType: ETHERTYPE_IPV4 };
  return encodeEthernet(
    header,
    encodeIpv4({ source, destination: NODE.ip, protocol: PROTOCOL_ICMP, timeToLive: 64 }, echo),
  );
}
