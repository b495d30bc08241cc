// rtnetlink messages (RFC 3549; include/uapi/linux/rtnetlink.h, if_link.h): the interfaces and their addresses. Bytes only. /sys
// would show the interfaces of whichever namespace it was mounted in; the socket shows those of the process.
import { IPV4_LENGTH, IPV6_LENGTH, ipv4At, ipv6At, MAC_LENGTH, macAt } from '../../net/address.ts';
import type { InterfaceAddress, InterfaceInfo } from './interfaces.ts';

/** `nlmsghdr`: length, type, flags, sequence number, port. */
const HEADER_LENGTH = 16;
const ATTRIBUTE_HEADER_LENGTH = 4;
const ATTRIBUTE_TYPE_MASK = 0x3fff;

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const RTM_NEWLINK = 16;
const RTM_GETLINK = 18;
const RTM_NEWADDR = 20;
const RTM_GETADDR = 22;
const NLM_F_DUMP_INTERRUPTED = 0x10;
const NLM_F_REQUEST_DUMP = 0x301;

/** `ifinfomsg` */
const LINK_HEADER_LENGTH = 16;
const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_LINK = 5;
const IFLA_MASTER = 10;
const IFLA_LINKINFO = 18;
const IFLA_EXT_MASK = 29;
const IFLA_LINK_NETNSID = 37;
const IFLA_CARRIER_DOWN_COUNT = 48;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const IFLA_VLAN_ID = 1;
const SKIP_STATISTICS = 8;

/** `ifaddrmsg` */
const ADDRESS_HEADER_LENGTH = 8;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;

const IFF_UP = 0x1;
const IFF_BROADCAST = 0x2;
const IFF_LOOPBACK = 0x8;
const IFF_RUNNING = 0x40;
const IFF_NOARP = 0x80;
const ARPHRD_ETHER = 1;
const ARPHRD_LOOPBACK = 772;

const AF_INET = 2;
const AF_INET6 = 10;

/** Asks for every interface, without its counters. */
export function linkDumpRequest(sequence: number): Uint8Array {
  const attribute = ATTRIBUTE_HEADER_LENGTH + 4;
  const { bytes, view } = request(RTM_GETLINK, sequence, LINK_HEADER_LENGTH + attribute);
  const at = HEADER_LENGTH + LINK_HEADER_LENGTH;
  view.setUint16(at, attribute, true);
  view.setUint16(at + 2, IFLA_EXT_MASK, true);
  view.setUint32(at + 4, SKIP_STATISTICS, true);
  return bytes;
}

/** Asks for every address of both families. */
export function addressDumpRequest(sequence: number): Uint8Array {
  return request(RTM_GETADDR, sequence, ADDRESS_HEADER_LENGTH).bytes;
}

/** How a dump stands after a datagram. */
export type DumpProgress = 'more' | 'done' | 'failed';

/** Gathers the answers to the two dumps. */
export class InterfaceDump {
  readonly #links: Omit<InterfaceInfo, 'addresses'>[] = [];
  readonly #addresses = new Map<number, InterfaceAddress[]>();
  #interrupted = false;

  /** Something changed while the kernel answered: the answer may be inconsistent. */
  get interrupted(): boolean {
    return this.#interrupted;
  }

  /** Takes one datagram of the dump with this sequence number; messages of others are passed over. */
  read(bytes: Uint8Array, sequence: number): DumpProgress {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = 0; at + HEADER_LENGTH <= bytes.length; ) {
      const length = view.getUint32(at, true);
      if (length < HEADER_LENGTH || at + length > bytes.length) return 'failed';
      if (view.getUint32(at + 8, true) === sequence) {
        if ((view.getUint16(at + 6, true) & NLM_F_DUMP_INTERRUPTED) !== 0) this.#interrupted = true;
        const message = bytes.subarray(at + HEADER_LENGTH, at + length);
        switch (view.getUint16(at + 4, true)) {
          case NLMSG_DONE:
            return 'done';
          case NLMSG_ERROR:
            return 'failed';
          case RTM_NEWLINK:
            this.#addLink(message);
            break;
          case RTM_NEWADDR:
            this.#addAddress(message);
            break;
        }
      }
      at += align(length);
    }
    return 'more';
  }

  interfaces(): InterfaceInfo[] {
    return this.#links.map((link) => ({ ...link, addresses: this.#addresses.get(link.index) ?? [] }));
  }

  #addLink(message: Uint8Array): void {
    if (message.length < LINK_HEADER_LENGTH) return;
    const view = new DataView(message.buffer, message.byteOffset, message.length);
    const type = view.getUint16(2, true);
    const flags = view.getUint32(8, true);
    const attributes = attributesOf(message, LINK_HEADER_LENGTH);
    const linkInfo = attributesOf(attributes.get(IFLA_LINKINFO) ?? EMPTY, 0);
    const kind = textOf(linkInfo.get(IFLA_INFO_KIND));
    const vlanId =
      kind === 'vlan' ? attributesOf(linkInfo.get(IFLA_INFO_DATA) ?? EMPTY, 0).get(IFLA_VLAN_ID) : undefined;
    const address = attributes.get(IFLA_ADDRESS);
    // An index of another namespace may by chance be one of ours as well.
    const parentIndex = attributes.has(IFLA_LINK_NETNSID) ? null : uint32Of(attributes.get(IFLA_LINK));
    this.#links.push({
      index: view.getInt32(4, true),
      name: textOf(attributes.get(IFLA_IFNAME)) ?? '',
      kind,
      ethernet: type === ARPHRD_ETHER || type === ARPHRD_LOOPBACK,
      mac: address?.length === MAC_LENGTH ? macAt(address, 0) : null,
      up: (flags & IFF_UP) !== 0,
      running: (flags & IFF_RUNNING) !== 0,
      carrierLosses: uint32Of(attributes.get(IFLA_CARRIER_DOWN_COUNT)) ?? 0,
      broadcast: (flags & IFF_BROADCAST) !== 0,
      noArp: (flags & IFF_NOARP) !== 0,
      loopback: (flags & IFF_LOOPBACK) !== 0,
      masterIndex: uint32Of(attributes.get(IFLA_MASTER)),
      vlan: vlanId && vlanId.length >= 2 ? { id: vlanId[0]! | (vlanId[1]! << 8), parentIndex } : null,
    });
  }

  #addAddress(message: Uint8Array): void {
    if (message.length < ADDRESS_HEADER_LENGTH) return;
    const view = new DataView(message.buffer, message.byteOffset, message.length);
    const attributes = attributesOf(message, ADDRESS_HEADER_LENGTH);
    // On point-to-point links IFA_ADDRESS is the peer's.
    const bytes = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS);
    const family = message[0];
    if (bytes === undefined) return;
    if (bytes.length !== (family === AF_INET ? IPV4_LENGTH : family === AF_INET6 ? IPV6_LENGTH : -1)) return;
    const index = view.getUint32(4, true);
    const known = this.#addresses.get(index) ?? [];
    known.push({
      ip: family === AF_INET ? ipv4At(bytes, 0) : ipv6At(bytes, 0),
      prefixLength: message[1]!,
    });
    this.#addresses.set(index, known);
  }
}

const EMPTY = new Uint8Array(0);

function request(type: number, sequence: number, bodyLength: number): { bytes: Uint8Array; view: DataView } {
  const bytes = new Uint8Array(HEADER_LENGTH + bodyLength);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, NLM_F_REQUEST_DUMP, true);
  view.setUint32(8, sequence, true);
  return { bytes, view };
}

/** Attributes by type; a length that lies ends the list. */
function attributesOf(bytes: Uint8Array, from: number): Map<number, Uint8Array> {
  const attributes = new Map<number, Uint8Array>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = from; at + ATTRIBUTE_HEADER_LENGTH <= bytes.length; ) {
    const length = view.getUint16(at, true);
    if (length < ATTRIBUTE_HEADER_LENGTH || at + length > bytes.length) break;
    const type = view.getUint16(at + 2, true) & ATTRIBUTE_TYPE_MASK;
    attributes.set(type, bytes.subarray(at + ATTRIBUTE_HEADER_LENGTH, at + length));
    at += align(length);
  }
  return attributes;
}

function align(length: number): number {
  return (length + 3) & ~3;
}

function uint32Of(bytes: Uint8Array | undefined): number | null {
  if (bytes === undefined || bytes.length < 4) return null;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}

function textOf(bytes: Uint8Array | undefined): string | null {
  if (bytes === undefined) return null;
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
