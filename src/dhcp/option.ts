// DHCP options (RFC 2132) and what vipwatch reads of them. An option of a wrong length reads as null.
import { IPV4_LENGTH, type Ipv4, ipv4At, UNSPECIFIED_IPV4 } from '../net/address.ts';
import { uint32At } from '../net/bytes.ts';

export interface DhcpOption {
  readonly code: number;
  readonly value: Uint8Array;
}

export const OPTION = {
  pad: 0,
  routers: 3,
  dnsServers: 6,
  hostName: 12,
  requestedIp: 50,
  leaseSeconds: 51,
  overload: 52,
  messageType: 53,
  serverIdentifier: 54,
  parameterList: 55,
  vendorClass: 60,
  clientIdentifier: 61,
  rapidCommit: 80,
  end: 255,
} as const;

// Option 53; RFC 3203, RFC 4388 and others added more.
export const DHCPDISCOVER = 1;
export const DHCPOFFER = 2;
export const DHCPREQUEST = 3;
export const DHCPDECLINE = 4;
export const DHCPACK = 5;
export const DHCPNAK = 6;
export const DHCPRELEASE = 7;
export const DHCPINFORM = 8;

const MESSAGE_TYPE_NAMES: Readonly<Record<number, string>> = {
  [DHCPDISCOVER]: 'discover',
  [DHCPOFFER]: 'offer',
  [DHCPREQUEST]: 'request',
  [DHCPDECLINE]: 'decline',
  [DHCPACK]: 'ack',
  [DHCPNAK]: 'nak',
  [DHCPRELEASE]: 'release',
  [DHCPINFORM]: 'inform',
};

/** The lower-case word; `other` for a type beyond RFC 2131 or none, so that the words stay few. */
export function messageTypeName(type: number | null): string {
  return (type === null ? undefined : MESSAGE_TYPE_NAMES[type]) ?? 'other';
}

/** 0xffffffff in a time option, RFC 2131 section 3.3. */
const INFINITE = 0xffffffff;
const MAX_PRINTABLE = 255;
/** What network boot puts at the beginning of option 60: PXE, and HTTP boot by UEFI. */
const BOOT_CLASSES = ['PXEClient', 'HTTPClient'];
const UTF8 = new TextDecoder();
const SPACE = 0x20;
const TILDE = 0x7e;
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}]/gu;

interface WithOptions {
  readonly options: readonly DhcpOption[];
}

function optionValue({ options }: WithOptions, code: number): Uint8Array | undefined {
  return options.find((option) => option.code === code)?.value;
}

/** The number as it came, known or not. */
export function messageType(packet: WithOptions): number | null {
  const value = optionValue(packet, OPTION.messageType);
  return value?.length === 1 ? value[0]! : null;
}

export function requestedIp(packet: WithOptions): Ipv4 | null {
  return ipv4Of(packet, OPTION.requestedIp);
}

/** An unspecified one names nobody. */
export function serverIdentifier(packet: WithOptions): Ipv4 | null {
  const server = ipv4Of(packet, OPTION.serverIdentifier);
  return server === UNSPECIFIED_IPV4 ? null : server;
}

/** The gateway that the client is told to take: the first of those named (RFC 2132, section 3.5). */
export function gateway(packet: WithOptions): Ipv4 | null {
  const value = optionValue(packet, OPTION.routers);
  return value !== undefined && value.length >= IPV4_LENGTH ? ipv4At(value, 0) : null;
}

/** All that are named (RFC 2132, section 3.5). */
export function gateways(packet: WithOptions): Ipv4[] {
  return ipv4sOf(packet, OPTION.routers);
}

/** RFC 2132, section 3.8. */
export function dnsServers(packet: WithOptions): Ipv4[] {
  return ipv4sOf(packet, OPTION.dnsServers);
}

function ipv4sOf(packet: WithOptions, code: number): Ipv4[] {
  const value = optionValue(packet, code);
  if (value === undefined || value.length % IPV4_LENGTH !== 0) return [];
  return Array.from({ length: value.length / IPV4_LENGTH }, (_, i) => ipv4At(value, i * IPV4_LENGTH));
}

/** Infinity for a lease that never ends. */
export function leaseSeconds(packet: WithOptions): number | null {
  return secondsOf(packet, OPTION.leaseSeconds);
}

/** Safe to log; null where absent or empty. RFC 2132 section 2: NULs at the end are no part of it. */
export function hostname(packet: WithOptions): string | null {
  const value = optionValue(packet, OPTION.hostName);
  if (value === undefined) return null;
  let end = value.length;
  while (end > 0 && value[end - 1] === 0) end -= 1;
  if (end === 0) return null;
  return plainText(value, end) ?? printable(UTF8.decode(value.subarray(0, end)));
}

/** The latest name of each slot: a name that is known is made no second time, as those of addresses are. */
const SLOTS = 256;
const slotName = new Array<string>(SLOTS).fill('');

/** Of printable ASCII alone, as nearly all names are; null where it is not. Decoders take much longer for so little. */
function plainText(bytes: Uint8Array, end: number): string | null {
  let hash = end;
  for (let i = 0; i < end; i += 1) {
    const byte = bytes[i]!;
    if (byte < SPACE || byte > TILDE) return null;
    hash = (Math.imul(hash, 31) + byte) | 0;
  }
  if (end > MAX_PRINTABLE) return null;
  const slot = hash & (SLOTS - 1);
  const known = slotName[slot]!;
  if (isText(known, bytes, end)) return known;
  const name = String.fromCharCode(...bytes.subarray(0, end));
  slotName[slot] = name;
  return name;
}

function isText(text: string, bytes: Uint8Array, end: number): boolean {
  if (text.length !== end) return false;
  for (let i = 0; i < end; i += 1) if (text.charCodeAt(i) !== bytes[i]) return false;
  return true;
}

/** As lower-case hex, type byte first; null where it is shorter than the two bytes of RFC 2132 section 9.14. */
export function clientIdentifier(packet: WithOptions): string | null {
  const value = optionValue(packet, OPTION.clientIdentifier);
  return value !== undefined && value.length >= 2 ? value.toHex() : null;
}

/** The client takes the address that it is given without asking for it once more (RFC 4039). */
export function hasRapidCommit(packet: WithOptions): boolean {
  return optionValue(packet, OPTION.rapidCommit) !== undefined;
}

/** Asked or answered to learn where to boot from. */
export function isOfNetworkBoot(packet: WithOptions): boolean {
  const value = optionValue(packet, OPTION.vendorClass);
  if (value === undefined) return false;
  const text = String.fromCharCode(...value.subarray(0, MAX_PRINTABLE));
  return BOOT_CLASSES.some((boot) => text.startsWith(boot));
}

/** The client names itself so in option 60. */
export function isOfClass(packet: WithOptions, vendorClass: string): boolean {
  const value = optionValue(packet, OPTION.vendorClass);
  return value?.length === vendorClass.length && String.fromCharCode(...value) === vendorClass;
}

/** The codes that the client asks for: a fingerprint of its kind. */
export function parameterList(packet: WithOptions): readonly number[] | null {
  const value = optionValue(packet, OPTION.parameterList);
  return value === undefined ? null : [...value];
}

/**
 * Text from the network made safe for logs, labels and terminals: controls, direction overrides, line separators and
 * whatever was no UTF-8 become U+FFFD, and at most 255 characters are kept.
 */
export function printable(text: string): string {
  // Cut between characters, not within a surrogate pair.
  const characters = [...text.slice(0, 2 * MAX_PRINTABLE)].slice(0, MAX_PRINTABLE);
  return characters.join('').replaceAll(UNSAFE, '\ufffd');
}

function ipv4Of(packet: WithOptions, code: number): Ipv4 | null {
  const value = optionValue(packet, code);
  return value?.length === IPV4_LENGTH ? ipv4At(value, 0) : null;
}

function secondsOf(packet: WithOptions, code: number): number | null {
  const value = optionValue(packet, code);
  if (value?.length !== 4) return null;
  const seconds = uint32At(value, 0);
  return seconds === INFINITE ? Number.POSITIVE_INFINITY : seconds;
}
