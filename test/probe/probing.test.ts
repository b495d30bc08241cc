import { describe, expect, it } from 'vitest';
import { SECOND } from '../../src/base/time.ts';
import type { Clock } from '../../src/host/clock.ts';
import { Probing } from '../../src/probe/probing.ts';
import { INTENT, ip, Lan, START, VIP } from '../watch/lan.ts';

const OTHER = ip('192.168.1.51');

function probing(): Probing {
  return new Probing({
    probe: { interval: SECOND, sweep: 30 * SECOND, broadcastsPerSecond: 5, services: 'never' },
    hasPeers: false,
    watcher: new Lan().watcher,
    clock: { now: () => START } as Clock,
    secret: new Uint8Array(32),
    onRoundTrip: () => {},
    onMeasured: () => {},
    onInterfaces: () => {},
  });
}

describe('asks', () => {
  it('is for the VIPs of the intent, where there are no other agents', () => {
    const all = probing();
    expect(all.asks(VIP)).toBe(false);
    all.setIntent(INTENT, START);
    expect([all.asks(VIP), all.asks(OTHER)]).toEqual([true, false]);
    all.setIntent({ ...INTENT, vips: [{ address: OTHER, service: null }] }, START);
    expect([all.asks(VIP), all.asks(OTHER)]).toEqual([false, true]);
  });
});
