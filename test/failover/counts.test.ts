import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../src/base/time.ts';
import { endedHere, TestCounts } from '../../src/failover/counts.ts';
import type { TestMode, TestPhase } from '../../src/failover/failover-test.ts';
import { VIP } from '../watch/lan.ts';

const spec = (mode: TestMode) => ({ vip: VIP, mode, maxGap: 10 * SECOND, timeLimit: 2 * MINUTE });

describe('the count of failover tests', () => {
  it('has a row for each mode and each end, from 0 on', () => {
    const counts = new TestCounts();
    expect(counts.rows()).toHaveLength(16);
    expect(new Set(counts.rows().map(({ result }) => result))).toEqual(
      new Set(['passed', 'failed', 'refused', 'cancelled']),
    );
    counts.ended({ spec: spec('drain'), phase: 'Passed' });
    counts.ended({ spec: spec('drain'), phase: 'Passed' });
    counts.ended({ spec: spec('freeze'), phase: 'Failed' });
    expect(counts.rows().filter(({ count }) => count > 0)).toEqual([
      { mode: 'drain', result: 'passed', count: 2 },
      { mode: 'freeze', result: 'failed', count: 1 },
    ]);
  });

  it.each<{
    name: string;
    before: [TestPhase, string | null] | undefined;
    after: [TestPhase, string | null];
    counts: boolean;
  }>([
    { name: 'its coordinator ends it', before: ['Running', 'cp'], after: ['Passed', 'cp'], counts: true },
    {
      name: 'it is refused as it is taken up',
      before: ['Pending', null],
      after: ['Refused', 'cp'],
      counts: true,
    },
    { name: 'its successor ends it', before: ['Running', 'w1'], after: ['Failed', 'cp'], counts: true },
    { name: 'another agent ends it', before: ['Running', 'w1'], after: ['Passed', 'w1'], counts: false },
    { name: 'it goes on', before: ['Pending', 'cp'], after: ['Running', 'cp'], counts: false },
    { name: 'it had ended before', before: ['Passed', 'cp'], after: ['Passed', 'cp'], counts: false },
    { name: 'it ended before this agent started', before: undefined, after: ['Passed', 'cp'], counts: false },
  ])('rises where $name: $counts', ({ before, after, counts }) => {
    const watched = ([phase, coordinator]: [TestPhase, string | null]) => ({ phase, coordinator });
    expect(endedHere(watched(after), before && watched(before), 'cp')).toBe(counts);
    // An agent that does not know its own node brings nothing about.
    expect(endedHere(watched(after), before && watched(before), null)).toBe(false);
  });
});
