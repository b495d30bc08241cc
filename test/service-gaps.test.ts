import { expect, it } from 'vitest';
import { SECOND } from '../src/net/time.ts';
import type { ServiceOutage } from '../src/probe/service-track.ts';
import { ServiceGaps } from '../src/service-gaps.ts';
import type { ServiceGap, Takeover } from '../src/watch/takeover.ts';
import { NOON, sampleTakeover } from './serve/sample.ts';

/** The takeover told at NOON; `outages` by the second in which they are asked for, the last one from then on. */
function gaps(outages: readonly ServiceOutage[], over: Partial<Takeover> = {}) {
  const told: { gap: ServiceGap; at: number }[] = [];
  const hastened: number[] = [];
  const asked: unknown[] = [];
  let now = NOON;
  const made = new ServiceGaps({
    prober: {
      outage: (...question) => {
        asked.push(question);
        return outages[Math.min(Math.floor((now - NOON) / SECOND), outages.length - 1)]!;
      },
      hasten: (_vip, until) => hastened.push(until),
    },
    deviceOf: ({ name }) => (name === 'eth0' ? 'eth0' : undefined),
    onMeasured: (_takeover, gap, at) => told.push({ gap, at: at - NOON }),
  });
  const takeover = sampleTakeover({ lastOld: NOON - 3 * SECOND, at: NOON - 2 * SECOND, ...over });
  made.takeover(takeover, now);
  for (; made.nextAt() < NOON + 60 * SECOND; made.tick(now)) now = Math.max(now, made.nextAt());
  return { told, hastened, asked, takeover };
}

it('tells at once what is known, in milliseconds since the old announcer was last heard', () => {
  const servedAt = NOON - SECOND;
  const { told, hastened, asked, takeover } = gaps([
    { kind: 'measured', gapMs: 1900, uncertaintyMs: 90, servedAt },
  ]);
  expect(told).toEqual([{ gap: { gapMs: 1900, uncertaintyMs: 90, servedMs: 2000, note: null }, at: 0 }]);
  expect(asked).toEqual([[takeover.ip, 'eth0', takeover.lastOld, takeover.to.mac]]);
  expect(hastened).toEqual([]);
});

it('counts from the new announcement on where both answered, and never less than nothing', () => {
  const lastOld = NOON - SECOND;
  const outage = { kind: 'measured', gapMs: 0, uncertaintyMs: 0, servedAt: NOON - 1.9 * SECOND } as const;
  const { told, asked, takeover } = gaps([outage], { lastOld });
  expect(asked).toEqual([[takeover.ip, 'eth0', takeover.at, takeover.to.mac]]);
  expect(told[0]!.gap.servedMs).toBe(0);
});

it('asks on, in a hurry, until the service is back', () => {
  const open = { kind: 'open', silentSince: NOON - 3 * SECOND } as const;
  const back = { kind: 'measured', gapMs: 5000, uncertaintyMs: 90, servedAt: NOON + 2 * SECOND } as const;
  const { told, hastened } = gaps([open, open, back]);
  expect(told).toEqual([
    { gap: { gapMs: 5000, uncertaintyMs: 90, servedMs: 5000, note: null }, at: 2 * SECOND },
  ]);
  expect(hastened.length).toBeGreaterThan(5);
});

it('gives up after ten seconds, and says for how long it was away until then', () => {
  const { told } = gaps([{ kind: 'open', silentSince: NOON - 3 * SECOND }]);
  expect(told).toEqual([
    {
      gap: { gapMs: 13_000, uncertaintyMs: null, servedMs: null, note: 'no SYN-ACK yet: away for longer' },
      at: 10 * SECOND,
    },
  ]);
});

it('tells why nothing was measured', () => {
  const { told } = gaps([{ kind: 'unmeasured', note: 'UDP only', servedAt: null }]);
  expect(told).toEqual([
    { gap: { gapMs: null, uncertaintyMs: null, servedMs: null, note: 'UDP only' }, at: 0 },
  ]);
});
