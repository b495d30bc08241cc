// Judges what the agents found: nothing that is not so, all that is, in time, once, and until it is over.
import { type Micros, SECOND } from '../../../src/base/time.ts';
import type { Finding } from '../../../src/watch/finding/finding.ts';
import { type Answering, isAlone } from './answering.ts';
import type { Complaint } from './complaint.ts';
import type { Moment, Played } from './play.ts';
import { causeOf, type Demand, demandsOf, isAbout, type Right, rightsOf } from './rights.ts';

/** A finding as one life of an agent held it. */
interface Held {
  readonly agent: string;
  readonly finding: Finding;
  readonly from: Micros;
  readonly until: Micros;
  /** Its journal gave it back: it was raised before. */
  readonly isRestored: boolean;
  /** Counts the agent's lives that knew of nothing: its first one, and where it lost its journal. */
  readonly memory: number;
}

/** What became of a finding that somebody had to tell. */
export interface Found {
  readonly because: string;
  readonly kinds: readonly string[];
  /** So long after it was so; null: never. */
  readonly after: Micros | null;
}

/** An agent that comes back first reads what it missed. */
const COMES_BACK: Micros = 3 * SECOND;
/** Nobody need tell it for so long in between: whoever asks for a VIP may change, and a hold-down is 10 s. */
const MAY_PAUSE: Micros = 20 * SECOND;
/** As often as that within one and the same trouble, it comes and goes in turns. */
const IN_TURNS = 3;

export function judgeFindings(
  played: Played,
  vips: readonly Answering[],
): { complaints: Complaint[]; found: Found[] } {
  const held = heldBy(played);
  const rights = rightsOf(played, vips);
  const { complaints: missed, found } = missing(played, held, demandsOf(played, vips));
  return {
    complaints: [...held.flatMap((one) => wrong(played, one, rights)), ...inTurns(held, rights), ...missed],
    found,
  };
}

function heldBy({ lives, said }: Played): Held[] {
  const memories = new Map<string, number>();
  return lives.flatMap(({ agent, from, until, restored }) => {
    const memory = (memories.get(agent) ?? 0) + (restored.length === 0 ? 1 : 0);
    memories.set(agent, memory);
    const open = new Map<string, Held>(
      restored.map((finding) => [finding.id, { agent, finding, from, until, isRestored: true, memory }]),
    );
    const over: Held[] = [];
    for (const { event, at, agent: who } of said) {
      if (who !== agent || event.type !== 'finding' || at < from - SECOND || at > until) continue;
      const { finding, action } = event;
      if (action === 'raised')
        open.set(finding.id, { agent, finding, from: at, until, isRestored: false, memory });
      const known = open.get(finding.id);
      if (action !== 'resolved' || !known) continue;
      over.push({ ...known, until: at });
      open.delete(finding.id);
    }
    return [...over, ...open.values()];
  });
}

/** Raised while nothing says so, or told on when it was over. */
function wrong(played: Played, held: Held, rights: readonly Right[]): Complaint[] {
  const { agent, finding, from, until, isRestored } = held;
  const { kind, ip } = finding;
  const about = rights.filter(
    (right) => isAbout(right, kind, ip) && (right.agent === null || right.agent === agent),
  );
  const complaint = (what: 'false' | 'stays', at: Micros, text: string): Complaint => ({
    what,
    agent,
    at,
    subject: kind,
    ip,
    because: causeOf(played, { from: at, until: at }),
    text,
  });
  const covers = (right: Right, at: Micros) => right.from <= at && at <= endOf(right, agent, played.moments);
  if (!isRestored && !about.some((right) => covers(right, from))) {
    const { subject, ...rest } = complaint('false', from, `says ${finding.message}`);
    return [{ ...rest, subject: isCutOff(played, agent, from) ? `${subject} while cut off` : subject }];
  }
  let end = from;
  for (let before = Number.NEGATIVE_INFINITY; before < end && end < until; ) {
    before = end;
    const covering = about.filter((right) => covers(right, before));
    end = Math.max(end, ...covering.map((right) => endOf(right, agent, played.moments)));
  }
  // What its journal gave back to it is judged anew within a while.
  if (until <= end || (isRestored && until - from < 90 * SECOND)) return [];
  return [complaint('stays', end, `goes on saying that ${finding.message}`)];
}

/** It hears nobody: what it says then it makes up. */
function isCutOff({ moments }: Played, agent: string, at: Micros): boolean {
  const moment = moments.findLast((one) => one.at <= at);
  return moment !== undefined && isAlone(agent, moment.sides);
}

/** When nobody may say so any more. Whoever was away when it ended has as long from when it is back. */
function endOf({ over, resolvedWithin }: Right, agent: string, moments: readonly Moment[]): Micros {
  if (resolvedWithin === null) return Number.POSITIVE_INFINITY;
  let end = over + resolvedWithin;
  for (let i = 1; i < moments.length; i += 1) {
    const { at, awake } = moments[i]!;
    if (at > end && moments[i - 1]!.awake.has(agent)) break;
    const isBack = awake.has(agent) && !moments[i - 1]!.awake.has(agent);
    if (isBack) end = Math.max(end, at + COMES_BACK + resolvedWithin);
  }
  return end;
}

function inTurns(held: readonly Held[], rights: readonly Right[]): Complaint[] {
  const complaints: Complaint[] = [];
  for (const right of rights) {
    const raises = new Map<string, Held[]>();
    for (const one of held) {
      const { agent, finding, from, isRestored, memory } = one;
      if (isRestored || from < right.from || from > right.over || !isAbout(right, finding.kind, finding.ip))
        continue;
      if (right.agent !== null && right.agent !== agent) continue;
      const key = `${agent} ${memory} ${finding.id}`;
      raises.set(key, [...(raises.get(key) ?? []), one]);
    }
    for (const ones of raises.values()) {
      const { agent, finding, from } = ones.at(-1)!;
      if (ones.length < IN_TURNS) continue;
      complaints.push({
        what: 'in turns',
        agent,
        at: from,
        subject: finding.kind,
        ip: finding.ip,
        because: null,
        text: `raises it ${ones.length} times, while it was so all the time`,
      });
    }
  }
  return complaints;
}

function missing(
  played: Played,
  held: readonly Held[],
  demands: readonly Demand[],
): { complaints: Complaint[]; found: Found[] } {
  const found: Found[] = [];
  const complaints: Complaint[] = [];
  for (const demand of demands) {
    const { kinds, from, by, because } = demand;
    const told = held
      .filter(({ finding, until }) => isAbout(demand, finding.kind, finding.ip) && until >= from)
      .toSorted((a, b) => a.from - b.from);
    const after = told.length === 0 ? null : Math.max(0, told[0]!.from - from);
    found.push({ because: because ?? 'nothing', kinds, after });
    if (after === null || after > by - from) complaints.push(notInTime(demand, after));
    else complaints.push(...gone(played, demand, told));
  }
  return { complaints, found };
}

function subjectOf({ kinds, isHeardByNobodyElse }: Demand): string {
  return `${kinds.join(' or ')}${isHeardByNobodyElse ? ' without a bystander' : ''}`;
}

function notInTime(demand: Demand, after: Micros | null): Complaint {
  const { ip, from, by, because } = demand;
  const limit = `${(by - from) / SECOND} s`;
  return {
    what: after === null ? 'missed' : 'late',
    agent: null,
    at: by,
    subject: subjectOf(demand),
    ip,
    because,
    text:
      after === null
        ? `nobody says so, which somebody should within ${limit}`
        : `is found only after ${(after / SECOND).toFixed(1)} s, and should be within ${limit}`,
  };
}

/** Told, and no more, while it still is so. */
function gone(played: Played, demand: Demand, told: readonly Held[]): Complaint[] {
  const { ip, holdsUntil, because } = demand;
  if (holdsUntil === null) return [];
  let at = told[0]!.from;
  for (const { from, until } of told) {
    if (from > at + MAY_PAUSE) break;
    at = Math.max(at, until);
  }
  const isExcused = played.moments.some(
    (moment, i) =>
      i > 0 &&
      moment.at > told[0]!.from &&
      moment.at <= at + MAY_PAUSE &&
      moment.awake.size !== played.moments[i - 1]!.awake.size,
  );
  if (at + MAY_PAUSE >= holdsUntil || isExcused) return [];
  return [
    {
      what: 'gone',
      agent: null,
      at: at + MAY_PAUSE,
      subject: subjectOf(demand),
      ip,
      because,
      text: `nobody says so any more, ${((holdsUntil - at) / SECOND).toFixed(0)} s before it is over`,
    },
  ];
}
