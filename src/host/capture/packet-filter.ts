// The kernel-side filter: only ARP, neighbour discovery, DHCP, DHCPv6 and the answers to this node's own service probes and pings
// cross over to the process, whatever else the link carries.
// Classic BPF (`struct sock_filter`), assembled from lines with named jump targets.
import {
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  TPID_CUSTOMER,
  TPID_SERVICE,
  TPID_SERVICE_OLD,
} from '../../net/ethernet.ts';
import { PING_IDENTIFIER } from '../../net/icmp.ts';
import { PROBE_PORT_FIRST, PROBE_PORT_MASK } from '../../net/probe-ports.ts';
import {
  DHCP_CLIENT_PORT,
  DHCP_SERVER_PORT,
  DHCPV6_CLIENT_PORT,
  DHCPV6_SERVER_PORT,
  PROTOCOL_HOP_BY_HOP,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from '../../net/protocol-numbers.ts';
import { TCP_ACK, TCP_RST, TCP_SYN } from '../../net/tcp.ts';

export interface BpfInstruction {
  readonly code: number;
  /** Instructions to skip when the comparison holds, and when it doesn't. */
  readonly jumpTrue: number;
  readonly jumpFalse: number;
  readonly operand: number;
}

const LOAD_NUMBER = 0x00; // A = k
const LOAD_WORD = 0x20; // A = word at [k]
const LOAD_HALF = 0x28; // A = half-word at [k]
const LOAD_HALF_X = 0x48; // A = half-word at [X + k]
const LOAD_BYTE_X = 0x50; // A = byte at [X + k]
const LOAD_X = 0x01; // X = k
const KEEP = 0x02; // M[k] = A
const LOAD_KEPT = 0x60; // A = M[k]
const ADD = 0x04;
const ADD_X = 0x0c;
const AND = 0x54;
const SHIFT_LEFT = 0x64;
const A_TO_X = 0x07;
const IF_EQUAL = 0x15;
const IF_GREATER = 0x25;
const IF_AT_LEAST = 0x35;
const IF_ANY_BIT = 0x45;
const RETURN = 0x06;
const GO = 0x05;

/** Every frame of interest fits; the kernel cuts longer ones. */
export const SNAP_LENGTH = 2048;

// Offsets in an untagged frame; X holds the length of the tags (and later of the IP header) to be added.
const ETHERTYPE = 12;
const INNER_ETHERTYPE = 16;
const INNERMOST_ETHERTYPE = 20;
const IPV4 = 14;
const IPV4_FRAGMENT = 20;
const IPV4_PROTOCOL = 23;
// Where X holds the length of the tags and the IP header.
const SOURCE_PORT = 14;
const DESTINATION_PORT = 16;
const TCP_FLAGS = 27;
const ICMP_TYPE_AND_CODE = 14;
const ICMP_IDENTIFIER = 18;
const IPV6_NEXT_HEADER = 20;
const IPV6_LENGTH = 40;
const AFTER_IPV6 = 54;

/** Loads from here on are about the frame (linux/filter.h, SKF_AD_OFF). */
const ABOUT_THE_FRAME = 0xffff_f000;
/** PACKET_HOST: addressed to this node's own MAC, and not sent by it. */
const FRAME_KIND = ABOUT_THE_FRAME + 4;
const TO_THIS_HOST = 0;

const TAG_TYPES = [TPID_CUSTOMER, TPID_SERVICE, TPID_SERVICE_OLD];
const ECHO_REPLY = 0;
const FRAGMENT_OFFSET_MASK = 0x1fff;
const ROUTER_SOLICITATION = 133;
const NEIGHBOR_ADVERTISEMENT = 136;
const DHCP_PORTS = [DHCP_SERVER_PORT, DHCP_CLIENT_PORT];
const DHCPV6_PORTS = [DHCPV6_SERVER_PORT, DHCPV6_CLIENT_PORT];

/** One line of the listing: `when` and `otherwise` name labels; an absent one falls through to the next line. */
interface Line {
  readonly label?: string;
  readonly code: number;
  readonly k?: number;
  readonly when?: string;
  readonly otherwise?: string;
}

const LISTING: readonly Line[] = [
  { code: LOAD_X, k: 0 },
  { code: LOAD_HALF, k: ETHERTYPE },
  ...goIfTag('one tag'),
  { code: GO, when: 'dispatch' },
  { label: 'one tag', code: LOAD_X, k: 4 },
  { code: LOAD_HALF, k: INNER_ETHERTYPE },
  ...goIfTag('two tags'),
  { code: GO, when: 'dispatch' },
  { label: 'two tags', code: LOAD_X, k: 8 },
  { code: LOAD_HALF, k: INNERMOST_ETHERTYPE },

  { label: 'dispatch', code: IF_EQUAL, k: ETHERTYPE_ARP, when: 'accept' },
  { code: IF_EQUAL, k: ETHERTYPE_IPV6, when: 'ipv6' },
  { code: IF_EQUAL, k: ETHERTYPE_IPV4, when: 'ipv4', otherwise: 'reject' },

  // Later fragments carry no ports; DHCP fits a frame, so they are of no interest.
  { label: 'ipv4', code: LOAD_BYTE_X, k: IPV4_PROTOCOL },
  { code: IF_EQUAL, k: PROTOCOL_TCP, when: 'past the header' },
  { code: IF_EQUAL, k: PROTOCOL_UDP, when: 'past the header' },
  { code: IF_EQUAL, k: PROTOCOL_ICMP, otherwise: 'reject' },
  { label: 'past the header', code: KEEP, k: 0 },
  { code: LOAD_HALF_X, k: IPV4_FRAGMENT },
  { code: IF_ANY_BIT, k: FRAGMENT_OFFSET_MASK, when: 'reject' },
  { code: LOAD_BYTE_X, k: IPV4 },
  { code: AND, k: 0x0f },
  { code: SHIFT_LEFT, k: 2 },
  { code: ADD_X },
  { code: A_TO_X },
  { code: LOAD_KEPT, k: 0 },
  { code: IF_EQUAL, k: PROTOCOL_TCP, when: 'tcp' },
  { code: IF_EQUAL, k: PROTOCOL_ICMP, when: 'icmp' },
  ...acceptPorts(DHCP_PORTS, SOURCE_PORT),
  { code: GO, when: 'reject' },

  { label: 'ipv6', code: LOAD_BYTE_X, k: IPV6_NEXT_HEADER },
  { code: IF_EQUAL, k: PROTOCOL_ICMPV6, when: 'icmpv6' },
  { code: IF_EQUAL, k: PROTOCOL_TCP, when: 'ipv6 tcp' },
  { code: IF_EQUAL, k: PROTOCOL_UDP, when: 'ipv6 udp' },
  { code: IF_EQUAL, k: PROTOCOL_HOP_BY_HOP, otherwise: 'reject' },
  { code: LOAD_BYTE_X, k: AFTER_IPV6 },
  { code: IF_EQUAL, k: PROTOCOL_ICMPV6, otherwise: 'reject' },
  // RFC 8200, section 4.3: the header's length in units of 8 bytes, not counting the first 8.
  { code: LOAD_BYTE_X, k: AFTER_IPV6 + 1 },
  { code: SHIFT_LEFT, k: 3 },
  { code: ADD, k: 8 },
  { code: ADD_X },
  { code: A_TO_X },
  { label: 'icmpv6', code: LOAD_BYTE_X, k: AFTER_IPV6 },
  { code: IF_AT_LEAST, k: ROUTER_SOLICITATION, otherwise: 'reject' },
  { code: IF_GREATER, k: NEIGHBOR_ADVERTISEMENT, when: 'reject', otherwise: 'accept' },

  ...acceptPorts(DHCPV6_PORTS, AFTER_IPV6, 'ipv6 udp'),
  { code: GO, when: 'reject' },

  { label: 'ipv6 tcp', code: LOAD_NUMBER, k: IPV6_LENGTH },
  { code: ADD_X },
  { code: A_TO_X },
  // Most of a link's traffic comes by here, and goes no further than to its port.
  { label: 'tcp', code: LOAD_HALF_X, k: DESTINATION_PORT },
  { code: AND, k: PROBE_PORT_MASK },
  { code: IF_EQUAL, k: PROBE_PORT_FIRST, otherwise: 'reject' },
  { code: LOAD_WORD, k: FRAME_KIND },
  { code: IF_EQUAL, k: TO_THIS_HOST, otherwise: 'reject' },
  { code: LOAD_BYTE_X, k: TCP_FLAGS },
  { code: IF_ANY_BIT, k: TCP_RST, when: 'accept' },
  { code: IF_ANY_BIT, k: TCP_SYN, otherwise: 'reject' },
  { code: IF_ANY_BIT, k: TCP_ACK, when: 'accept', otherwise: 'reject' },

  { label: 'icmp', code: LOAD_HALF_X, k: ICMP_TYPE_AND_CODE },
  { code: IF_EQUAL, k: ECHO_REPLY, otherwise: 'reject' },
  { code: LOAD_HALF_X, k: ICMP_IDENTIFIER },
  { code: IF_EQUAL, k: PING_IDENTIFIER, otherwise: 'reject' },
  { code: LOAD_WORD, k: FRAME_KIND },
  { code: IF_EQUAL, k: TO_THIS_HOST, when: 'accept', otherwise: 'reject' },

  { label: 'accept', code: RETURN, k: SNAP_LENGTH },
  { label: 'reject', code: RETURN, k: 0 },
];

/**
 * Passes ARP, ICMPv6 types 133 to 136 (also after a hop-by-hop header), IPv4 UDP from or to ports 67 and 68, IPv6 UDP from or to
 * ports 546 and 547 (but not behind extension headers, which nobody sends there), what TCP sends this host back to the ports of its
 * service probes (SYN-ACK and RST), and echo replies to its own pings, untagged or behind one or two VLAN tags.
 * Where the kernel took the outer tag off, the filter sees the frame without it. A load beyond the frame's end rejects it.
 */
export function packetFilter(): BpfInstruction[] {
  return assemble(LISTING);
}

const INSTRUCTION_LENGTH = 8;

/** `struct sock_filter[]`, little-endian. */
export function encodeFilter(program: readonly BpfInstruction[]): Uint8Array {
  const bytes = new Uint8Array(program.length * INSTRUCTION_LENGTH);
  const view = new DataView(bytes.buffer);
  program.forEach((instruction, i) => {
    view.setUint16(i * INSTRUCTION_LENGTH, instruction.code, true);
    view.setUint8(i * INSTRUCTION_LENGTH + 2, instruction.jumpTrue);
    view.setUint8(i * INSTRUCTION_LENGTH + 3, instruction.jumpFalse);
    view.setUint32(i * INSTRUCTION_LENGTH + 4, instruction.operand, true);
  });
  return bytes;
}

/** @param source where the source port is; the destination port follows. */
function acceptPorts(ports: readonly number[], source: number, label?: string): Line[] {
  const accepted = ports.map((port) => ({ code: IF_EQUAL, k: port, when: 'accept' }));
  return [
    { ...(label && { label }), code: LOAD_HALF_X, k: source },
    ...accepted,
    { code: LOAD_HALF_X, k: source + 2 },
    ...accepted,
  ];
}

function goIfTag(label: string): Line[] {
  return TAG_TYPES.map((type) => ({ code: IF_EQUAL, k: type, when: label }));
}

function assemble(listing: readonly Line[]): BpfInstruction[] {
  return listing.map((line, i) => {
    const distance = (label: string | undefined): number =>
      label === undefined ? 0 : listing.findIndex((target) => target.label === label) - i - 1;
    if (line.code === GO) return { code: GO, jumpTrue: 0, jumpFalse: 0, operand: distance(line.when) };
    return {
      code: line.code,
      jumpTrue: distance(line.when),
      jumpFalse: distance(line.otherwise),
      operand: line.k ?? 0,
    };
  });
}
