// Another MAC on a node's own address: another machine's, or the node's under another MAC. Who answers whose questions tells: two
// machines answer one question, or take turns; a node behind an extender, of a bond or rebuilt is answered for once.

import { MINUTE, type Micros, SECOND } from '../../base/time.ts';
import type { NodeRole } from '../../intent/index.ts';
import type { ClusterNode } from '../../intent/intent.ts';
import type { IpAddress, Mac } from '../../net/address.ts';
import type { Finding } from '../finding/finding.ts';
import type { Owner } from '../lan/claims.ts';
import type { Sighting } from '../lan/context.ts';
import { lastClaim } from '../ledger/reading.ts';
import { doublyAnswered, type Standing, standingBeside } from '../ledger/standing.ts';
import { isConfirmed, isOneOfMany } from './confirmation.ts';
import { type DetectContext, hasJustBegun, isLessee, reportSighting, stationOf } from './context.ts';
import type { Detector } from './detector.ts';
import { nodeAddressConflict, nodeMacDiffers } from './node-mac-words.ts';
import type { ProxyArp } from './proxy-arp.ts';

/** A learned MAC unheard for this long may have been replaced: a new network card, a failed-over bond. */
const REPLACED_AFTER = MINUTE;
/** An address that was announced under another MAC is asked for, for so long. */
const ASKED_FOR = 10 * SECOND;
const MOST_ASKED = 16;
const NEVER = Number.NEGATIVE_INFINITY;
/** A bond that fails over may answer one question twice. */
const DOUBLY_ANSWERED = 2;

export class NodeAddressConflict implements Detector {
  readonly kinds = ['node-address-conflict', 'node-mac-differs'] as const;
  readonly #context: DetectContext;
  readonly #proxies: ProxyArp;
  /** Nodes' addresses under another MAC, and until when they are asked for. */
  readonly #inQuestion = new Map<IpAddress, Micros>();

  constructor(context: DetectContext, proxies: ProxyArp) {
    this.#context = context;
    this.#proxies = proxies;
  }

  nodesToAsk(now: Micros): IpAddress[] {
    for (const [ip, until] of this.#inQuestion) if (now > until) this.#inQuestion.delete(ip);
    return [...this.#inQuestion.keys()];
  }

  /** May teach which MAC is the node's. */
  claim(sighting: Sighting): void {
    const { claim, address } = sighting;
    const { role } = address;
    if (role.kind !== 'node') return;
    if (this.#context.index.isOwnMac(claim.mac, role.node)) this.#ownerSpeaks(sighting, role.node);
    else this.#anotherSpeaks(sighting, role);
  }

  /** One node under two MACs: two cards in one LAN, where each may give clients another path. */
  answeredTwice(sighting: Sighting, node: ClusterNode): void {
    const { index, ledger } = this.#context;
    const { claim, segment, at } = sighting;
    const log = ledger.find(claim.ip, segment);
    const doubled = log && doublyAnswered(log, (mac) => index.nodeOf(mac) === node);
    if (!doubled || doubled.count < DOUBLY_ANSWERED) return;
    const { macs } = doubled;
    const finding = nodeMacDiffers(segment, node, { macs, own: macs, answersFor: [], isBeside: true });
    reportSighting(this.#context, finding, at, sighting);
  }

  /** Whoever else claimed the address a moment ago shares it, or answers for the node where its own MAC is not heard. */
  #ownerSpeaks(sighting: Sighting, node: ClusterNode): void {
    const { index } = this.#context;
    const { claim, at, address } = sighting;
    if (node.macs.length === 0) index.dropCandidate(claim.ip);
    for (const owner of address.owners) {
      if (index.isOwnMac(owner.mac, node) || at - owner.lastSeen > REPLACED_AFTER) continue;
      const standing = this.#standingOf(sighting, owner.mac, node);
      if (this.#isConflict(standing, node)) this.#report(sighting, node, owner.mac);
      else if (index.isAlias(owner.mac, node)) this.#reportDiffers(sighting, node, owner.mac, standing);
      else if (standing === 'none' && this.#hasSaid(sighting, owner)) this.#report(sighting, node, owner.mac);
    }
  }

  /** Whose questions it answered before it was known whose address that is, nobody knows. */
  #hasSaid({ segment, claim }: Sighting, { mac, announcement, request }: Owner): boolean {
    if (announcement + request > 0) return true;
    const log = this.#context.ledger.find(claim.ip, segment);
    return log !== undefined && lastClaim(log, (one) => one === mac) !== undefined;
  }

  #anotherSpeaks(sighting: Sighting, role: NodeRole): void {
    const { canAsk, index, dismiss, askNodes } = this.#context;
    const { claim, segment, at } = sighting;
    const { node } = role;
    const { mac, ip } = claim;
    const standing = this.#standingOf(sighting, mac, node);
    const isOthers = index.intent.nodes.some((other) => other !== node && index.isOwnMac(mac, other));
    if (isOthers && this.#mayBeTranslators(sighting, node, standing)) {
      if (standing === 'none') return dismiss('node-mac-unconfirmed');
      if (index.learnedMac(ip) === undefined) this.#learn(ip, mac);
      return this.#reportDiffers(sighting, node, mac, standing);
    }
    const isOneMore =
      claim.kind === 'reply' &&
      !index.isAlias(mac, node) &&
      isOneOfMany(this.#context, 'node-address-conflict', sighting);
    if (isOthers || isOneMore || isLessee(this.#context, segment, claim) || this.#isConflict(standing, node))
      return this.#report(sighting, node, mac);
    const isListed = node.macs.length > 0;
    if (this.#proxies.answersForUnused(segment, mac, at)) return dismiss('proxy-arp');
    if (!isListed && index.learnedMac(ip) === undefined) return this.#learn(ip, mac);
    const isToWait = standing === 'alone' || (standing === 'together' && canAsk);
    if (isToWait && !index.isAlias(mac, node)) return this.#awaitOthers(sighting);
    if (standing !== 'none') return this.#answersFor(sighting, node, standing);
    if (index.isAlias(mac, node)) return;
    if (!isListed && this.#isReplaced(sighting)) return this.#learn(ip, mac);
    if (this.#inQuestion.size < MOST_ASKED) {
      this.#inQuestion.set(ip, at + ASKED_FOR);
      askNodes();
    }
    // An announcement poisons caches at once; but a node that fell silent, or whose agent did, may be back, rebuilt. The
    // sender of a request may be the node behind an extender.
    const heardAt = this.#ownerHeardAt(sighting, node);
    const isSilent = at - heardAt > REPLACED_AFTER;
    const mayBeBack = node.agentReady === false || hasJustBegun(this.#context, at);
    const isSaid = claim.kind === 'announcement' && heardAt === NEVER && !mayBeBack;
    if (isListed && (!isSilent || isSaid)) return this.#report(sighting, node, mac);
    // The node may be quiet, not gone: it has a minute, in which the address is probed, to speak up.
    dismiss('node-mac-unconfirmed');
  }

  /** The node itself may be about to answer the same question, and a router with proxy ARP answers for everybody. */
  #awaitOthers(sighting: Sighting): void {
    const { deferred, dismiss } = this.#context;
    const { segment, claim, at } = sighting;
    dismiss('awaiting-own-answer');
    this.#proxies.suspect(segment, at);
    const key = `own/${segment.name}/${claim.ip}/${claim.mac}`;
    deferred.add(key, at + this.#proxies.knownWithin, (now) => {
      const { index } = this.#context;
      const role = index.roleOf(claim.ip);
      if (role.kind !== 'node' || index.isOwnMac(claim.mac, role.node)) return;
      if (this.#proxies.answersForUnused(segment, claim.mac, now)) return dismiss('proxy-arp');
      const standing = this.#standingOf(sighting, claim.mac, role.node);
      if (this.#isConflict(standing, role.node)) this.#report(sighting, role.node, claim.mac);
      else if (standing !== 'none') this.#answersFor(sighting, role.node, standing);
    });
  }

  /** It answers in place of the node's own MAC, or beside one that was learned. */
  #answersFor(sighting: Sighting, node: ClusterNode, standing: Standing): void {
    const { ip, mac } = sighting.claim;
    const isListed = node.macs.length > 0;
    if (!isListed && this.#isReplaced(sighting)) return this.#learn(ip, mac);
    // That it answers beside the node's own MAC takes nothing back of what it did to be accused.
    if (standing === 'together' && this.#isAccused(sighting)) return this.#report(sighting, node, mac);
    this.#isAnswerer(sighting, node);
    if (isListed || standing === 'together') this.#reportDiffers(sighting, node, mac, standing);
  }

  #isAccused({ segment, claim: { ip, mac } }: Sighting): boolean {
    return this.#context.book.isOpen({ kind: 'node-address-conflict', ip, segment, culprit: { mac } });
  }

  #standingOf({ segment, claim, at }: Sighting, mac: Mac, node: ClusterNode): Standing {
    const { index, ledger, settings } = this.#context;
    const log = ledger.find(claim.ip, segment);
    if (!log) return 'none';
    return standingBeside(log, (one) => index.isOwnMac(one, node), mac, at - settings.stationLifetime);
  }

  /** It was learned as another node's, and this node has never been heard under another MAC: both may be behind an extender. */
  #mayBeTranslators(
    { claim: { ip, mac, kind } }: Sighting,
    { macs }: ClusterNode,
    standing: Standing,
  ): boolean {
    const { index } = this.#context;
    if (macs.length > 0 || index.isListed(mac) || (standing !== 'alone' && standing !== 'none')) return false;
    const learned = index.learnedMac(ip);
    return learned === mac || (learned === undefined && kind !== 'announcement');
  }

  /** Where a node's MACs are learned, two that answer one question may well be two cards of its own. */
  #isConflict(standing: Standing, node: ClusterNode): boolean {
    return standing === 'in-turn' || (standing === 'together' && node.macs.length > 0);
  }

  /** What was learned has been silent for long since. */
  #isReplaced({ segment, claim, at }: Sighting): boolean {
    const { index, claims } = this.#context;
    const learned = index.learnedMac(claim.ip)!;
    const since = index.candidateSince(claim.ip, claim.mac, at);
    const lastUse = Math.max(since, claims.lastClaim(segment, claim.ip, learned) ?? 0);
    return at - lastUse > REPLACED_AFTER;
  }

  #learn(ip: IpAddress, mac: Mac): void {
    this.#context.index.learn(ip, mac);
    this.#context.nodeLearned();
  }

  #ownerHeardAt({ address }: Sighting, node: ClusterNode): Micros {
    const own = address.owners.filter(({ mac }) => this.#context.index.isOwnMac(mac, node));
    return Math.max(NEVER, ...own.map(({ lastSeen }) => lastSeen));
  }

  /** From now on its claims are the node's: what it was accused of is over. */
  #isAnswerer({ claim: { mac, ip }, segment, at }: Sighting, node: ClusterNode): void {
    const { book, index, nodeLearned } = this.#context;
    this.#inQuestion.delete(ip);
    index.dropCandidate(ip);
    if (index.isAlias(mac, node)) return;
    index.addAlias(mac, node);
    const isAccusation = ({ kind, culprit, segment: where }: Finding) =>
      ACCUSATIONS.has(kind) &&
      where === segment &&
      culprit !== null &&
      'mac' in culprit &&
      culprit.mac === mac;
    book.endWhere(isAccusation, at);
    nodeLearned();
  }

  #report(sighting: Sighting, node: ClusterNode, claimant: Mac): void {
    const { claim, segment, at, address } = sighting;
    const { book, index } = this.#context;
    index.dropAlias(claimant, node);
    book.end({ kind: 'node-mac-differs', ip: node.addresses[0]!, segment, culprit: null }, at);
    const others = address.owners.flatMap(({ mac }) => (index.isOwnMac(mac, node) ? [mac] : []));
    const finding = nodeAddressConflict(segment, claim.ip, node, {
      claimant: stationOf(this.#context, claimant),
      claimantsNode:
        index.intent.nodes.find((other) => other !== node && index.isOwnMac(claimant, other)) ?? null,
      others: [...new Set([...node.macs, ...others])],
      confirmed: isConfirmed(this.#context, 'node-address-conflict', sighting, claimant),
    });
    reportSighting(this.#context, finding, at, sighting);
  }

  #reportDiffers(sighting: Sighting, node: ClusterNode, mac: Mac, standing: Standing): void {
    const { index } = this.#context;
    const own = sighting.address.owners.flatMap((owner) =>
      index.isOwnMac(owner.mac, node) ? [owner.mac] : [],
    );
    const finding = nodeMacDiffers(sighting.segment, node, {
      macs: [mac],
      own: node.macs.length > 0 ? node.macs : own,
      answersFor: index.aliasOf(mac),
      isBeside: standing === 'together',
    });
    reportSighting(this.#context, finding, sighting.at, sighting);
  }
}

const ACCUSATIONS: ReadonlySet<Finding['kind']> = new Set([
  'foreign-claim',
  'pool-address-taken',
  'node-address-conflict',
]);
