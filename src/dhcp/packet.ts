// DHCPv4 messages (RFC 2131), with overloaded fields and long options (RFC 3396), and those of plain BOOTP (RFC 951).
import type { Writable } from '../base/writable.ts';
import {
  IPV4_LENGTH,
  type Ipv4,
  ipv4At,
  MAC_LENGTH,
  type Mac,
  macAt,
  writeIp,
  writeMac,
} from '../net/address.ts';
import { copyOfBytes, uint16At, uint32At } from '../net/bytes.ts';
import { accepted, type Decoded, refused } from '../net/result.ts';
import { type DhcpOption, messageType, OPTION } from './option.ts';

export const BOOT_REQUEST = 1;
export const BOOT_REPLY = 2;

export interface DhcpMessage {
  /** op: 1 from a client, 2 from a server. */
  readonly operation: number;
  readonly hardwareType: number; // htype
  /** How many relays it passed. */
  readonly hops: number;
  readonly transactionId: number; // xid
  /** Since the client began to ask. */
  readonly secondsElapsed: number; // secs
  /** The client asks for answers by broadcast. */
  readonly broadcast: boolean;
  readonly clientIp: Ipv4; // ciaddr
  readonly yourIp: Ipv4; // yiaddr
  /** The next server, to boot from; the DHCP server itself is in option 54. */
  readonly serverIp: Ipv4; // siaddr
  readonly relayIp: Ipv4; // giaddr
  readonly clientMac: Mac; // chaddr
  /** One character for each byte, so not yet safe to show. Null where options fill the field. */
  readonly serverName: string | null; // sname
  readonly bootFile: string | null; // file
  /** Plain BOOTP (RFC 951): without the magic cookie, and so without options. Absent in DHCP. */
  readonly isPlainBootp?: true;
  /** In order of appearance, those of one code joined into one. */
  readonly options: readonly DhcpOption[];
}

export interface DhcpPacket extends DhcpMessage {
  /** Option 53; null where it is malformed, and the message then means nothing, or absent, as in BOOTP. */
  readonly messageType: number | null;
}

/** `bootp`: a message without options, from before DHCP, that gives no address. */
export type DhcpRefusal = 'truncated' | 'bootp' | 'bad-hardware-address' | 'bad-option-length';

const OP = 0;
const HTYPE = 1;
const HLEN = 2;
const HOPS = 3;
const XID = 4;
const SECS = 8;
const FLAGS = 10;
const CIADDR = 12;
const YIADDR = CIADDR + IPV4_LENGTH;
const SIADDR = YIADDR + IPV4_LENGTH;
const GIADDR = SIADDR + IPV4_LENGTH;
const CHADDR = GIADDR + IPV4_LENGTH;
const SNAME = CHADDR + 16;
const FILE = SNAME + 64;
const COOKIE = FILE + 128;
const OPTIONS = COOKIE + 4;

/** The hardware type that ARP has for it, too. */
const ETHERNET = 1;
const MAGIC_COOKIE = 0x63825363;
const BROADCAST = 0x8000;
const OVERLOADS_FILE = 1;
const OVERLOADS_SNAME = 2;
const MAX_OPTION = 255;
/** BOOTP's own length; some relays and servers drop what is shorter (RFC 1542, section 2.1). */
const MINIMUM_LENGTH = 300;

const TRUNCATED = refused('truncated');
const IS_BOOTP = refused('bootp');
const BAD_HARDWARE_ADDRESS = refused('bad-hardware-address');
const BAD_OPTION_LENGTH = refused('bad-option-length');

/** The bounds are those of the UDP payload. Values are copied, as the frame's buffer is used again. */
export function decodeDhcp(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): Decoded<DhcpPacket, DhcpRefusal> {
  if (end - start < OPTIONS) return TRUNCATED;
  const hasCookie = uint32At(bytes, start + COOKIE) === MAGIC_COOKIE;
  if (!hasCookie && !mayBeBootpReply(bytes, start)) return IS_BOOTP;
  if (bytes[start + HLEN] !== MAC_LENGTH) return BAD_HARDWARE_ADDRESS;

  const parts: OptionPart[] = [];
  PLACES.fill(0);
  if (hasCookie && !collectOptions(parts, bytes, start + OPTIONS, end)) return BAD_OPTION_LENGTH;
  // RFC 3396 section 5: first the options field, then file, then sname.
  const overload = parts[PLACES[OPTION.overload]! - 1]?.value[0] ?? 0;
  const fileHasOptions = (overload & OVERLOADS_FILE) !== 0;
  const snameHasOptions = (overload & OVERLOADS_SNAME) !== 0;
  if (fileHasOptions && !collectOptions(parts, bytes, start + FILE, start + COOKIE)) return BAD_OPTION_LENGTH;
  if (snameHasOptions && !collectOptions(parts, bytes, start + SNAME, start + FILE)) return BAD_OPTION_LENGTH;

  // Of one shape, whatever is in it: what is spread into an object takes longer than all the rest.
  const packet: Writable<DhcpPacket> = {
    operation: bytes[start + OP]!,
    hardwareType: bytes[start + HTYPE]!,
    hops: bytes[start + HOPS]!,
    transactionId: uint32At(bytes, start + XID),
    secondsElapsed: uint16At(bytes, start + SECS),
    broadcast: (uint16At(bytes, start + FLAGS) & BROADCAST) !== 0,
    clientIp: ipv4At(bytes, start + CIADDR),
    yourIp: ipv4At(bytes, start + YIADDR),
    serverIp: ipv4At(bytes, start + SIADDR),
    relayIp: ipv4At(bytes, start + GIADDR),
    clientMac: macAt(bytes, start + CHADDR),
    serverName: snameHasOptions ? null : textAt(bytes, start + SNAME, start + FILE),
    bootFile: fileHasOptions ? null : textAt(bytes, start + FILE, start + COOKIE),
    options: parts,
    messageType: messageType({ options: parts }),
  };
  if (!hasCookie) packet.isPlainBootp = true;
  return accepted(packet);
}

/** Nothing in BOOTP says that it is BOOTP: a reply over Ethernet to a single machine. A request says nothing of addresses. */
function mayBeBootpReply(bytes: Uint8Array, start: number): boolean {
  const isGroup = (bytes[start + CHADDR]! & 1) !== 0;
  return bytes[start + OP] === BOOT_REPLY && bytes[start + HTYPE] === ETHERNET && !isGroup;
}

/** While a message is decoded: where each option stands among those seen, from 1 on; 0: it was not seen. */
const PLACES = new Uint8Array(256);

/** An option, as far as its pieces were seen. */
interface OptionPart {
  readonly code: number;
  value: Uint8Array;
}

/** False where an option runs past the end. A field may end without its end option. */
function collectOptions(parts: OptionPart[], bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    const code = bytes[at]!;
    at += 1;
    if (code === OPTION.end) return true;
    if (code === OPTION.pad) continue;
    if (at === end) return false;
    const valueEnd = at + 1 + bytes[at]!;
    if (valueEnd > end) return false;
    const piece = valueAt(bytes, at + 1, valueEnd);
    const part = parts[PLACES[code]! - 1];
    if (part) part.value = joined(part.value, piece);
    else PLACES[code] = parts.push({ code, value: piece });
    at = valueEnd;
  }
  return true;
}

/** The latest value of each slot: most of what comes has come before, and nobody writes to it. */
const SLOTS = 256;
const SHORT = 32;
const slotValue = new Array<Uint8Array>(SLOTS).fill(new Uint8Array());

function valueAt(bytes: Uint8Array, start: number, end: number): Uint8Array {
  if (end - start > SHORT) return copyOfBytes(bytes, start, end);
  let hash = end - start;
  for (let i = start; i < end; i += 1) hash = (Math.imul(hash, 31) + bytes[i]!) | 0;
  const slot = hash & (SLOTS - 1);
  const known = slotValue[slot]!;
  if (isAt(known, bytes, start, end)) return known;
  const value = copyOfBytes(bytes, start, end);
  slotValue[slot] = value;
  return value;
}

function isAt(value: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (value.length !== end - start) return false;
  for (let i = 0; i < value.length; i += 1) if (value[i] !== bytes[start + i]) return false;
  return true;
}

function joined(before: Uint8Array, piece: Uint8Array): Uint8Array {
  const value = new Uint8Array(before.length + piece.length);
  value.set(before);
  value.set(piece, before.length);
  return value;
}

function textAt(bytes: Uint8Array, start: number, end: number): string {
  if (bytes[start] === 0) return '';
  const zero = bytes.indexOf(0, start);
  return String.fromCharCode(...bytes.subarray(start, zero < 0 || zero > end ? end : zero));
}

/** The UDP payload, options over 255 bytes split (RFC 3396), filled up to BOOTP's length. */
export function encodeDhcp(message: DhcpMessage): Uint8Array {
  const options = message.isPlainBootp ? [] : message.options.flatMap(encodeOption);
  const bytes = new Uint8Array(Math.max(OPTIONS + options.length + 1, MINIMUM_LENGTH));
  const view = new DataView(bytes.buffer);
  view.setUint8(OP, message.operation);
  view.setUint8(HTYPE, message.hardwareType);
  view.setUint8(HLEN, MAC_LENGTH);
  view.setUint8(HOPS, message.hops);
  view.setUint32(XID, message.transactionId);
  view.setUint16(SECS, message.secondsElapsed);
  view.setUint16(FLAGS, message.broadcast ? BROADCAST : 0);
  writeIp(bytes, CIADDR, message.clientIp);
  writeIp(bytes, YIADDR, message.yourIp);
  writeIp(bytes, SIADDR, message.serverIp);
  writeIp(bytes, GIADDR, message.relayIp);
  writeMac(bytes, CHADDR, message.clientMac);
  writeText(bytes, SNAME, FILE, message.serverName);
  writeText(bytes, FILE, COOKIE, message.bootFile);
  if (message.isPlainBootp) return bytes;
  view.setUint32(COOKIE, MAGIC_COOKIE);
  bytes.set(options, OPTIONS);
  bytes[OPTIONS + options.length] = OPTION.end;
  return bytes;
}

function encodeOption({ code, value }: DhcpOption): number[] {
  const encoded: number[] = [];
  let at = 0;
  do {
    const piece = value.subarray(at, at + MAX_OPTION);
    encoded.push(code, piece.length, ...piece);
    at += MAX_OPTION;
  } while (at < value.length);
  return encoded;
}

/** Cut to the field where it is longer. */
function writeText(bytes: Uint8Array, start: number, end: number, text: string | null): void {
  const characters = (text ?? '').slice(0, end - start);
  for (let i = 0; i < characters.length; i += 1) bytes[start + i] = characters.charCodeAt(i);
}
