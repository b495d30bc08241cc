// Linux cooked captures (LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2 of tcpdump.org): the kernel took the Ethernet header off, and a
// pseudo-header says what was in it, but for the destination.
import { MAC_LENGTH } from '../net/address.ts';
import { copyOfBytes, uint16At, uint32At } from '../net/bytes.ts';
import { ETHERTYPE_ARP, ETHERTYPE_IPV6 } from '../net/ethernet.ts';
import { type CapturedFrame, emptyFrame, type Link } from '../net/frame.ts';
import { LINKTYPE_LINUX_SLL2 } from './link-type.ts';

/** Where a pseudo-header's fields lie. */
interface CookedLayout {
  readonly packetType: number;
  readonly packetTypeLength: 1 | 2;
  readonly hardwareType: number;
  readonly addressLength: number;
  readonly addressLengthLength: 1 | 2;
  readonly address: number;
  readonly protocol: number;
  readonly interfaceIndex: number | null;
  readonly length: number;
}

const SLL: CookedLayout = {
  packetType: 0,
  packetTypeLength: 2,
  hardwareType: 2,
  addressLength: 4,
  addressLengthLength: 2,
  address: 6,
  protocol: 14,
  interfaceIndex: null,
  length: 16,
};

const SLL2: CookedLayout = {
  protocol: 0,
  interfaceIndex: 4,
  hardwareType: 8,
  packetType: 10,
  packetTypeLength: 1,
  addressLength: 11,
  addressLengthLength: 1,
  address: 12,
  length: 20,
};

const ARPHRD_ETHER = 1;
const TO_BROADCAST = 1;
const TO_MULTICAST = 2;

const ETHERNET_HEADER = 14;
const ARP_OPERATION = 6;
const ARP_TARGET_MAC = 18;
const ARP_LENGTH = 28;
const ARP_REPLY = 2;
const IPV6_DESTINATION = 24;
const IPV6_LENGTH = 40;

/** More interfaces than this are no machine's: those beyond share one link. */
const MAX_LINKS = 256;

/** Puts frames together again. What it returns is the same object each time. */
export class CookedFrames {
  #bytes = new Uint8Array(2048);
  readonly #links = new Map<string, Link>();
  readonly #frame: CapturedFrame;

  constructor(link: Link) {
    this.#frame = emptyFrame(link, this.#bytes);
  }

  /**
   * As it was on Ethernet; undefined where it came by something else, such as the loopback interface. What this host sent is
   * not told apart, just as in a capture of one interface.
   */
  asEthernet(cooked: CapturedFrame, linkType: number): CapturedFrame | undefined {
    const layout = linkType === LINKTYPE_LINUX_SLL2 ? SLL2 : SLL;
    const { bytes, start, end } = cooked;
    const frame = this.#frame;
    frame.at = cooked.at;
    frame.link = cooked.link;
    frame.end = 0;
    frame.wireLength = Math.max(0, cooked.wireLength - layout.length + ETHERNET_HEADER);
    // As short as that it is counted as a malformed frame.
    if (end - start < layout.length) return frame;
    const addressLength = numberAt(bytes, start + layout.addressLength, layout.addressLengthLength);
    if (uint16At(bytes, start + layout.hardwareType) !== ARPHRD_ETHER || addressLength !== MAC_LENGTH)
      return undefined;
    if (layout.interfaceIndex !== null)
      frame.link = this.#linkOf(cooked.link, uint32At(bytes, start + layout.interfaceIndex));

    const payload = bytes.subarray(start + layout.length, end);
    frame.end = ETHERNET_HEADER + payload.length;
    if (frame.end > this.#bytes.length) this.#bytes = new Uint8Array(2 * frame.end);
    frame.bytes = this.#bytes;
    const protocol = uint16At(bytes, start + layout.protocol);
    const packetType = numberAt(bytes, start + layout.packetType, layout.packetTypeLength);
    this.#bytes.set(destinationOf(packetType, protocol, payload));
    this.#bytes.set(bytes.subarray(start + layout.address, start + layout.address + MAC_LENGTH), MAC_LENGTH);
    this.#bytes.set([protocol >> 8, protocol & 0xff], 2 * MAC_LENGTH);
    this.#bytes.set(payload, ETHERNET_HEADER);
    return frame;
  }

  /** Interfaces have numbers only. */
  #linkOf({ interface: name, vlan }: Link, index: number): Link {
    const numbered = `${name}-${index}`;
    const known = this.#links.get(numbered);
    if (known) return known;
    const link = { interface: this.#links.size < MAX_LINKS ? numbered : name, vlan };
    if (this.#links.size < MAX_LINKS) this.#links.set(numbered, link);
    return link;
  }
}

const BROADCAST = new Uint8Array(MAC_LENGTH).fill(0xff);
const UNKNOWN = new Uint8Array(MAC_LENGTH);

/** The pseudo-header says for whom a frame was only by its kind; ARP and IPv6 say more. */
function destinationOf(packetType: number, protocol: number, payload: Uint8Array): Uint8Array {
  if (packetType === TO_BROADCAST) return BROADCAST;
  if (protocol === ETHERTYPE_ARP && payload.length >= ARP_LENGTH) {
    const isReply = uint16At(payload, ARP_OPERATION) === ARP_REPLY;
    return isReply ? copyOfBytes(payload, ARP_TARGET_MAC, ARP_TARGET_MAC + MAC_LENGTH) : BROADCAST;
  }
  // RFC 2464, section 7.
  if (protocol === ETHERTYPE_IPV6 && payload.length >= IPV6_LENGTH && payload[IPV6_DESTINATION] === 0xff)
    return Uint8Array.of(0x33, 0x33, ...payload.subarray(IPV6_LENGTH - 4, IPV6_LENGTH));
  return packetType === TO_MULTICAST ? BROADCAST : UNKNOWN;
}

function numberAt(bytes: Uint8Array, at: number, length: 1 | 2): number {
  return length === 1 ? bytes[at]! : uint16At(bytes, at);
}
