import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../src/base/time.ts';
import { type AdmissionContext, reasonToRefuse, verdictOf, worstOf } from '../../src/failover/verdict.ts';
import type { IpAddress } from '../../src/net/address.ts';
import { leg, seenFrom } from './measured.ts';

const VIP = '192.168.1.240' as IpAddress;
const OTHER = '192.168.1.241' as IpAddress;
const NOW = 1_000 * MINUTE;

describe('reasonToRefuse()', () => {
  const fine: AdmissionContext = {
    watched: true,
    running: null,
    critical: [],
    endedAt: null,
    cooldown: MINUTE,
  };
  const spec = { vip: OTHER, mode: 'observe', maxGap: SECOND, timeLimit: MINUTE } as const;

  it.each<[string, Partial<AdmissionContext>, string | null]>([
    ['all is well', {}, null],
    ['it is no VIP', { watched: false }, '192.168.1.240 is not a watched VIP.'],
    [
      'another VIP is tested',
      { running: { id: 'first', spec } },
      'Another test is running: first, of 192.168.1.241.',
    ],
    [
      'it is in trouble on two segments',
      { critical: ['split-brain', 'split-brain'] },
      '192.168.1.240 already has a problem: split-brain is active on it.',
    ],
    [
      'it was tested just now',
      { endedAt: NOW - 59.5 * SECOND },
      'The last test of 192.168.1.240 has just ended: the next may begin in 1 s.',
    ],
    ['it was tested a minute ago', { endedAt: NOW - MINUTE }, null],
  ])('where %s', (_what, over, expected) => {
    expect(reasonToRefuse(VIP, { ...fine, ...over }, NOW)).toBe(expected);
  });
});

describe('verdictOf()', () => {
  const spec = { maxGap: 10 * SECOND };

  it('passes at exactly the longest gap allowed', () => {
    const verdict = verdictOf(spec, [seenFrom('node-3', leg({ gapMs: 10_000 }))]);
    expect(verdict).toMatchObject({
      phase: 'Passed',
      message: 'The longest gap was 10 s, within the 10 s allowed.',
    });
  });

  it('goes by the worst vantage point', () => {
    const verdict = verdictOf(spec, [
      seenFrom('node-3', leg({ gapMs: 400 })),
      seenFrom('node-4', leg({ gapMs: 10_001 })),
    ]);
    expect(verdict).toMatchObject({
      phase: 'Failed',
      message:
        'Nobody answered for 10 s when node-2 took over from node-1, as node-4 saw it: more than the 10 s allowed.',
    });
  });

  it('goes by the service where the answers are fine', () => {
    const verdict = verdictOf(spec, [
      seenFrom('node-3', leg({ gapMs: 400, serviceGapMs: null, serviceNote: 'no port' })),
      seenFrom('node-4', leg({ gapMs: 400, serviceGapMs: 12_345 })),
    ]);
    expect(verdict.phase).toBe('Failed');
    expect(verdict.message).toMatch(/^The service did not answer for 12.35 s when node-2 took over/);
  });

  it('fails where the service was not back, however long it may be away', () => {
    const patient = { ...spec, maxGap: 30 * SECOND };
    const away = leg({ serviceGapMs: 21_100, serviceOpen: true, serviceNote: 'no SYN-ACK yet' });
    const longer = leg({ serviceGapMs: 25_000, serviceNote: null });
    expect(verdictOf(patient, [seenFrom('node-3', longer), seenFrom('node-4', away)])).toMatchObject({
      phase: 'Failed',
      message:
        'The service did not answer for 21.1 s when node-2 took over from node-1, as node-4 saw it, and was not back then.',
    });
    expect(verdictOf(patient, [seenFrom('node-3', longer)]).phase).toBe('Passed');
  });

  it('says of a service that did not answer before that it is not judged', () => {
    const dead = leg({ gapMs: 400, serviceNote: 'no SYN-ACK before the takeover' });
    const back = leg({ ...dead, leg: 'failback', from: 'node-2', to: 'node-1' });
    expect(verdictOf(spec, [seenFrom('node-3', dead, back), seenFrom('node-4', dead)])).toMatchObject({
      phase: 'Passed',
      message:
        'The longest gap was 400 ms, within the 10 s allowed. ' +
        'The service did not answer node-3, node-4 before the takeover: it is not judged.',
    });
  });

  it('goes by the failback as well', () => {
    const back = leg({ leg: 'failback', from: 'node-2', to: 'node-1', gapMs: 11_000 });
    const verdict = verdictOf(spec, [seenFrom('node-3', leg({}), back)]);
    expect(verdict.phase).toBe('Failed');
    expect(verdict.message).toContain('when node-1 took over from node-2');
  });

  it('tells both gaps where both were measured', () => {
    const { message } = verdictOf(spec, [seenFrom('node-3', leg({ gapMs: 1_400, serviceGapMs: 999.4 }))]);
    expect(message).toBe("The longest gap was 1.4 s, the service's 999 ms, within the 10 s allowed.");
  });

  it('fails what nobody measured', () => {
    expect(verdictOf(spec, []).phase).toBe('Failed');
    expect(verdictOf(spec, [seenFrom('node-3')]).phase).toBe('Failed');
  });

  it('judges each vantage point by what it saw alone', () => {
    const back = leg({ leg: 'failback', from: 'node-2', to: 'node-1' });
    const points = {
      fine: [leg({ serviceGapMs: 9_000, serviceNote: null }), back],
      slow: [leg({ gapMs: 10_001 }), back],
      'slow to return': [leg({}), { ...back, gapMs: 10_001 }],
      unserved: [leg({ serviceGapMs: 10_001 }), back],
      'not served again': [leg({ serviceGapMs: 10, serviceOpen: true }), back],
      blind: [],
      'blind to the return': [leg({})],
      lost: [],
      'lost before the return': [leg({})],
      'slow and lost': [leg({ gapMs: 10_001 })],
      'never ready': [],
    };
    const standings = [
      { leg: 'failover', measured: [leg({})], unseen: ['blind'], silent: ['lost'] },
      {
        leg: 'failback',
        measured: [back],
        unseen: ['blind to the return'],
        silent: ['lost before the return', 'slow and lost'],
      },
    ] as const;
    const vantagePoints = Object.entries(points).map(([node, legs]) => seenFrom(node, ...legs));
    expect(Object.fromEntries(verdictOf(spec, vantagePoints, standings).results)).toEqual({
      fine: 'passed',
      slow: 'failed',
      'slow to return': 'failed',
      unserved: 'failed',
      'not served again': 'failed',
      blind: 'failed',
      'blind to the return': 'failed',
      lost: null,
      'lost before the return': null,
      'slow and lost': 'failed',
      'never ready': null,
    });
  });

  it('passes only where no vantage point failed', () => {
    const length = fc.integer({ min: 0, max: 20_000 });
    const measured = fc.record({
      gapMs: length,
      serviceGapMs: fc.option(length),
      serviceOpen: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(fc.array(measured, { maxLength: 2 }), { minLength: 1, maxLength: 4 }), (seen) => {
        const vantagePoints = seen.map((legs, i) => seenFrom(`node-${i}`, ...legs.map((one) => leg(one))));
        fc.pre(vantagePoints.some(({ legs }) => legs.length > 0));
        const { phase, results } = verdictOf(spec, vantagePoints);
        expect(phase).toBe([...results.values()].includes('failed') ? 'Failed' : 'Passed');
      }),
    );
  });
});

describe('worstOf()', () => {
  it('is the longest of each, whoever saw it, of both legs', () => {
    const vantagePoints = [
      seenFrom('a', leg({ gapMs: 5, serviceGapMs: 7 }), leg({ leg: 'failback', gapMs: 4, serviceGapMs: 99 })),
      seenFrom('b', leg({ gapMs: 6, serviceGapMs: null })),
    ];
    expect(worstOf(vantagePoints)).toEqual({ gapMs: 6, serviceGapMs: 99 });
  });

  it('is null where nothing was measured', () => {
    expect(worstOf([seenFrom('a')])).toEqual({ gapMs: null, serviceGapMs: null });
  });
});
