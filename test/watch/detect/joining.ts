// A machine joins the LAN by DHCP, as the rest of the LAN sees it.
import type { Ipv4 } from '../../../src/net/address.ts';
import { ip, type Lan, PHONE } from '../lan.ts';

/** What a switch lets everyone see of an exchange: the OFFER and the ACK are unicast. */
export function joins(lan: Lan, address: Ipv4, client = PHONE): Lan {
  return lan
    .dhcp({ type: 'discover', client })
    .dhcp({ type: 'request', client, requested: address, server: ip('192.168.1.1'), hostname: 'luca-phone' });
}
