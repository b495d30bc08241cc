import { describe, expect, it } from 'vitest';
import type { IpAddress } from '../../../src/net/address.ts';
import { KeptTakeovers } from '../../../src/watch/takeover/kept-takeovers.ts';
import { NOON, sampleTakeover } from '../../serve/sample.ts';

const VIP = '192.168.1.50' as IpAddress;
const takeover = (at: number, gapMs: number, ip = VIP) => sampleTakeover({ at: NOON + at, gapMs, ip });

describe('the history of a VIP', () => {
  it('is its last takeover, and the one with the longest gap', () => {
    const kept = new KeptTakeovers(10);
    expect(kept.historyOf(VIP)).toBeNull();
    const [long, short] = [takeover(1, 6_000), takeover(2, 300)];
    kept.add(long);
    expect(kept.historyOf(VIP)).toEqual({ last: long, worst: long });
    kept.add(takeover(3, 9_000, '192.168.1.51' as IpAddress));
    kept.add(short);
    expect(kept.historyOf(VIP)).toEqual({ last: short, worst: long });
  });

  it('follows what is measured, forgotten and restored', () => {
    const kept = new KeptTakeovers(2);
    const [long, short] = [takeover(1, 6_000), takeover(2, 300)];
    kept.restore([long, short]);
    expect(kept.historyOf(VIP)?.worst).toBe(long);
    const gap = { gapMs: 310, open: false, uncertaintyMs: 0, servedMs: null, note: null };
    expect(kept.measured(short, gap)).toBe(kept.historyOf(VIP)?.last);
    kept.add(takeover(3, 200));
    expect(kept.historyOf(VIP)).toMatchObject({ last: { gapMs: 200 }, worst: { gapMs: 300 } });
    kept.restore([]);
    expect(kept.historyOf(VIP)).toBeNull();
  });
});
