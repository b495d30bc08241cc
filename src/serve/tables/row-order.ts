// In which order rows of addresses are shown.
import { type IpAddress, ipv6Groups, isIpv4, type Mac } from '../../net/address.ts';
import type { Segment } from '../../watch/lan/segment.ts';

interface AddressRow {
  readonly ip: IpAddress;
  readonly mac: Mac | null;
  readonly segment: Segment;
}

/** A flooded table has tens of thousands of addresses to write. */
const PADDED = Array.from({ length: 256 }, (_, part) => String(part).padStart(3, '0'));

/** Text that sorts as addresses do: IPv4 by number, then IPv6 group by group. */
export function ipOrder(ip: IpAddress): string {
  if (!isIpv4(ip))
    return `6${ipv6Groups(ip)
      .map((group) => group.padStart(4, '0'))
      .join('')}`;
  const [a, b, c, d] = ip.split('.');
  return `4${PADDED[Number(a)]}${PADDED[Number(b)]}${PADDED[Number(c)]}${PADDED[Number(d)]}`;
}

/** By address, then by who has it, and where. */
export function rowOrder({ ip, mac, segment }: AddressRow): string {
  return `${ipOrder(ip)} ${mac} ${segment.name}`;
}
