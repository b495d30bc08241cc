// Whether a node held an address of late, whoever claims it now: a VRRP virtual MAC beside a node is not the nodes' own keepalived.
import type { Micros } from '../../base/time.ts';
import type { IpAddress } from '../../net/address.ts';
import type { Segment } from '../lan/segment.ts';
import { lastClaim } from '../ledger/reading.ts';
import type { DetectContext } from './context.ts';

/** A node claimed it under a MAC of its own not long ago. */
export function isHeldByNodes(
  { index, ledger, settings }: Pick<DetectContext, 'index' | 'ledger' | 'settings'>,
  ip: IpAddress,
  segment: Segment,
  at: Micros,
): boolean {
  const log = ledger.find(ip, segment);
  const last = log && lastClaim(log, (mac) => index.nodeOf(mac) !== undefined);
  return last !== undefined && at - last.last <= settings.stationLifetime;
}
