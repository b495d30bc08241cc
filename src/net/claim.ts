// The claim that ARP and NDP packets both come down to: a MAC says that it owns an address.
import type { IpAddress, Mac } from './address.ts';

/**
 * `announcement`: ARP with sender IP = target IP, or an unsolicited NA. `reply`: a solicited answer. `request`: the
 * sender pair of an ordinary ARP request or NS. `acd-probe` (RFC 5227) and `dad` (RFC 4862) come from the unspecified
 * address: no claim yet, someone is about to take the address.
 */
export type ClaimKind = 'announcement' | 'reply' | 'request' | 'acd-probe' | 'dad';

export interface Claim {
  readonly kind: ClaimKind;
  readonly ip: IpAddress;
  readonly mac: Mac;
}
