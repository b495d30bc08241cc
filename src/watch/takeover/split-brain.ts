// Where neither of two nodes yields: both answer for a VIP, and go on to.

import { type Micros, SECOND } from '../../base/time.ts';
import type { Mac } from '../../net/address.ts';
import type { AddressLog } from '../ledger/address-log.ts';
import {
  announcedWithin,
  claimingSince,
  heldUntil,
  type IsOf,
  lastClaim,
  rivalry,
} from '../ledger/reading.ts';
import { standingBeside } from '../ledger/standing.ts';
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
 * Two nodes have both answered without a pause for longer than the grace, or both have answered each question there was, or
 * one and then the other, again and again, over a longer time than that. Null: not so.
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
  if (nodes.length < 2) return null;
  /** The two that have answered for longest, but for pauses, and when the second began; null: not for longer than the grace. */
  const together = (pause: Micros) => {
    const [one, other] = nodes
      .map((node) => {
        const isOf = isOfNode(node, nodeOf);
        const last = Math.min(at, heldUntil(log, isOf));
        return { isOf, last, first: claimingSince(log, isOf, pause)! };
      })
      .toSorted((a, b) => a.first - b.first);
    const isLong = Math.min(one!.last, other!.last) - other!.first > handoverGrace;
    return isLong ? { one: one!.isOf, other: other!.isOf, since: other!.first } : null;
  };
  // A speaker that restarts is back within less than a silence; in half of it each was asked, twice as a rule.
  let begun = together(announcerSilence / 2)?.since;
  if (begun === undefined) {
    const rivals = rivalry(log, nodeOf, at);
    if (rivals && rivals.last - rivals.first > handoverGrace) begun = rivals.first;
  }
  if (begun === undefined) {
    const inTurn = together(announcerSilence);
    if (inTurn && areHeardInTurn(log, inTurn.one, inTurn.other, inTurn.since)) begun = inTurn.since;
  }
  if (begun === undefined) return null;
  const macs = nodes.map((node) => lastClaim(log, isOfNode(node, nodeOf))!.who);
  return {
    kind: 'split-brain',
    macs: macs.toSorted(),
    nodes: nodes.toSorted(),
    since: begun,
    areSpeakers: areSpeakers(log, nodeOf, nodes),
  };
}

function areHeardInTurn(log: AddressLog, one: IsOf, other: IsOf, since: Micros): boolean {
  return standingBeside(log, one, lastClaim(log, other)!.who, since) === 'in-turn';
}

/** Two MACs or more claimed the VIP since then, or this node did at any time. */
function areSeveralHeard({ claims }: AddressLog, since: Micros): boolean {
  let first: Mac | undefined;
  for (const run of claims) {
    if ((run.last < since && !run.isOwn) || run.who === first) continue;
    if (first === undefined) first = run.who;
    else return true;
  }
  return false;
}

/** The nodes that claimed the VIP since then, or hold it here, each once. */
function heardSince(log: AddressLog, nodeOf: NodeOf, since: Micros): string[] {
  const nodes: string[] = [];
  for (const run of log.runs) {
    if (run.kind === 'asked' || (run.last < since && !run.isOwn)) continue;
    const node = nodeOf(run.who);
    if (node === undefined || nodes.includes(node)) continue;
    if (run.last >= since || heldUntil(log, isOfNode(node, nodeOf)) >= since) nodes.push(node);
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
