// A frame on its way: real bytes, read once for all who receive it. Whoever sends one may use its bytes no more.
import { type ArpPacket, decodeArp } from '../../src/arp/packet.ts';
import { type DhcpPacket, decodeDhcp } from '../../src/dhcp/packet.ts';
import { isGroupMac, type Mac } from '../../src/net/address.ts';
import { decodeEthernet, ETHERTYPE_ARP, ETHERTYPE_IPV4, type EthernetFrame } from '../../src/net/ethernet.ts';
import { decodeIpv4, type Ipv4Packet } from '../../src/net/ipv4.ts';
import { PROTOCOL_UDP } from '../../src/net/protocol-numbers.ts';
import { decodeUdp } from '../../src/net/udp.ts';

export interface DhcpOnTheWire {
  readonly ip: Ipv4Packet;
  readonly message: DhcpPacket;
  readonly toServer: boolean;
}

const DHCP_SERVER = 67;
const DHCP_CLIENT = 68;

export class Frame {
  readonly bytes: Uint8Array;
  readonly ethernet: EthernetFrame;
  /** For everyone, or for a group. */
  readonly isGroup: boolean;
  #arp: ArpPacket | null | undefined;
  #dhcp: DhcpOnTheWire | null | undefined;

  /** @throws {RangeError} for bytes that no station of this world would send. */
  constructor(bytes: Uint8Array) {
    const ethernet = decodeEthernet(bytes);
    if (!ethernet.ok) throw new RangeError(`Cannot send a frame: ${ethernet.reason}`);
    this.bytes = bytes;
    this.ethernet = ethernet.value;
    this.isGroup = isGroupMac(ethernet.value.destinationMac);
  }

  isFor(mac: Mac): boolean {
    return this.isGroup || this.ethernet.destinationMac === mac;
  }

  /** Null where it is none. */
  get arp(): ArpPacket | null {
    if (this.#arp === undefined) {
      const isArp = this.ethernet.etherType === ETHERTYPE_ARP;
      const packet = isArp ? decodeArp(this.bytes, this.ethernet.payloadStart) : null;
      this.#arp = packet?.ok ? packet.value : null;
    }
    return this.#arp;
  }

  /** Null where it is none. */
  get dhcp(): DhcpOnTheWire | null {
    if (this.#dhcp === undefined) this.#dhcp = this.#readDhcp();
    return this.#dhcp;
  }

  #readDhcp(): DhcpOnTheWire | null {
    if (this.ethernet.etherType !== ETHERTYPE_IPV4) return null;
    const ip = decodeIpv4(this.bytes, this.ethernet.payloadStart);
    if (!ip.ok || ip.value.protocol !== PROTOCOL_UDP) return null;
    const udp = decodeUdp(this.bytes, ip.value.payloadStart, ip.value.payloadEnd);
    if (!udp.ok) return null;
    const { destinationPort, payloadStart, payloadEnd } = udp.value;
    if (destinationPort !== DHCP_SERVER && destinationPort !== DHCP_CLIENT) return null;
    const message = decodeDhcp(this.bytes, payloadStart, payloadEnd);
    return message.ok
      ? { ip: ip.value, message: message.value, toServer: destinationPort === DHCP_SERVER }
      : null;
  }
}
