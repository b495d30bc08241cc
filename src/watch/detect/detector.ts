// What a detector is: the kinds of finding that it raises, and the moments at which it looks.
import type { Micros } from '../../base/time.ts';
import type { LeaseStep } from '../../dhcp/lease.ts';
import type { VipRole } from '../../intent/index.ts';
import type { ClusterNode } from '../../intent/intent.ts';
import type { IpAddress } from '../../net/address.ts';
import type { Claim } from '../../net/claim.ts';
import type { Evidence } from '../finding/finding.ts';
import type { FindingKind } from '../finding/kinds.ts';
import type { AuditedOffer } from '../lan/audit-trail.ts';
import type { Sighting } from '../lan/context.ts';
import type { DhcpServer, ServerNews } from '../lan/dhcp-servers.ts';
import type { Observation } from '../lan/dissect.ts';
import type { Lease } from '../lan/lease.ts';
import type { Segment } from '../lan/segment.ts';
import type { VipNews } from '../takeover/vips.ts';

/** Each method is called at its moment, of those that a detector has. */
export interface Detector {
  readonly kinds: readonly FindingKind[];

  /** An address that the intent speaks of, or that another machine leased, was claimed; not a VIP by a node. */
  claim?(sighting: Sighting): void;
  /** A node answered a question for a VIP that another MAC, its own perhaps, answered too. */
  answeredTwice?(sighting: Sighting, node: ClusterNode): void;
  /** A MAC that is not listed as a node's answered for an address, whichever it is. */
  strangerAnswered?(claim: Claim, segment: Segment, at: Micros): void;
  /** Somebody, whoever it is, answered for a VIP, or this node announced it. */
  answer?(vip: IpAddress, at: Micros): void;
  /** Somebody asked for a VIP, and an answer would have been seen. */
  question?(vip: IpAddress, segment: Segment, at: Micros): void;
  /** Another machine asked this node too, whose answer alone would have been seen. */
  othersQuestion?(vip: IpAddress): void;
  /** A node's claims, or the passing of time (`sighting` null), have shown something of a VIP's announcers. */
  announcers?(news: VipNews, role: VipRole, segment: Segment, at: Micros, sighting: Sighting | null): void;
  /** Any ARP, NDP, DHCP or DHCPv6 packet, once it was judged. */
  observed?(observation: Observation): void;
  /** One more node's MAC is known. */
  nodeLearned?(now: Micros): void;

  /** A DHCP message did, or meant to do, something to a lease. Before the leases that it changed. */
  leaseStep?(segment: Segment, step: LeaseStep, at: Micros, evidence: () => Evidence): void;
  /** A lease began or was renewed. */
  lease?(lease: Lease, at: Micros, evidence: () => Evidence): void;
  /** A lease is over, whichever way. */
  leaseEnded?(lease: Lease, at: Micros): void;
  /** A server answered an audit, which asks without taking anything. */
  audited?(segment: Segment, offer: AuditedOffer, at: Micros, evidence: () => Evidence): void;
  /** A DHCP server answered or was named. */
  dhcpServer?(server: DhcpServer, news: ServerNews, at: Micros, evidence: () => Evidence): void;

  intentChanged?(now: Micros): void;
  /** What is known of the ranges of DHCP is something else. */
  rangesChanged?(now: Micros): void;
  tick?(now: Micros): void;
  /** This agent was stopped until `at`, and neither asked nor read. */
  resumed?(at: Micros): void;

  /** Some of what came between was lost, for want of room or of a link: that it was not heard says nothing. */
  framesLost?(since: Micros, at: Micros): void;

  /** A failover test of a VIP runs, and is over by `until`; null: it is over now, or never ran. */
  failoverTest?(vip: IpAddress, now: Micros, until: Micros | null): void;

  /** Nobody answers for the VIP, as far as questions show. */
  isSilent?(vip: IpAddress, now: Micros): boolean;
  /** Addresses that are worth a probe, to tell what is wrong. */
  nodesToAsk?(now: Micros): readonly IpAddress[];
  /** The same of free addresses of the pools, which a few agents ask for. */
  freeToAsk?(): readonly IpAddress[];
}

/** A detector that has this method. */
type With<Moment extends keyof Detector> = Detector & Required<Pick<Detector, Moment>>;

/** Those that look at a moment, in their order: sorted out once, not for each frame. */
export function lookingAt<Moment extends keyof Detector>(
  detectors: readonly Detector[],
  moment: Moment,
): readonly With<Moment>[] {
  return detectors.filter((detector): detector is With<Moment> => detector[moment] !== undefined);
}
