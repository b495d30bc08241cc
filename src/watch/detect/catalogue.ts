// The detectors. Their order is the order in which they look at a moment, and so that of their findings:
// - what a claim teaches of the nodes (node-address-conflict) frees what waited for it (outsiders) before the lease that the
//   claim may also concern is judged;
// - a lease is first held against those who claim its address (lease-conflict), then against the intent (lease-in-pool):
//   a lease that waits for the server's refusal is already one whose lessee is awake;
// - as time passes, what the wire shows of an announcer (wrong-announcer) comes before that there is none (silent-vip).
import type { DhcpServers } from '../lan/dhcp-servers.ts';
import type { Vips } from '../takeover/vips.ts';
import { Announcers } from './announcers.ts';
import type { DetectContext } from './context.ts';
import type { Detector } from './detector.ts';
import type { DhcpExpectations } from './dhcp.ts';
import { LeaseConflict } from './lease-conflict.ts';
import { LeaseInPool } from './lease-in-pool.ts';
import { NodeAddressConflict } from './node-address-conflict.ts';
import { Outsiders } from './outsiders.ts';
import { RogueDhcpServer } from './rogue-dhcp-server.ts';
import { SilentVip } from './silent-vip.ts';
import { WrongAnnouncer } from './wrong-announcer.ts';

interface DetectorSources {
  readonly vips: Vips;
  readonly servers: DhcpServers;
  readonly ranges: DhcpExpectations['ranges'];
}

export function makeDetectors(
  context: DetectContext,
  { vips, servers, ranges }: DetectorSources,
): Detector[] {
  return [
    new Outsiders(context),
    new NodeAddressConflict(context),
    new LeaseConflict(context),
    new LeaseInPool(context, ranges),
    new RogueDhcpServer(context, servers),
    new Announcers(context, vips),
    new WrongAnnouncer(context, vips),
    new SilentVip(context, vips),
  ];
}
