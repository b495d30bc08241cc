// Ranges of addresses, for pools and DHCP ranges: configuration, not the frame path.
import {
  IPV4_LENGTH,
  IPV6_LENGTH,
  type IpAddress,
  ipMistake,
  ipv4At,
  ipv4Number,
  ipv6At,
  isIpv4,
  parseIp,
  writeIp,
} from './address.ts';

/** An inclusive range of one family. `first` and `last` are the addresses as numbers. */
export interface IpRange {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

const USUAL_IPV4_PREFIX = 24;
const USUAL_IPV6_PREFIX = 64;

export function numberOfIp(address: IpAddress): bigint {
  if (isIpv4(address)) return BigInt(ipv4Number(address));
  const bytes = new Uint8Array(IPV6_LENGTH);
  writeIp(bytes, 0, address);
  return bytes.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

export function ipOfNumber(family: 4 | 6, number: bigint): IpAddress {
  const bytes = new Uint8Array(family === 4 ? IPV4_LENGTH : IPV6_LENGTH);
  let rest = number;
  for (let i = bytes.length - 1; i >= 0; i -= 1) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return family === 4 ? ipv4At(bytes, 0) : ipv6At(bytes, 0);
}

/** The range of this one address. */
export function rangeOf(address: IpAddress): IpRange {
  const number = numberOfIp(address);
  return { family: isIpv4(address) ? 4 : 6, first: number, last: number };
}

/** All addresses of the network that an address is in, by the network's prefix length: at most 32 or 128. */
export function networkOf(address: IpAddress, prefixLength: number): IpRange {
  const family = isIpv4(address) ? 4 : 6;
  const hostMask = (1n << BigInt((family === 4 ? 32 : 128) - prefixLength)) - 1n;
  const number = numberOfIp(address);
  return { family, first: number & ~hostMask, last: number | hostMask };
}

/** The one of these networks that an address is in; where it is in none, the usual one of a LAN. */
export function networkAround(address: IpAddress, networks: readonly IpRange[]): IpRange {
  return (
    networks.find((network) => rangeContains(network, address)) ??
    networkOf(address, isIpv4(address) ? USUAL_IPV4_PREFIX : USUAL_IPV6_PREFIX)
  );
}

/** Without the first and the last address of a network, which no machine can have, but for networks of two. */
export function hostsOf(network: IpRange): IpRange {
  if (network.last - network.first < 2n) return network;
  return { ...network, first: network.first + 1n, last: network.last - 1n };
}

export function rangeContains(range: IpRange, address: IpAddress): boolean {
  if ((range.family === 4) !== isIpv4(address)) return false;
  const number = numberOfIp(address);
  return range.first <= number && number <= range.last;
}

/** The addresses both ranges hold, or undefined. */
export function rangeOverlap(a: IpRange, b: IpRange): IpRange | undefined {
  if (a.family !== b.family) return undefined;
  // biome-ignore lint/complexity/useMathMinMax: Math.max takes no bigint
  const first = a.first > b.first ? a.first : b.first;
  // biome-ignore lint/complexity/useMathMinMax: nor does Math.min
  const last = a.last < b.last ? a.last : b.last;
  return first <= last ? { family: a.family, first, last } : undefined;
}

/** `192.168.1.240-192.168.1.245`, or the single address. */
export function rangeText(range: IpRange): string {
  const first = ipOfNumber(range.family, range.first);
  return range.first === range.last ? first : `${first}-${ipOfNumber(range.family, range.last)}`;
}

/**
 * Parses `192.168.1.240-192.168.1.245`, `192.168.1.0/24`, `fd00::/120` or a single address. A CIDR stands for every
 * address of its network, whatever the host bits say, as in MetalLB. Returns what is wrong as a message otherwise.
 */
export function parseRange(text: string): IpRange | string {
  const [firstText = '', lastText, ...more] = text.split('-').map((part) => part.trim());
  if (more.length > 0) return `"${text}" is not a range: expected FIRST-LAST, a CIDR or an address`;
  if (lastText !== undefined) {
    const first = parseIp(firstText);
    const last = parseIp(lastText);
    if (!first) return ipMistake(firstText);
    if (!last) {
      const whole = isIpv4(first) && parseIp(first.replace(/\d+$/, lastText));
      return whole ? `"${text}" is cut short: write ${first}-${whole}` : ipMistake(lastText);
    }
    if (isIpv4(first) !== isIpv4(last)) return `"${text}" mixes IPv4 and IPv6`;
    const range: IpRange = {
      family: isIpv4(first) ? 4 : 6,
      first: numberOfIp(first),
      last: numberOfIp(last),
    };
    return range.first <= range.last ? range : `"${text}" runs backwards: write ${last}-${first}`;
  }
  const [addressText = '', prefixText, ...rest] = firstText.split('/');
  const address = parseIp(addressText);
  if (addressText.includes('%') && !address) return ipMistake(addressText);
  if (!address || rest.length > 0) return `"${text}" is not an IP address, a CIDR or a range FIRST-LAST`;
  const bits = isIpv4(address) ? 32 : 128;
  const prefix =
    prefixText === undefined ? bits : /^(0|[1-9]\d{0,2})$/.test(prefixText) ? Number(prefixText) : -1;
  if (prefix < 0 || prefix > bits) return `"${text}" has a bad prefix length: expected 0 to ${bits}`;
  return networkOf(address, prefix);
}
