// Addresses as branded canonical text: Map keys, JSON values and labels all at once (RFC 5952 for IPv6).
import { isIP } from 'node:net';
import { uint16At, uint32At } from './bytes.ts';

declare const brand: unique symbol;
export type Mac = string & { readonly [brand]: 'mac' };
export type Ipv4 = string & { readonly [brand]: 'ipv4' };
export type Ipv6 = string & { readonly [brand]: 'ipv6' };
export type IpAddress = Ipv4 | Ipv6;

export const MAC_LENGTH = 6;
export const IPV4_LENGTH = 4;
export const IPV6_LENGTH = 16;

export const BROADCAST_MAC = 'ff:ff:ff:ff:ff:ff' as Mac;
export const ZERO_MAC = '00:00:00:00:00:00' as Mac;
export const UNSPECIFIED_IPV4 = '0.0.0.0' as Ipv4;
export const BROADCAST_IPV4 = '255.255.255.255' as Ipv4;
export const UNSPECIFIED_IPV6 = '::' as Ipv6;
const LOOPBACK_IPV6 = '::1' as Ipv6;

const DOT = 0x2e;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

// Text is made once per address and found again by its number: a frame from a known host allocates no string.
// Direct-mapped, so that a flood of spoofed addresses overwrites slots instead of growing memory.
const SLOTS = 4096;
const slotMacHigh = new Uint32Array(SLOTS);
const slotMacLow = new Uint32Array(SLOTS);
const slotMac = new Array<Mac>(SLOTS).fill(ZERO_MAC);
const slotIpv4Number = new Uint32Array(SLOTS);
const slotIpv4 = new Array<Ipv4>(SLOTS).fill(UNSPECIFIED_IPV4);
const slotIpv6Words = new Uint32Array(SLOTS * 4);
const slotIpv6 = new Array<Ipv6>(SLOTS).fill(UNSPECIFIED_IPV6);

function slotOf(number: number): number {
  return (Math.imul(number, 0x9e3779b1) >>> 20) & (SLOTS - 1);
}

/** Reads six bytes; the caller has checked the length. */
export function macAt(bytes: Uint8Array, offset: number): Mac {
  const high = uint16At(bytes, offset);
  const low = uint32At(bytes, offset + 2);
  const slot = slotOf(low ^ high);
  if (slotMacLow[slot] === low && slotMacHigh[slot] === high) return slotMac[slot]!;
  const text = `${HEX[bytes[offset]!]}:${HEX[bytes[offset + 1]!]}:${HEX[bytes[offset + 2]!]}:${HEX[bytes[offset + 3]!]}:${HEX[bytes[offset + 4]!]}:${HEX[bytes[offset + 5]!]}`;
  slotMacLow[slot] = low;
  slotMacHigh[slot] = high;
  slotMac[slot] = text as Mac;
  return text as Mac;
}

/** Reads four bytes; the caller has checked the length. */
export function ipv4At(bytes: Uint8Array, offset: number): Ipv4 {
  const number = uint32At(bytes, offset);
  const slot = slotOf(number);
  if (slotIpv4Number[slot] === number) return slotIpv4[slot]!;
  const text = `${bytes[offset]}.${bytes[offset + 1]}.${bytes[offset + 2]}.${bytes[offset + 3]}`;
  slotIpv4Number[slot] = number;
  slotIpv4[slot] = text as Ipv4;
  return text as Ipv4;
}

/** Reads sixteen bytes; the caller has checked the length. RFC 5952: lower case, longest run of zeros shortened. */
export function ipv6At(bytes: Uint8Array, offset: number): Ipv6 {
  const a = uint32At(bytes, offset);
  const b = uint32At(bytes, offset + 4);
  const c = uint32At(bytes, offset + 8);
  const d = uint32At(bytes, offset + 12);
  const slot = slotOf(a ^ Math.imul(b, 3) ^ Math.imul(c, 5) ^ d);
  const at = slot * 4;
  const known = slotIpv6Words;
  if (known[at] === a && known[at + 1] === b && known[at + 2] === c && known[at + 3] === d)
    return slotIpv6[slot]!;
  const text = ipv6Text(bytes, offset);
  known[at] = a;
  known[at + 1] = b;
  known[at + 2] = c;
  known[at + 3] = d;
  slotIpv6[slot] = text;
  return text;
}

function ipv6Text(bytes: Uint8Array, offset: number): Ipv6 {
  const groups: number[] = [];
  for (let i = 0; i < IPV6_LENGTH; i += 2) groups.push(uint16At(bytes, offset + i));
  let runStart = -1;
  let runLength = 1;
  for (let i = 0; i < groups.length; ) {
    let end = i;
    while (end < groups.length && groups[end] === 0) end += 1;
    if (end - i > runLength) {
      runStart = i;
      runLength = end - i;
    }
    i = end + 1;
  }
  const text = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  if (runStart < 0) return text(0, 8) as Ipv6;
  return `${text(0, runStart)}::${text(runStart + runLength, 8)}` as Ipv6;
}

/** Six hex pairs joined by `:` or `-`, or three groups of four joined by `.` as Cisco writes them, any case; else undefined. */
export function parseMac(text: string): Mac | undefined {
  const isPairs = /^[0-9a-f]{2}([:-])[0-9a-f]{2}(\1[0-9a-f]{2}){4}$/i.test(text);
  if (!isPairs && !/^[0-9a-f]{4}(\.[0-9a-f]{4}){2}$/i.test(text)) return undefined;
  const digits = text.toLowerCase().replaceAll(/[^0-9a-f]/g, '');
  return digits.replaceAll(/..(?!$)/g, '$&:') as Mac;
}

/** Canonical text of an address without zone or prefix; undefined for anything else. */
export function parseIp(text: string): IpAddress | undefined {
  const version = isIP(text);
  if (version === 4) return text as Ipv4;
  if (version !== 6 || text.includes('%')) return undefined;
  return ipv6At(ipv6Bytes(text), 0);
}

/** What is wrong with a text that is no IP address, and what to write instead where that can be told. */
export function ipMistake(text: string): string {
  const mistake = `"${text}" is not an IP address`;
  const [address = '', zone] = text.split('%');
  if (zone !== undefined && parseIp(address)) return `${mistake}: leave out the zone %${zone}`;
  const [network = '', prefix] = text.split('/');
  if (prefix !== undefined && parseIp(network)) return `${mistake}: leave out /${prefix}`;
  return mistake;
}

export function isIpv4(address: IpAddress): address is Ipv4 {
  // On the path of every frame: the first dot of an IPv4 address is its second to fourth character.
  for (let i = 1; i <= 3; i += 1) if (address.charCodeAt(i) === DOT) return true;
  return false;
}

/** Its twelve hex digits alone. */
export function hexOfMac(mac: Mac): string {
  // At one go: each DHCP client is known by it.
  const at = (index: number) => mac.charCodeAt(index);
  return String.fromCharCode(
    at(0),
    at(1),
    at(3),
    at(4),
    at(6),
    at(7),
    at(9),
    at(10),
    at(12),
    at(13),
    at(15),
    at(16),
  );
}

export function writeMac(bytes: Uint8Array, offset: number, mac: Mac): void {
  for (let i = 0; i < MAC_LENGTH; i += 1)
    bytes[offset + i] = Number.parseInt(mac.slice(i * 3, i * 3 + 2), 16);
}

/** The address as an unsigned 32-bit number. */
export function ipv4Number(address: Ipv4): number {
  let number = 0;
  let part = 0;
  for (let i = 0; i < address.length; i += 1) {
    const code = address.charCodeAt(i);
    if (code === DOT) {
      number = number * 256 + part;
      part = 0;
    } else {
      part = part * 10 + code - 0x30;
    }
  }
  return number * 256 + part;
}

/** Writes 4 or 16 bytes, by the address's family. */
export function writeIp(bytes: Uint8Array, offset: number, address: IpAddress): void {
  bytes.set(isIpv4(address) ? address.split('.').map(Number) : ipv6Bytes(address), offset);
}

/** The group bit of the first byte (IEEE 802): broadcast and multicast, which no single station should use as its own. */
export function isGroupMac(mac: Mac): boolean {
  // The lowest bit of the second hex digit: `0` to `9` are odd where their codes are, `a` to `f` where theirs are even.
  const digit = mac.charCodeAt(1);
  const odd = (digit & 1) === 1;
  return digit <= 0x39 ? odd : !odd;
}

/** Why nobody can have an address that is no host's. */
export const NO_HOST_ADDRESS = 'no machine can have it (unspecified, loopback, multicast or broadcast)';

/** An address that one station can own: not unspecified, loopback, multicast or broadcast. */
export function isHostAddress(address: IpAddress): boolean {
  if (isIpv4(address)) {
    const first = firstOctet(address);
    const multicast = first >= 224 && first <= 239;
    return address !== UNSPECIFIED_IPV4 && first !== 127 && !multicast && address !== BROADCAST_IPV4;
  }
  return address !== UNSPECIFIED_IPV6 && address !== LOOPBACK_IPV6 && !isMulticastIpv6(address);
}

function firstOctet(address: Ipv4): number {
  let octet = 0;
  for (let i = 0; i < 3; i += 1) {
    const code = address.charCodeAt(i);
    if (code === DOT) break;
    octet = octet * 10 + code - 0x30;
  }
  return octet;
}

export function isMulticastIpv6(address: Ipv6): boolean {
  // `ff02::1`, but not `ff::1`, whose first group is 00ff.
  return address.startsWith('ff') && address.charAt(4) === ':';
}

/** fe80::/10, of which each interface that speaks IPv6 has one (RFC 4291, 2.5.6). IPv4 has none here. */
export function isLinkLocal(address: IpAddress): boolean {
  return /^fe[89ab][0-9a-f]:/.test(address);
}

/** The eight groups as they are written, with the zeros that `::` stands for; of an address without a dotted end. */
export function ipv6Groups(text: string): string[] {
  const [head = '', tail = ''] = text.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  return [...before, ...new Array<string>(8 - before.length - after.length).fill('0'), ...after];
}

function ipv6Bytes(text: string): Uint8Array {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  const pure = dotted
    ? `${dotted[1]}${HEX[Number(dotted[2])]}${HEX[Number(dotted[3])]}:${HEX[Number(dotted[4])]}${HEX[Number(dotted[5])]}`
    : text;
  const bytes = new Uint8Array(IPV6_LENGTH);
  ipv6Groups(pure).forEach((group, i) => {
    const value = Number.parseInt(group, 16);
    bytes[i * 2] = value >> 8;
    bytes[i * 2 + 1] = value & 0xff;
  });
  return bytes;
}
