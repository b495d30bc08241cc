// What the detectors work with: the tables of the LAN, the book of findings, and what waits for a moment.

import type { Micros } from '../../base/time.ts';
import type { Mac } from '../../net/address.ts';
import type { Claim } from '../../net/claim.ts';
import type { FindingBook } from '../finding/book.ts';
import type { Draft, Evidence, Report } from '../finding/finding.ts';
import type { Sighting } from '../lan/context.ts';
import { isHeld } from '../lan/lease.ts';
import type { Segment } from '../lan/segment.ts';
import type { LanSettings } from '../lan/settings.ts';
import type { TakeoverSettings } from '../takeover/settings.ts';
import type { TakeoverContext } from '../takeover/vips.ts';
import type { Deferred } from './deferred.ts';
import { evidenceOf } from './evidence.ts';
import type { DetectSettings } from './settings.ts';
import type { Station } from './words.ts';

export interface DetectContext extends TakeoverContext {
  readonly settings: LanSettings & TakeoverSettings & DetectSettings;
  /** When the intent was last known to be in force; Infinity where it does not age. */
  intentConfirmedAt: Micros;
  /** How much the wall clock is ahead of the times that are told here: for words alone. */
  ahead: Micros;
  readonly book: FindingBook;
  readonly deferred: Deferred;
  /** What `nodesToAsk` of a detector says is to be asked for at once. */
  readonly askNodes: () => void;
  /** Somebody does so: a capture shows only what others asked for. */
  readonly canAsk: boolean;
  /** One more node's MAC is known. */
  readonly nodeLearned: () => void;
}

export function report(
  context: DetectContext,
  finding: Report | Draft,
  at: Micros,
  evidence: () => Evidence,
): void {
  const reason = context.book.report(finding, at, evidence);
  if (reason) context.dismiss(reason);
}

/** Where the frame itself is the evidence. */
export function reportSighting(
  context: DetectContext,
  finding: Report | Draft,
  at: Micros,
  { observation, claim }: Sighting,
): void {
  report(context, finding, at, () => evidenceOf(observation, claim));
}

export function stationOf(context: DetectContext, mac: Mac): Station {
  return { mac, hostname: context.leases.hostnameOf(mac) };
}

/** DHCP leased it the address: a node has its own, and leases neither that nor a VIP. */
export function isLessee(
  { leases }: DetectContext,
  segment: Segment,
  { ip, mac }: Pick<Claim, 'ip' | 'mac'>,
): boolean {
  const lease = leases.find(segment, ip);
  return lease?.mac === mac && isHeld(lease);
}

/** An agent that has just begun to know the nodes has had no time yet to ask for their own addresses. */
export function hasJustBegun({ canAsk, index, settings }: DetectContext, at: Micros): boolean {
  return canAsk && at - index.since < settings.nodesAskedWithin;
}
