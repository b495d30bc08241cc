// Which findings are right, when: by the catalogue, and for the VIPs' own announcers by the truth.
import { type Micros, SECOND } from '../../../src/base/time.ts';
import type { IpAddress, Ipv4 } from '../../../src/net/address.ts';
import type { ActionKind, Expectation } from '../actions.ts';
import { type ActionName, CATALOGUE } from '../catalogue.ts';
import type { Action } from '../scenario.ts';
import { announcementOf } from '../world.ts';
import type { Answering, Span } from './answering.ts';
import type { Moment, Played } from './play.ts';

/** A finding that is right while something holds. */
export interface Right {
  readonly kinds: readonly string[];
  /** Null: whichever. */
  readonly ip: IpAddress | null;
  /** Of whom alone it is right; null: of all. */
  readonly agent: string | null;
  /** Not raised sooner. */
  readonly from: Micros;
  /** When what it tells of is over. */
  readonly over: Micros;
  /** Resolved so long after that; null: it outlasts the scenario. */
  readonly resolvedWithin: Micros | null;
}

/** A finding that at least one agent must tell. */
export interface Demand extends Pick<Right, 'kinds' | 'ip'> {
  readonly from: Micros;
  readonly by: Micros;
  /** Until then somebody goes on telling it; null: nobody need. */
  readonly holdsUntil: Micros | null;
  readonly because: ActionName | null;
  /** Only those that it is about could hear it: that is a class of its own. */
  readonly isHeardByNobodyElse: boolean;
}

/** What is judged by who answers, whatever made it so. */
const JUDGED_BY_TRUTH = ['silent-vip', 'split-brain', 'slow-failover', 'vip-flapping'];

/** `unansweredGrace` is 15 s from the first question without an answer. */
const SILENT_FROM = 14 * SECOND;
/** Those, an interval, and the look of a detector. */
const SILENT_BY = 20 * SECOND;
const SILENT_BY_CAUSE: Readonly<Record<string, Micros>> = {
  // The API must tell first that no speaker runs, and then 30 s pass.
  'kill-all-speakers': 38 * SECOND,
  // Where nobody else is there, the agent may be the one that is cut off, until its router speaks to it.
  'deaf-node': 98 * SECOND,
};
const SPLIT_FROM = 4.9 * SECOND;
const SPLIT_BY = 16 * SECOND;
/** `probe.sweep`, and that its turn comes a little later: until then nobody hears of a machine that does not announce. */
export const SWEPT_WITHIN = 33 * SECOND;
/** Two agents sweep in turn, and a node's own questions do not show that it answers, too. */
const NODE_SWEPT_WITHIN = 2 * SWEPT_WITHIN;
/** 30 s of quiet, and an interval. */
const SPLIT_RESOLVED = 36 * SECOND;
/** An agent does not hear its own node: that it yielded, others' questions show, which come each 10 s. */
const OWN_YIELDS = 10 * SECOND;
/** Who hears too little ends it too soon, and is held down then: a minute after it was raised, it is raised for another half. */
const HELD_DOWN = 30 * SECOND;
const ANSWERED_AGAIN = 6 * SECOND;
/** `failover.maxGap` is 10 s; what an interval hides is allowed for. */
const SLOW_FROM = 9 * SECOND;
const SLOW_SURELY = 12 * SECOND;
const SLOW_TOLD_WITHIN = 40 * SECOND;
const FLAPS = 4;
/** Where an agent is back, or knows the nodes late, others ask for a VIP than before, and have to find out by themselves. */
const RESHARED = 12 * SECOND;
/** Before and after what must be noticed, all is as usual for so long. */
const STEADY = 20 * SECOND;
/** An action has its effects for so long after it is over. */
const AFTERMATH = 70 * SECOND;

export function rightsOf(played: Played, vips: readonly Answering[]): Right[] {
  const { scenario, plan } = played;
  const agents = plan.nodes.flatMap(({ name, agent }) => (agent ? [name] : []));
  const byRow = scenario.actions.flatMap((action) =>
    expectationsOf(action, played).map(({ kinds, ip, agent, resolvedWithin }) => {
      const { from, until: over } = spanOf(action, played);
      return { kinds, ip, agent, from, over, resolvedWithin };
    }),
  );
  const byTruth = vips.flatMap((answering) => agents.flatMap((agent) => allowedBy(answering, agent, played)));
  return [...byRow, ...byTruth, ...ofExtenders(played)];
}

/**
 * A node behind an extender may announce a VIP under a MAC that an agent without a memory has not heard yet: of an unknown MAC that
 * is told at once, until the node was asked.
 */
function ofExtenders({ scenario, lives, plan, until, from: begun }: Played): Right[] {
  if (!scenario.actions.some(({ kind }) => kind === 'behind-extender')) return [];
  const forgetful = lives.filter(({ from, restored }) => from > begun && restored.length === 0);
  return forgetful.flatMap(({ agent, from }) =>
    plan.services.map(
      ({ ip }): Right => ({ kinds: ['foreign-claim'], ip, agent, from, over: until, resolvedWithin: null }),
    ),
  );
}

export function demandsOf(played: Played, vips: readonly Answering[]): Demand[] {
  const byRow = played.scenario.actions.flatMap((action) =>
    expectationsOf(action, played)
      .filter(({ required }) => required)
      .flatMap(({ kinds, ip, within, holds }) => {
        const { from: begun, until } = spanOf(action, played);
        const from = allAwakeFrom(played, begun, within);
        // Who begins anew has too little of it left to see.
        if (from > begun && from + within > until) return [];
        const holdsUntil = holds ? until : null;
        const because = action.kind;
        return { kinds, ip, from, by: from + within, holdsUntil, because, isHeardByNobodyElse: false };
      }),
  );
  const all = [...byRow, ...vips.flatMap((answering) => demandedBy(answering, played))];
  return all.filter(({ by }) => by <= played.until);
}

/** Those that the truth of the VIPs does not show better. */
function expectationsOf(action: Action, { plan }: Played): readonly Expectation[] {
  const row: ActionKind = CATALOGUE[action.kind];
  const rows = row.expect?.(action, plan) ?? [];
  return rows.filter(({ kinds }) => kinds.some((kind) => !JUDGED_BY_TRUTH.includes(kind)));
}

function spanOf(action: Action, { from, until }: Played): Span {
  const isTrait = (CATALOGUE[action.kind] as ActionKind).weight === 'trait';
  return isTrait ? { from, until } : { from: from + action.at, until: from + action.at + action.lasts };
}

/** What an agent may say by what it could hear. */
function allowedBy(answering: Answering, agent: string, { said: told }: Played): Right[] {
  const { ip } = answering;
  const right = (kind: string, from: Micros, over: Micros, resolvedWithin: Micros | null): Right => ({
    kinds: [kind],
    ip,
    agent,
    from,
    over,
    resolvedWithin,
  });
  const silences = answering.silences(agent);
  const silent = silences
    .filter((span) => lengthOf(span) >= SILENT_FROM)
    .map(({ from, until }) => right('silent-vip', from + SILENT_FROM, until, ANSWERED_AGAIN));
  const split = answering
    .spans((heard) => heard.size > 1, agent)
    .filter((span) => lengthOf(span) >= SPLIT_FROM)
    .map(({ from, until }) => {
      const wasHere = answering.of(agent, agent).some((own) => own.until === until);
      const isOverTooSoon = told.some(
        ({ agent: who, event, at }) =>
          who === agent &&
          event.type === 'finding' &&
          event.action === 'resolved' &&
          event.finding.kind === 'split-brain' &&
          event.finding.ip === answering.ip &&
          at > from &&
          at < until,
      );
      const within = SPLIT_RESOLVED + (wasHere ? OWN_YIELDS : 0) + (isOverTooSoon ? HELD_DOWN : 0);
      return right('split-brain', from + SPLIT_FROM, until, within);
    });
  const slow = silences
    .filter((span) => lengthOf(span) >= SLOW_FROM)
    .map(({ until }) => right('slow-failover', until - SECOND, until + SLOW_TOLD_WITHIN, null));
  const changes = answering.owners(agent).filter(({ host }, i, all) => i > 0 && all[i - 1]!.host !== host);
  const fourth = changes[FLAPS - 1];
  const flapping = fourth ? [right('vip-flapping', fourth.from, answering.end, null)] : [];
  return [...silent, ...split, ...slow, ...flapping];
}

/** What somebody must say, where everybody could hear it. */
function demandedBy(answering: Answering, played: Played): Demand[] {
  const { ip } = answering;
  const demand = (kind: string, span: Span, by: Micros, isHeardByNobodyElse = false): Demand => ({
    kinds: [kind],
    ip,
    from: span.from,
    by,
    holdsUntil: span.until > by ? span.until : null,
    because: causeOf(played, span),
    isHeardByNobodyElse,
  });
  const silent = answering
    .spans((heard, moment) => heard.size === 0 && isOrdinary(moment, played) && moment.served.has(ip), null)
    .flatMap((span) => {
      const isLate = played.scenario.actions.some(({ kind }) => kind === 'api-late');
      const beganAnew =
        isLate ||
        played.lives.some(({ from }) => from > played.from && Math.abs(from - span.from) < RESHARED);
      const within = (SILENT_BY_CAUSE[causeOf(played, span) ?? ''] ?? SILENT_BY) + (beganAnew ? RESHARED : 0);
      return lengthOf(span) < within ? [] : [demand('silent-vip', span, span.from + within)];
    });
  const split = answering
    .spans((heard, moment) => heard.size > 1 && isOrdinary(moment, played) && moment.served.has(ip), null)
    .flatMap((span) => {
      const within = SPLIT_BY + (isAnnounced(played, ip, span) ? 0 : NODE_SWEPT_WITHIN);
      if (lengthOf(span) < within) return [];
      return [demand('split-brain', span, span.from + within, !answering.hasBystander(played.plan, span))];
    });
  const owners = answering.owners(null);
  const slow = owners.flatMap((owner, i) => {
    const next = owners[i + 1];
    if (!next || next.host === owner.host) return [];
    const gap = { from: owner.until, until: next.from };
    const around = { from: gap.from - STEADY, until: gap.until + STEADY };
    const isSteady = lengthOf(owner) >= STEADY && lengthOf(next) >= STEADY;
    // While both answered there was none.
    const silent = answering.silenceIn(gap, null);
    if (silent < SLOW_SURELY || !isSteady || !wasOrdinary(played, ip, around)) return [];
    return [demand('slow-failover', { from: gap.until, until: gap.until }, gap.until + SLOW_TOLD_WITHIN)];
  });
  return [...silent, ...split, ...slow];
}

/** Whoever began to answer then said so. */
function isAnnounced({ notes, plan }: Played, ip: Ipv4, { from }: Span): boolean {
  const announcements = plan.nodes.map(({ name }) => announcementOf(name, ip));
  return notes.some(({ at, what }) => at === from && announcements.includes(what));
}

/** Since when all agents ran for so long, from a moment on: whoever is away then finds it when it is back. */
function allAwakeFrom({ moments, plan, until }: Played, from: Micros, within: Micros): Micros {
  const agents = plan.nodes.filter(({ agent }) => agent).length;
  let since = from;
  for (const [i, { at, awake }] of moments.entries()) {
    const next = moments[i + 1]?.at ?? until;
    if (next <= since || awake.size === agents) continue;
    if (at >= since + within) return since;
    since = next;
  }
  return since;
}

/** Nothing keeps an agent from hearing it and from knowing what it means. */
function isOrdinary({ sides, awake, apiAway }: Moment, { plan }: Played): boolean {
  const agents = plan.nodes.filter(({ agent }) => agent).length;
  return !apiAway && awake.size === agents && new Set(sides.values()).size === 1;
}

export function wasOrdinary(played: Played, ip: Ipv4, { from, until }: Span): boolean {
  return played.moments.every(
    (moment) =>
      moment.at < from || moment.at > until || (isOrdinary(moment, played) && moment.served.has(ip)),
  );
}

/** The fault, or else the move, that was there then. */
export function causeOf({ scenario, from: start }: Played, { from, until }: Span): ActionName | null {
  const near = scenario.actions.filter(
    ({ at, lasts }) => start + at <= until && start + at + lasts + AFTERMATH >= from,
  );
  const ofWeight = (wanted: string) =>
    near.findLast(({ kind }) => (CATALOGUE[kind] as ActionKind).weight === wanted);
  return (ofWeight('fault') ?? ofWeight('move') ?? ofWeight('gentle') ?? ofWeight('trait'))?.kind ?? null;
}

export function lengthOf({ from, until }: Span): Micros {
  return until - from;
}

export function isAbout(right: Pick<Right, 'kinds' | 'ip'>, kind: string, ip: IpAddress): boolean {
  return right.kinds.includes(kind) && (right.ip === null || right.ip === ip);
}
