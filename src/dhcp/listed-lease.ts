// A lease as a DHCP server's own table lists it.
import type { Seconds } from '../base/time.ts';
import type { Ipv4, Mac } from '../net/address.ts';

export interface ListedLease {
  readonly ip: Ipv4;
  readonly mac: Mac;
  /** Option 61 as hex; null where the table does not tell. */
  readonly clientId: string | null;
  /** Safe to show; null where the table has none. */
  readonly hostname: string | null;
  /** Unix time; Infinity: never ends; null: not known. */
  readonly expiresAt: Seconds | null;
}
