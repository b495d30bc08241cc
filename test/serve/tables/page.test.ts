import { describe, expect, it } from 'vitest';
import type { IpAddress } from '../../../src/net/address.ts';
import { cutPage } from '../../../src/serve/tables/page.ts';
import { ipOrder } from '../../../src/serve/tables/row-order.ts';

/** 7,919 is prime: every address once, in no order. */
const COUNT = 20_000;
const ADDRESSES = Array.from({ length: COUNT }, (_, i) => addressAt((i * 7_919) % COUNT));

function addressAt(n: number): IpAddress {
  return `10.1.${n >> 8}.${n & 255}` as IpAddress;
}

async function pages(limit: number, matches = (_: IpAddress) => true, pause = async () => {}) {
  const asked = { keyOf: ipOrder, matches, limit, list: 'all' };
  const found = [];
  for (let cursor: string | undefined, more = true; more; ) {
    const page = (await cutPage(ADDRESSES, { ...asked, cursor }, pause))!;
    found.push(page);
    const next = page.nextAfter(page.items.length);
    cursor = next ?? undefined;
    more = next !== null;
  }
  return found;
}

describe('pages of a large table', () => {
  it.each([
    [700, 29],
    [5_000, 4],
    [COUNT, 1],
  ])('of %i rows are sorted as a whole, each row shown once', async (limit, count) => {
    const found = await pages(limit);
    expect(found).toHaveLength(count);
    expect(found.flatMap(({ items }) => items)).toEqual(ADDRESSES.keys().map(addressAt).toArray());
    expect(new Set(found.map(({ total }) => total))).toEqual(new Set([COUNT]));
  });

  it('show and count the rows that match', async () => {
    const [page] = await pages(10, (ip) => ip.endsWith('.7'));
    expect(page).toMatchObject({ total: 79, items: Array.from({ length: 10 }, (_, i) => `10.1.${i}.7`) });
  });

  it('let others have their turn every thousand rows', async () => {
    let turns = 0;
    await pages(COUNT, undefined, async () => {
      turns += 1;
    });
    expect(turns).toBe(20);
  });
});
