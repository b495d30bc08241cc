// MetalLB's election: upstream's vectors, and that remembering winners never changes one.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Elections, elect } from '../../../src/cluster/metallb/election.ts';
import { type IpAddress, parseIp } from '../../../src/net/address.ts';

function ip(text: string): IpAddress {
  return parseIp(text)!;
}

/** All of them in order: the winner, who wins without it, and so on. */
function ranking(names: readonly string[], address: string, weights: Record<string, number> = {}): string[] {
  const weighed = new Map(Object.entries(weights));
  const left = new Map(names.map((name) => [name, weighed.get(name) ?? 0]));
  const ranked: string[] = [];
  for (let winner = elect(left, ip(address)); winner !== undefined; winner = elect(left, ip(address))) {
    ranked.push(winner);
    left.delete(winner);
  }
  return ranked;
}

/** The cases of TestSortL2Candidates in MetalLB's speaker/layer2_controller_test.go. */
describe('elect() ranks as MetalLB does', () => {
  it.each([
    ['nobody', [], '10.0.0.1', {}, []],
    ['a single candidate', ['node-a'], '10.0.0.1', {}, ['node-a']],
    ['by hash', ['node-a', 'node-b', 'node-c'], '10.0.0.1', {}, ['node-b', 'node-a', 'node-c']],
    ['by another address', ['node-a', 'node-b', 'node-c'], '10.0.0.2', {}, ['node-b', 'node-c', 'node-a']],
    [
      'the highest weight before any hash',
      ['edge-a', 'edge-b', 'worker-a', 'worker-b'],
      '10.20.30.1',
      { 'edge-a': 100 },
      ['edge-a', 'edge-b', 'worker-a', 'worker-b'],
    ],
    [
      'equal weights by hash',
      ['node-a', 'node-b'],
      '10.20.30.1',
      { 'node-a': 100, 'node-b': 100 },
      ['node-b', 'node-a'],
    ],
    [
      'the preferred by hash, then the others',
      ['edge-a', 'edge-b', 'worker-a'],
      '10.20.30.1',
      { 'edge-a': 100, 'edge-b': 100 },
      ['edge-b', 'edge-a', 'worker-a'],
    ],
  ] as const)('%s', (_, names, address, weights, ranked) => {
    expect(ranking(names, address, weights)).toEqual(ranked);
    expect(ranking([...names].toReversed(), address, weights)).toEqual(ranked);
  });

  it('by the canonical text of an IPv6 address', () => {
    // Of `printf 'b#fd00::1' | sha256sum` and so on: b 0e6b2bf5, a 18e3b0c6, c d5f194dc.
    expect(ranking(['a', 'b', 'c'], 'FD00:0::0001')).toEqual(['b', 'a', 'c']);
  });

  it('by whole digests, as bytes', () => {
    const digest = (name: string, address: string) =>
      createHash('sha256').update(`${name}#${address}`).digest();
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { maxLength: 20 }), fc.ipV4(), (names, address) => {
        const sorted = names.toSorted((a, b) => Buffer.compare(digest(a, address), digest(b, address)));
        expect(ranking(names, address)).toEqual(sorted);
      }),
    );
  });
});

describe('Elections', () => {
  const names = fc.subarray([...'abcdef']);
  const weights = fc.constantFrom(0, 0, 0, 50, 100);
  const candidates = names.chain((list) =>
    fc.tuple(...list.map((name) => weights.map((weight) => [name, weight] as const))),
  );
  const step = fc.record({
    address: fc.constantFrom('10.0.0.1', '10.0.0.2', 'fd00::1'),
    set: fc.nat({ max: 4 }),
  });

  it('remembers no winner that another count would not give', () => {
    fc.assert(
      fc.property(
        fc.array(candidates, { minLength: 5, maxLength: 5 }),
        fc.array(step, { minLength: 5, maxLength: 40 }),
        (lists, steps) => {
          const sets = lists.map((list) => new Map(list));
          const elections = new Elections();
          for (const { address, set } of steps) {
            const among = sets[set]!;
            expect(elections.winner(ip(address), among)).toBe(elect(among, ip(address)));
            // An equal set made anew is the same set.
            expect(elections.winner(ip(address), new Map(among))).toBe(elect(among, ip(address)));
          }
        },
      ),
    );
  });

  it('takes one hash or two for each address when one of a thousand nodes comes or goes', () => {
    const nodes = Array.from({ length: 1000 }, (_, i) => [`node-${i}`, 0] as const);
    const addresses = Array.from({ length: 50 }, (_, i) => ip(`10.0.0.${i + 1}`));
    const elections = new Elections();
    const all = new Map(nodes);
    for (const address of addresses) elections.winner(address, all);
    expect(elections.hashes).toBe(50_000);

    const won = new Set(addresses.map((address) => elections.winner(address, all)));
    const loser = nodes.find(([name]) => !won.has(name))!;
    const without = new Map(nodes.filter((entry) => entry !== loser));
    for (const address of addresses) elections.winner(address, without);
    expect(elections.hashes).toBe(50_000);

    for (const address of addresses) elections.winner(address, all);
    expect(elections.hashes).toBe(50_000 + 50 * 2);
  });

  it('elects right after more sets of candidates than it remembers', () => {
    const elections = new Elections();
    for (let i = 0; i < 1000; i += 1) {
      const among = new Map([[`node-${i}`, 0]]);
      expect(elections.winner(ip('10.0.0.1'), among)).toBe(`node-${i}`);
    }
  });
});
