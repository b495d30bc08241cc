// Another MAC on a node's own address.

import { MINUTE } from '../../base/time.ts';
import type { ClusterNode } from '../../intent/intent.ts';
import { report, type Sighting, stationOf, type WatchContext } from './context.ts';
import { nodeAddressConflict } from './words.ts';

/** A learned MAC unheard for this long may have been replaced: a new network card, a failed-over bond. */
const REPLACED_AFTER = MINUTE;

export class NodeAddresses {
  readonly #context: WatchContext;

  constructor(context: WatchContext) {
    this.#context = context;
  }

  /** Says so where the claim taught which MAC is the node's. */
  claim(sighting: Sighting, node: ClusterNode): 'learned' | 'judged' {
    const { index, claims, dismiss } = this.#context;
    const { claim, segment, at } = sighting;
    if (index.nodeOf(claim.mac) === node) {
      if (node.macs.length === 0) this.#confirm(sighting, node);
      return 'judged';
    }
    if (node.macs.length > 0) {
      this.#report(sighting, node);
      return 'judged';
    }
    const learned = index.learnedMac(claim.ip);
    if (learned !== undefined) {
      // The old MAC may be quiet, not gone: it has a minute, in which the address is probed, to speak up.
      const since = index.candidateSince(claim.ip, claim.mac, at);
      const lastUse = Math.max(since, claims.lastClaim(segment, claim.ip, learned) ?? 0);
      if (at - lastUse <= REPLACED_AFTER) {
        dismiss('node-mac-unconfirmed');
        return 'judged';
      }
    }
    index.learn(claim.ip, claim.mac);
    return 'learned';
  }

  /** The learned MAC speaks: whoever else claimed the address a moment ago shares it. */
  #confirm(sighting: Sighting, node: ClusterNode): void {
    const { claim, at, address } = sighting;
    this.#context.index.dropCandidate(claim.ip);
    for (const owner of address.owners) {
      if (owner.mac === claim.mac || at - owner.lastSeen > REPLACED_AFTER) continue;
      if (this.#context.index.nodeOf(owner.mac) === node) continue;
      const station = stationOf(this.#context, owner.mac);
      const finding = nodeAddressConflict(sighting.segment, claim.ip, node, station, [claim.mac]);
      report(this.#context, finding, at, sighting.evidence);
    }
  }

  #report(sighting: Sighting, node: ClusterNode): void {
    const { claim, segment, at, evidence } = sighting;
    const station = stationOf(this.#context, claim.mac);
    report(this.#context, nodeAddressConflict(segment, claim.ip, node, station, node.macs), at, evidence);
  }
}
