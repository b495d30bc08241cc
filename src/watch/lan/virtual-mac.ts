// MACs that machines share by a protocol of their own: router redundancy (VRRP, HSRP, GLBP) and load balancing in multicast mode.
import { isGroupMac, type Mac } from '../../net/address.ts';

/** All of them begin with it, but for those that are groups. */
const PREFIX = '00:0';
const GROUP = 'a multicast MAC, as of Microsoft NLB';

/**
 * The protocol and group behind a virtual MAC, e.g. `VRRP virtual router 5`; null for any other MAC.
 * VRRP: RFC 9568, section 7.3 (IPv4 `00-00-5e-00-01-xx`, IPv6 `00-00-5e-00-02-xx`). HSRP: RFC 2281, section 5.4; its version 2
 * and GLBP by Cisco's documentation.
 */
export function virtualMacName(mac: Mac): string | null {
  if (!mac.startsWith(PREFIX)) return isGroupMac(mac) ? GROUP : null;
  const group = Number.parseInt(mac.slice(15), 16);
  switch (mac.slice(0, 15)) {
    case '00:00:5e:00:01:':
      return `VRRP virtual router ${group}`;
    case '00:00:5e:00:02:':
      return `VRRP virtual router ${group} (IPv6)`;
    case '00:00:0c:07:ac:':
      return `HSRP group ${group}`;
    default:
      return longGroupName(mac) ?? (isGroupMac(mac) ? GROUP : null);
  }
}

/** A VRRP router's: keepalived with `use_vmac` answers under it, on a node as on any other machine. */
export function isVrrp(mac: Mac): boolean {
  return mac.startsWith('00:00:5e:00:01:') || mac.startsWith('00:00:5e:00:02:');
}

/** HSRP version 2 and GLBP have more groups than a byte can number. */
function longGroupName(mac: Mac): string | null {
  const lastTwo = Number.parseInt(mac.slice(12, 14) + mac.slice(15), 16);
  const group = lastTwo % 0x1000;
  if (mac.startsWith('00:00:0c:9f:f')) return `HSRP version 2 group ${group}`;
  if (mac.startsWith('00:05:73:a0:0')) return `HSRP version 2 group ${group} (IPv6)`;
  if (!mac.startsWith('00:07:b4:')) return null;
  return `GLBP group ${Number.parseInt(mac.slice(9, 11) + mac.slice(12, 14), 16) % 0x400}, forwarder ${Number.parseInt(mac.slice(15), 16)}`;
}
