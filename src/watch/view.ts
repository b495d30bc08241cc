// What the watcher shows of itself: rows for the API, the metrics and the journal, and the events it reports.

import type { Micros } from '../base/time.ts';
import type { KnownRange } from '../dhcp/router-knowledge.ts';
import type { Intent } from '../intent/intent.ts';
import type { Mac } from '../net/address.ts';
import type { Finding, FindingEvent } from './finding/finding.ts';
import type { FindingKind } from './finding/kinds.ts';
import type { SuppressionCount } from './finding/telling.ts';
import type { ClaimRow } from './lan/claims.ts';
import type { FrameCounts } from './lan/counters.ts';
import type { DhcpServerRow } from './lan/dhcp-servers.ts';
import type { LeaseEvent, LeaseRow } from './lan/lease.ts';
import type { NodeRow } from './nodes.ts';
import type { PoolRow } from './pools.ts';
import type { Takeover, TakeoverEvent } from './takeover/takeover.ts';
import type { VipRow } from './takeover/vip-rows.ts';

/** A change worth telling: the contract's JSON lines, the event stream and the log are made from these. */
export type WatchEvent = FindingEvent | TakeoverEvent | LeaseEvent;

export type TableName = 'claims' | 'leases' | 'dhcp-servers' | 'segments' | 'findings' | 'takeovers';

/** Plain counters, only ever growing; keys are fixed words or interface names, never addresses. */
export interface Counters extends FrameCounts {
  /** "Looked, not a finding", by reason word. */
  readonly dismissed: readonly { readonly reason: string; readonly count: number }[];
  readonly dhcpMessages: readonly { readonly type: string; readonly count: number }[];
  readonly dhcpv6Messages: readonly { readonly type: string; readonly count: number }[];
  readonly findingsRaised: Readonly<Record<FindingKind, number>>;
  /** One for each kind and each reason, 0 included. */
  readonly findingsSuppressed: readonly SuppressionCount[];
  readonly takeovers: number;
  readonly tables: readonly {
    readonly table: TableName;
    readonly entries: number;
    readonly evictions: number;
  }[];
}

/** A consistent reading of the watcher at one moment, made when asked. */
export interface WatchView {
  vips(now: Micros): VipRow[];
  /** The same one by one, for who keeps few of ten thousand. */
  eachVip(now: Micros): Iterable<VipRow>;
  claims(): ClaimRow[];
  /** The same, row by row: for readers that pause, so that a flooded table does not keep the process from its frames. */
  eachClaim(): Iterable<ClaimRow>;
  leases(): LeaseRow[];
  /** The same, row by row. */
  eachLease(): Iterable<LeaseRow>;
  dhcpServers(): DhcpServerRow[];
  /** What is known of the ranges that DHCP servers hand out. */
  dhcpRanges(): KnownRange[];
  findings(): Finding[];
  finding(id: string): Finding | undefined;
  takeovers(): Takeover[];
  pools(): PoolRow[];
  nodes(): NodeRow[];
  /** In force. */
  intent(): Intent;
  /** The kinds of finding that can be raised by what is known and wanted. */
  judgedKinds(): ReadonlySet<FindingKind>;
  /** The name of whoever has this MAC: of a node, or what a station called itself in DHCP; null: nobody told. */
  nameOf(mac: Mac): string | null;
  /** The same for people to read: what a station called itself is in quotation marks, and harmless wherever it is shown. */
  spokenNameOf(mac: Mac): string | null;
  counters(): Counters;
}
