// Judges what the agents hold to be so in between: whether each VIP is answered, and how much they keep in mind.
import { MINUTE, type Micros, SECOND } from '../../../src/base/time.ts';
import type { ActionKind } from '../actions.ts';
import { CATALOGUE } from '../catalogue.ts';
import { type Answering, isAlone, type Span } from './answering.ts';
import type { Complaint } from './complaint.ts';
import type { Played } from './play.ts';
import { causeOf, SWEPT_WITHIN } from './rights.ts';

/** An announcer counts as there for 5 s after its last word. */
const TAKEN_FOR_UP: Micros = 8 * SECOND;
const TAKEN_FOR_DOWN: Micros = 5 * SECOND;
/** As `ClaimsTable` and `FindingBook` bound them. */
const MAX_OWNERS = 8;
const MAX_CULPRITS = 16;
const MAX_ENTRIES: Readonly<Record<string, number>> = {
  claims: 65_536,
  leases: 16_384,
  'dhcp-servers': 256,
  findings: 2_000,
  takeovers: 1_000,
};
/** So many rows for each thing that is kept, at most. */
const ROWS_OF_ONE = 4;
/**
 * Questions that reach everyone, of all agents together, whatever the number of VIPs: 5 a second while nothing happens; 50 a second
 * for 10 s after something did, then 10 a second. One may be saved up; not all agents begin at once, and on Wi-Fi they do not hear
 * all of each other. Who has just started does not know for how long something has gone on.
 */
const BUDGET = [
  { within: 10 * SECOND, most: 51, onlyWhere: 'nothing happened' },
  { within: SECOND, most: 53, onlyWhere: null },
  { within: 10 * SECOND, most: 500, onlyWhere: null },
  { within: MINUTE, most: 1_050, onlyWhere: 'no agent started' },
  { within: MINUTE, most: 1_550, onlyWhere: null },
] as const;
/** Suspicion lasts a minute, and a pursuit too. */
const SETTLED: Micros = 75 * SECOND;

export function judgeLooks(played: Played, vips: readonly Answering[]): Complaint[] {
  return [...wronglyUp(played, vips), ...unbounded(played), ...loud(played)];
}

function wronglyUp(played: Played, vips: readonly Answering[]): Complaint[] {
  return vips.flatMap((answering) => {
    const { ip } = answering;
    return played.looks.flatMap(({ agent, at, ip: of, up }): Complaint[] => {
      if (of !== ip || up === null) return [];
      const spans = up ? answering.silences(agent) : answering.answered(agent);
      // It answers whoever asks it alone.
      const isDeaf = causeOf(played, { from: at, until: at }) === 'deaf-node';
      const since = at - (up ? TAKEN_FOR_UP + (isDeaf ? SWEPT_WITHIN : 0) : TAKEN_FOR_DOWN);
      const span = spans.find(({ from, until }) => from <= since && until >= at);
      if (!span || !heardOthers(played, agent, span.from, at)) return [];
      // Its own node's answers never come to it: what it announced last stands.
      if (up && answering.of(agent, null).some(({ until }) => until === span.from)) return [];
      return [
        {
          what: 'up',
          agent,
          at,
          subject: up ? 'a VIP that nobody answers for' : 'a VIP that is answered for',
          ip,
          because: causeOf(played, { from: at, until: at }),
          text: up
            ? `takes it for answered, ${((at - span.from) / SECOND).toFixed(0)} s after the last one could`
            : 'takes it for silent, and it is answered for',
        },
      ];
    });
  });
}

function heardOthers({ moments }: Played, agent: string, from: Micros, until: Micros): boolean {
  return moments.every(
    ({ at, awake, sides }) => at < from || at > until || (awake.has(agent) && !isAlone(agent, sides)),
  );
}

function unbounded({ sizes, until }: Played): Complaint[] {
  return sizes.flatMap(({ agent, tables, owners, culprits, journalRows }) => {
    const rows = tables.reduce((sum, { entries }) => sum + entries, 0);
    const counts: [string, number, number][] = [
      ...tables.map(({ table, entries }): [string, number, number] => [table, entries, MAX_ENTRIES[table]!]),
      ['MACs of one address', owners, MAX_OWNERS],
      ['culprits of one address', culprits, MAX_CULPRITS],
      ['rows in the journal', journalRows, ROWS_OF_ONE * rows + 100],
    ];
    return counts
      .filter(([, count, limit]) => count > limit)
      .map(
        ([subject, count, limit]): Complaint => ({
          what: 'unbounded',
          agent,
          at: until,
          subject,
          ip: null,
          because: null,
          text: `holds ${count}, and ${limit} are the most`,
        }),
      );
  });
}

function loud(played: Played): Complaint[] {
  const { broadcasts } = played;
  const sides = sidesOf(played);
  const disturbed = disturbances(played);
  const conditions = {
    'nothing happened': (from: Micros, until: Micros) =>
      disturbed.every((span) => until < span.from || from > span.until),
    'no agent started': (from: Micros, until: Micros) =>
      played.lives.every((life) => life.from < from - MINUTE || life.from > until),
  };
  return BUDGET.flatMap(({ within, most, onlyWhere }): Complaint[] => {
    const loudest = broadcasts.most(within, onlyWhere === null ? undefined : conditions[onlyWhere]);
    if (loudest.count <= most * sides(loudest.from, loudest.from + within)) return [];
    const when = onlyWhere === null ? '' : `, where ${onlyWhere}`;
    return [
      {
        what: 'loud',
        agent: null,
        at: loudest.from,
        subject: onlyWhere === 'nothing happened' ? 'broadcasts at rest' : 'broadcasts',
        ip: null,
        because: causeOf(played, { from: loudest.from, until: loudest.from + within }),
        text: `${loudest.count} questions to everyone within ${within / SECOND} s${when}, and ${most} are the most`,
      },
    ];
  });
}

/** Where the LAN falls apart, those on one side do not hear the others, and each side has a budget of its own. */
function sidesOf({ moments, plan, until: end }: Played): (from: Micros, until: Micros) => number {
  const agents = plan.nodes.filter(({ agent }) => agent).map(({ name }) => name);
  return (from, until) =>
    Math.max(
      1,
      ...moments
        .filter(({ at }, i) => at <= until && (moments[i + 1]?.at ?? end) >= from)
        .map(({ sides }) => new Set(agents.map((name) => sides.get(name))).size),
    );
}

/** What makes agents ask everybody: whatever is played, and who begins or ceases to answer. */
function disturbances({ scenario, from, until, truth, lives, plan }: Played): Span[] {
  const vips = new Set(plan.services.map(({ ip }) => ip));
  const changes = truth.changes.filter(({ ip }) => vips.has(ip)).map(({ at }) => ({ from: at, until: at }));
  const starts = lives.map((life) => ({ from: life.from, until: life.from }));
  const actions = scenario.actions.map(({ kind, at, lasts }) => {
    const isTrait = (CATALOGUE[kind] as ActionKind).weight === 'trait';
    return isTrait ? { from, until } : { from: from + at, until: from + at + lasts };
  });
  return [...changes, ...starts, ...actions].map((span) => ({ ...span, until: span.until + SETTLED }));
}
