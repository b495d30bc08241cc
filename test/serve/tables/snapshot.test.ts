import { describe, expect, it } from 'vitest';
import { SECOND } from '../../../src/base/time.ts';
import type { IpAddress } from '../../../src/net/address.ts';
import { Snapshot } from '../../../src/serve/tables/snapshot.ts';
import type { ClaimRow } from '../../../src/watch/lan/claims.ts';
import { NOON, sampleClaim, sampleView } from '../sample.ts';

function manyClaims(count: number): ClaimRow[] {
  // 7,919 is prime: every address once, in no order.
  return Array.from({ length: count }, (_, i) => {
    const n = (i * 7_919) % count;
    return sampleClaim({ ip: `10.1.${n >> 8}.${n & 255}` as IpAddress });
  });
}

describe('a large table of claims', () => {
  it('is sorted as a whole, each row shown once, and other work is done meanwhile', async () => {
    const rows = manyClaims(20_000);
    let turns = 0;
    const snapshot = new Snapshot(sampleView({ claims: () => [...rows, rows[0]!] }), () => NOON);
    const count = () => {
      turns += 1;
      if (turns < 1_000) setImmediate(count);
    };
    setImmediate(count);
    const sorted = await snapshot.claims();
    expect(turns).toBeGreaterThan(10);
    expect(sorted).toHaveLength(20_000);
    expect(sorted.map(({ item }) => item.ip)).toEqual(
      Array.from({ length: 20_000 }, (_, n) => `10.1.${n >> 8}.${n & 255}`),
    );
  });

  it('is read once for all who ask while it is sorted, and the less often the larger it is', async () => {
    let now = NOON;
    let readings = 0;
    const rows = manyClaims(20_000);
    const view = sampleView({
      claims: () => {
        readings += 1;
        return rows;
      },
    });
    const snapshot = new Snapshot(view, () => now);
    const [first, second] = await Promise.all([snapshot.claims(), snapshot.claims()]);
    expect(second).toBe(first);
    now += SECOND;
    await snapshot.claims();
    expect(readings).toBe(1);
    now += SECOND;
    await snapshot.claims();
    expect(readings).toBe(2);
  });
});
