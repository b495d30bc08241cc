// What one DHCP message says about a lease (RFC 2131).
import type { Ipv4, Mac } from '../net/address.ts';

export type LeaseState = 'offered' | 'requested' | 'acknowledged' | 'declined' | 'released' | 'refused';

/** One step in the life of a lease, as one message or one line of a lease file shows it. */
export interface LeaseStep {
  readonly state: LeaseState;
  readonly ip: Ipv4;
  readonly mac: Mac;
  /** Who the server takes the client for: option 61 as hex, else its hardware address (RFC 2131, section 4.2). */
  readonly clientId: string;
  /** The client asks for the address it had before (INIT-REBOOT), which the server may still refuse. */
  readonly unconfirmed: boolean;
  /** The server's identifier (option 54), null where the message names none. */
  readonly server: Ipv4 | null;
  /** The client's host name (option 12), with anything unprintable replaced. */
  readonly hostname: string | null;
  /** The lease's length in seconds (option 51); null where unknown, Infinity for a lease that never ends. */
  readonly seconds: number | null;
}
