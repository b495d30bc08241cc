// MACs that routers share (VRRP, HSRP).
import type { Mac } from '../../net/address.ts';

/**
 * The protocol and group behind a first-hop redundancy MAC, e.g. `VRRP virtual router 5`; null for any other MAC.
 * VRRP: RFC 9568, section 7.3 (IPv4 `00-00-5e-00-01-xx`, IPv6 `00-00-5e-00-02-xx`). HSRP: RFC 2281, section 5.4.
 */
export function virtualMacName(mac: Mac): string | null {
  const group = Number.parseInt(mac.slice(15), 16);
  switch (mac.slice(0, 15)) {
    case '00:00:5e:00:01:':
      return `VRRP virtual router ${group}`;
    case '00:00:5e:00:02:':
      return `VRRP virtual router ${group} (IPv6)`;
    case '00:00:0c:07:ac:':
      return `HSRP group ${group}`;
    default:
      return null;
  }
}
