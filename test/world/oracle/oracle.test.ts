// The oracle has nothing to say against agents that are right, and its word against each way of being wrong.
import { beforeAll, describe, expect, it } from 'vitest';
import type { ActionName } from '../../../lab/world/catalogue.ts';
import { generate } from '../../../lab/world/generate.ts';
import { sortOf } from '../../../lab/world/oracle/complaint.ts';
import { judge } from '../../../lab/world/oracle/oracle.ts';
import { type Played, play, type Said } from '../../../lab/world/oracle/play.ts';
import type { FindingEvent } from '../../../src/watch/finding/finding.ts';

const SECOND = 1_000_000;

function played(about: ActionName | null, seed: string): Played {
  const scenario = generate(seed, { about });
  // Nothing else happens.
  return play({ ...scenario, actions: scenario.actions.filter(({ kind }) => kind === about) });
}

const sorts = (one: Played) => [...new Set(judge(one).complaints.map(sortOf))];

/** What the agents said, told otherwise. */
function retold(one: Played, tell: (said: Said) => readonly Said[]): Played {
  return { ...one, said: one.said.flatMap(tell).toSorted((a, b) => a.at - b.at) };
}

function isFinding(said: Said, kind: string, action?: FindingEvent['action']): boolean {
  const { event } = said;
  return (
    event.type === 'finding' &&
    event.finding.kind === kind &&
    (action === undefined || event.action === action)
  );
}

const later = (said: Said, by: number): Said => ({ ...said, at: said.at + by });

describe('the oracle', () => {
  let stranger: Played;
  let failover: Played;

  beforeAll(() => {
    stranger = played('stranger-on-vip', '3');
    failover = played('kill-speaker', '5');
  });

  it('is content with agents that are right', () => {
    expect(stranger.said.some((said) => isFinding(said, 'foreign-claim', 'raised'))).toBe(true);
    expect(failover.said.some(({ event }) => event.type === 'takeover')).toBe(true);
    expect(judge(stranger).complaints).toEqual([]);
    expect(judge(failover).complaints).toEqual([]);
    expect(judge(stranger).found).toMatchObject([{ because: 'stranger-on-vip', kinds: ['foreign-claim'] }]);
  });

  it('misses what nobody finds', () => {
    expect(sorts(retold(stranger, (said) => (isFinding(said, 'foreign-claim') ? [] : [said])))).toEqual([
      'missed foreign-claim',
    ]);
  });

  it('says what is found too late', () => {
    const late = retold(stranger, (said) =>
      isFinding(said, 'foreign-claim', 'raised') ? [later(said, 15 * SECOND)] : [said],
    );
    expect(sorts(late)).toEqual(['late foreign-claim']);
  });

  it('says what is told on after it was over', () => {
    const stays = retold(stranger, (said) => (isFinding(said, 'foreign-claim', 'resolved') ? [] : [said]));
    expect(sorts(stays)).toEqual(['stays foreign-claim']);
  });

  it('says what is told no more while it still is so', () => {
    const raised = stranger.said.find((said) => isFinding(said, 'foreign-claim', 'raised'))!;
    const gone = retold(stranger, (said) =>
      isFinding(said, 'foreign-claim', 'resolved') ? [{ ...said, at: raised.at + SECOND }] : [said],
    );
    expect(sorts(gone)).toContain('gone foreign-claim');
  });

  it('says what is false: another finding, another address, or before it was so', () => {
    const of = (change: (event: FindingEvent) => Partial<FindingEvent['finding']>, by = 0) =>
      retold(stranger, (said) => {
        const { event } = said;
        if (event.type !== 'finding') return [said];
        return [
          said,
          later({ ...said, event: { ...event, finding: { ...event.finding, ...change(event) } } }, by),
        ];
      });
    expect(sorts(of(() => ({ id: 'other', kind: 'split-brain' })))).toEqual(['false split-brain']);
    expect(sorts(of(() => ({ id: 'other', ip: '192.168.1.99' as never })))).toEqual(['false foreign-claim']);
    expect(sorts(of(() => ({ id: 'other' }), -10 * SECOND))).toContain('false foreign-claim');
  });

  it('says what comes and goes in turns', () => {
    const turns = retold(stranger, (said) => {
      const { event } = said;
      if (!isFinding(said, 'foreign-claim', 'raised') || event.type !== 'finding') return [said];
      const over: Said = { ...said, event: { ...event, action: 'resolved' } };
      return [0, 1, 2, 3].flatMap((i) => [
        later(said, i * SECOND),
        ...(i < 3 ? [later(over, i * SECOND + 1)] : []),
      ]);
    });
    expect(sorts(turns)).toEqual(['in turns foreign-claim']);
  });

  const longer = (change: { gapMs?: number; uncertaintyMs?: number }) =>
    retold(failover, (said) => {
      const { event } = said;
      return event.type === 'takeover'
        ? [{ ...said, event: { ...event, takeover: { ...event.takeover, ...change } } }]
        : [said];
    });

  it('holds every gap against the true one, on both sides', () => {
    expect(sorts(longer({ gapMs: 2_000, uncertaintyMs: 1_000 }))).toContain('gap takeover gap');
    expect(sorts(longer({ gapMs: 9_000, uncertaintyMs: 1_000 }))).toContain('gap takeover gap');
    expect(sorts(longer({ gapMs: 9_000, uncertaintyMs: 9_000 }))).toContain('gap takeover uncertainty');
  });

  it('misses a takeover that nobody tells, and says which is none', () => {
    expect(sorts(retold(failover, (said) => (said.event.type === 'takeover' ? [] : [said])))).toContain(
      'missed takeover',
    );
    const none = retold(failover, (said) => {
      const { event } = said;
      if (event.type !== 'takeover') return [said];
      const { from, to } = event.takeover;
      return [{ ...said, event: { ...event, takeover: { ...event.takeover, from: to, to: from } } }];
    });
    expect(sorts(none)).toContain('false takeover');
  });

  it('says which VIP is taken for answered that is not, and the reverse', () => {
    const looks = failover.looks.map((look) => ({ ...look, up: look.up === null ? null : !look.up }));
    expect(sorts({ ...failover, looks })).toEqual(['up a VIP that is answered for']);
    const silent = played('kill-all-speakers', '4');
    expect(sorts(silent)).toEqual([]);
    const up = silent.looks.map((look) => ({ ...look, up: true }));
    expect(sorts({ ...silent, looks: up })).toEqual(['up a VIP that nobody answers for']);
  });

  it('says what grows without bound', () => {
    const [first] = stranger.sizes;
    const sizes = [
      { ...first!, owners: 9, culprits: 17, journalRows: 1_000_000 },
      { ...first!, tables: [{ table: 'claims' as const, entries: 65_537, evictions: 0 }] },
    ];
    expect(sorts({ ...stranger, sizes })).toEqual([
      'unbounded MACs of one address',
      'unbounded culprits of one address',
      'unbounded rows in the journal',
      'unbounded claims',
    ]);
  });
});
