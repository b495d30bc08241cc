// Neighbor discovery (RFC 4861): solicitations and advertisements of neighbors and routers, in ICMPv6.
import {
  IPV6_LENGTH,
  type Ipv6,
  ipv6At,
  isLinkLocal,
  isMulticastIpv6,
  MAC_LENGTH,
  type Mac,
  macAt,
  UNSPECIFIED_IPV6,
  writeIp,
  writeMac,
} from '../net/address.ts';
import { copyOfBytes, uint16At } from '../net/bytes.ts';
import { checksumOf, judgeChecksum, sumOfPseudoHeader, sumOfWords } from '../net/checksum.ts';
import { encodeIpv6, type Ipv6Packet } from '../net/ipv6.ts';
import { PROTOCOL_ICMPV6 } from '../net/protocol-numbers.ts';
import { accepted, type Decoded, refused } from '../net/result.ts';

/** `value` leaves out the type and the length; it is 6 bytes, or 8 more each time. */
export interface NdpOption {
  readonly type: number;
  readonly value: Uint8Array;
}

interface WithOptions {
  readonly options: readonly NdpOption[];
}

interface NeighborSolicitation extends WithOptions {
  readonly kind: 'neighbor-solicitation';
  readonly targetIp: Ipv6;
}

interface NeighborAdvertisement extends WithOptions {
  readonly kind: 'neighbor-advertisement';
  readonly router: boolean;
  readonly solicited: boolean;
  readonly override: boolean;
  readonly targetIp: Ipv6;
}

interface RouterSolicitation extends WithOptions {
  readonly kind: 'router-solicitation';
}

interface RouterAdvertisement extends WithOptions {
  readonly kind: 'router-advertisement';
  /** Hop limit, flags, lifetime and timers as they came: nobody here reads them. */
  readonly settings: Uint8Array;
}

export type NdpMessage =
  | NeighborSolicitation
  | NeighborAdvertisement
  | RouterSolicitation
  | RouterAdvertisement;

export type NdpPacket = NdpMessage & {
  /** The source link-layer address option; null where it is absent or not an Ethernet address. */
  readonly sourceMac: Mac | null;
  /** The target link-layer address option, likewise. */
  readonly targetMac: Mac | null;
  readonly checksum: 'verified' | 'offloaded';
};

export type NdpRefusal =
  | 'not-ndp'
  | 'truncated'
  | 'fragment'
  | 'bad-hop-limit'
  | 'bad-code'
  | 'bad-checksum'
  | 'bad-option-length'
  | 'bad-source'
  | 'bad-destination'
  | 'bad-target'
  | 'unexpected-source-option';

const ROUTER_SOLICITATION = 133;
const ROUTER_ADVERTISEMENT = 134;
const NEIGHBOR_SOLICITATION = 135;
const NEIGHBOR_ADVERTISEMENT = 136;

const SOURCE_LINK_LAYER_ADDRESS = 1;
const TARGET_LINK_LAYER_ADDRESS = 2;

const CODE = 1;
const CHECKSUM = 2;
const BODY = 4;
const FLAGS = BODY;
const TARGET = 8;
const OPTION_UNIT = 8;
/** Where each type's options begin: also the least length, RFC 4861 sections 6.1 and 7.1. */
const OPTIONS_OF: Readonly<Record<number, number>> = {
  [ROUTER_SOLICITATION]: 8,
  [ROUTER_ADVERTISEMENT]: 16,
  [NEIGHBOR_SOLICITATION]: TARGET + IPV6_LENGTH,
  [NEIGHBOR_ADVERTISEMENT]: TARGET + IPV6_LENGTH,
};

const ROUTER = 0x80;
const SOLICITED = 0x40;
const OVERRIDE = 0x20;

/** A router on the way would have lowered it: 255 proves that the sender is on the link. */
const HOP_LIMIT = 255;

const NOT_NDP = refused('not-ndp');
const TRUNCATED = refused('truncated');
const IS_FRAGMENT = refused('fragment');
const BAD_HOP_LIMIT = refused('bad-hop-limit');
const BAD_CODE = refused('bad-code');
const BAD_CHECKSUM = refused('bad-checksum');
const BAD_OPTION_LENGTH = refused('bad-option-length');
const BAD_SOURCE = refused('bad-source');
const BAD_DESTINATION = refused('bad-destination');
const BAD_TARGET = refused('bad-target');
const UNEXPECTED_SOURCE_OPTION = refused('unexpected-source-option');

/** The bounds are those of the IPv6 payload, and `ip` is the packet around it. */
export function decodeNdp(
  bytes: Uint8Array,
  start: number,
  end: number,
  ip: Ipv6Packet,
): Decoded<NdpPacket, NdpRefusal> {
  if (end - start < BODY) return TRUNCATED;
  const type = bytes[start]!;
  const optionsStart = OPTIONS_OF[type];
  if (optionsStart === undefined) return NOT_NDP;
  if (end - start < optionsStart) return TRUNCATED;
  if (ip.hasFragmentHeader) return IS_FRAGMENT;
  if (ip.hopLimit !== HOP_LIMIT) return BAD_HOP_LIMIT;
  if (bytes[start + CODE] !== 0) return BAD_CODE;
  const field = uint16At(bytes, start + CHECKSUM);
  const checksum = judgeChecksum(field, ip.pseudoHeaderSum, sumOfWords(bytes, start, end));
  if (checksum === undefined) return BAD_CHECKSUM;
  const options = optionsAt(bytes, start + optionsStart, end);
  if (options === undefined) return BAD_OPTION_LENGTH;

  const message = messageAt(bytes, start, options);
  const sourceMac = macOf(options, SOURCE_LINK_LAYER_ADDRESS);
  const refusal = rulesBroken(message, options, ip);
  if (refusal) return refusal;
  return accepted({ ...message, sourceMac, targetMac: macOf(options, TARGET_LINK_LAYER_ADDRESS), checksum });
}

/** Undefined where a length is zero or runs past the end. Values are copied, as the frame's buffer is used again. */
function optionsAt(bytes: Uint8Array, start: number, end: number): NdpOption[] | undefined {
  const options: NdpOption[] = [];
  for (let at = start; at < end; ) {
    if (end - at < OPTION_UNIT) return undefined;
    const length = bytes[at + 1]! * OPTION_UNIT;
    if (length === 0 || end - at < length) return undefined;
    options.push({ type: bytes[at]!, value: copyOfBytes(bytes, at + 2, at + length) });
    at += length;
  }
  return options;
}

function messageAt(bytes: Uint8Array, start: number, options: readonly NdpOption[]): NdpMessage {
  switch (bytes[start]) {
    case NEIGHBOR_SOLICITATION:
      return { kind: 'neighbor-solicitation', targetIp: ipv6At(bytes, start + TARGET), options };
    case NEIGHBOR_ADVERTISEMENT: {
      const flags = bytes[start + FLAGS]!;
      return {
        kind: 'neighbor-advertisement',
        router: (flags & ROUTER) !== 0,
        solicited: (flags & SOLICITED) !== 0,
        override: (flags & OVERRIDE) !== 0,
        targetIp: ipv6At(bytes, start + TARGET),
        options,
      };
    }
    case ROUTER_ADVERTISEMENT:
      return {
        kind: 'router-advertisement',
        settings: copyOfBytes(bytes, start + BODY, start + 16),
        options,
      };
    default:
      return { kind: 'router-solicitation', options };
  }
}

/** The rules by which a receiver must drop a message: RFC 4861 sections 6.1.1, 6.1.2, 7.1.1 and 7.1.2. */
function rulesBroken(message: NdpMessage, options: readonly NdpOption[], ip: Ipv6Packet) {
  const unspecified = ip.source === UNSPECIFIED_IPV6;
  const hasSourceOption = options.some((option) => option.type === SOURCE_LINK_LAYER_ADDRESS);
  switch (message.kind) {
    case 'neighbor-solicitation':
      if (isMulticastIpv6(message.targetIp)) return BAD_TARGET;
      if (unspecified && ip.destination !== solicitedNodeMulticast(message.targetIp)) return BAD_DESTINATION;
      return unspecified && hasSourceOption ? UNEXPECTED_SOURCE_OPTION : undefined;
    case 'neighbor-advertisement':
      if (isMulticastIpv6(message.targetIp)) return BAD_TARGET;
      return message.solicited && isMulticastIpv6(ip.destination) ? BAD_DESTINATION : undefined;
    case 'router-solicitation':
      return unspecified && hasSourceOption ? UNEXPECTED_SOURCE_OPTION : undefined;
    case 'router-advertisement':
      return isLinkLocal(ip.source) ? undefined : BAD_SOURCE;
    default:
      return message satisfies never;
  }
}

function macOf(options: readonly NdpOption[], type: number): Mac | null {
  const option = options.find((one) => one.type === type);
  return option?.value.length === MAC_LENGTH ? macAt(option.value, 0) : null;
}

export function sourceMacOption(mac: Mac): NdpOption {
  return linkLayerAddressOption(SOURCE_LINK_LAYER_ADDRESS, mac);
}

export function targetMacOption(mac: Mac): NdpOption {
  return linkLayerAddressOption(TARGET_LINK_LAYER_ADDRESS, mac);
}

function linkLayerAddressOption(type: number, mac: Mac): NdpOption {
  const value = new Uint8Array(MAC_LENGTH);
  writeMac(value, 0, mac);
  return { type, value };
}

/**
 * The whole IPv6 packet, with hop limit and checksum as a receiver wants them. Throws RangeError for an option that does
 * not fill its units.
 */
export function encodeNdp(
  message: NdpMessage,
  addresses: { readonly source: Ipv6; readonly destination: Ipv6 },
): Uint8Array {
  const { source, destination } = addresses;
  const type = typeOf(message);
  const optionsStart = OPTIONS_OF[type]!;
  const optionsLength = message.options.reduce((length, option) => length + 2 + option.value.length, 0);
  const bytes = new Uint8Array(optionsStart + optionsLength);
  bytes[0] = type;
  if (message.kind === 'router-advertisement') bytes.set(message.settings, BODY);
  if (message.kind === 'neighbor-advertisement') {
    bytes[FLAGS] =
      (message.router ? ROUTER : 0) | (message.solicited ? SOLICITED : 0) | (message.override ? OVERRIDE : 0);
  }
  if ('targetIp' in message) writeIp(bytes, TARGET, message.targetIp);
  let at = optionsStart;
  for (const { type: code, value } of message.options) {
    const length = 2 + value.length;
    if (length % OPTION_UNIT !== 0) throw new RangeError(`Cannot encode NDP option ${code}: ${length} bytes`);
    bytes.set([code, length / OPTION_UNIT], at);
    bytes.set(value, at + 2);
    at += length;
  }
  const sum = sumOfPseudoHeader(source, destination, PROTOCOL_ICMPV6, bytes.length);
  new DataView(bytes.buffer).setUint16(CHECKSUM, checksumOf(sum + sumOfWords(bytes, 0, bytes.length)));
  return encodeIpv6({ source, destination, nextHeader: PROTOCOL_ICMPV6, hopLimit: HOP_LIMIT }, bytes);
}

function typeOf(message: NdpMessage): number {
  switch (message.kind) {
    case 'router-solicitation':
      return ROUTER_SOLICITATION;
    case 'router-advertisement':
      return ROUTER_ADVERTISEMENT;
    case 'neighbor-solicitation':
      return NEIGHBOR_SOLICITATION;
    case 'neighbor-advertisement':
      return NEIGHBOR_ADVERTISEMENT;
    default:
      return message satisfies never;
  }
}

/** The group where the owner of an address listens for solicitations: ff02::1:ff and its last 24 bits (RFC 4291). */
export function solicitedNodeMulticast(address: Ipv6): Ipv6 {
  const bytes = new Uint8Array(IPV6_LENGTH);
  writeIp(bytes, 0, address);
  bytes.set([0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff]);
  return ipv6At(bytes, 0);
}

/** The Ethernet address of an IPv6 multicast group: 33:33 and its last 32 bits (RFC 2464, section 7). */
export function multicastMac(group: Ipv6): Mac {
  const bytes = new Uint8Array(IPV6_LENGTH);
  writeIp(bytes, 0, group);
  bytes.set([0x33, 0x33], IPV6_LENGTH - MAC_LENGTH);
  return macAt(bytes, IPV6_LENGTH - MAC_LENGTH);
}
