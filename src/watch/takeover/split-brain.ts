// Where neither of two nodes yields: both answer for a VIP, and go on to.

import { type Micros, SECOND } from '../../base/time.ts';
import type { Mac } from '../../net/address.ts';
import type { AddressLog } from '../ledger/address-log.ts';
import {
  announcedWithin,
  claimingSince,
  heldUntil,
  type IsOf,
  isAnnouncedHere,
  lastClaim,
  rivalry,
} from '../ledger/reading.ts';
import type { TakeoverSettings } from './settings.ts';

/** Neither of two nodes or more yields. */
export interface SplitBrain {
  readonly kind: 'split-brain';
  readonly macs: readonly Mac[];
  readonly nodes: readonly string[];
  readonly since: Micros;
  /** Two of them announced it as well: each one's speaker takes it for its own. A kernel only answers. */
  readonly areSpeakers: boolean;
}

type NodeOf = (mac: Mac) => string | undefined;

/**
 * Speakers that lose each other announce within so long of each other, those that had the VIP before too: MetalLB announces
 * anew whenever a speaker leaves.
 */
const ANNOUNCED_TOGETHER = 30 * SECOND;

/**
 * Two nodes have both answered without a pause for longer than the grace, or both have answered each question there was, over
 * a longer time than that. Null: not so.
 */
export function splitBrainIn(
  log: AddressLog,
  nodeOf: NodeOf,
  { announcerSilence, handoverGrace }: TakeoverSettings,
  at: Micros,
): SplitBrain | null {
  const since = at - announcerSilence;
  if (!areSeveralHeard(log, since)) return null;
  const nodes = heardSince(log, nodeOf, since);
  // A speaker that restarts may be back before that silence is over; in half of it each was asked, twice as a rule.
  const pause = announcerSilence / 2;
  const answering = nodes
    .map((node) => {
      const isOf = isOfNode(node, nodeOf);
      const { who } = lastClaim(log, isOf)!;
      return { mac: who, last: Math.min(at, heldUntil(log, isOf)), first: claimingSince(log, isOf, pause)! };
    })
    .toSorted((a, b) => a.first - b.first);
  const [one, other] = answering;
  if (!one || !other) return null;
  const overlap = Math.min(one.last, other.last) - other.first;
  const rivals = overlap > handoverGrace ? null : rivalry(log, nodeOf);
  if (overlap <= handoverGrace && (!rivals || rivals.last - rivals.first <= handoverGrace)) return null;
  return {
    kind: 'split-brain',
    macs: answering.map(({ mac }) => mac).toSorted(),
    nodes: nodes.toSorted(),
    since: rivals?.first ?? other.first,
    areSpeakers: areSpeakers(log, nodeOf, nodes),
  };
}

/** Two MACs or more claimed the VIP since then, or this node did at any time. */
function areSeveralHeard({ runs }: AddressLog, since: Micros): boolean {
  let first: Mac | undefined;
  for (const run of runs) {
    if (run.kind === 'asked' || (run.last < since && !run.isOwn) || run.who === first) continue;
    if (first === undefined) first = run.who;
    else return true;
  }
  return false;
}

/** The nodes that claimed the VIP since then, or hold it here, each once. */
function heardSince(log: AddressLog, nodeOf: NodeOf, since: Micros): string[] {
  const nodes: string[] = [];
  const isHere = isAnnouncedHere(log);
  for (const run of log.runs) {
    if (run.kind === 'asked' || (run.last < since && !(isHere && run.isOwn))) continue;
    const node = nodeOf(run.who);
    if (node !== undefined && !nodes.includes(node)) nodes.push(node);
  }
  return nodes;
}

function areSpeakers(log: AddressLog, nodeOf: NodeOf, nodes: readonly string[]): boolean {
  return nodes.some((one, i) =>
    nodes
      .slice(i + 1)
      .some((other) =>
        announcedWithin(log, isOfNode(one, nodeOf), isOfNode(other, nodeOf), ANNOUNCED_TOGETHER),
      ),
  );
}

function isOfNode(node: string, nodeOf: NodeOf): IsOf {
  return (mac) => nodeOf(mac) === node;
}
