// The claims table under a flood.
import { describe, expect, it } from 'vitest';
import { INTENT, ip, Lan, PHONE, VIP, W1 } from '../lan.ts';

const FREE = ip('192.168.1.55');

describe('memory', () => {
  it('stays bounded under made-up senders, and the VIP is not forgotten', () => {
    const lan = new Lan(INTENT, { settings: { maxClaims: 100 } }).reply(W1, VIP).announce(PHONE, FREE);
    for (let i = 0; i < 2000; i += 1) lan.announce(PHONE, ip(`10.0.${i >> 8}.${i & 255}`));
    const table = lan.watcher.counters().tables.find(({ table: name }) => name === 'claims');
    expect(table).toMatchObject({ evictions: 1900 });
    expect(table?.entries).toBeLessThanOrEqual(102);
    expect(
      lan.watcher.claims().filter(({ ip: claimed }) => claimed === VIP || claimed === FREE),
    ).toHaveLength(2);
  });
});
