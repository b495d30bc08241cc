// Who asks: one machine counts once, however many addresses it has at its command.
import { type IpAddress, ipv6Groups, isIpv4, parseIp } from '../../net/address.ts';

/** Where a connection comes from: this node, another node or a Pod of its cluster, or anybody else. */
export type Origin = 'node' | 'cluster' | 'stranger';

/** Of a machine that its address cannot be told of. */
const UNKNOWN = '?';

/** The machine behind an address: of IPv6, its network of 64 bits. Other text stands for itself. */
export function clientOf(address: string | undefined): string {
  if (address === undefined) return UNKNOWN;
  const ip = ipOf(address);
  if (ip === undefined || isIpv4(ip)) return ip ?? address;
  return ipv6Groups(ip).slice(0, 4).join(':');
}

/** As the system writes the address of a connection: IPv4 within IPv6, and with a zone. */
export function ipOf(address: string): IpAddress | undefined {
  return parseIp(address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, ''));
}
