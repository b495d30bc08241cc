// What the prober keeps of one address that it asks for, and how often everybody is to be asked for it: hardly ever, while its
// holder answers and nobody else claims it.
import { MINUTE, type Micros, SECOND } from '../base/time.ts';
import { type IpAddress, isIpv4, type Mac } from '../net/address.ts';
import { numberOfIp } from '../net/range.ts';
import type { Rival } from '../watch/takeover/answers.ts';
import type { FallenTogether } from '../watch/takeover/vips.ts';
import type { Urgency } from './wanted.ts';

/** Asked for at short intervals, until it is settled who answers. */
export interface Pursuit {
  nextAt: Micros;
  /** Nobody is known who could be polled. */
  isSilent: boolean;
  /** Whether it is answered or not; else because a question was missed. */
  readonly isOrdered: boolean;
  /** The first question that was missed since one was answered; null: none. */
  missed: Micros | null;
  /** Who answered the question before that; null: not known. */
  before: Mac | null;
  /** In IPv6, what fell silent with it. */
  readonly fallen: FallenTogether | null;
  /** Silent until then, it is asked for at the usual pace again. */
  giveUpAt: Micros;
  /** Since when every question was answered. */
  answeredSince: Micros | null;
  /** The same machine as before answered after all: it was slow, or a frame was lost. */
  wasSlow: boolean;
}

/** Two machines claim it. */
interface Suspicion {
  readonly since: Micros;
  readonly holder: string;
  readonly rivals: Set<string>;
}

/** Whose silence says something, an address of a node, or one of the pools that nobody should have. */
export type TargetKind = 'vip' | 'node' | 'free';

export interface Target {
  readonly address: IpAddress;
  /** The same for all agents. */
  readonly order: bigint;
  kind: TargetKind;
  /** In the regular round: else it is only asked for while somebody measures it. */
  isRegular: boolean;
  /** This agent asks everybody for it now and then, as one of some in turn. */
  isSwept: boolean;
  /** The latest question, whomever it was put to. */
  askedAt: Micros;
  /** The latest question to everybody; */
  broadcastAt: Micros;
  /** that of another node's agent; */
  heardAt: Micros;
  /** that of one whose node does not announce it, which counts for the sweep, */
  sweptAt: Micros;
  /** and how many of those there were since this agent asked everybody. */
  sweptSince: number;
  /** Others' agents asked everybody twice within a short time: they doubt something. */
  doubtedAt: Micros;
  /** Everybody was asked in vain: whoever answers polls may hear no broadcasts, and clients not it. */
  isSilent: boolean;
  /** The latest question that stayed unanswered: whoever has not claimed the address since is not polled. */
  missedAt: Micros;
  /** Pursued whether it answers or not, until then. */
  fastUntil: Micros;
  pursuit: Pursuit | null;
  /** Pursued to no end until then: not again before somebody answers. */
  givenUpAt: Micros | null;
  suspicion: Suspicion | null;
  /** Whoever answers everybody, and no polls: so often, and since when. */
  deaf: { readonly mac: Mac; count: number; since: Micros } | null;
  /** Those of which, like of this one, it is still to be seen whether the latest question is answered. */
  waitsAmong: Set<Target> | null;
  /**
   * The questions that wait for an answer: whom alone they were put to, null for everybody; the first of them; how many; and
   * whether another poll of the same machine was missed meanwhile.
   */
  readonly open: { polled: Mac | null; at: Micros; since: Micros; count: number; isDoubtful: boolean };
}

/** While two claim it: at the usual pace for so long, which settles a handover; */
export const SUSPECT_FIRST = 12 * SECOND;
/** then as often, */
const SUSPECT_EVERY = 4 * SECOND;
/** for so long in all: split brains lasted up to 38 s, and were announced in their first 5 s alone. */
const SUSPECT_FOR = MINUTE;
/** A pair of claimants that is known is suspect again after so long. */
const SUSPECT_AGAIN = 10 * MINUTE;
/** Polls in a row that stayed unanswered though a question to everybody was answered: so many, */
const DEAF_AFTER = 3;
/** and then it is not polled for so long. */
const DEAF_FOR = MINUTE;

/** Others doubt it that ask everybody again within so long, */
const DOUBTED_WITHIN = 5 * SECOND;
/** and then this agent asks as well, but no more often than so: who doubts for that reason is no reason to doubt. */
const DOUBTS_EVERY = 10 * SECOND;
/**
 * Who swept last leaves the next turn to the others, so many intervals later, and so does who swept before: its own node may be
 * the second one that answers, which its own questions do not show. In IPv6, where others are not heard, one agent sweeps.
 */
const LATER_TURN = [2, 0.5];
/** Nobody else has swept for so many times: there is nobody to leave it to. */
const SWEPT_TOO = 3;
/** No kind of conflict wants evidence more often. */
const SHORTEST_CONFLICT_PAUSE = 7.5 * SECOND;
const NEVER = Number.NEGATIVE_INFINITY;

export function newTarget(address: IpAddress): Target {
  return {
    address,
    order: numberOfIp(address),
    kind: 'node',
    isRegular: false,
    isSwept: false,
    askedAt: NEVER,
    broadcastAt: NEVER,
    heardAt: NEVER,
    sweptAt: NEVER,
    sweptSince: Number.POSITIVE_INFINITY,
    doubtedAt: NEVER,
    isSilent: false,
    missedAt: NEVER,
    fastUntil: NEVER,
    pursuit: null,
    givenUpAt: null,
    suspicion: null,
    deaf: null,
    waitsAmong: null,
    open: { polled: null, at: NEVER, since: NEVER, count: 0, isDoubtful: false },
  };
}

export interface Paces {
  /** Between two questions for one address whose holder is not known. */
  readonly interval: Micros;
  /** Between two questions to everybody for one that is held and nobody else claims. */
  readonly sweep: Micros;
}

/** Whom everybody's answers may concern. */
interface Doubts {
  /** Somebody is known who may be polled. */
  readonly isHeld: boolean;
  readonly isAnnouncedHere: boolean;
  /** Other agents than the announcer's sweep it, as far as is known. */
  readonly othersSweep: boolean;
  /** How often an open conflict wants evidence; Infinity: none is open. */
  readonly conflictPause: (address: IpAddress, now: Micros) => Micros;
  /** A machine has checked it a moment ago. */
  readonly mayBeTaken: boolean;
}

/** Whether everybody is to be asked for it now, and how urgently; null: not. */
export function wantsBroadcast(target: Target, doubts: Doubts, paces: Paces, now: Micros): Urgency | null {
  const { broadcastAt, sweptAt, isSwept } = target;
  // Its turn does not come to the millisecond.
  const early = paces.interval / 2;
  const pause = pauseOf(target, doubts, paces, now);
  const urgency = target.kind === 'free' ? 'other' : target.kind === 'node' ? 'node' : 'unheld';
  // A node may answer everybody under another MAC than it is polled at: that is asked as soon as what has no holder.
  const isCertain =
    (doubts.isHeld || doubts.isAnnouncedHere) && (target.kind !== 'node' || broadcastAt > NEVER);
  if (pause < Number.POSITIVE_INFINITY && now - broadcastAt >= pause - early)
    return isCertain ? 'other' : urgency;
  // Who else asks hears this node, and not whoever answers beside it.
  const swept = doubts.isAnnouncedHere ? broadcastAt : Math.max(broadcastAt, sweptAt);
  const areOthers = doubts.othersSweep || now - sweptAt < SWEPT_TOO * paces.sweep;
  const isInTurn = areOthers && !doubts.isAnnouncedHere;
  const turns = isInTurn ? (LATER_TURN[target.sweptSince] ?? 0) : 0;
  const isDue = isSwept && now - swept >= paces.sweep + turns * paces.interval - early;
  return isDue ? 'other' : null;
}

function pauseOf(
  { address, kind, suspicion, broadcastAt, doubtedAt }: Target,
  doubts: Doubts,
  { interval }: Paces,
  now: Micros,
): Micros {
  const isVip = kind === 'vip';
  if (!doubts.isHeld && !doubts.isAnnouncedHere) return interval;
  // A node that is asked for is asked for as a machine: another one may answer for its address.
  if (!isVip) return broadcastAt === NEVER ? interval : doubts.conflictPause(address, now);
  if (doubts.mayBeTaken) return interval;
  const age = suspicion ? now - suspicion.since : Number.POSITIVE_INFINITY;
  if (age < SUSPECT_FIRST) return interval;
  if (now - doubtedAt < DOUBTED_WITHIN && now - broadcastAt >= DOUBTS_EVERY) return interval;
  const isForConflict = now - broadcastAt >= SHORTEST_CONFLICT_PAUSE;
  const conflictPause = isForConflict ? doubts.conflictPause(address, now) : Number.POSITIVE_INFINITY;
  return Math.min(conflictPause, age < SUSPECT_FOR ? SUSPECT_EVERY : Number.POSITIVE_INFINITY);
}

/** This agent asks everybody. */
export function noteAsked(target: Target, now: Micros): void {
  target.broadcastAt = now;
  if (isIpv4(target.address)) target.sweptSince = 0;
}

/**
 * Another node's agent asked everybody.
 * @param isHolder it announces the address itself: whether everybody still hears it, that does not tell.
 */
export function noteHeard(target: Target, isHolder: boolean, at: Micros): void {
  if (at - target.heardAt < DOUBTED_WITHIN) target.doubtedAt = at;
  target.heardAt = Math.max(target.heardAt, at);
  if (isHolder) return;
  target.sweptAt = Math.max(target.sweptAt, at);
  target.sweptSince += 1;
}

/** Takes up that another machine claims the address as well. Returns whether that is news. */
export function suspect(target: Target, rival: Rival, isOpen: () => boolean, now: Micros): boolean {
  if (now - rival.at > SUSPECT_FIRST) return false;
  const { suspicion } = target;
  const { holder, machine } = rival;
  if (suspicion && now - suspicion.since < SUSPECT_FIRST) {
    suspicion.rivals.add(machine);
    return false;
  }
  const isOver = suspicion === null || now - suspicion.since >= SUSPECT_AGAIN;
  // What is told of already is asked for at the pace of its finding.
  const isNew = suspicion?.holder !== holder || !suspicion.rivals.has(machine);
  if (!isOver && (!isNew || isOpen())) return false;
  target.suspicion = { since: now, holder, rivals: new Set([machine]) };
  return true;
}

/** A poll stayed unanswered, or was answered; or everybody was asked, and the machine that was polled answered. */
export function notePoll(target: Target, mac: Mac, was: 'answered' | 'missed', now: Micros): void {
  if (was === 'answered') target.deaf = null;
  else if (target.deaf?.mac !== mac) target.deaf = { mac, count: 1, since: now };
  else Object.assign(target.deaf, { count: target.deaf.count + 1, since: now });
}

/** It answers questions to everybody, and none that are put to it alone: a switch or a bond may do that. */
export function isDeafToPolls({ deaf }: Target, mac: Mac, now: Micros): boolean {
  return deaf?.mac === mac && deaf.count >= DEAF_AFTER && now - deaf.since < DEAF_FOR;
}
