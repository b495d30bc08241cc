// What is known beside the cluster's objects: of DHCP, of the LAN, and of other clusters on it.
import type { ListedLease } from '../../dhcp/listed-lease.ts';
import type { Reservation } from '../../dhcp/router-knowledge.ts';
import type { IpAddress, Ipv4, Mac } from '../../net/address.ts';
import type { IpRange } from '../../net/range.ts';
import type { CheckedPool } from './metallb.ts';

export interface KnownDhcpRange {
  readonly range: IpRange;
  /** Who says so: `--dhcp-range`, `dhcp.ranges`, or a server. */
  readonly by: string;
}

export interface DhcpFacts {
  readonly ranges: readonly KnownDhcpRange[];
  /** Of an imported table, with those that have ended; null: none was read. */
  readonly leases: readonly ListedLease[] | null;
  readonly reservations: readonly Reservation[];
  /** The servers that should answer; null: the configuration does not say. */
  readonly expectedServers: readonly Ipv4[] | null;
}

/** What the LAN was asked, and answered. */
export interface WireFacts {
  readonly interface: string;
  readonly networks: readonly IpRange[];
  readonly gateways: readonly IpAddress[];
  /** Null: pool addresses were not asked for. */
  readonly answers: readonly { readonly ip: IpAddress; readonly mac: Mac }[] | null;
  /** Those that answer for an address that nobody has, too: routers with proxy ARP. */
  readonly answersForAll: readonly Mac[];
  /** Null: no DHCP server was asked. */
  readonly dhcpServers: readonly { readonly ip: Ipv4; readonly offersAddresses: boolean }[] | null;
  readonly dnsServers: readonly IpAddress[];
}

export interface Facts {
  readonly dhcp: DhcpFacts;
  /** Null: it was not asked. */
  readonly wire: WireFacts | null;
  /** Where the configuration says that MetalLB runs; null: it does not say. */
  readonly metallbNamespace: string | null;
  /** Pools of other clusters on the same LAN; null: none were named. */
  readonly also: readonly CheckedPool[] | null;
}
