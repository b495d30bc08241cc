// Judges what the agents hold to be so in between: whether each VIP is answered, and how much they keep in mind.
import { MINUTE, type Micros, SECOND } from '../../../src/base/time.ts';
import { type Answering, isAlone } from './answering.ts';
import type { Complaint } from './complaint.ts';
import type { Played } from './play.ts';
import { causeOf } from './rights.ts';

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
/** Broadcasts of all agents together, for each VIP and minute; null until a budget is agreed. */
const BROADCASTS_A_MINUTE: number | null = null;

export function judgeLooks(played: Played, vips: readonly Answering[]): Complaint[] {
  return [...wronglyUp(played, vips), ...unbounded(played), ...loud(played)];
}

function wronglyUp(played: Played, vips: readonly Answering[]): Complaint[] {
  return vips.flatMap((answering) => {
    const { ip } = answering;
    return played.looks.flatMap(({ agent, at, ip: of, up }): Complaint[] => {
      if (of !== ip || up === null) return [];
      const spans = up ? answering.silences(agent) : answering.answered(agent);
      const since = at - (up ? TAKEN_FOR_UP : TAKEN_FOR_DOWN);
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

function loud({ broadcasts, plan, from, until }: Played): Complaint[] {
  if (BROADCASTS_A_MINUTE === null) return [];
  const perMinute = broadcasts.total / plan.services.length / ((until - from) / MINUTE);
  if (perMinute <= BROADCASTS_A_MINUTE) return [];
  return [
    {
      what: 'loud',
      agent: null,
      at: until,
      subject: 'broadcasts',
      ip: null,
      because: null,
      text: `${perMinute.toFixed(1)} questions to everyone a minute and VIP, and ${BROADCASTS_A_MINUTE} are the most`,
    },
  ];
}
