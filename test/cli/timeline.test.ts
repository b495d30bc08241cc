import { describe, expect, it } from 'vitest';
import { drawTimeline } from '../../src/cli/timeline.ts';
import type { FailoverTest } from '../../src/failover/failover-test.ts';
import { renderFailoverTest } from '../../src/serve/render/render.ts';
import { leg, sampleTest, seenFrom } from '../failover/measured.ts';

const draw = (over: Partial<FailoverTest>, columns = 72) =>
  drawTimeline(renderFailoverTest(sampleTest(over)), columns);

const FAST = leg({});
const SLOW = leg({
  gapMs: 6_000,
  serviceGapMs: 6_800,
  serviceNote: null,
  phases: { announcedMs: 6_000, answeredMs: 6_020.4, servedMs: 6_800 },
});
const BACK = leg({
  leg: 'failback',
  from: 'node-2',
  to: 'node-1',
  gapMs: 0,
  uncertaintyMs: 0,
  overlapMs: 42,
  phases: { announcedMs: 0, answeredMs: 12, servedMs: null },
});

describe('drawTimeline()', () => {
  it('shows each leg as each vantage point saw it, the worst first, on one scale', () => {
    const vantagePoints = [seenFrom('node-3', FAST, BACK), seenFrom('node-4', SLOW)];
    expect(draw({ vantagePoints })).toBe(
      `failover: node-1 to node-2, seen by node-4 on eth0, the worst of all
  node-1 answered last │●                                  ┊│ 0 ms
  announced            │─────────────────────●             ┊│ 6 s
  answered             │─────────────────────●             ┊│ 6.02 s
  served               │────────────────────────●          ┊│ 6.8 s
  gap 6 s, 5.9 s at least; service gap 6.8 s

failover: node-1 to node-2, seen by node-3 on eth0
  node-1 answered last │●                                  ┊│ 0 ms
  announced            │─────●                             ┊│ 1.4 s
  answered             │─────●                             ┊│ 1.45 s
  served               │                                   ┊│ it has no TCP port
  gap 1.4 s, 1.3 s at least

failback: node-2 to node-1, seen by node-3 on eth0
  node-2 answered last │●                                  ┊│ 0 ms
  announced            │●                                  ┊│ 0 ms
  answered             │●                                  ┊│ 12 ms
  served               │                                   ┊│ it has no TCP port
  no gap: both answered for 42 ms

  ┊ 10 s: the longest gap that passes
`,
    );
  });

  it('says of a service that was not back that its gap is longer', () => {
    const away = leg({ serviceGapMs: 21_100, serviceOpen: true, serviceNote: 'no SYN-ACK yet' });
    expect(draw({ vantagePoints: [seenFrom('node-3', away)] })).toContain(
      '  gap 1.4 s, 1.3 s at least; service gap 21.1 s and more: not back yet\n',
    );
  });

  it('reaches as far as the longest length does, beyond what passes', () => {
    const long = leg({
      gapMs: 20_000,
      uncertaintyMs: 20_000,
      phases: { announcedMs: null, answeredMs: 20_000, servedMs: null },
    });
    const drawn = draw({ vantagePoints: [seenFrom('node-3', long)] });
    expect(drawn).toContain('  announced            │                  ┊                 │ not seen\n');
    expect(drawn).toContain('  answered             │───────────────────────────────────●│ 20 s\n');
    expect(drawn).toContain('gap 20 s, 0 ms at least\n');
  });

  it.each([[20], [60], [72], [100], [400]])('keeps its columns on a terminal of %i', (columns) => {
    const rows = draw({ vantagePoints: [seenFrom('node-3', SLOW)] }, columns)
      .split('\n')
      .filter((line) => line.includes('│'));
    expect(rows).toHaveLength(4);
    expect(new Set(rows.map((line) => line.lastIndexOf('│'))).size).toBe(1);
    expect(Math.max(...rows.map((line) => line.length))).toBeLessThanOrEqual(
      Math.max(60, Math.min(columns, 100)),
    );
  });

  it('is nothing where nothing was measured', () => {
    expect(draw({ vantagePoints: [] })).toBe('');
    expect(draw({ vantagePoints: [seenFrom('node-3')] })).toBe('');
  });
});
