// Whether a node held an address of late, whoever claims it now: a VRRP virtual MAC beside a node is not the nodes' own
// keepalived.
import type { Micros } from '../../base/time.ts';
import type { LanContext } from '../lan/context.ts';
import type { LanSettings } from '../lan/settings.ts';
import type { AddressLog } from '../ledger/address-log.ts';
import { lastClaim } from '../ledger/reading.ts';

/** A node claimed it under a MAC of its own not long ago. */
export function isHeldByNodes(
  log: AddressLog,
  at: Micros,
  { index, settings }: Pick<LanContext, 'index'> & { readonly settings: LanSettings },
): boolean {
  const last = lastClaim(log, (mac) => index.nodeOf(mac) !== undefined);
  return last !== undefined && at - last.last <= settings.stationLifetime;
}
