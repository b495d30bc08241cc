import { expect, it } from 'vitest';
import { SECOND } from '../../src/base/time.ts';
import { ServiceGaps } from '../../src/probe/service-gaps.ts';
import type { ServiceOutage } from '../../src/probe/service-track.ts';
import type { ServiceGap, Takeover } from '../../src/watch/takeover/takeover.ts';
import { NOON, sampleTakeover } from '../serve/sample.ts';

/** The takeover told at NOON; `outages` by the second in which they are asked for, the last one from then on. */
function gaps(outages: readonly ServiceOutage[], over: Partial<Takeover> = {}) {
  const told: { gap: ServiceGap; at: number }[] = [];
  const fast: number[] = [];
  const asked: unknown[] = [];
  let now = NOON;
  const made = new ServiceGaps({
    prober: {
      outage: (...question) => {
        asked.push(question);
        return outages[Math.min(Math.floor((now - NOON) / SECOND), outages.length - 1)]!;
      },
      probeFast: (_vip, until) => fast.push(until),
    },
    deviceOf: ({ name }) => (name === 'eth0' ? 'eth0' : undefined),
    onMeasured: (_takeover, gap, at) => told.push({ gap, at: at - NOON }),
  });
  const takeover = sampleTakeover({ lastOld: NOON - 3 * SECOND, at: NOON - 2 * SECOND, ...over });
  made.takeover(takeover, now);
  for (; made.nextAt() < NOON + 60 * SECOND; made.tick(now)) now = Math.max(now, made.nextAt());
  return { told, fast, asked, takeover };
}

it('tells at once what is known, in milliseconds since the old announcer was last heard', () => {
  const servedAt = NOON - SECOND;
  const { told, fast, asked, takeover } = gaps([
    { kind: 'measured', gapMs: 1900, uncertaintyMs: 90, servedAt },
  ]);
  expect(told).toEqual([
    { gap: { gapMs: 1900, open: false, uncertaintyMs: 90, servedMs: 2000, note: null }, at: 0 },
  ]);
  expect(asked).toEqual([[takeover.ip, 'eth0', takeover.lastOld, takeover.to.mac]]);
  expect(fast).toEqual([]);
});

it('counts from the new announcement on where both answered, and never less than nothing', () => {
  const lastOld = NOON - SECOND;
  const outage = { kind: 'measured', gapMs: 0, uncertaintyMs: 0, servedAt: NOON - 1.9 * SECOND } as const;
  const { told, asked, takeover } = gaps([outage], { lastOld });
  expect(asked).toEqual([[takeover.ip, 'eth0', takeover.at, takeover.to.mac]]);
  expect(told[0]!.gap.servedMs).toBe(0);
});

it('asks on, in a hurry, until the service is back', () => {
  const open = { kind: 'open', silentSince: NOON - 3 * SECOND, isBack: false } as const;
  const back = { kind: 'measured', gapMs: 5000, uncertaintyMs: 90, servedAt: NOON + 2 * SECOND } as const;
  const { told, fast } = gaps([open, open, back]);
  expect(told).toEqual([
    { gap: { gapMs: 5000, open: false, uncertaintyMs: 90, servedMs: 5000, note: null }, at: 2 * SECOND },
  ]);
  expect(fast.length).toBeGreaterThan(5);
});

it('gives up after ten seconds, and says for how long it was away until then', () => {
  const { told } = gaps([{ kind: 'open', silentSince: NOON - 3 * SECOND, isBack: false }]);
  expect(told).toEqual([
    {
      gap: {
        gapMs: 13_000,
        open: true,
        uncertaintyMs: null,
        servedMs: null,
        note: 'no SYN-ACK yet: away for longer',
      },
      at: 10 * SECOND,
    },
  ]);
});

it('does not call a service away that is back, while probes from before may still be answered', () => {
  const away = { kind: 'open', silentSince: NOON - 3 * SECOND, isBack: false } as const;
  const back = { ...away, isBack: true };
  const servedAt = NOON + 9.5 * SECOND;
  const known = { kind: 'measured', gapMs: 12_500, uncertaintyMs: 90, servedAt } as const;
  const { told } = gaps([...Array.from({ length: 10 }, () => away), back, known]);
  expect(told).toMatchObject([{ gap: { gapMs: 12_500, open: false }, at: 11 * SECOND }]);
});

it('gives up on a service that did not answer before either, and holds that against no takeover', () => {
  const { told } = gaps([{ kind: 'open', silentSince: null, isBack: false }]);
  expect(told).toEqual([
    {
      gap: {
        gapMs: null,
        open: false,
        uncertaintyMs: null,
        servedMs: null,
        note: 'no SYN-ACK before the takeover',
      },
      at: 10 * SECOND,
    },
  ]);
});

it('tells why nothing was measured', () => {
  const { told } = gaps([{ kind: 'unmeasured', note: 'UDP only', servedAt: null }]);
  expect(told).toEqual([
    { gap: { gapMs: null, open: false, uncertaintyMs: null, servedMs: null, note: 'UDP only' }, at: 0 },
  ]);
});
