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

/** Whether a node reaches the speakers of the others by memberlist's port. */
export interface MemberlistFacts {
  readonly from: string;
  /** `silent`: nobody answers, as behind a firewall that drops. `away`: the machine itself cannot be reached. */
  readonly others: readonly {
    readonly node: string;
    readonly ip: IpAddress;
    readonly port: number;
    readonly reach: 'open' | 'refused' | 'silent' | 'away';
  }[];
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
  /** Null: it was not asked from a node. */
  readonly memberlist: MemberlistFacts | null;
}

/** A DHCP server that offered an address, and what it tells its clients. */
export interface AnsweringServer {
  readonly ip: Ipv4;
  /** The last sender of its OFFERs: its own, or a relay's. */
  readonly mac: Mac;
  readonly gateways: readonly Ipv4[];
  readonly dnsServers: readonly Ipv4[];
}

/** What DHCP servers answered to DISCOVERs, of which each asks for one address. */
export interface AskedDhcp {
  readonly servers: readonly AnsweringServer[];
  /** Addresses that were asked for. */
  readonly asked: readonly Ipv4[];
  /** It would lease the very address. */
  readonly offered: readonly { readonly ip: Ipv4; readonly server: Ipv4 }[];
  /** It heeds what it is asked for, and offered another one. */
  readonly refused: readonly { readonly ip: Ipv4; readonly server: Ipv4 }[];
}

/** Of Pods behind VIPs that mount volumes, by `namespace/name`. */
export interface ReadLogs {
  /** Those that speak of rights to files. */
  readonly lines: ReadonlyMap<string, readonly string[]>;
  /** Why a log could not be read. */
  readonly failed: ReadonlyMap<string, string>;
}

export interface Facts {
  readonly dhcp: DhcpFacts;
  /** Absent, or a text that says why: no DHCP server was asked. */
  readonly asked?: AskedDhcp | string;
  /** Absent: no log was read. */
  readonly logs?: ReadLogs;
  /** Null: it was not asked. */
  readonly wire: WireFacts | null;
  /** Where the configuration says that MetalLB runs; null: it does not say. */
  readonly metallbNamespace: string | null;
  /** Pools of other clusters on the same LAN; null: none were named. */
  readonly also: readonly CheckedPool[] | null;
}
