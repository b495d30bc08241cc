// What the watcher shows of itself: rows for the API, the metrics and the journal, and the events it reports.

import type { Micros } from '../base/time.ts';
import type { LeaseState, LeaseStep } from '../dhcp/lease.ts';
import type { Election } from '../intent/intent.ts';
import type { IpAddress, Ipv4, Mac } from '../net/address.ts';
import type { ClaimKind } from '../net/claim.ts';
import type { SuppressionCount } from './finding/book.ts';
import type { Finding, FindingEvent } from './finding/finding.ts';
import type { FindingKind } from './finding/kinds.ts';
import type { Segment } from './lan/segment.ts';
import type { Takeover } from './takeover/takeover.ts';

/** A change worth telling: the contract's JSON lines, the event stream and the log are made from these. */
export type WatchEvent =
  | FindingEvent
  | { readonly type: 'takeover'; readonly at: Micros; readonly takeover: Takeover }
  /** What an earlier takeover did to the service is known. */
  | { readonly type: 'service-gap'; readonly at: Micros; readonly takeover: Takeover }
  | { readonly type: 'lease'; readonly at: Micros; readonly segment: Segment; readonly step: LeaseStep };

/** Who claims which address: one row for each segment, address and MAC. */
export interface ClaimRow {
  readonly segment: Segment;
  readonly ip: IpAddress;
  readonly mac: Mac;
  /** The cluster node that the MAC belongs to; null for any other machine. */
  readonly node: string | null;
  readonly firstSeen: Micros;
  readonly lastSeen: Micros;
  /** How often, by kind of claim. `acd-probe` and `dad` are no claims and never counted here. */
  readonly counts: Readonly<Record<Exclude<ClaimKind, 'acd-probe' | 'dad'>, number>>;
}

/** What is known of the lease of one address on one segment. */
export interface LeaseRow {
  readonly segment: Segment;
  readonly ip: Ipv4;
  readonly mac: Mac;
  /** Option 61 as hex, else the hardware address. */
  readonly clientId: string;
  /** The MAC that a repeater puts on the lessee's frames; absent where the lessee's own was seen, or none. */
  readonly transmitter?: Mac;
  readonly state: LeaseState;
  readonly server: Ipv4 | null;
  readonly hostname: string | null;
  readonly seconds: number | null;
  readonly firstSeen: Micros;
  readonly lastSeen: Micros;
  /** When it ends: by its stated length, else by the assumed one. Null: never. */
  readonly expiresAt: Micros | null;
}

export interface DhcpServerRow {
  readonly segment: Segment;
  readonly ip: Ipv4;
  /** Null while it is known only from the clients that name it. */
  readonly mac: Mac | null;
  readonly expected: boolean;
  readonly firstSeen: Micros;
  readonly lastSeen: Micros;
  readonly messages: number;
}

export interface VipRow {
  readonly ip: IpAddress;
  readonly service: string | null;
  readonly pool: string | null;
  /**
   * On at least one segment an announcer was proven to answer within the last probe intervals. Also true where this node
   * announces it: its own answers reach other nodes only. False where questions stay unanswered; null where nobody asks
   * here, or has only just begun to.
   */
  readonly up: boolean | null;
  /** By MetalLB's own rules; null: cannot be told. Worked out when it is read, which can take a while for many VIPs. */
  readonly elected: Election | null;
  /** The current announcer on each segment where one was seen. */
  readonly announcers: readonly {
    readonly segment: Segment;
    readonly mac: Mac;
    readonly node: string | null;
    readonly since: Micros;
    readonly lastSeen: Micros;
  }[];
}

export type TableName = 'claims' | 'leases' | 'dhcp-servers' | 'findings' | 'takeovers';

/** Plain counters, only ever growing; keys are fixed words or interface names, never addresses. */
export interface Counters {
  readonly frames: number;
  /** By protocol and interface. */
  readonly framesByProtocol: readonly {
    readonly protocol: Protocol;
    readonly interface: string;
    readonly count: number;
  }[];
  readonly malformed: readonly {
    readonly protocol: Protocol;
    readonly reason: string;
    readonly count: number;
  }[];
  /** Frames of no interest, by reason word. */
  readonly ignored: readonly { readonly reason: string; readonly count: number }[];
  /** "Looked, not a finding", by reason word. */
  readonly dismissed: readonly { readonly reason: string; readonly count: number }[];
  readonly dhcpMessages: readonly { readonly type: string; readonly count: number }[];
  readonly findingsRaised: Readonly<Record<FindingKind, number>>;
  /** One for each kind and each reason, 0 included. */
  readonly findingsSuppressed: readonly SuppressionCount[];
  readonly takeovers: readonly {
    readonly ip: IpAddress;
    readonly class: Takeover['class'];
    readonly count: number;
  }[];
  readonly tables: readonly {
    readonly table: TableName;
    readonly entries: number;
    readonly evictions: number;
  }[];
}

/** The protocol a frame was counted under; `ethernet` for what was refused before its protocol was known. */
export type Protocol = 'ethernet' | 'arp' | 'ndp' | 'dhcp' | 'other';

/** A consistent reading of the watcher at one moment, made when asked. */
export interface WatchView {
  vips(now: Micros): VipRow[];
  /** The same one by one, for who keeps few of ten thousand. */
  eachVip(now: Micros): Iterable<VipRow>;
  claims(): ClaimRow[];
  /** The same, row by row: for readers that pause, so that a flooded table does not keep the process from its frames. */
  eachClaim(): Iterable<ClaimRow>;
  leases(): LeaseRow[];
  dhcpServers(): DhcpServerRow[];
  findings(): Finding[];
  takeovers(): Takeover[];
  counters(): Counters;
}
