// The detectors, in the order in which they look at a moment. It shows outside: what one moment raises and ends is told in this
// order, and where the book of findings is nearly full, the first ones get the room. Two come before another one that they need:
// node-address-conflict before lease-conflict, for a claim that teaches a node's MAC may be of a leased address, and is then the
// node's; vip-unstable before silent-vip, to see at the answer that ends an outage whether that was told.
import type { RouterKnowledge } from '../../dhcp/router-knowledge.ts';
import type { DhcpServers } from '../lan/dhcp-servers.ts';
import type { Vips } from '../takeover/vips.ts';
import { Announcers } from './announcers.ts';
import type { DetectContext } from './context.ts';
import type { Detector } from './detector.ts';
import { DhcpRangeOverlapsPool } from './dhcp-range.ts';
import { FindingsRefused } from './findings-refused.ts';
import { LeaseConflict } from './lease-conflict.ts';
import { LeaseInPool } from './lease-in-pool.ts';
import { LeaseOnVip } from './lease-on-vip.ts';
import { NodeAddressConflict } from './node-address-conflict.ts';
import { Outsiders } from './outsiders.ts';
import { ProxyArp } from './proxy-arp.ts';
import { RogueDhcpServer } from './rogue-dhcp-server.ts';
import { RouterAdvice } from './router-advice.ts';
import { SilentVip } from './silent-vip.ts';
import { StrayAddress } from './stray-address.ts';
import { VipUnstable } from './vip-unstable.ts';
import { WrongAnnouncer } from './wrong-announcer.ts';

interface DetectorSources {
  readonly vips: Vips;
  readonly servers: DhcpServers;
  readonly knowledge: RouterKnowledge;
}

export function makeDetectors(
  context: DetectContext,
  { vips, servers, knowledge }: DetectorSources,
): Detector[] {
  const advice = new RouterAdvice(context, knowledge, servers);
  const leaseOnVip = new LeaseOnVip(context, advice);
  const proxies = new ProxyArp(context);
  const stray = new StrayAddress(context);
  return [
    proxies,
    new Outsiders(context, servers, proxies),
    new NodeAddressConflict(context, proxies),
    new LeaseConflict(context),
    new DhcpRangeOverlapsPool(context, knowledge, advice),
    new LeaseInPool(context, leaseOnVip, advice),
    leaseOnVip,
    new RogueDhcpServer(context, servers),
    new Announcers(context, vips),
    new WrongAnnouncer(context, vips, stray),
    stray,
    new VipUnstable(context, vips),
    new SilentVip(context, vips),
    new FindingsRefused(context),
  ];
}
