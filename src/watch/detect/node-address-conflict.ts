// Another MAC on a node's own address.

import { MINUTE } from '../../base/time.ts';
import type { ClusterNode } from '../../intent/intent.ts';
import type { IpAddress, Mac } from '../../net/address.ts';
import type { Report } from '../finding/finding.ts';
import type { Sighting } from '../lan/context.ts';
import type { Segment } from '../lan/segment.ts';
import { isConfirmed, UNCONFIRMED } from './confirmation.ts';
import { type DetectContext, reportSighting, stationOf } from './context.ts';
import type { Detector } from './detector.ts';
import { type Station, stationName } from './words.ts';

/** A learned MAC unheard for this long may have been replaced: a new network card, a failed-over bond. */
const REPLACED_AFTER = MINUTE;

export class NodeAddressConflict implements Detector {
  readonly kinds = ['node-address-conflict'] as const;
  readonly #context: DetectContext;

  constructor(context: DetectContext) {
    this.#context = context;
  }

  /** May teach which MAC is the node's. */
  claim(sighting: Sighting): void {
    const { index, claims, dismiss, nodeLearned } = this.#context;
    const { claim, segment, at, address } = sighting;
    if (address.role.kind !== 'node') return;
    const { node } = address.role;
    if (index.nodeOf(claim.mac) === node) {
      if (node.macs.length === 0) this.#confirm(sighting, node);
      return;
    }
    if (node.macs.length > 0) return this.#report(sighting, node, claim.mac, node.macs);
    const learned = index.learnedMac(claim.ip);
    if (learned !== undefined) {
      // The old MAC may be quiet, not gone: it has a minute, in which the address is probed, to speak up.
      const since = index.candidateSince(claim.ip, claim.mac, at);
      const lastUse = Math.max(since, claims.lastClaim(segment, claim.ip, learned) ?? 0);
      if (at - lastUse <= REPLACED_AFTER) return dismiss('node-mac-unconfirmed');
    }
    index.learn(claim.ip, claim.mac);
    nodeLearned();
  }

  /** The learned MAC speaks: whoever else claimed the address a moment ago shares it. */
  #confirm(sighting: Sighting, node: ClusterNode): void {
    const { claim, at, address } = sighting;
    this.#context.index.dropCandidate(claim.ip);
    for (const owner of address.owners) {
      if (owner.mac === claim.mac || at - owner.lastSeen > REPLACED_AFTER) continue;
      if (this.#context.index.nodeOf(owner.mac) === node) continue;
      this.#report(sighting, node, owner.mac, [claim.mac]);
    }
  }

  #report(sighting: Sighting, node: ClusterNode, claimant: Mac, others: readonly Mac[]): void {
    const { claim, segment, at } = sighting;
    const station = stationOf(this.#context, claimant);
    const confirmed = isConfirmed(this.#context, 'node-address-conflict', sighting, claimant);
    const finding = nodeAddressConflict(segment, claim.ip, node, station, { others, confirmed });
    reportSighting(this.#context, finding, at, sighting);
  }
}

function nodeAddressConflict(
  segment: Segment,
  ip: IpAddress,
  node: ClusterNode,
  station: Station,
  { others, confirmed }: { readonly others: readonly Mac[]; readonly confirmed: boolean },
): Report {
  return {
    kind: 'node-address-conflict',
    ip,
    segment,
    culprit: { mac: station.mac },
    macs: [station.mac, ...others].toSorted(),
    vip: null,
    confirmed,
    message: `${ip}, the address of node ${node.name}, is also claimed by ${stationName(station)}: the node ${confirmed ? 'drops' : 'may drop'} off the network now and then.${confirmed ? '' : UNCONFIRMED}`,
    remedy: `Give that machine another address, or reserve ${ip} for ${node.name} outside the DHCP range.`,
  };
}
